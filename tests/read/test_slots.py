"""Slots: their times and their order."""

from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from models.instance import Attributes
from optimizer.read.findings import Findings
from optimizer.read.slots import read_slot_times, slot_order
from tests.read.reading import OPTIONS, codes, found, read


def test_times_without_offset_are_in_the_settings_zone(tmp_path: Path) -> None:
    """A time without an offset is in the settings' zone; ISO 8601 and Excel's way mean the same."""
    slots = "slot,start,end,settled\nS1,2026/11/1 8:00,2026-11-01T09:30+08:00,2026-11-02\n"
    times = read(tmp_path, {"slots.csv": slots}).slot_times["S1"]
    assert times.start == datetime(2026, 11, 1, 0, 0, tzinfo=UTC)
    assert times.end == datetime(2026, 11, 1, 1, 30, tzinfo=UTC)
    assert times.settled == datetime(2026, 11, 1, 16, 0, tzinfo=UTC)
    slots = "slot,start\nS1,2026/11/1 8:00\n"
    times = read(tmp_path, {"slots.csv": slots, "settings.toml": 'timezone = "UTC"'}).slot_times["S1"]
    assert times.start == datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


def test_chinese_headers_of_times(tmp_path: Path) -> None:
    """开始, 结束 and 结算 are start, end and settled."""
    slots = "时段,开始,结束,结算\nS1,2026/11/1 8:00,2026/11/1 9:00,2026/11/2 0:00\n"
    times = read(tmp_path, {"slots.csv": slots}).slot_times["S1"]
    assert None not in (times.start, times.end, times.settled)


def test_an_end_before_its_start_is_an_error(tmp_path: Path) -> None:
    """Neither `end` nor `settled` may be before `start`, offsets considered; they may be the same moment."""
    same = "slot,start,end\nS1,2026-11-01T08:00+08:00,2026-11-01T00:00Z\n"
    assert codes(found(tmp_path, {"slots.csv": same})) == []
    before = "slot,start,settled\nS1,2026-11-01T08:00+08:00,2026-10-31T23:59Z\n"
    assert codes(found(tmp_path, {"slots.csv": before})) == ["SLO-02"]


def test_the_slot_order(tmp_path: Path) -> None:
    """Slots come by start, without starts by row; those that slots.csv lacks come last, by text."""
    options = OPTIONS + "M1,C1,S9,A,1,1\nM1,C1,S8,A,1,1\nM1,C1,S2,A,1,1\n"
    dated = "slot,start\nS2,2026-11-02\nS1,2026-11-01\n"
    assert read(tmp_path, {"options.csv": options, "slots.csv": dated}).slots == ("S1", "S2", "S8", "S9")
    assert read(tmp_path, {"options.csv": options, "slots.csv": "slot\nS2\nS1\n"}).slots == (
        "S2",
        "S1",
        "S8",
        "S9",
    )
    (tmp_path / "slots.csv").unlink()
    assert read(tmp_path, {"options.csv": options}).slots == ("S1", "S2", "S8", "S9")


@settings(max_examples=50)
@given(
    st.dictionaries(st.sampled_from(["S1", "S2", "S3", "S4", "10", "9"]), st.integers(1, 3), min_size=1),
    st.randoms(),
)
def test_rows_of_dated_slots_may_be_in_any_order(days: dict[str, int], random) -> None:
    """Where every slot has a start, the order of rows does not matter, equal starts included."""
    orders = []
    for __ in range(2):
        slots = list(days)
        random.shuffle(slots)
        table = Attributes(tuple(slots), {"start": tuple(f"2026-11-0{days[slot]}" for slot in slots)})
        times = read_slot_times(table, range(2, 2 + len(slots)), "slots.csv", UTC, Findings())
        orders.append(slot_order(table, times, []))
    assert orders[0] == orders[1]
    assert [days[slot] for slot in orders[0]] == sorted(days.values())
