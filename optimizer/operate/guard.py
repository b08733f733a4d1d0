"""What keeps the plan in force: nothing is new, nothing is better, or something looks wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from models.amount import exact, units_to_text
from models.instance import Instance, SlotTimes
from models.scope import number

_LEAST_GAIN = Fraction(1, 10**4)
_KEPT_ROWS = Fraction(2, 3)
_FACTOR = 2


@dataclass(frozen=True)
class Suspicion:
    """One thing that a person should look at: `what` is `rows`, or a pool; before and after as text."""

    what: str
    before: str
    after: str


def suspicions(summary: Mapping[str, Any], instance: Instance) -> list[Suspicion]:
    """Return what has changed out of measure since the plan in force was made.

    Rows of options that fell by a third, and pools that are gone or changed by a factor of two.
    """
    result = []
    counts = summary.get("counts")
    rows = counts.get("options") if isinstance(counts, dict) else None
    if isinstance(rows, int) and len(instance.options) <= _KEPT_ROWS * rows:
        result.append(Suspicion("options.csv", str(rows), str(len(instance.options))))
    now = {pool.name: units_to_text(pool.amount, pool.decimals) for pool in instance.pools}
    for pool in summary.get("pools", []):
        name, before = str(pool.get("pool")), number(str(pool.get("amount")))
        after = exact(now[name]) if name in now else None
        if before is None:
            continue
        if after is None or (before != after and not before < _FACTOR * after < _FACTOR**2 * before):
            result.append(Suspicion(name, str(pool["amount"]), now.get(name, "")))
    return result


def is_same(summary: Mapping[str, Any], instance: Instance, now: datetime, frozen: tuple[str, ...]) -> bool:
    """Say whether a plan was made from these very files, with no slot begun or settled since.

    A plan whose search was stopped, or that had slots frozen which are free now, may be bettered all the
    same.
    """
    overrides = [{"key": key, "value": value} for key, value in instance.overrides]
    given = summary.get("overrides")
    campaign = summary.get("campaign")
    then, held = None, []
    if isinstance(campaign, dict):
        then, held = datetime.fromisoformat(str(campaign.get("now"))), list(campaign.get("frozen", []))
    return (
        summary.get("inputs") == instance.inputs
        and isinstance(given, list)
        and sorted(map(str, given)) == sorted(map(str, overrides))
        and summary.get("status") in ("optimal", "within_gap")
        and set(held) <= set(frozen)
        and _states(instance, then) == _states(instance, now)
    )


def _states(instance: Instance, moment: datetime | None) -> list[tuple[bool, bool]]:
    """Return of every slot whether it has begun and is settled; without a moment none has."""
    result = []
    for slot in instance.slots:
        times = instance.slot_times.get(slot, SlotTimes())
        settled = times.settled if times.settled is not None else times.end
        result.append((_is_past(times.start, moment), _is_past(settled, moment)))
    return result


def _is_past(then: datetime | None, moment: datetime | None) -> bool:
    return moment is not None and then is not None and then <= moment


def least_gain(summary: Mapping[str, Any], asked: Fraction | None) -> Fraction:
    """Return by what share of its objective a plan has to be better than the one in force.

    What was asked for, else the larger of 0.01 % and the gap that the plan in force was proven to have.
    """
    if asked is not None:
        return asked
    gap = number(str(summary.get("gap")))
    return max(_LEAST_GAIN, gap if gap is not None else _LEAST_GAIN)


def is_better(objective: Fraction, incumbent: Fraction, least: Fraction) -> bool:
    """Say whether an objective is better than another by at least a share of it."""
    gain = objective - incumbent
    return gain > 0 and gain >= least * max(abs(incumbent), Fraction(1, 10**9))
