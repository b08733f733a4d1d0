"""Findings about rules (RUL) and about `--set` overrides (OVR)."""

from __future__ import annotations

from models.codes.code import Code, Severity
from models.language import mark as _

_ERROR, _WARNING = Severity.error, Severity.warning
_NUMBER = _("Write a plain decimal number (1000, 0.15): no separators, currency signs or exponents.")

CODES: dict[str, Code] = {
    # One cell of rules.csv by itself.
    "RUL-01": Code(_ERROR, _("the rule has no id"), _("Give every rule an id of its own.")),
    "RUL-02": Code(
        _ERROR,
        _("the rule {value} stands in row {first} already"),
        _("Give every rule an id of its own."),
    ),
    "RUL-03": Code(
        _ERROR,
        _("the id {value} begins with pool:, which stands for the pools themselves"),
        _("Choose another id."),
    ),
    "RUL-04": Code(_ERROR, _("{column} is blank"), _("Every rule needs a measure, a sense and a value.")),
    "RUL-05": Code(
        _ERROR, _("{value} is no {column} that a rule can have{hint}"), _("Write one of: {allowed}.")
    ),
    "RUL-06": Code(_ERROR, _("{value} is not a plain decimal number"), _NUMBER),
    "RUL-07": Code(
        _ERROR,
        _("{value} is over 2^53 smallest units"),
        _("Lower the number; a rule that never binds is better left out."),
    ),
    "RUL-08": Code(_ERROR, _("the penalty {value} is negative"), _("Write a penalty of zero or more.")),
    # Names of columns, and scopes.
    "RUL-10": Code(
        _ERROR,
        _("{name} is neither a key nor an attribute of a key table{hint}"),
        _("Name a key, or a column of the key tables of this folder."),
    ),
    "RUL-11": Code(
        _ERROR,
        _("{name} could be {first} or {second}"),
        _("Write the table in front, as in {first}."),
    ),
    "RUL-12": Code(
        _ERROR,
        _("{name} names the table {table}, which the folder does not have"),
        _("Add {table}.csv, or name a column of a table that is there."),
    ),
    "RUL-13": Code(
        _ERROR,
        _("{name} depends on the {key}, and the cells of options.csv have no {key}"),
        _("Add the column {key} to options.csv, or name another column."),
    ),
    "RUL-14": Code(
        _ERROR, _("{name} is named twice"), _("Name every column once; cell stands for all keys.")
    ),
    "RUL-15": Code(
        _ERROR,
        _("{part} cannot be read as a condition"),
        _('Write conditions such as tier=small|mid;followers>=1000, and values that hold ; | = as "a;b".'),
    ),
    "RUL-16": Code(
        _ERROR,
        _("the condition {part} compares with a blank"),
        _("Name a value: a blank attribute satisfies only !=."),
    ),
    "RUL-17": Code(
        _ERROR,
        _("the condition {part} compares with several values"),
        _("Only = and != take alternatives; with < <= > >= write one value."),
    ),
    "RUL-18": Code(
        _ERROR,
        _("the condition {part} asks for more or less than a text"),
        _("< <= > >= compare numbers (1000) or times (2026-11-01T08:00); texts take = or !=."),
    ),
    "RUL-19": Code(
        _ERROR,
        _("{value} cannot be compared with {limit}, as the rule {rule} does"),
        _("Make every value of the column a plain number, or every one a time; or let the rule use = or !=."),
    ),
    "RUL-20": Code(
        _WARNING,
        _("no {name} is called {value}{hint}"),
        _("Correct it: no row has that text."),
    ),
    "RUL-21": Code(
        _ERROR,
        _("no cell is in the scope of the rule {rule}, which asks for at_least something"),
        _("Mend the scope, or take the rule out."),
    ),
    "RUL-22": Code(
        _WARNING,
        _("no cell is in the scope of the rule {rule}: it limits nothing"),
        _("Mend the scope, or take the rule out."),
    ),
    # Measures, thresholds and bases.
    "RUL-23": Code(
        _ERROR,
        _("{name} is no measure{hint}"),
        _("Name a pool, a value column, a sum of the settings, cells or merchants."),
    ),
    "RUL-24": Code(
        _ERROR,
        _("{value} cannot be read as a count of merchants"),
        _("Write merchants, or merchants(cash>=500) with a pool, a value, a named sum or cells inside."),
    ),
    "RUL-25": Code(
        _ERROR,
        _("the threshold {name} is neither a number nor an attribute of merchants{hint}"),
        _("Write a plain decimal number, or name a column of merchants.csv."),
    ),
    "RUL-26": Code(
        _ERROR,
        _("{value} is no basis{hint}"),
        _("Write {allowed}, a measure, or a numeric attribute such as merchants.cash_cap."),
    ),
    "RUL-27": Code(
        _ERROR,
        _(
            "the rule counts with {value}, which is no plain decimal number for {count} of {table}: "
            'for {key} it is "{text}" ({table_file} row {table_row})'
        ),
        _("Write a plain decimal number for every key that has cells in the scope of the rule."),
    ),
    "RUL-28": Code(
        _ERROR,
        _(
            "the ratio divides by {value}, which is below zero for {count} of {table}: "
            "for {key} it is {text} ({table_file} row {table_row})"
        ),
        _("Write zero (the group is then left out) or more."),
    ),
    "RUL-29": Code(
        _ERROR,
        _(
            "the rule counts with {value}, which is over 2^53 for {count} of {table}: "
            "for {key} it is {text} ({table_file} row {table_row})"
        ),
        _("Use a larger unit; check the digits."),
    ),
    # Combinations.
    "RUL-30": Code(
        _ERROR,
        _("{value} is a percentage, and the rule does not say of what"),
        _("Name what it is a percentage of as the basis (pool, total, another measure), or write a number."),
    ),
    "RUL-31": Code(
        _ERROR,
        _("{column} {value} does not go with {other}"),
        _("There, it may be: {allowed}."),
    ),
    "RUL-32": Code(_ERROR, _("{column} does not go with {other}"), _("Leave {column} blank there.")),
    "RUL-33": Code(_ERROR, _("{other} needs {column}, which is blank"), _("Fill in {column}.")),
    "RUL-34": Code(
        _ERROR,
        _("{name} is not one of the columns of by"),
        _("Let of name columns that by names too, or all by itself."),
    ),
    "RUL-35": Code(
        _ERROR,
        _("a ratio of {value} is below 1: the largest is never smaller than the smallest"),
        _("Write 1 or more."),
    ),
    "RUL-36": Code(
        _ERROR,
        _("{value} is no number of groups or slots"),
        _("Write a whole number from 1 on; with top also a percentage over 0% up to 100%."),
    ),
    "RUL-37": Code(_ERROR, _("a number of {count} characters is too long"), _("Check its digits.")),
    "RUL-38": Code(_ERROR, _("{value} is not a finite number"), _NUMBER),
    "RUL-39": Code(
        _ERROR,
        _("the id {value} begins with stage:, which stands for the stages of the settings"),
        _("Choose another id."),
    ),
    # Overrides.
    "OVR-01": Code(
        _ERROR,
        _("{name} cannot be overridden"),
        _('Write pools.NAME=AMOUNT, rules."ID".COLUMN=TEXT or settings.KEY=VALUE.'),
    ),
    "OVR-02": Code(
        _ERROR,
        _("there is no {subject} {name}{hint}"),
        _("Correct the name."),
    ),
    "OVR-03": Code(
        _ERROR,
        _("{value} is not a number for {name}"),
        _("Write a decimal number (1000, 0.15, 1e9), or for a rule also a percentage (15%)."),
    ),
    "OVR-05": Code(_ERROR, _("{value} has full-width characters"), _("Write {folded}.")),
    "OVR-04": Code(
        _ERROR,
        _("{name} lies below a setting that is not a table"),
        _("Set the whole of it, as in settings.objective.maximise={{gmv = 0.05, cash = -1}}."),
    ),
}
