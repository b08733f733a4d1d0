"""Findings about instance folders, rules apart (FIL, TAB, NUM, POO, OPT, KEY, SLO, SET, PIN, ACT)."""

from __future__ import annotations

from models.codes.code import Code, Severity
from models.language import mark as _

_ERROR, _WARNING, _NOTE = Severity.error, Severity.warning, Severity.note

_FILES = {
    "FIL-01": Code(
        _ERROR, _("the instance has no {name}"), _("Add the file; `fairpool init` writes an empty one.")
    ),
    "FIL-02": Code(_ERROR, _("{name} stands beside it: one table in two files"), _("Remove one of the two.")),
    "FIL-03": Code(
        _ERROR, _("no table of an instance has this name{hint}"), _("Rename it or move it elsewhere.")
    ),
    "FIL-04": Code(_ERROR, _("the file is empty"), _("Write a header row and the rows, or remove the file.")),
    "FIL-05": Code(
        _ERROR, _("the bytes are neither UTF-8, UTF-16 nor GB18030 text"), _("Save it as CSV UTF-8.")
    ),
    "FIL-06": Code(
        _ERROR,
        _("the text holds a NUL character"),
        _("The file is damaged or not CSV: save it again as CSV UTF-8."),
    ),
    "FIL-07": Code(
        _ERROR,
        _("a quoted field does not end as it should"),
        _('Close the quote; a quote inside a field is written "". What follows in this file was not read.'),
    ),
    "FIL-08": Code(
        _ERROR, _("the file is not Parquet that can be read: {reason}"), _("Write it again, or use CSV.")
    ),
    "FIL-09": Code(
        _ERROR,
        _("a column of type {type} cannot be read here"),
        _("Store keys as text, amounts as decimals."),
    ),
    "FIL-11": Code(
        _ERROR,
        _("a field is over {most} characters long"),
        _("Shorten it, or close the quote that opens it. What follows in this file was not read."),
    ),
    "FIL-12": Code(
        _ERROR,
        _("the first line, {value}, is an instruction to Excel and no header"),
        _("Delete that line: the separator is found without it."),
    ),
    "FIL-13": Code(
        _ERROR,
        _("the header begins with a second byte-order mark"),
        _("Open the file and save it again as CSV UTF-8."),
    ),
    "FIL-10": Code(
        _NOTE, _("{count} more findings {name} are not listed"), _("Mend those listed, then check again.")
    ),
}

_TABLES = {
    "TAB-01": Code(_ERROR, _("the table has a header but no row"), _("Add at least one row.")),
    "TAB-02": Code(
        _ERROR,
        _("the row has {fields} fields, the header {columns}"),
        _("Look for a separator that is missing, or inside a text that is not quoted."),
    ),
    "TAB-03": Code(_ERROR, _("two columns are called {name}"), _("Rename or remove one of them.")),
    "TAB-04": Code(_ERROR, _("column {number} has cells but no header"), _("Give it a header or clear it.")),
    "TAB-05": Code(_ERROR, _("the table has no column {name}{hint}"), _("Add the column.")),
    "TAB-06": Code(
        _ERROR,
        _("{column} is no column of this table{hint}"),
        _("Correct or remove it; `note` and `x_...` are free."),
    ),
    "TAB-07": Code(
        _ERROR,
        _("the header {column} is almost {name}"),
        _("Correct it, or choose a name that is less alike: a mistyped cost column would be a free pool."),
    ),
    "TAB-08": Code(
        _ERROR,
        _("{column} is a word of the rule language and cannot name a column here"),
        _("Choose another header."),
    ),
    "TAB-09": Code(
        _ERROR,
        _("the table has {count} columns; {most} are the most that are read"),
        _("Keep the columns that rules and reports name; one row stands for one option, key or rule."),
    ),
}

