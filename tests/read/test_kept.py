"""A plan folder that is kept becomes pins, and what stands against that is said."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.codes import Severity
from models.finding import Finding
from models.instance import Instance
from optimizer.read import kept as reading
from optimizer.read import read_kept
from tests.read.reading import codes, read

HEADER = "merchant,category,slot,option,cash,conversions\n"
ROW = "M1,C1,S1,A,10.00,1\n"
OPTIONS = (
    HEADER + "M1,C1,S1,A,10,1\nM1,C1,S1,B,20,1.5\nM2,C1,S1,A,5,0.5\n'M3,C1,=S,@A,5,0.5\nM3,C1,=S,A,5,0.5\n"
)


def keep(
    path: Path, plan: str | None, name: str = "plan.csv", **files: str
) -> tuple[Instance, list[Finding]]:
    """Read an instance, and keep a plan of one table."""
    instance = read(path / "instance", {"options.csv": OPTIONS, **{f"{k}.csv": v for k, v in files.items()}})
    (path / "plan").mkdir()
    if plan is not None:
        (path / "plan" / name).write_text("\ufeff" + plan, encoding="utf-8")
    return read_kept(path / "plan", instance)


def test_rows_become_pins(tmp_path: Path) -> None:
    """Every row is a pin with its place, sorted by keys; the hash is that of the file's bytes."""
    instance, findings = keep(tmp_path, HEADER + "M2,C1,S1,A,5.00,0.5\n" + ROW)
    assert findings == []
    assert instance.kept is not None
    assert [(pin.keys, pin.option, pin.row, pin.file) for pin in instance.kept.pins] == [
        (("M1", "C1", "S1"), "A", 3, "plan.csv"),
        (("M2", "C1", "S1"), "A", 2, "plan.csv"),
    ]
    data = (tmp_path / "plan" / "plan.csv").read_bytes()
    assert instance.kept.sha256 == hashlib.sha256(data).hexdigest()
    assert instance.all_pins == instance.kept.pins


def test_one_apostrophe_is_stripped(tmp_path: Path) -> None:
    """Guarded texts lose exactly one apostrophe, so that a key which begins with one is itself again."""
    instance, findings = keep(tmp_path, HEADER + "''M3,C1,'=S,'@A,5.00,0.5\nM3,C1,'=S,A,5.00,0.5\n")
    assert findings == []
    assert instance.kept is not None
    assert [(pin.keys[0], pin.option) for pin in instance.kept.pins] == [("'M3", "@A"), ("M3", "A")]


def test_parquet_has_no_guards(tmp_path: Path) -> None:
    """A plan in Parquet is read as it is."""
    instance, _ = keep(tmp_path / "a", None)
    columns = dict(zip(HEADER.strip().split(","), ["'M3", "C1", "=S", "@A", "5.00", "0.5"], strict=True))
    folder = tmp_path / "typed"
    folder.mkdir()
    pq.write_table(pa.table({name: [text] for name, text in columns.items()}), folder / "plan.parquet")
    kept, findings = read_kept(folder, instance)
    assert findings == []
    assert kept.kept is not None
    assert kept.kept.file == "plan.parquet"
    assert [pin.keys for pin in kept.kept.pins] == [("'M3", "C1", "=S")]


