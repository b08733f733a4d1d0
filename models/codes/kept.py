"""Findings about a plan that `--keep` holds on to (KEP)."""

from __future__ import annotations

from models.codes.code import Code, Severity
from models.language import mark as _

_ERROR, _WARNING = Severity.error, Severity.warning

CODES: dict[str, Code] = {
    "KEP-01": Code(
        _ERROR,
        _("the folder that --keep or --warm-start names holds no plan.csv and no plan.parquet"),
        _("Name a plan folder, as `fairpool solve` writes one."),
    ),
    "KEP-02": Code(
        _ERROR,
        _(
            "the plan belongs to a running campaign: what {value} holds is booked, and is no option that can "
            "be kept"
        ),
        _("Keep a plan without that file, or move it out of a copy: its cells are open then."),
    ),
    "KEP-03": Code(
        _WARNING,
        _('options.csv has no cell "{value}" any more: what the plan gives it is not kept'),
        _("Put the cell's rows back into options.csv, if it was not meant to go."),
    ),
    "KEP-04": Code(
        _ERROR,
        _("options.csv has none of the {count} cells that the plan funds"),
        _("Name a plan of this instance."),
    ),
    "KEP-05": Code(
        _ERROR,
        _('the cell "{cell}" holds the option "{value}", which options.csv no longer offers it{hint}'),
        _("Put the option back, or take the row out of a copy of the plan: the cell is open then."),
    ),
    "KEP-06": Code(
        _WARNING,
        _("the plan set {value} of {column} aside for the option, which draws {now} now"),
        _("It is kept, and draws what options.csv says; correct that, if the cost was not meant to change."),
    ),
    "KEP-07": Code(
        _ERROR,
        _('the cell "{cell}" holds a mix of options, which cannot be kept exactly'),
        _("In a copy of the plan give it one whole option (fraction 1), or no row: it is open then."),
    ),
    "KEP-08": Code(
        _ERROR,
        _('the cell "{cell}" holds the option "{value}", but {pins} row {other} asks for "{option}" there'),
        _("Drop the pin, or take the row out of a copy of the plan: the cell follows its pin then."),
    ),
    "KEP-09": Code(
        _ERROR,
        _("the plan's cells have a {column}, those of options.csv have none"),
        _("Name a plan of this instance, or add the column to options.csv."),
    ),
}
