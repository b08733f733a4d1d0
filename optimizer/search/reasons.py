"""Why a run of the solver left no plan, or ended early, for people."""

from __future__ import annotations

from models.language import _
from optimizer.solve.answer import Answer, Ended


def why_none(answer: Answer) -> str:
    """Say why a run of the solver left no plan, for people."""
    if answer.ended is Ended.infeasible:
        return _("the solver says that no plan exists, but that is not proven")
    if answer.ended is Ended.failed:
        return _("the solver failed ({remark})").format(remark=answer.remark)
    return _("stopped before a plan was found, which proves nothing")


def why_early(answer: Answer) -> str:
    """Say why a search that has a plan ended before its gap was reached, for people."""
    if answer.ended is Ended.failed:
        return _("the solver failed ({remark}); this is the best plan that it had found").format(
            remark=answer.remark
        )
    return _("stopped early; this is the best plan found") if answer.ended is Ended.stopped else ""
