"""Findings about files of scenarios (SCN) and plan folders that are compared (CMP)."""

from __future__ import annotations

from models.codes.code import Code, Severity
from models.language import mark as _

_ERROR = Severity.error

CODES: dict[str, Code] = {
    "SCN-01": Code(
        _ERROR,
        _("it is not TOML: {reason}"),
        _('A scenario is a table, [more-cash], with lines such as "pools.cash" = "1e9".'),
    ),
    "SCN-02": Code(
        _ERROR,
        _("{column} stands outside of every scenario"),
        _("Write it below the name of its scenario: [more-cash]."),
    ),
    "SCN-03": Code(
        _ERROR,
        _('"{value}" is no value that can be set'),
        _("Write a text, a number, true or false; lists and tables are for settings only."),
    ),
    "SCN-04": Code(
        _ERROR,
        _("there is no scenario in it"),
        _('Add one: a line [more-cash], and below it changes such as "pools.cash" = "1e9".'),
    ),
    "SCN-05": Code(
        _ERROR,
        _('"{value}" cannot be the name of a scenario'),
        _('Use letters, digits, blanks, "_", "-" and ".", a letter first; "base" is the instance itself.'),
    ),
    "SCN-06": Code(
        _ERROR,
        _('the scenario "{value}" makes the instance invalid'),
        _("Correct what the scenario changes; the findings on the tables say what is wrong with it."),
    ),
    "CMP-01": Code(
        _ERROR,
        _("{column} does not say what a plan's does"),
        _("Name a plan folder, as `fairpool solve` writes one."),
    ),
    "CMP-02": Code(
        _ERROR,
        _("the plan folder lacks this file"),
        _("A plan folder is written whole: solve again, or fetch the whole folder."),
    ),
    "CMP-03": Code(
        _ERROR,
        _('"{value}" is not a number as plans are written in'),
        _("Leave the files of a plan as they were written; edit a copy and `evaluate` it."),
    ),
    "CMP-04": Code(
        _ERROR,
        _("the pool {value} has {one} decimals in the first plan and {other} in the second"),
        _("Solve again with the same decimals: amounts of different units cannot be compared."),
    ),
    "CMP-05": Code(
        _ERROR,
        _("the first plan's cells have the keys {one}, the second's {other}"),
        _("Compare plans of instances whose options.csv has the same keys."),
    ),
    "CMP-06": Code(
        Severity.warning,
        _("{files} are not as they were when the {which} plan was made"),
        _("Attributes, pins and reasons are those of the instance as it is now; amounts are the plans' own."),
    ),
}
