"""The states of a plan and the accounts of a pool, as people read them."""

from __future__ import annotations

from models.language import _


def state_name(state: str) -> str:
    """Return a state as people read it."""
    return {
        "registered": _("registered"),
        "submitted": _("submitted"),
        "approved": _("approved"),
        "rejected": _("rejected"),
        "applied": _("applied"),
        "superseded": _("superseded"),
    }[state]


def account_name(kind: str) -> str:
    """Return an account as people read it."""
    return {
        "initial": _("initial"),
        "added": _("added"),
        "moved_in": _("moved in"),
        "returned": _("returned"),
        "left": _("left"),
        "committed": _("committed"),
        "booked": _("booked"),
        "removed": _("removed"),
        "moved_out": _("moved out"),
    }[kind]
