"""Parquet read column by column, in batches: the same instance, however the file is cut and encoded."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.instance import Options
from optimizer.read import parquet_file, read_instance
from tests.read.reading import POOLS

NUM_ROWS = 60
COLUMNS = {
    "merchant": [f"M{i // 6:02d}" for i in range(NUM_ROWS)],
    "category": [("tea", "shoes", "phones")[i // 2 % 3] for i in range(NUM_ROWS)],
    "slot": ["S1"] * NUM_ROWS,
    "option": ["AB"[i % 2] for i in range(NUM_ROWS)],
    "cash": [Decimal(i) / 100 for i in range(1, NUM_ROWS + 1)],
    "conversions": [i / 7 for i in range(NUM_ROWS)],
}


def _read(path: Path, table: pa.Table, **written: object) -> Options:
    path.mkdir()
    (path / "pools.csv").write_text(POOLS, encoding="utf-8")
    pq.write_table(table, path / "options.parquet", **written)
    instance, findings = read_instance(path)
    assert instance is not None, findings
    return instance.options


def _same(one: Options, other: Options) -> bool:
    return (
        all(
            one.keys[name].texts == other.keys[name].texts
            and np.array_equal(one.keys[name].codes, other.keys[name].codes)
            and one.keys[name].codes.dtype == other.keys[name].codes.dtype
            for name in one.keys
        )
        and all(np.array_equal(one.costs[name], other.costs[name]) for name in one.costs)
        and all(np.array_equal(one.values[name], other.values[name]) for name in one.values)
        and one.rows[:].tolist() == other.rows[:].tolist()
    )


def _encoded(table: pa.Table, index: pa.DataType) -> pa.Table:
    for name in ("merchant", "category"):
        column = table[name].cast(pa.dictionary(index, pa.string()))
        table = table.set_column(table.column_names.index(name), name, column)
    return table


@pytest.mark.parametrize("batch", [1, 7, 1000])
@pytest.mark.parametrize("groups", [5, 1000])
@pytest.mark.parametrize("index", [None, pa.int8(), pa.int32()], ids=str)
def test_batches_groups_and_dictionaries(batch, groups, index, tmp_path, monkeypatch):
    """Wherever batches and row groups end, and with or without dictionaries, the options must be the same."""
    table = pa.table(COLUMNS)
    expected = _read(tmp_path / "plain", table)
    monkeypatch.setattr(parquet_file, "_BATCH_ROWS", batch)
    table = table if index is None else _encoded(table, index)
    found = _read(tmp_path / "parts", table, row_group_size=groups, use_dictionary=index is not None)
    assert _same(found, expected)
    rows = found.rows[:].tolist()
    assert sorted(rows) == list(range(2, NUM_ROWS + 2))
    assert found.values["conversions"].tolist() == [round((row - 2) / 7 * 10**6) for row in rows]
    assert found.keys["merchant"].codes.dtype == np.int8


def test_rows_in_any_order(tmp_path):
    """Rows of the file in another order must give the same options, each with the row it came from."""
    order = np.random.default_rng(1).permutation(NUM_ROWS)
    shuffled = {name: [values[i] for i in order] for name, values in COLUMNS.items()}
    one, other = _read(tmp_path / "a", pa.table(COLUMNS)), _read(tmp_path / "b", pa.table(shuffled))
    expected = [list(order).index(i - 2) + 2 for i in one.rows[:].tolist()]
    assert other.rows[:].tolist() == expected
    for name in one.keys:
        assert np.array_equal(one.keys[name].codes, other.keys[name].codes)
    assert np.array_equal(one.costs["cash"], other.costs["cash"])


def test_a_finding_shows_the_cell_as_stored(tmp_path, monkeypatch):
    """Where only the integers of a column are kept, a finding must still show what the file holds."""
    monkeypatch.setattr(parquet_file, "_BATCH_ROWS", 8)
    (tmp_path / "pools.csv").write_text(POOLS, encoding="utf-8")
    cash = [*COLUMNS["cash"][:-1], Decimal("-2.50")]
    pq.write_table(pa.table({**COLUMNS, "cash": cash}), tmp_path / "options.parquet", row_group_size=9)
    (found,) = [one for one in read_instance(tmp_path)[1] if one.code == "OPT-03"]
    assert (found.row, found.value) == (NUM_ROWS + 1, "-2.50")


def test_damage_in_the_last_column_is_found(tmp_path):
    """Bytes damaged in any column must be a finding of the file, not an error in the middle."""
    (tmp_path / "pools.csv").write_text(POOLS, encoding="utf-8")
    path = tmp_path / "options.parquet"
    pq.write_table(pa.table(COLUMNS), path, compression="zstd", write_page_checksum=True)
    chunk = pq.read_metadata(path).row_group(0).column(5)
    content = bytearray(path.read_bytes())
    middle = (chunk.dictionary_page_offset or chunk.data_page_offset) + chunk.total_compressed_size // 2
    content[middle : middle + 8] = b"\xff" * 8
    path.write_bytes(content)
    instance, findings = read_instance(tmp_path)
    assert instance is None
    assert [one.code for one in findings] == ["FIL-08"]


def test_columns_that_begin_alike(tmp_path):
    """A header that is another's beginning up to a point must not be taken for it."""
    table = pa.table({**COLUMNS, "gmv.net": list(range(NUM_ROWS)), "gmv": [2 * i for i in range(NUM_ROWS)]})
    options = _read(tmp_path / "a", table)
    rows = options.rows[:].tolist()
    assert options.values["gmv"].tolist() == [2 * (row - 2) * 10**6 for row in rows]
    assert options.values["gmv.net"].tolist() == [(row - 2) * 10**6 for row in rows]