def test_large_keys_do_not_overflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys that do not fit one number of 64 bits are found all the same."""
    monkeypatch.setattr(reading, "_FITS", 2)
    instance, findings = keep(tmp_path, HEADER + "M2,C1,S1,A,5.00,0.5\n" + ROW)
    assert findings == []
    assert instance.kept is not None
    assert len(instance.kept.pins) == 2


@pytest.mark.parametrize(
    ("plan", "code", "row", "says"),
    [
        (ROW + "M9,C1,S1,A,5.00,1\n", "KEP-03", 3, "M9, C1, S1"),
        ("M9,C1,S1,A,5.00,1\nM8,C1,S1,A,5.00,1\n", "KEP-04", None, "none of the 2 cells"),
        ("M1,C1,S1,AA,10.00,1\n", "KEP-05", 2, 'did you mean "A"'),
        ("M1,C1,S1,A,9.00,1\n", "KEP-06", 2, "9.00 of cash aside for the option, which draws 10.00 now"),
        (ROW + "M1,C1,S1,B,20.00,1.5\n", "KEP-07", 3, "M1, C1, S1"),
    ],
)
def test_what_has_changed(tmp_path: Path, plan: str, code: str, row: int | None, says: str) -> None:
    """A cell, option or cost that is not what it was is a finding at its row; errors keep nothing."""
    instance, findings = keep(tmp_path, HEADER + plan)
    (found,) = [one for one in findings if one.code == code]
    assert (found.file, found.row) == ("plan.csv", row)
    assert says in str(found)
    assert "{" not in str(found)
    assert (instance.kept is None) == (found.severity is Severity.error)
    assert codes(findings) == [code]


def test_what_is_gone_is_dropped(tmp_path: Path) -> None:
    """The cells that are still there are kept, the one that is gone is not."""
    instance, _ = keep(tmp_path, HEADER + ROW + "M9,C1,S1,A,5.00,1\n")
    assert instance.kept is not None
    assert [pin.keys[0] for pin in instance.kept.pins] == ["M1"]


def test_fractions(tmp_path: Path) -> None:
    """A whole option of a divisible cell is kept, a part of one cannot be."""
    head = HEADER.strip() + ",fraction\n"
    assert keep(tmp_path / "a", head + "M1,C1,S1,A,10.00,1,1\n")[1] == []
    instance, findings = keep(tmp_path / "b", head + "M1,C1,S1,A,5.00,1,0.5\n")
    assert instance.kept is None
    assert codes(findings) == ["KEP-06", "KEP-07"] or codes(findings) == ["KEP-07", "KEP-06"]


@pytest.mark.parametrize("pin", ["M1,C1,S1,B", "M1,*,*,none", "M1,C1,S1,none"])
def test_pins_against_what_is_kept(tmp_path: Path, pin: str) -> None:
    """A pin that asks for something else is named with its row, beside the row of the plan."""
    instance, findings = keep(tmp_path, HEADER + ROW, pins=f"merchant,category,slot,option\n{pin}\n")
    assert codes(findings) == ["KEP-08"]
    assert "pins.csv row 2" in findings[0].what
    assert findings[0].row == 2
    assert instance.kept is None


def test_pins_that_agree(tmp_path: Path) -> None:
    """A pin that asks for what is kept is none against it."""
    pins = "merchant,category,slot,option\nM1,C1,S1,A\nM2,*,*,none\n"
    assert keep(tmp_path, HEADER + ROW, pins=pins)[1] == []


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["limits.csv"], "KEP-01"),
        (["plan.csv", "plan.parquet"], "FIL-02"),
        (["plan.csv", "booked.csv"], "KEP-02"),
    ],
)
def test_other_folders(tmp_path: Path, names: list[str], code: str) -> None:
    """A folder without a plan, with two, or with booked cells is refused."""
    instance, _ = keep(tmp_path, None)
    for name in names:
        (tmp_path / "plan" / name).write_text(HEADER + ROW, encoding="utf-8")
    kept, findings = read_kept(tmp_path / "plan", instance)
    assert codes(findings) == [code]
    assert kept.kept is None


def test_keys_must_be_those_of_the_instance(tmp_path: Path) -> None:
    """A plan by segments says nothing to an instance without them, nor one without a key column."""
    segments = "merchant,category,slot,segment,option,cash,conversions\nM1,C1,S1,heavy,A,10.00,1\n"
    assert codes(keep(tmp_path / "a", segments)[1]) == ["KEP-09"]
    assert codes(keep(tmp_path / "b", "merchant,category,option\nM1,C1,A\n")[1]) == ["TAB-05"]
    assert codes(keep(tmp_path / "c", "")[1]) == ["FIL-04"]
