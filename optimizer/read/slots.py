"""When slots begin, end and are settled, and the slot order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from models.headers import SLOT_TIMES
from models.instance import Attributes, SlotTimes
from models.scope import time
from optimizer.read.findings import Findings


def read_slot_times(
    slots: Attributes, rows: Sequence[int], file: str, timezone: tzinfo, findings: Findings
) -> dict[str, SlotTimes]:
    """Return the times of every slot that the table lists; a time without an offset is in `timezone`."""
    times: dict[str, SlotTimes] = {}
    for index, slot in enumerate(slots.keys):
        read: dict[str, datetime | None] = {}
        for name in SLOT_TIMES:
            text = slots.columns[name][index] if name in slots.columns else ""
            read[name] = time(text, timezone) if text else None
            if text and read[name] is None:
                findings.add("SLO-01", file, rows[index], name, text)
        start = read["start"]
        for name in ("end", "settled"):
            then = read[name]
            if start is not None and then is not None and then < start:
                written = slots.columns["start"][index]
                findings.add("SLO-02", file, rows[index], name, slots.columns[name][index], start=written)
        times[slot] = SlotTimes(**read)
    if any(one.start for one in times.values()):
        for slot, row in zip(slots.keys, rows, strict=True):
            if times[slot].start is None and not slots.columns["start"][slots.keys.index(slot)]:
                findings.add("SLO-03", file, row, "start", slot=slot)
    return times


def slot_order(slots: Attributes, times: dict[str, SlotTimes], used: Sequence[str]) -> tuple[str, ...]:
    """Return every slot in the slot order: by start, else row of the file; unlisted ones last, by text."""
    starts = [(one.start, slot) for slot, one in times.items() if one.start is not None]
    dated = [slot for __, slot in sorted(starts)]
    undated = [slot for slot in slots.keys if times[slot].start is None]
    listed = set(slots.keys)
    return (*dated, *undated, *sorted(slot for slot in used if slot not in listed))