_NUMBERS = {
    "NUM-01": Code(_ERROR, _("a number is missing"), _("Write a number; 0 where there is nothing.")),
    "NUM-02": Code(
        _ERROR, _("{value} is not a number"), _("Write digits with a decimal point, such as 1234.50.")
    ),
    "NUM-03": Code(
        _ERROR, _("{value} has separators of thousands"), _("Write the digits alone, such as 1234.50.")
    ),
    "NUM-04": Code(
        _ERROR, _("{value} carries a currency sign or unit"), _("Write the digits alone, such as 1234.50.")
    ),
    "NUM-05": Code(
        _ERROR, _("{value} is not a finite number"), _("Write a number; 0 where there is nothing.")
    ),
    "NUM-06": Code(
        _ERROR,
        _("the amount {value} has an exponent"),
        _("Write all its digits: Excel may have lost some of them."),
    ),
    "NUM-07": Code(_ERROR, _("{value} has a decimal comma"), _("Write a decimal point, such as 1234.50.")),
    "NUM-08": Code(_ERROR, _("{value} has full-width characters"), _("Write {folded}.")),
    "NUM-09": Code(_ERROR, _("{value} has a plus sign"), _("Write the digits alone, such as 1234.50.")),
    "NUM-10": Code(
        _ERROR,
        _("{value} has more than {decimals} decimals, the most that its pool has"),
        _("Round it yourself, or raise `decimals` in pools.csv: money is never rounded silently."),
    ),
    "NUM-11": Code(
        _ERROR,
        _("{value} is more than 2^53 smallest units"),
        _("Use a larger unit or fewer decimals; check the digits."),
    ),
    "NUM-12": Code(_ERROR, _("a number of {count} characters is too long"), _("Check its digits.")),
}

_POOLS = {
    "POO-01": Code(
        _ERROR, _("{value} cannot name a pool"), _("Use letters of any script, digits, `_` and `-`.")
    ),
    "POO-02": Code(
        _ERROR, _("{value} is a word of the contract and cannot name a pool"), _("Choose another name.")
    ),
    "POO-03": Code(_ERROR, _("the pool {value} stands in row {other} too"), _("Keep one of the two rows.")),
    "POO-04": Code(_ERROR, _("the amount {value} is negative"), _("A pool holds zero or more.")),
    "POO-05": Code(
        _WARNING,
        _("the pool {pool} is empty: only what costs nothing of it can be given"),
        _("Check its amount."),
    ),
    "POO-06": Code(
        _ERROR, _("decimals {value} is not a whole number from 0 to 6"), _("Write 2 for yuan and fen.")
    ),
    "POO-07": Code(_ERROR, _("{value} is neither true nor false"), _("Write true or false (是 or 否).")),
    "POO-08": Code(
        _ERROR,
        _("the pool {pool} is stated as unused, but options.csv has a cost column of that name"),
        _("Clear `unused` in pools.csv, or remove the column."),
    ),
}

_OPTIONS = {
    "OPT-01": Code(
        _ERROR,
        _("option {value} of this cell stands in row {other} too"),
        _("Keep one row of each option of a cell."),
    ),
    "OPT-02": Code(
        _ERROR,
        _("the pool {pool} has no cost column{hint}"),
        _("Add the column, or state `unused` = true for the pool in pools.csv."),
    ),
    "OPT-03": Code(
        _ERROR, _("the cost {value} is negative"), _("Costs are zero or more; lower the conversions instead.")
    ),
    "OPT-04": Code(
        _WARNING,
        _("the value {value} is negative"),
        _("Right if giving the option does harm; else correct it."),
    ),
    "OPT-05": Code(
        _WARNING,
        _("option {value} costs nothing, yet its cell counts as funded when it is chosen"),
        _("Remove the row, or write rules of coverage as merchants(cash>=1)."),
    ),
    "OPT-06": Code(
        _ERROR,
        _("no option may be called {value}"),
        _("Giving nothing needs no row; else choose another name."),
    ),
    "OPT-07": Code(
        _WARNING,
        _("{column} is read as text: {value} is not a number, though {numbers} of its cells are"),
        _("If it is meant as a value column, write a number in every cell."),
    ),
    "OPT-08": Code(
        _ERROR,
        _("{option} costs {value} {pool}, less than {other} (row {other_row}), at no less {first}"),
        _("In a divisible cell costs may not fall along the order of the first pool."),
    ),
}

_KEYS = {
    "KEY-01": Code(_ERROR, _("{column} is blank"), _("Write the key, or remove the row.")),
    "KEY-02": Code(
        _ERROR,
        _("{value} is a number with an exponent: Excel has lost digits of a key"),
        _("Export it again with this column formatted as text."),
    ),
    "KEY-03": Code(_ERROR, _("{value} stands in row {other} too"), _("Keep one row for each key.")),
    "KEY-04": Code(
        _WARNING, _("{table} has no {value}: its attributes count as blank"), _("Add the row to {table}.")
    ),
    "KEY-05": Code(
        _ERROR, _("{table} has no {value}, and the rule {rule} uses that table"), _("Add the row to {table}.")
    ),
    "KEY-06": Code(
        _ERROR, _("a key cannot be `*`, which stands for every key in pins.csv"), _("Choose another key.")
    ),
}

