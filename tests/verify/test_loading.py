"""Every dialect, encoding and language that the contract names must say the same."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from optimizer.verify import verify
from optimizer.verify.loading import load
from optimizer.verify.texts import moment
from tests.verify.folders import TINY_INSTANCE, write_instance, write_plan

CHINESE = {
    "pools": "资金池,金额,单位,小数位\ncash,100,yuan,2\n",
    "options": TINY_INSTANCE["options.csv"].replace(
        "merchant,category,slot,option,cash,conversions", "商家,类目,时段,档位,cash,转化"
    ),
    "merchants": "商家,tier\nM1,big\nM2,small\nM3,small\n",
    "rules": "规则,指标,范围,方向,数值,基准\nsmall-floor,cash,tier＝small,不低于,４０％,合计\n",
}


def _parquet(text: str) -> bytes:
    out = io.BytesIO()
    pa.parquet.write_table(pa.csv.read_csv(io.BytesIO(text.encode())), out)
    return out.getvalue()


def _untidy(text: str) -> bytes:
    header, *rows = text.splitlines()
    width = header.count(",")
    lines = [f"{header},,", "," * (width + 2), "", *(f" {row} ,," for row in reversed(rows)), "  "]
    return "\r\n".join(lines).encode()


DIALECTS: dict[str, Callable[[str], bytes]] = {
    "utf-8 with a mark": lambda text: text.encode("utf-8-sig"),
    "utf-16 little": lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
    "utf-16 big": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "gb18030": lambda text: text.encode("gb18030"),
    "semicolons": lambda text: text.replace(",", ";").encode(),
    "tabs and CRLF": lambda text: text.replace(",", "\t").replace("\n", "\r\n").encode(),
    "quoted": lambda text: "".join(
        ",".join(f'"{part}"' for part in line.split(",")) + "\n" for line in text.splitlines()
    ).encode(),
    "untidy": _untidy,
}


@pytest.mark.parametrize("language", ["English", "Chinese"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_dialects(dialect: str, language: str, tmp_path: Path) -> None:
    """The tiny plan must be verified against its instance in every dialect, headers in either language."""
    files = CHINESE if language == "Chinese" else {}
    instance = write_instance(tmp_path / "instance", **files)
    for path in instance.glob("*.csv"):
        path.write_bytes(DIALECTS[dialect](path.read_text(encoding="utf-8")))
    found = verify(instance, write_plan(tmp_path / "plan", instance))
    assert [str(finding) for finding in found.findings] == []


def test_parquet_instance(tmp_path: Path) -> None:
    """Tables as Parquet, with numbers typed as such, must say what the CSV ones say."""
    instance = write_instance(tmp_path / "instance")
    for path in list(instance.glob("*.csv")):
        path.with_suffix(".parquet").write_bytes(_parquet(path.read_text(encoding="utf-8")))
        path.unlink()
    found = verify(instance, write_plan(tmp_path / "plan", instance))
    assert [str(finding) for finding in found.findings] == []


def test_values_round_half_to_even(tmp_path: Path) -> None:
    """Values must be held in integers of 1e-6, further digits rounded half to even."""
    options = "merchant,category,slot,option,cash,conversions,gmv\n" + "".join(
        f"M{place},a,S,A,1,{value},1e3\n"
        for place, value in enumerate(["1.0000005", "1.0000015", "-1.0000025", "2." + "0" * 25 + "1"])
    )
    values = load(write_instance(tmp_path, options=options, merchants=None, rules=None), ()).options.values
    assert values["conversions"].tolist() == [1_000_000, 1_000_002, -1_000_002, 2_000_000]
    assert values["gmv"].tolist() == [10**9] * 4


def test_text_columns_are_no_values(tmp_path: Path) -> None:
    """A column of options that is not a number throughout must not be taken for a value."""
    options = (
        TINY_INSTANCE["options.csv"].replace("conversions\n", "conversions,hint\n").replace("5\n", "5,x\n")
    )
    options = options.replace("20\n", "20,1\n").replace("26\n", "26,2\n").replace("12\n", "12,3\n")
    assert set(load(write_instance(tmp_path, options=options), ()).options.values) == {"conversions"}


def test_slot_order(tmp_path: Path) -> None:
    """Slots must come by start, then by row, then those of the options alone by text."""
    slots = "slot,start\nZ,2026/11/2 8:00\nY,\nX,2026-11-01T23:00:00Z\nW,\n"
    instance = load(write_instance(tmp_path, slots=slots), ())
    assert instance.slots == ("X", "Z", "Y", "W", "S1", "S2")
    assert instance.slot_starts.keys() == {"Z", "X"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-01", "2026-11-01T00:00:00+08:00"),
        ("2026/1/2 3:04", "2026-01-02T03:04:00+08:00"),
        ("2026-11-01T20:00:05.25Z", "2026-11-01T20:00:05.250000+00:00"),
        ("2026-11-01 20:00+0530", "2026-11-01T20:00:00+05:30"),
        ("1/2/2026 20:00", "2026-01-02T20:00:00+08:00"),
        ("2026年11月1日", "2026-11-01T00:00:00+08:00"),
        ("2026-13-01", None),
        ("soon", None),
    ],
)
def test_times(text: str, expected: str | None, tmp_path: Path) -> None:
    """Times must be read as ISO 8601 or spreadsheets write them, in the settings' zone without an offset."""
    found = moment(text, load(write_instance(tmp_path), ()).zone)
    assert (found.isoformat() if found else None) == expected
