"""One table of an instance folder: its bytes, whatever the dialect, as columns of text."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from models.language import _
from optimizer.verify.arrays import Codes, Ints
from optimizer.verify.decimals import loose
from optimizer.verify.texts import clean, decoded, folded, header

_WIDE = pa.decimal128(38, 18)
_LARGEST = 2**53


class Table:
    """Columns of text under the contract's headers; rows and columns that are wholly blank are left out.

    Attributes
    ----------
    columns
        Header -> texts as the file holds them, untrimmed, as an arrow array.
    """

    def __init__(self, columns: dict[str, pa.ChunkedArray]) -> None:
        self.columns = columns

    @property
    def num_rows(self) -> int:
        """How many rows are not blank."""
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def texts(self, name: str) -> list[str]:
        """Return a column's texts, clean; blanks if the table has no such column."""
        if name not in self.columns:
            return [""] * self.num_rows
        return [clean(text) for text in self.columns[name].to_pylist()]

    def coded(self, name: str) -> tuple[tuple[str, ...], Codes]:
        """Return a column's distinct clean texts in code-point order, and every row's place among them."""
        coded = self.columns[name].combine_chunks().dictionary_encode()
        raw = [clean(text) for text in coded.dictionary.to_pylist()]
        texts = tuple(sorted(set(raw)))
        place = {text: code for code, text in enumerate(texts)}
        lookup = np.array([place[text] for text in raw], np.int64)
        codes = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        return texts, lookup[codes] if len(codes) else codes


def read_table(file: str, data: bytes) -> Table:
    """Return the table that the bytes of a file of this name hold.

    Raises
    ------
    ValueError
        If they hold none.
    """
    try:
        raw = _parquet(data) if file.endswith(".parquet") else _delimited(data)
    except pa.ArrowException as error:
        raise ValueError(str(error)) from error
    columns = {}
    for name, column in raw:
        if name:
            if name in columns:
                raise ValueError(name)
            columns[name] = column
    return _without_blank_rows(columns)


def _delimited(data: bytes) -> list[tuple[str, pa.ChunkedArray]]:
    text = decoded(data)
    delimiter = _delimiter(text)
    if not text.startswith("\ufeff") and data[:3] != b"\xef\xbb\xbf":
        data = text.encode("utf-8")
    try:
        return _quick(data, delimiter)
    except pa.ArrowInvalid:
        return _patient(text, delimiter)


def _delimiter(text: str) -> str:
    """Return the sign that splits the first line which is not blank into most fields."""
    line = next((line for line in text.lstrip("\ufeff").splitlines() if line.strip(" ,;\t")), "")
    bare = "".join(line.split('"')[::2])
    return max(",;\t", key=bare.count)


def _quick(data: bytes, delimiter: str) -> list[tuple[str, pa.ChunkedArray]]:
    read = pa.csv.ReadOptions(autogenerate_column_names=True, block_size=1 << 24)
    parse = pa.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
    first = io.StringIO(data[: 1 << 20].decode("utf-8-sig", "ignore"), newline="")
    width = len(next(csv.reader(first, delimiter=delimiter), []))
    texts = {f"f{place}": pa.string() for place in range(width)}
    convert = pa.csv.ConvertOptions(column_types=texts, strings_can_be_null=False)
    table = pa.csv.read_csv(io.BytesIO(data), read, parse, convert)
    names = [header(str(column[0])) for column in table.columns]
    if not any(names):  # blank rows above the header
        raise pa.ArrowInvalid("blank first row")
    return list(zip(names, [column[1:] for column in table.columns], strict=True))


def _patient(text: str, delimiter: str) -> list[tuple[str, pa.ChunkedArray]]:
    """Parse row by row: rows of blanks may be of any width, others may only be too long by blanks."""
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=delimiter, strict=True)
    try:
        rows = [row for row in reader if any(field.strip() for field in row)]
    except csv.Error as error:
        raise ValueError(str(error)) from error
    if not rows:
        return []
    width = len(rows[0])
    if any(any(field.strip() for field in row[width:]) for row in rows):
        raise ValueError(_("a row is longer than the header"))
    full = [row[:width] + [""] * (width - len(row)) for row in rows[1:]]
    columns = list(zip(*full, strict=True)) if full else [()] * width
    arrays = [pa.chunked_array([pa.array(column, pa.string())]) for column in columns]
    return list(zip(map(header, rows[0]), arrays, strict=True))


def _parquet(data: bytes) -> list[tuple[str, pa.ChunkedArray]]:
    table = pa.parquet.read_table(pa.BufferReader(data))
    return [
        (header(name), _as_text(column))
        for name, column in zip(table.column_names, table.columns, strict=True)
    ]


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_floating(column.type):
        plain = [None if v is None else format(Decimal(repr(v)), "f") for v in column.to_pylist()]
        column = pa.chunked_array([pa.array(plain, pa.string())])
    elif pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        plain = [None if v is None else v.isoformat() for v in column.to_pylist()]
        column = pa.chunked_array([pa.array(plain, pa.string())])
    return pc.fill_null(column.cast(pa.string()), "")


def _without_blank_rows(columns: dict[str, pa.ChunkedArray]) -> Table:
    if not columns:
        return Table({})
    trimmed = {name: pc.utf8_trim_whitespace(column) for name, column in columns.items()}
    filled = None
    for column in trimmed.values():
        has_text = pc.not_equal(column, "")
        filled = has_text if filled is None else pc.or_(filled, has_text)
    if pc.all(filled).as_py() is not False:
        return Table(trimmed)
    return Table({name: column.filter(filled) for name, column in trimmed.items()})


def units_of(column: pa.ChunkedArray, digits: int, is_rounded: bool) -> Ints | None:
    """Return a column of decimal texts as integers of 10^-digits, or None if it is not one.

    Parameters
    ----------
    is_rounded
        Whether further digits round half to even; else they make the column none.
    """
    if not len(column):
        return np.zeros(0, np.int64)
    try:
        numbers = column.cast(_WIDE)
        numbers = pc.round(numbers, digits, "half_to_even") if is_rounded else numbers
        units = numbers.cast(pa.decimal128(38, digits)).combine_chunks()
    except pa.ArrowInvalid:
        return _patient_units(column, digits, is_rounded)
    words = np.frombuffer(units.buffers()[1], np.int64).reshape(-1, 2)[
        units.offset : units.offset + len(units)
    ]
    fits = bool((words[:, 1] == words[:, 0] >> 63).all() and (np.abs(words[:, 0]) <= _LARGEST).all())
    return words[:, 0].copy() if fits else None


def _patient_units(column: pa.ChunkedArray, digits: int, is_rounded: bool) -> Ints | None:
    coded = column.combine_chunks().dictionary_encode()
    units = []
    for text in coded.dictionary.to_pylist():
        number = loose(text)
        unit = number * 10**digits if number is not None else Fraction(1, 2)
        if number is None or (unit.denominator != 1 and not is_rounded) or abs(round(unit)) > _LARGEST:
            return None
        units.append(round(unit))
    indices: Codes = coded.indices.to_numpy(zero_copy_only=False)
    return np.array(units, np.int64)[indices]


def number_of(text: str) -> Fraction | None:
    """Return the exact number of a text of the rule language (`15%` is 0.15), or None."""
    text = clean(folded(text))
    if text.endswith("%"):
        number = loose(text[:-1].rstrip())
        return number / 100 if number is not None else None
    return loose(text)
