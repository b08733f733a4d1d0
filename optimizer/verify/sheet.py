"""One table of a plan folder, in the one dialect that plans are written in, or as Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from optimizer.verify.arrays import Codes, Flags, Ints
from optimizer.verify.content import content
from optimizer.verify.decimals import written
from optimizer.verify.figures import units_texts
from optimizer.verify.report import Report, UnverifiableError

LARGE = 1 << 20
"""Files of more bytes are parsed by arrow, if they are plain."""

_GUARDED = tuple("=+-@'\t\r＝＋－＠＇")
_BOM = b"\xef\xbb\xbf"
_LONGEST_FIELD = csv.field_size_limit()


class _OddError(ValueError):
    """The file is not of the plain kind that is parsed quickly."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """Columns under known headers, the apostrophes that guard formulas stripped.

    Attributes
    ----------
    file
        Name of the file.
    arrays
        Column by column: texts, or in Parquet what it holds.
    is_typed
        Read from Parquet, where a number may be written in any number of digits.
    """

    file: str
    columns: tuple[str, ...]
    arrays: tuple[pa.ChunkedArray, ...]
    is_typed: bool

    def __len__(self) -> int:
        return len(self.arrays[0])

    def text(self, row: int, column: int) -> str:
        """Return one field, as text."""
        return str(_texts(self.arrays[column][row : row + 1])[0].as_py())

    def row(self, row: int, size: int) -> list[str]:
        """Return the first fields of a row, as texts."""
        return [self.text(row, column) for column in range(size)]

    def texts(self, column: int) -> pa.ChunkedArray:
        """Return a column as texts."""
        return _texts(self.arrays[column])

    def coded(self, column: int) -> tuple[list[str], Codes]:
        """Return the distinct texts of a column, in no order, and the place of every row's among them."""
        array = self.arrays[column]
        if not pa.types.is_dictionary(array.type) or array.null_count:
            array = _texts(array).dictionary_encode()
        array = array.unify_dictionaries().combine_chunks()
        if isinstance(array, pa.ChunkedArray):  # without rows
            return [], np.zeros(0, np.int32)
        return array.dictionary.to_pylist(), array.indices.to_numpy(zero_copy_only=False)

    def is_same(self, text: str, expected: str) -> bool:
        """Whether a field holds the expected text (in Parquet: number)."""
        if text == expected or not self.is_typed:
            return text == expected
        number = written(text)
        return number is not None and number == written(expected)

    def differing(self, column: int, expected: pa.Array) -> list[int]:
        """Return the rows in which a column does not hold the expected texts (in Parquet: numbers)."""
        places = np.flatnonzero(_is_apart(self.texts(column), expected)).tolist()
        if not self.is_typed:
            return places
        return [p for p in places if not self.is_same(self.text(p, column), str(expected[p].as_py()))]

    def differing_units(self, column: int, units: Ints, digits: int, is_short: bool) -> list[int]:
        """Return the rows in which a column does not hold integers of 10^-digits as they must be written."""
        array = self.arrays[column]
        if self.is_typed and pa.types.is_decimal128(array.type) and units.dtype == np.int64:
            places = _differing_decimals(array, units, digits)
            if places is not None:
                return places
        return self.differing(column, units_texts(units, digits, is_short))


def _texts(array: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.fill_null(array.cast(pa.string()), "")


def _is_apart(actual: pa.ChunkedArray, expected: pa.Array) -> Flags:
    return np.asarray(pc.not_equal(actual, expected).to_numpy()).astype(np.bool_)


def _differing_decimals(array: pa.ChunkedArray, units: Ints, digits: int) -> list[int] | None:
    """Compare decimals as numbers, a chunk at a time; None if they cannot be rescaled."""
    places: list[int] = []
    begin = 0
    for chunk in array.chunks:
        if chunk.null_count:
            return None
        try:
            scaled = chunk.cast(pa.decimal128(38, digits))
        except pa.ArrowInvalid:
            return None
        words = np.frombuffer(scaled.buffers()[1], np.int64).reshape(-1, 2)[
            scaled.offset : scaled.offset + len(scaled)
        ]
        own = units[begin : begin + len(chunk)]
        is_apart = (words[:, 0] != own) | (words[:, 1] != own >> 63)
        places += (np.flatnonzero(is_apart) + begin).tolist()
        begin += len(chunk)
    return places


def read_sheet(
    report: Report, folder: Path, stem: str, columns: Sequence[str], texts: Sequence[str]
) -> Sheet | None:
    """Return a table of a plan folder, or None if it has no such file.

    Parameters
    ----------
    columns
        The headers that it must have, in order.
    texts
        Those whose fields are guarded by an apostrophe where a spreadsheet would read a formula.
    """
    paths = [path for suffix in (".csv", ".parquet") if (path := folder / f"{stem}{suffix}").exists()]
    if not paths:
        return None
    if len(paths) > 1:
        raise report.stop("PLN-04", paths[0].name, other=paths[1].name)
    path = paths[0]
    try:
        data = content(path)
    except OSError as error:
        raise report.stop("PLN-01", path.name, reason=error.strerror or type(error).__name__) from error
    is_typed = path.suffix == ".parquet"
    if is_typed:
        head, arrays = _typed(report, path.name, data, texts)
    else:
        head, arrays = _delimited(report, path.name, data, texts)
    if head != list(columns):
        raise report.stop("PLN-07", path.name, ",".join(head), expected=",".join(columns))
    sheet = Sheet(path.name, tuple(columns), tuple(arrays), is_typed)
    return sheet if is_typed else _unguarded(report, sheet, [columns.index(name) for name in texts])


def _delimited(
    report: Report, file: str, data: bytes, texts: Sequence[str]
) -> tuple[list[str], list[pa.ChunkedArray]]:
    if not data.startswith(_BOM):
        report.add("PLN-05", file)
    try:
        return _quick(data.removeprefix(_BOM), texts)
    except (_OddError, pa.ArrowException):
        head, rows = _patient(report, file, data)
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in head]
    return head, [pa.chunked_array([pa.array(column, pa.string())]) for column in columns]


