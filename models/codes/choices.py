"""Findings about the rows of a plan that is read again, fairpool's own or a planner's (CHO)."""

from __future__ import annotations

from models.codes.code import Code, Severity
from models.language import mark as _

_ERROR = Severity.error

CODES: dict[str, Code] = {
    "CHO-01": Code(
        _ERROR,
        _("the plan's cells have a {column}, those of options.csv have none"),
        _("Name a plan of this instance, or add the column to options.csv."),
    ),
    "CHO-02": Code(
        _ERROR,
        _('options.csv has no cell "{value}"'),
        _("Correct the keys, or take the row out: a plan may only fund cells of the instance."),
    ),
    "CHO-03": Code(
        _ERROR,
        _('the cell "{cell}" has no option "{value}"{hint}'),
        _("Name an option of options.csv, or take the row out: the cell gets nothing then."),
    ),
    "CHO-04": Code(
        _ERROR,
        _('"{value}" is not a fraction from 0 to 1 of at most 9 decimals'),
        _("Write 1, or leave it blank, where the whole option is given."),
    ),
    "CHO-05": Code(
        _ERROR,
        _('the cell "{value}" cannot hold what its rows give it'),
        _(
            "A cell holds one whole option; where it is divisible, part of its cheapest option, or a mix of "
            "two that are neighbours in order of cost, their fractions summing to 1."
        ),
    ),
    "CHO-06": Code(
        _ERROR,
        _("the folder is no plan that can be explained: {reason}"),
        _("Name a plan folder, as `fairpool solve` writes one."),
    ),
}
