"""The files of a generated instance: small tables as CSV, large ones streamed as CSV or Parquet."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from optimizer.generate.merchants import Integers

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def write_small(file: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Write a table of one row or more, with a byte-order mark and LF, as plans are."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(file, "\ufeff" + text.getvalue())


def write_text(file: Path, text: str) -> None:
    """Write a small file through to the disk."""
    with file.open("wb") as out:
        out.write(text.encode())
        out.flush()
        os.fsync(out.fileno())


class Stream:
    """A table that is written block by block: `name.csv`, or with `is_parquet` `name.parquet`."""

    def __init__(self, folder: Path, name: str, is_parquet: bool) -> None:
        self._sink = (folder / f"{name}.{'parquet' if is_parquet else 'csv'}").open("wb")
        self._is_parquet = is_parquet
        self._writer: pacsv.CSVWriter | pq.ParquetWriter | None = None

    def __enter__(self) -> Self:
        return self

    def write(self, table: pa.Table) -> None:
        """Append a block: every block has the same columns."""
        if not self._is_parquet:
            table = pa.table({name: _as_text(table.column(name)) for name in table.column_names})
        if self._writer is None:
            self._writer = self._open(table.schema)
        self._writer.write_table(table)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.close()
        self._sink.flush()
        os.fsync(self._sink.fileno())
        self._sink.close()

    def _open(self, schema: pa.Schema) -> pacsv.CSVWriter | pq.ParquetWriter:
        if self._is_parquet:
            return pq.ParquetWriter(self._sink, schema, compression="zstd")
        self._sink.write(_BYTE_ORDER_MARK + ",".join(schema.names).encode() + b"\n")
        # Nothing that is generated needs quotes; should that change, pyarrow raises.
        return pacsv.CSVWriter(
            self._sink, schema, write_options=pacsv.WriteOptions(include_header=False, quoting_style="none")
        )


def numbered(prefix: str, numbers: Integers, width: int) -> pa.Array:
    """Return names such as `m0042`."""
    texts = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), width, "0")
    return pc.binary_join_element_wise(pa.scalar(prefix), texts, pa.scalar(""))


def named(names: Iterable[str], indices: Integers) -> pa.DictionaryArray:
    """Return the names at `indices`."""
    return pa.DictionaryArray.from_arrays(pa.array(indices.astype(np.int32)), pa.array(list(names)))


def decimals(units: Integers, digits: int) -> pa.Array:
    """Return the exact decimals `units / 10**digits`."""
    if digits == 0:
        return pa.array(units)
    words = np.empty((units.size, 2), "<i8")
    words[:, 0], words[:, 1] = units, units >> 63
    return pa.Array.from_buffers(pa.decimal128(18, digits), units.size, [None, pa.py_buffer(words)])


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.cast(column, pa.string())
