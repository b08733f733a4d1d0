"""What a plan of a running campaign could no longer change, worked out from the moment that it names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from optimizer.verify.arrays import Flags
from optimizer.verify.document import compare, is_text
from optimizer.verify.instance import Instance, Pins
from optimizer.verify.plan import WHOLE, Plan
from optimizer.verify.report import Report, UnverifiableError

FILE = "summary.json"


@dataclass(frozen=True, eq=False)
class Campaign:
    """Whether each cell's slot has begun, and whether it stays as it was; shapes (cells,)."""

    is_begun: Flags
    is_frozen: Flags


def read_campaign(report: Report, instance: Instance, summary: dict[str, Any]) -> Campaign | None:
    """Return what `campaign` of a summary says, None where it has no such key.

    Raises
    ------
    UnverifiableError
        If it is not what can stand there.
    """
    if "campaign" not in summary:
        return None
    before, raw = report.count, summary["campaign"]
    frozen = raw.get("frozen") if isinstance(raw, dict) else None
    slots = [str(slot) for slot in frozen] if isinstance(frozen, list) else []
    known = set(instance.cells.texts["slot"])
    expected = {
        "now": lambda value: _moment(value) is not None,
        "frozen": [lambda value: is_text(value) and value in known] * len(slots),
        "incumbent": lambda value: value is None or is_text(value),
        "max_change": lambda value: value is None or is_text(value),
    }
    compare(report, FILE, "campaign", raw, expected)
    now = _moment(raw["now"]) if report.count == before else None
    if now is None:
        raise UnverifiableError
    for slot in known - instance.slot_starts.keys():
        report.add("VER-22", FILE, column="campaign", value=slot)
    begun = {slot for slot, start in instance.slot_starts.items() if start <= now}
    for slot in begun.intersection(slots):
        report.add("VER-35", FILE, column="campaign.frozen", value=slot)
    return Campaign(_in(instance, begun), _in(instance, set(slots)))


def _moment(value: object) -> datetime | None:
    """Return a time in ISO 8601 that has an offset."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def _in(instance: Instance, slots: set[str]) -> Flags:
    flags = np.array([text in slots for text in instance.cells.texts["slot"]], np.bool_)
    return flags[instance.cells.codes["slot"]] if len(flags) else np.zeros(0, np.bool_)


def without_pins(instance: Instance, campaign: Campaign) -> Instance:
    """Return the instance without the pins of cells that have begun: they ask for what cannot change."""
    forced = np.where(campaign.is_begun, -1, instance.pins.forced)
    return replace(instance, pins=Pins(forced, instance.pins.is_forbidden & ~campaign.is_begun))


def check_campaign(report: Report, instance: Instance, campaign: Campaign, plan: Plan) -> None:
    """Check that what has begun is booked, and what has not is planned."""
    begun = campaign.is_begun[plan.cell]
    for cell in plan.cell[begun & ~plan.is_booked].tolist():
        report.add("VER-34", "plan.csv", value=", ".join(instance.cells.key(cell)))
    for cell in plan.cell[~begun & plan.is_booked].tolist():
        report.add("VER-35", "booked.csv", value=", ".join(instance.cells.key(cell)))


def with_campaign(instance: Instance, campaign: Campaign, plan: Plan) -> Instance:
    """Return the instance in which what has begun, or was frozen, is as the plan has it.

    What is booked has one option elsewhere (`with_booked`); a cell that has begun and holds nothing can get
    nothing, and a cell of a frozen slot keeps what the plan gives it, if only nothing.
    """
    is_fixed = campaign.is_begun | campaign.is_frozen
    is_pinned = (instance.pins.forced >= 0) & ~campaign.is_begun
    forbidden = np.where(is_pinned, instance.pins.is_forbidden, instance.pins.is_forbidden | is_fixed)
    forced = instance.pins.forced.copy()
    own = campaign.is_frozen[plan.cell] & ~plan.is_booked & (plan.fraction == WHOLE)
    forced[plan.cell[own]] = plan.option[own]
    forbidden[plan.cell[own]] = False
    return replace(instance, pins=Pins(forced, np.asarray(forbidden, np.bool_)))