def _quick(data: bytes, texts: Sequence[str]) -> tuple[list[str], list[pa.ChunkedArray]]:
    """Parse a file without quotes, returns or empty lines: what it says cannot be doubted."""
    if len(data) <= LARGE or b'"' in data or b"\r" in data or b"\n\n" in data or not data.endswith(b"\n"):
        raise _OddError
    head = data[: data.index(b"\n")].decode("utf-8", "replace").split(",")
    if len(set(head)) < len(head):
        raise _OddError
    coded = pa.dictionary(pa.int32(), pa.string())
    kinds = {name: coded if name in texts else pa.string() for name in head}
    read = pa.csv.ReadOptions(column_names=head, skip_rows_after_names=1, block_size=1 << 23)
    parse = pa.csv.ParseOptions(quote_char=False, ignore_empty_lines=False)
    convert = pa.csv.ConvertOptions(column_types=kinds, null_values=[], strings_can_be_null=False)
    table = pa.csv.read_csv(pa.BufferReader(data), read, parse, convert)
    for column in table.columns:
        longest = max((_longest(chunk) for chunk in column.chunks), default=0)
        if longest > _LONGEST_FIELD:
            raise _OddError
    return head, table.columns


def _longest(chunk: pa.Array) -> int:
    texts = chunk.dictionary if pa.types.is_dictionary(chunk.type) else chunk
    return int(pc.max(pc.binary_length(texts)).as_py() or 0)


def _patient(report: Report, file: str, data: bytes) -> tuple[list[str], list[list[str]]]:
    try:
        text = data.removeprefix(_BOM).decode("utf-8")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise report.stop("PLN-06", file, reason=error) from error
    if not rows:
        raise report.stop("PLN-06", file, reason="0")
    returns = text.count("\r")
    if (returns and returns != sum(field.count("\r") for row in rows for field in row)) or not text.endswith(
        "\n"
    ):
        report.add("PLN-10", file)
    for place, row in enumerate(rows[1:], 2):
        if len(row) != len(rows[0]):
            report.add("PLN-11", file, place, fields=len(row), expected=len(rows[0]))
            raise UnverifiableError
    return rows[0], rows[1:]


def _typed(
    report: Report, file: str, data: bytes, texts: Sequence[str]
) -> tuple[list[str], list[pa.ChunkedArray]]:
    try:
        table = pa.parquet.read_table(pa.BufferReader(data), read_dictionary=list(texts))
        for column in table.columns:
            if not (pa.types.is_dictionary(column.type) or pa.types.is_decimal128(column.type)):
                column.cast(pa.string())
    except (pa.ArrowException, OSError, ValueError) as error:
        raise report.stop("PLN-06", file, reason=str(error).splitlines()[0] if str(error) else "") from error
    return list(table.column_names), list(table.columns)


def _unguarded(report: Report, sheet: Sheet, places: list[int]) -> Sheet:
    """Strip the one apostrophe of guarded texts; a guard that lacks, or guards nothing, is a finding."""
    arrays = list(sheet.arrays)
    wrong: list[tuple[int, int, str]] = []
    for place in places:
        texts, codes = sheet.coded(place)
        bare = [text[1:] if text[:1] == "'" else text for text in texts]
        if bare == texts and not any(text.startswith(_GUARDED) for text in texts):
            continue
        for code, text in enumerate(texts):
            if text.startswith(_GUARDED) and (text[0] != "'" or not bare[code].startswith(_GUARDED)):
                wrong += [(int(row), place, text) for row in np.flatnonzero(codes == code)]
        arrays[place] = pa.chunked_array([pa.array(bare, pa.string()).take(pa.array(codes))])
    for row, _, text in sorted(wrong):
        report.add("PLN-12", sheet.file, row + 2, value=text)
    return Sheet(sheet.file, sheet.columns, tuple(arrays), sheet.is_typed)
