"""Parquet in place of CSV: what it may hold, and what is found in it."""

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from optimizer.read import read_instance
from tests.read.reading import POOLS, codes

KEYS = {"merchant": ["M1", "M2"], "category": ["C1", "C1"], "slot": ["S1", "S1"], "option": ["A", "A"]}


def findings_of(path: Path, **columns: object) -> list[tuple[str, int | None, str]]:
    """Write options.parquet with these columns, and return what is found in it."""
    (path / "pools.csv").write_text(POOLS, encoding="utf-8")
    pq.write_table(
        pa.table({**KEYS, "cash": [1, 2], "conversions": [1, 2], **columns}), path / "options.parquet"
    )
    return [(one.code, one.row, one.value) for one in read_instance(path)[1]]


@pytest.mark.parametrize(
    ("cash", "expected"),
    [
        (pa.array([12.1, 0.29]), []),
        (pa.array([0.1 + 0.2, 1.0]), [("NUM-10", 2, "0.30000000000000004")]),
        (pa.array([float("nan"), float("inf")]), [("NUM-05", 2, "nan"), ("NUM-05", 3, "inf")]),
        (pa.array([None, 1.0]), [("NUM-01", 2, "")]),
        (pa.array([-1, 1]), [("OPT-03", 2, "-1")]),
        (pa.array([2**60, 1]), [("NUM-11", 2, str(2**60))]),
        (pa.array([2**64 - 1, 1], pa.uint64()), [("NUM-11", 2, str(2**64 - 1))]),
        (pa.array([Decimal("1.2300"), Decimal("1.2345")]), [("NUM-10", 3, "1.2345")]),
        (pa.array([Decimal(10) ** 60, Decimal(1)], pa.decimal256(70, 0)), [("NUM-11", 2, str(10**60))]),
        (pa.array(["1,000", "5"]), [("NUM-03", 2, "1,000")]),
        (pa.array([True, False]), [("NUM-02", 2, "true"), ("NUM-02", 3, "false")]),
        (pa.nulls(2), [("NUM-01", 2, ""), ("NUM-01", 3, "")]),
    ],
    ids=str,
)
def test_amounts_in_parquet(tmp_path: Path, cash: object, expected: list[object]) -> None:
    """Amounts may be of any numeric type or text, if each is exactly a number of the pool's decimals."""
    assert findings_of(tmp_path, cash=cash) == expected


def test_keys_are_no_floats(tmp_path: Path) -> None:
    """Keys stored as floats have lost digits or blanks: they must be text or integers."""
    assert ("FIL-09", None, "") in findings_of(tmp_path, merchant=[1.0, 2.0])
    assert findings_of(tmp_path, merchant=[10**18, 2]) == []


def test_blank_rows_of_parquet_are_skipped(tmp_path: Path) -> None:
    """A row of nothing but nulls and blanks is no row."""
    blank = {name: [texts[0], None] for name, texts in KEYS.items()}
    assert (
        findings_of(tmp_path, **{**blank, "slot": ["S1", " "]}, cash=[1, None], conversions=[1.5, None]) == []
    )


def test_values_round_as_their_texts_do(tmp_path: Path) -> None:
    """A float value is rounded from its shortest text, as the same text in CSV would be."""
    assert findings_of(tmp_path, conversions=[0.1234565, 0.1234575]) == []
    instance, __ = read_instance(tmp_path)
    assert instance is not None
    assert instance.options.values["conversions"].tolist() == [123_456, 123_458]


@pytest.mark.parametrize("keep", [0, 4, 50, -20])
def test_damaged_parquet_is_a_finding(tmp_path: Path, keep: int) -> None:
    """A Parquet file that was cut short is a finding, not a traceback."""
    findings_of(tmp_path)
    path = tmp_path / "options.parquet"
    path.write_bytes(path.read_bytes()[:keep])
    assert codes(read_instance(tmp_path)[1]) == ["FIL-08"]


def test_damaged_data_is_a_finding(tmp_path: Path) -> None:
    """Bytes changed inside of a Parquet file are a finding or other numbers, never a traceback."""
    findings_of(tmp_path)
    path = tmp_path / "options.parquet"
    good, refused = path.read_bytes(), 0
    for position in range(4, len(good), 23):
        path.write_bytes(good[:position] + b"\xff\xff\xff" + good[position + 3 :])
        refused += read_instance(tmp_path)[0] is None
    assert refused
