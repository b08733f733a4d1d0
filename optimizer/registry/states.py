"""What can be done with a plan, and what it becomes by it: one table, and nothing else decides."""

from __future__ import annotations

from collections.abc import Mapping

from models.language import _
from models.refusal import Reason, Refused
from models.registry_words import state_name

TRANSITIONS: Mapping[str, Mapping[str, str]] = {
    "register": {"": "registered"},
    "submit": {"registered": "submitted", "rejected": "submitted"},
    "approve": {"submitted": "approved"},
    "reject": {"registered": "rejected", "submitted": "rejected", "approved": "rejected"},
    "apply": {"approved": "applied"},
    "apply_by_mandate": {"registered": "applied", "submitted": "applied"},
    "supersede": {"applied": "superseded"},
    "rollback": {"superseded": "applied"},
    "withdraw": {"approved": "approved", "applied": "applied", "superseded": "superseded"},
}
"""Action -> state before -> state after; a blank: not registered yet."""


def after(action: str, state: str, plan: str) -> str:
    """Return the state that an action leads to.

    Raises
    ------
    Refused
        If the plan is in a state in which this cannot be done.
    """
    following = TRANSITIONS[action].get(state)
    if following is None:
        text = _("plan {plan} is {state}: {hint}")
        hint = _hint(action, state)
        raise Refused(Reason.invalid, text.format(plan=plan[:12], state=state_name(state), hint=hint))
    return following


def _hint(action: str, state: str) -> str:
    """Say what can be done instead."""
    if action == "approve" and state == "registered":
        return _("submit it first (fairpool registry submit)")
    if action == "apply" and state in ("registered", "submitted"):
        return _("only an approved plan can be applied, or one within a mandate")
    if action == "apply" and state == "superseded":
        return _("another plan has taken its place; `fairpool registry rollback` goes back")
    if action == "reject" and state in ("applied", "superseded"):
        return _("it has been applied; apply another plan or roll back, and `withdraw` ends its mandate")
    return {
        "submit": _("only a registered or rejected plan can be submitted"),
        "approve": _("only a submitted plan can be approved"),
        "reject": _("only a plan that was never applied can be rejected"),
        "apply": _("only an approved plan can be applied, or one within a mandate"),
        "apply_by_mandate": _("only a plan that nobody has decided on can be applied by mandate"),
        "rollback": _("only a plan that was applied before can come back"),
        "withdraw": _("only an approved plan has a mandate"),
    }[action]
