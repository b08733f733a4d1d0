"""Why a policy is impossible, and what would mend it; whatever must be solved again is asked of `Asking`."""

from __future__ import annotations

from models.certificate import Certificate
from models.conflict import Asking, Explained, Repair
from models.instance import Instance
from optimizer.explain.conflict import find_conflict
from optimizer.explain.repairs import Menu

__all__ = ["explain"]

MOST_OPTIONS = 10_000
"""Larger instances get no menu: whether a value near to the smallest is enough takes too long to find out."""


def explain(instance: Instance, asking: Asking, proof: Certificate | None) -> Explained:
    """Find a smallest conflict of a policy that is proven impossible, and repairs of it.

    Parameters
    ----------
    proof
        By prices, if there is one.
    """
    conflict = find_conflict(instance, asking, proof)
    if len(instance.options) > MOST_OPTIONS:
        return Explained(instance, conflict, has_menu=False)
    menu = Menu(instance, asking)
    found = [(member, menu.alone(member)) for member in conflict.members]
    combined = menu.combined()
    repairs = [menu.at_its_best(repair) for _, repair in found if isinstance(repair, Repair)]
    repairs.sort(key=lambda repair: (-repair.plan.objective, menu.size(repair), repair.edits[0].member))
    if combined is not None:
        moved = {edit.member for edit in combined.edits}
        is_known = any({edit.member for edit in repair.edits} == moved for repair in repairs)
        combined = None if is_known else menu.at_its_best(combined)
    return Explained(
        instance,
        conflict,
        repairs,
        combined,
        tuple(member for member, repair in found if repair == "helpless"),
        tuple(member for member, repair in found if repair == "unknown"),
    )
