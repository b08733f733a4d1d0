"""Tables as the contract writes them: CSV that a double click opens right, or Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

_RUNS = tuple("=+-@'＝＋－＠＇\t\r")
_PRECISION = 38


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes
    ----------
    kind
        `text` (guarded against spreadsheets in CSV); `number`: decimal texts of any number of digits, some
        blank (text in Parquet too); or the digits of a decimal column.
    """

    name: str
    texts: Sequence[str]
    kind: Literal["text", "number"] | int


def csv_bytes(columns: Sequence[Column]) -> bytes:
    """Return a table as the bytes of a CSV file: byte-order mark, LF, no text that a spreadsheet runs."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([safe(column.name) for column in columns])
    guarded = ([safe(text) for text in c.texts] if c.kind == "text" else c.texts for c in columns)
    writer.writerows(zip(*guarded, strict=True))
    return text.getvalue().encode("utf-8-sig")


def parquet_bytes(columns: Sequence[Column]) -> bytes:
    """Return a table as the bytes of a Parquet file; amounts are decimals, exactly."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = [
        pa.array(map(Decimal, column.texts), pa.decimal128(_PRECISION, column.kind))
        if isinstance(column.kind, int)
        else pa.array(column.texts, pa.string())
        for column in columns
    ]
    out = io.BytesIO()
    pq.write_table(pa.table(arrays, names=[column.name for column in columns]), out)
    return out.getvalue()


def safe(text: str) -> str:
    """Put one `'` before a text that a spreadsheet would take for a formula; readers strip exactly one."""
    return f"'{text}" if text.startswith(_RUNS) else text
