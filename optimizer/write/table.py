"""Tables as the contract writes them: CSV that a double click opens right, or Parquet.

Rows are put together a part at a time, so a table of millions never stands in memory as text.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from optimizer.write.cells import plain, strings

_RUNS = tuple("=+-@'＝＋－＠＇\t\r")
_PRECISION = 38
_PART = 1 << 18
_MARK = "\ufeff"
_ASKS_FOR_CARE = r'^[=+\-@\'＝＋－＠＇\t\r]|[",\n\r]'


@dataclass(frozen=True, eq=False)
class Column:
    """One column.

    Attributes
    ----------
    cells
        Texts, an array of pyarrow, with a dictionary or without; shape (rows,).
    kind
        `text` (guarded against spreadsheets in CSV); `number`: decimal texts of any number of digits, some
        blank (text in Parquet too); or the digits of a decimal column.
    """

    name: str
    cells: Any
    kind: Literal["text", "number"] | int


def write_csv(path: Path, columns: Sequence[Column]) -> None:
    """Write a CSV file: byte-order mark, LF, no text that a spreadsheet runs; it outlasts a power cut.

    Raises
    ------
    OSError
        If the disk refuses.
    """
    cells = [_quoted(column.cells, is_guarded=column.kind == "text") for column in columns]
    header = _quoted(strings([column.name for column in columns]), is_guarded=True).to_pylist()
    comma, line_feed, nothing = strings([",", "\n", ""])  # `pyarrow.scalar` would import pandas first
    separators = [comma] * (len(columns) - 1) + [line_feed]
    with path.open("wb") as out:
        out.write((_MARK + ",".join(header) + "\n").encode())
        for begin in range(0, len(cells[0]), _PART):
            parts = [plain(column.slice(begin, _PART)) for column in cells]
            pairs = [text for pair in zip(parts, separators, strict=True) for text in pair]
            rows = pc.binary_join_element_wise(*pairs, nothing)
            out.write(_bytes_of(rows))
        _sync(out)


def write_parquet(path: Path, columns: Sequence[Column]) -> None:
    """Write a Parquet file; amounts are decimals, exactly. It outlasts a power cut.

    Raises
    ------
    OSError
        If the disk refuses.
    """
    import pyarrow.parquet as pq

    kinds = [
        pa.decimal128(_PRECISION, column.kind) if isinstance(column.kind, int) else pa.string()
        for column in columns
    ]
    schema = pa.schema([(column.name, kind) for column, kind in zip(columns, kinds, strict=True)])
    with path.open("wb") as out:
        with pq.ParquetWriter(out, schema) as writer:
            for begin in range(0, max(1, len(columns[0].cells)), _PART):
                parts = [plain(column.cells.slice(begin, _PART)) for column in columns]
                arrays = [part.cast(kind) for part, kind in zip(parts, kinds, strict=True)]
                writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
        _sync(out)


def safe(text: str) -> str:
    """Put one `'` before a text that a spreadsheet would take for a formula; readers strip exactly one."""
    return f"'{text}" if text.startswith(_RUNS) else text


def _quoted(cells: Any, *, is_guarded: bool) -> Any:  # noqa: ANN401
    """Return texts as CSV writes them; numbers need neither guard nor quotes."""
    if not is_guarded:
        return cells
    if pa.types.is_dictionary(cells.type):
        return pa.DictionaryArray.from_arrays(cells.indices, _quoted(cells.dictionary, is_guarded=True))
    asks = pc.match_substring_regex(cells, _ASKS_FOR_CARE)
    if not pc.any(asks).as_py():
        return cells
    mended = strings([_field(text) for text in cells.filter(asks).to_pylist()])
    return pc.replace_with_mask(cells, asks, mended)


def _field(text: str) -> str:
    """Return one text as a field: guarded, and quoted where it must be."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([safe(text), ""])
    return out.getvalue().removesuffix(",\n")


def _bytes_of(rows: Any) -> memoryview:  # noqa: ANN401
    """Return the texts of an array one after the other."""
    _, offsets, data = rows.buffers()
    ends = memoryview(offsets).cast("q")
    return memoryview(data)[ends[rows.offset] : ends[rows.offset + len(rows)]]


def _sync(out: Any) -> None:  # noqa: ANN401
    out.flush()
    os.fsync(out.fileno())
