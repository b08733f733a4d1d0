"""A mandate: how far a job may change an approved plan by itself, in which pools, until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from models.amount import exact, exact_text, fraction_to_text
from models.finding import shown
from models.language import _
from models.refusal import Reason, Refused
from optimizer.registry.events import time_text
from optimizer.registry.holdings import Holding, Keys

Cells = Mapping[Keys, Holding]


@dataclass(frozen=True)
class Mandate:
    """What an approval allows a job to do by itself.

    Attributes
    ----------
    per_run
        Largest change from the plan in force to the next, as a share.
    total
        Largest change from the approved plan to any that follows, as a share.
    pools
        Pools that may change; of all others, every cell keeps its amount.
    until
        From this moment on the mandate is over.
    """

    per_run: Fraction
    total: Fraction
    pools: tuple[str, ...]
    until: datetime

    def to_json(self) -> dict[str, Any]:
        """Return the mandate as it is kept, and as `--json` prints it."""
        return {
            "per_run": exact_text(self.per_run),
            "total": exact_text(self.total),
            "pools": list(self.pools),
            "until": time_text(self.until),
        }

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Mandate:
        """Return a mandate as it was kept."""
        until = datetime.fromisoformat(kept["until"])
        return cls(exact(kept["per_run"]), exact(kept["total"]), tuple(kept["pools"]), until)


def run_change(before: Cells, after: Cells, place: int) -> Fraction | None:
    """Return the change of one pool from the plan in force to the next, over the cells that are still open.

    The larger of the sum of increases and the sum of decreases, as a share of what the plan in force holds in
    those cells; None: it holds nothing there, and the next plan does. Cells that the next plan has as booked
    can no longer change, and are left out.
    """
    keys = [key for key in before.keys() | after.keys() if not (key in after and after[key].is_booked)]
    return _change([(_units(before, key, place), _units(after, key, place)) for key in keys])


def total_change(approved: Cells, after: Cells, place: int) -> Fraction | None:
    """Return the change of one pool from the approved plan to a later one, over all cells.

    As for one run, but of the whole. A booked cell counts as changed only if it holds another option than
    was approved: that more or less was spent than planned is no change of plan.
    """
    pairs = []
    for key in approved.keys() | after.keys():
        old, new = _units(approved, key, place), _units(after, key, place)
        is_kept = key in after and after[key].is_booked and key in approved
        if is_kept and after[key].options in ([], approved[key].options):
            new = old
        pairs.append((old, new))
    return _change(pairs)


def _units(cells: Cells, key: Keys, place: int) -> int:
    return cells[key].units[place] if key in cells else 0


def _change(pairs: Sequence[tuple[int, int]]) -> Fraction | None:
    up = sum(max(0, new - old) for old, new in pairs)
    down = sum(max(0, old - new) for old, new in pairs)
    whole = sum(old for old, _new in pairs)
    if whole == 0:
        return None if up else Fraction(0)
    return Fraction(max(up, down), whole)


@dataclass(frozen=True)
class Step:
    """What a mandate is asked to allow.

    Attributes
    ----------
    approved, before, after
        Cells of the approved plan, the plan in force and the one to come; amounts in the order of `pools`.
    """

    pools: tuple[str, ...]
    approved: Cells
    before: Cells
    after: Cells


def check_until(mandate: Mandate, now: datetime) -> None:
    """Refuse what comes after the end of a mandate.

    Raises
    ------
    Refused
        If the mandate is over.
    """
    if now >= mandate.until:
        message = _("the mandate ended at {until}; a person has to approve")
        raise Refused(Reason.guard, message.format(until=time_text(mandate.until)))


def check_mandate(mandate: Mandate, step: Step) -> dict[str, dict[str, str]]:
    """Return the changes of every pool, which the mandate allows: `per_run` and `total`, rounded to read.

    Raises
    ------
    Refused
        If the mandate does not allow them.
    """
    changes = {}
    for place, pool in enumerate(step.pools):
        found = {
            "per_run": run_change(step.before, step.after, place),
            "total": total_change(step.approved, step.after, place),
        }
        for name, change in found.items():
            is_covered = pool in mandate.pools
            most = getattr(mandate, name) if is_covered else Fraction(0)
            if change is None or change > most:
                raise Refused(Reason.guard, _beyond(pool, name, change, most, is_covered=is_covered))
        changes[pool] = {name: fraction_to_text(change or Fraction(0), 12) for name, change in found.items()}
    return changes


def _beyond(pool: str, name: str, change: Fraction | None, most: Fraction, *, is_covered: bool) -> str:
    if not is_covered:
        message = _("the mandate does not cover {pool}, and the plan changes it; a person has to approve")
        return message.format(pool=shown(pool))
    against = _("the plan in force") if name == "per_run" else _("the approved plan")
    percent = _("from nothing") if change is None else f"{fraction_to_text(change * 100, 4)} %"
    message = _(
        "the plan changes {pool} by {change} against {against}, and the mandate allows {most} %; "
        "a person has to approve"
    )
    allowed = fraction_to_text(most * 100, 4)
    return message.format(pool=shown(pool), change=percent, against=against, most=allowed)
