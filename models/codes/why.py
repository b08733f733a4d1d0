"""Findings about what `explain` is asked (WHY)."""

from __future__ import annotations

from models.codes.code import Code, Severity
from models.language import mark as _

_ERROR = Severity.error

CODES: dict[str, Code] = {
    "WHY-01": Code(
        _ERROR,
        _('the instance has no merchant "{value}"{hint}'),
        _("Name a merchant of options.csv or merchants.csv, exactly as it is written there."),
    ),
    "WHY-02": Code(
        _ERROR,
        _('the instance has no rule and no pool "{value}"{hint}'),
        _("Name a rule as rules.csv does, or a pool as pool:NAME."),
    ),
}
