"""Tables written in bulk must be byte for byte what Python's csv writes row by row, and exact."""

from __future__ import annotations

import csv
import io

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.amount import units_to_short_text, units_to_text
from optimizer.write import table as module
from optimizer.write.cells import amounts, coded, joined, strings
from optimizer.write.table import Column, safe, write_csv, write_parquet

HOSTILE = [
    "plain",
    "",
    "=1+1",
    "@x",
    "'q",
    "＝1",
    "a,b",
    'say "hi"',
    "two\nlines",
    "cr\rhere",
    "\tx",
    "-5",
    "茶",
    " x ",
]


def _expected(names: list[str], rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([safe(name) for name in names])
    writer.writerows([safe(row[0]), safe(row[1]), row[2]] for row in rows)
    return out.getvalue().encode("utf-8-sig")


@pytest.mark.parametrize("part", [1, 3, 1000])
@pytest.mark.parametrize("is_coded", [True, False])
def test_the_bytes_of_csv(part, is_coded, tmp_path, monkeypatch):
    """Guards, quotes and line ends must be those of csv.writer, wherever a table is cut into parts."""
    monkeypatch.setattr(module, "_PART", part)
    codes = np.arange(len(HOSTILE))[::-1].copy()
    texts = coded(HOSTILE, codes) if is_coded else strings(HOSTILE[::-1])
    numbers = amounts(np.arange(-5, len(HOSTILE) - 5), 2)
    columns = [
        Column("merchant", texts, "text"),
        Column("=sum", strings(HOSTILE), "text"),
        Column("n", numbers, 2),
    ]
    write_csv(tmp_path / "t.csv", columns)
    rows = [list(row) for row in zip(HOSTILE[::-1], HOSTILE, numbers.to_pylist(), strict=True)]
    assert (tmp_path / "t.csv").read_bytes() == _expected(["merchant", "=sum", "n"], rows)


def test_a_table_without_rows(tmp_path):
    """A plan that funds nothing must still be a table, in both formats."""
    columns = [
        Column("merchant", coded([], np.empty(0, np.int8)), "text"),
        Column("cash", amounts(np.empty(0, np.int64), 2), 2),
    ]
    write_csv(tmp_path / "t.csv", columns)
    write_parquet(tmp_path / "t.parquet", columns)
    assert (tmp_path / "t.csv").read_bytes() == "\ufeffmerchant,cash\n".encode()
    assert pq.read_table(tmp_path / "t.parquet").column_names == ["merchant", "cash"]


@given(
    st.lists(
        st.integers(-(2**53), 2**53) | st.integers(-(10**25), 10**25) | st.integers(-10, 10), max_size=9
    ),
    st.integers(0, 9),
)
def test_amounts_are_exact(numbers, decimals):
    """Amounts in bulk must be the texts of amounts one by one, however large."""
    fits = all(abs(number) < 2**62 for number in numbers)
    units = np.array(numbers, np.int64 if fits else object)
    assert amounts(units, decimals).to_pylist() == [units_to_text(one, decimals) for one in numbers]
    short = amounts(units, decimals, is_short=True).to_pylist()
    assert short == [units_to_short_text(one, decimals) for one in numbers]


@pytest.mark.parametrize("part", [1, 2, 1000])
def test_parquet_in_parts(part, tmp_path, monkeypatch):
    """Parts must come together as one table: texts unguarded, amounts as decimals."""
    monkeypatch.setattr(module, "_PART", part)
    columns = [
        Column("merchant", strings(["=a", "b", "c"]), "text"),
        Column("cash", amounts(np.array([1, -2, 300]), 2), 2),
    ]
    write_parquet(tmp_path / "t.parquet", columns)
    table = pq.read_table(tmp_path / "t.parquet")
    assert table["merchant"].to_pylist() == ["=a", "b", "c"]
    assert [str(one) for one in table["cash"].to_pylist()] == ["0.01", "-0.02", "3.00"]


def test_parts_of_many_rules_are_one_column():
    """Columns with and without a dictionary must join in order."""
    parts = [coded(["x"], np.zeros(2, np.int8)), strings(["y"]), coded(["p", "q"], np.array([1], np.int8))]
    assert joined(parts).to_pylist() == ["x", "x", "y", "q"]
    assert joined([]).to_pylist() == []
