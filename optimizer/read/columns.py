"""The columns of one table as they were read, before their texts mean anything."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from models.amount import VALUE_DIGITS
from models.file_rows import Rows
from models.instance import Codes, Int64
from optimizer.read.table import Table


@dataclass(frozen=True, eq=False)
class Columns:
    """The columns of one table, all of the same length.

    Attributes
    ----------
    file
        Name of the file.
    headers
        Column (the contract's English name where it has one) -> header as the file writes it.
    arrays
        Column -> cells, `pyarrow.ChunkedArray`: text, or what Parquet or the quick reading of CSV made of it.
    rows
        Row of the file, shape (n,), ascending.
    units
        Columns of numbers that are known to the last digit already: smallest units of a pool, or 1e-6.
    """

    file: str
    headers: dict[str, str]
    arrays: Mapping[str, Any]
    rows: Rows
    units: Mapping[str, Int64] = field(default_factory=dict)

    def row(self, index: int) -> int:
        """Return the row of the file that holds the cell `index`."""
        return int(self.rows[index])

    def header(self, name: str) -> str:
        """Return the header as written."""
        return self.headers.get(name, name)

    def text(self, name: str, index: int) -> str:
        """Return one cell as a finding shows it."""
        return written(self.arrays[name][index].as_py())

    def without_blank_rows(self) -> Columns:
        """Drop the rows in which every cell is blank."""
        if self.units or not len(self.rows):
            return self
        is_blank = np.ones(len(self.rows), np.bool_)
        for array in self.arrays.values():
            is_blank &= blanks(array)
            if not is_blank.any():
                return self
        kept = pa.array(~is_blank)
        arrays = {name: dense(array).filter(kept) for name, array in self.arrays.items()}
        return replace(self, arrays=arrays, rows=self.rows[~is_blank])

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a column as clean texts."""
        array = self.arrays[name]
        if pa.types.is_integer(array.type) or _is_short_decimal(array.type):
            array = array.cast(pa.string())  # as `written` does
        if not (pa.types.is_dictionary(array.type) or is_text(array.type)):
            return tuple(clean(written(value)) for value in array.to_pylist())
        texts, codes = encoded(array)
        cleaned = all_clean(texts)
        return tuple([cleaned[code] for code in codes.tolist()])

    def as_table(self) -> Table:
        """Return the whole as clean texts."""
        columns = {name: self.texts(name) for name in self.arrays}
        return Table(self.file, dict(self.headers), columns, tuple(self.rows.tolist()))


def clean(text: str) -> str:
    """Return a text trimmed of blanks, in Unicode's normal form C."""
    trimmed = text.strip()
    return trimmed if trimmed.isascii() else unicodedata.normalize("NFC", trimmed)


def all_clean(texts: Sequence[str]) -> list[str]:
    """Return texts as `clean` does, many at once."""
    trimmed = [*map(str.strip, texts)]
    return trimmed if all(map(str.isascii, trimmed)) else [*map(clean, trimmed)]


def text_array(texts: Sequence[str]) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Return texts as a pyarrow array, from its buffers: `pyarrow.array` would import pandas first."""
    encoded = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    return pa.LargeStringArray.from_buffers(len(encoded), pa.py_buffer(ends), pa.py_buffer(b"".join(encoded)))


def whole_numbers(array: Any) -> Int64:  # noqa: ANN401
    """Return a column of 64-bit integers without blanks, shape (n,), again without waking pandas."""
    parts = (
        np.frombuffer(chunk.buffers()[1], np.int64)[chunk.offset :][: len(chunk)] for chunk in array.chunks
    )
    return np.concatenate([np.empty(0, np.int64), *parts])


def encoded(array: Any) -> tuple[list[str], Codes]:  # noqa: ANN401
    """Return a column of text as distinct texts and the code of each row; a missing cell is blank.

    Where the column comes as one chunk with a dictionary, the codes are those of the chunk: no copy is made.
    """
    if not pa.types.is_dictionary(array.type):
        array = (array.fill_null("") if array.null_count else array).dictionary_encode()
    whole = array.unify_dictionaries()
    if whole.num_chunks == 0:
        return [], np.empty(0, np.int32)
    texts = whole.chunk(0).dictionary.to_pylist()
    parts = [code_array(chunk) for chunk in whole.chunks]
    return texts, parts[0] if len(parts) == 1 else np.concatenate(parts)


def code_array(chunk: Any) -> Codes:  # noqa: ANN401
    """Return the codes of a dictionary array of which no cell is missing, shape (n,); no copy is made."""
    indices = chunk.indices
    kind = np.dtype(f"i{indices.type.bit_width // 8}")
    codes: Codes = np.frombuffer(indices.buffers()[1], kind)[indices.offset :][: len(indices)]
    return codes


def is_text(kind: Any) -> bool:  # noqa: ANN401
    """Whether a type is one of texts without a dictionary."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_short_decimal(kind: Any) -> bool:  # noqa: ANN401
    """Whether Arrow writes decimals of this type without an exponent."""
    return bool(pa.types.is_decimal(kind)) and 0 <= kind.scale <= VALUE_DIGITS


def dense(array: Any) -> Any:  # noqa: ANN401
    """Return a column without its dictionary, if it has one."""
    return array.cast(array.type.value_type) if pa.types.is_dictionary(array.type) else array


def blanks(array: Any) -> Any:  # noqa: ANN401
    """Return which cells are missing or hold nothing but blanks, bool of shape (n,)."""
    if pa.types.is_dictionary(array.type):
        texts, codes = encoded(array)
        return np.array([not text.strip() for text in texts], np.bool_)[codes]
    if not is_text(array.type):
        return np.asarray(array.is_null())
    trimmed = pc.utf8_trim_whitespace(pc.fill_null(array, ""))
    return np.asarray(pc.equal(trimmed, ""))


def written(value: object) -> str:
    """Return a cell of Parquet as CSV would write it."""
    if value is None or value != value:  # NaN is how pandas writes a blank
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