_SLOTS = {
    "SLO-01": Code(
        _ERROR, _("{value} is not a date and time"), _("Write 2026-11-01T08:00 or 2026/11/1 8:00.")
    ),
    "SLO-02": Code(
        _ERROR, _("the slot's {column} {value} is before its start {start}"), _("Correct one of the two.")
    ),
    "SLO-03": Code(
        _WARNING,
        _("the slot {slot} has no start while others have: it comes after them in the slot order"),
        _("Write its start."),
    ),
}

_SETTINGS = {
    "SET-01": Code(_ERROR, _("the file is not TOML: {reason}"), _("Correct that line.")),
    "SET-02": Code(_ERROR, _("{column} is no setting{hint}"), _("Correct or remove it.")),
    "SET-03": Code(_ERROR, _("{column} cannot be {value}"), _("Write {expected}.")),
    "SET-04": Code(
        _ERROR,
        _("{value} is neither a pool nor a value column{hint}"),
        _("Name a pool or a numeric column of options.csv."),
    ),
    "SET-05": Code(
        _ERROR,
        _("a measure cannot be called {value}: that is a pool, a column or a word of the contract"),
        _("Rename it."),
    ),
    "SET-06": Code(_ERROR, _('"{value}" is no time zone'), _("Write a name such as Asia/Shanghai.")),
    "SET-07": Code(
        _ERROR,
        _("caution needs the column conversions_se in options.csv"),
        _("Add the column, or remove caution."),
    ),
    "SET-08": Code(_ERROR, _("{value} is no category of options.csv{hint}"), _("Correct or remove it.")),
    "SET-09": Code(
        _ERROR,
        _("{column} stands beside objective.stages, which say what is maximised"),
        _("Remove it, or make it the last of the stages."),
    ),
    "SET-10": Code(
        _ERROR,
        _("the stage {column} must state one of maximise and worst"),
        _("Write a stage for each of them."),
    ),
    "SET-11": Code(
        _ERROR,
        _("the last stage, {column}, raises the worst-off and does not say which plan to take then"),
        _('Add one more stage, such as maximise = "conversions".'),
    ),
    "SET-12": Code(
        _ERROR,
        _("{column} says what later stages may give up, and none comes after it"),
        _("Remove it, or move it to the stage that may lose something."),
    ),
    "SET-13": Code(
        _ERROR,
        _("the stage {column} adds up amounts and counts, or several counts: later stages cannot hold that"),
        _("Before the last stage maximise amounts, or one count; make a stage of each."),
    ),
}

_PINS = {
    "PIN-01": Code(
        _ERROR, _("{column} is blank"), _("Write the key, or `*` for every key in a pin to `none`.")
    ),
    "PIN-02": Code(
        _ERROR, _("`*` with the option {option}"), _("Only the option `none` takes `*`: name the cell.")
    ),
    "PIN-03": Code(
        _ERROR, _("the pin fits no cell of options.csv{hint}"), _("Correct its keys or remove it.")
    ),
    "PIN-04": Code(
        _ERROR, _("the cell has no option {value}{hint}"), _("Name an option of the cell, or `none`.")
    ),
    "PIN-05": Code(
        _ERROR, _("the pin contradicts that of row {other}, option {option}"), _("Keep one of the two.")
    ),
    "PIN-06": Code(_WARNING, _("the pin repeats that of row {other}"), _("Keep one of the two.")),
}

_ACTUALS = {
    "ACT-01": Code(
        _ERROR,
        _("{value} is no cell of options.csv{hint}"),
        _("Correct the keys; if the cell was withdrawn, keep its options: what it has drawn counts."),
    ),
    "ACT-02": Code(_ERROR, _("the cell's rows add up to {value}, below zero"), _("Correct the bookings.")),
    "ACT-03": Code(
        _ERROR, _("the cell has no option {value}{hint}"), _("Name an option of the cell, or leave it blank.")
    ),
    "ACT-04": Code(_ERROR, _("row {other} says that the cell holds {option}"), _("A cell holds one option.")),
    "ACT-05": Code(_WARNING, _("the table has no column {name}: it counts as zero"), _("Add the column.")),
}

CODES: dict[str, Code] = {
    **_FILES,
    **_TABLES,
    **_NUMBERS,
    **_POOLS,
    **_OPTIONS,
    **_KEYS,
    **_SLOTS,
    **_SETTINGS,
    **_PINS,
    **_ACTUALS,
}
