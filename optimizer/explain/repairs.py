"""Repairs: of each member of a conflict the smallest change that alone makes the policy possible.

A change is looked for between what is proven not to be enough and what a plan in hand needs, on the value's
own decimals. A proof by prices says how far the value must move at least; where it stands after that move is
tried first, else halfway (Newton's method on the bound, with bisection).
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Literal

from models.amount import MAX_UNITS
from models.conflict import Asking, Change, Edit, Member, Repair, Verdict
from models.instance import Instance
from models.plan import Plan
from optimizer.explain.grid import Grid, grid_of
from optimizer.explain.need import excluded, is_share_of, needed

_MOST_UNDECIDED = 3
"""Values of one member that may stay undecided: the smallest change is not known then, and a small one is."""

Without = Literal["helpless", "unknown"]


class Menu:
    """Looks for repairs, one question after another."""

    def __init__(self, instance: Instance, asking: Asking) -> None:
        self.instance, self.asking = instance, asking
        self._stated: Verdict | None = None

    def alone(self, member: Member) -> Repair | Without:
        """Return the smallest change of one member that is enough; `helpless` where none is, by proof."""
        shares = self._shares_of(member)
        left_out = self._left_out(member, is_raised=bool(shares))
        if left_out.is_impossible:
            # Floors that are shares of a pool rise with it: there may be an amount in between.
            return "unknown" if "at_least" in shares else "helpless"
        if left_out.plan is None or left_out.problem is None:
            return "unknown"
        need = None if member.kind == "pin" else needed(left_out.plan, member, Fraction(1))
        if need is None:
            return Repair((Edit(member, None),), left_out.plan)
        grid = grid_of(left_out.problem, self.instance, member)
        found = self._smallest(member, grid, grid.place(need), left_out.plan)
        return replace(found, is_smallest=found.is_smallest and "at_least" not in shares)

    def _left_out(self, member: Member, *, is_raised: bool) -> Verdict:
        """Ask for any plan without a member; a pool of which shares are taken is raised as far as can be."""
        if not is_raised:
            return self.asking.any_plan(Change(without=frozenset({member})))
        amount = Fraction(MAX_UNITS, 10 ** member.pool(self.instance).decimals)
        return self.asking.any_plan(Change(values=((member, amount),)))

    def _shares_of(self, member: Member) -> set[str]:
        """Return the senses of the rules that are shares of a pool; none of what is no pool."""
        if member.kind != "pool":
            return set()
        name = member.pool(self.instance).name
        return {rule.sense for rule in self.instance.rules if is_share_of(rule, name)}

    def combined(self) -> Repair | None:
        """Return every rule that the best effort breaks moved to what it uses; None where it is not known."""
        effort = self.asking.best_effort()
        if effort is None or effort.is_feasible:
            return None
        edits = []
        for index, use in enumerate(effort.uses):
            if use.limits.rule.enforcement != "hard" or not use.is_broken.any():
                continue
            member, value = Member("rule", index), use.limits.rule.value
            need = needed(effort, member, value) if value else None
            grid = grid_of(effort.problem, self.instance, member)
            edits.append(Edit(member, None if need is None else grid.value(grid.place(need))))
        verdict = self.asking.any_plan(_change(tuple(edits)))
        return None if verdict.plan is None else Repair(tuple(edits), verdict.plan)

    def at_its_best(self, repair: Repair) -> Repair:
        """Return a repair with the best plan found under it."""
        best = self.asking.best_plan(_change(repair.edits))
        is_better = best is not None and best.objective > repair.plan.objective
        return replace(repair, plan=best) if best is not None and is_better else repair

    def size(self, repair: Repair) -> Fraction:
        """Return by what share of itself a repair moves its value; one that drops it comes last."""
        edit = repair.edits[0]
        before = edit.member.value(self.instance)
        if edit.after is None or before is None:
            return Fraction(10**9)
        return abs(edit.after - before) / (abs(before) or 1)

    def _smallest(self, member: Member, grid: Grid, enough: int, plan: Plan) -> Repair:
        """Close in between places that are proven too small and one that is enough."""
        least, is_halved = self._after_proof(member, grid, self._as_stated(), 0), False
        num_undecided = 0
        while least < enough and num_undecided < _MOST_UNDECIDED:
            place = (least + enough) // 2 if is_halved else least
            verdict = self.asking.any_plan(Change(values=((member, grid.value(place)),)))
            if verdict.plan is not None:
                plan = verdict.plan
                enough = min(place, self._place_of(member, grid, plan, grid.value(place)))
            elif verdict.is_impossible:
                further = self._after_proof(member, grid, verdict, place)
                is_halved = not is_halved or further < (least + enough) // 2
                least = further
            else:
                least, is_halved, num_undecided = place + 1, True, num_undecided + 1
        return Repair((Edit(member, grid.value(enough)),), plan, is_smallest=not num_undecided)

    def _place_of(self, member: Member, grid: Grid, plan: Plan, value: Fraction) -> int:
        need = needed(plan, member, value) if value else None
        return grid.place(value if need is None else need)

    def _as_stated(self) -> Verdict:
        if self._stated is None:
            self._stated = self.asking.any_plan(Change())
        return self._stated

    def _after_proof(self, member: Member, grid: Grid, verdict: Verdict, place: int) -> int:
        """Return the first place that a proof at a place (0: as it stands) does not exclude."""
        if verdict.proof is None or verdict.problem is None:
            return place + 1
        move = excluded(verdict.problem, verdict.proof, member)
        if not move:
            return place + 1
        value = grid.value(place) if place else grid.start
        return max(place + 1, grid.place(value + move if grid.is_cap else value - move))


def _change(edits: tuple[Edit, ...]) -> Change:
    return Change(
        without=frozenset(edit.member for edit in edits if edit.after is None),
        values=tuple((edit.member, edit.after) for edit in edits if edit.after is not None),
    )
