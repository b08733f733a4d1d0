"""Findings about a running campaign that is re-optimised (OPR)."""

from __future__ import annotations

from models.codes.code import Code, Severity
from models.language import mark as _

_ERROR, _WARNING = Severity.error, Severity.warning

CODES: dict[str, Code] = {
    "OPR-01": Code(
        _ERROR,
        _("the folder of the plan in force holds no plan.csv and no plan.parquet"),
        _("Name a plan folder, as `fairpool solve` writes one."),
    ),
    "OPR-02": Code(
        _ERROR,
        _('"{value}" is no amount that a plan can hold'),
        _("Leave the files of a plan as they were written, or name another plan."),
    ),
    "OPR-03": Code(
        _ERROR,
        _('slot "{value}" states no start, so nobody can say whether it has begun'),
        _("Give every slot a start in slots.csv."),
    ),
    "OPR-04": Code(
        _ERROR,
        _('actuals.csv has rows of slot "{value}", which has not begun'),
        _("Correct the slot's start in slots.csv, the rows, or --now."),
    ),
    "OPR-05": Code(
        _WARNING,
        _('slot "{value}" is settled, and actuals.csv has no row of it: it counts as promised'),
        _("Book what was spent, or move the slot's settled to when it will be known."),
    ),
    "OPR-06": Code(
        _ERROR,
        _('the cell "{value}" has begun and holds what the plan promised, but its rows are gone'),
        _("Put the cell's rows back: what it draws counts until the campaign ends."),
    ),
    "OPR-07": Code(
        _WARNING,
        _('the cell "{value}" of the plan in force is gone: what the plan gives it is dropped'),
        _("Put the cell's rows back into options.csv, if it was not meant to go."),
    ),
    "OPR-08": Code(
        _ERROR,
        _('the cell "{value}" holds a part or a mix of options, which --freeze-next cannot keep exactly'),
        _("Freeze fewer slots."),
    ),
    "OPR-09": Code(
        Severity.conflict,
        _("what is held, pinned and frozen draws {reach} of pool {pool}, whose amount is {limit}"),
        _("What is booked cannot be undone: raise the pool's amount to {reach}, or give up pins."),
    ),
    "OPR-10": Code(
        Severity.conflict,
        _("rule {rule}{group} allows at most {limit} of {measure}, but what is held comes to {reach}"),
        _("What is booked cannot be undone: raise the rule's value to {reach}, or make the rule soft."),
    ),
    "OPR-11": Code(
        _ERROR,
        _("the objective has stages, which a running campaign is not planned by"),
        _("Give reoptimise settings with one objective: --set, or a copy of the folder without stages."),
    ),
}
