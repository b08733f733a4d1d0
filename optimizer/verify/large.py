"""A large table read column by column: keys as codes, amounts as whole units, no Python object a row.

Whatever is odd about a file (another encoding, quotes out of place, blank rows, a text among amounts) makes
the reading here give up, by `OddError`; `table` then reads it patiently, and says what is wrong, if anything.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from optimizer.verify.arrays import Codes, Ints
from optimizer.verify.table import units_of
from optimizer.verify.texts import clean, header

_FINE = pa.decimal128(38, 18)
_LARGEST = 2**53
_HEAD = 1 << 20
_NUM_THREADS = 2

Coded = tuple[tuple[str, ...], Codes]
"""Distinct texts in code-point order, and every row's place among them."""


class OddError(ValueError):
    """The file is not of the plain kind."""


class LargeTable:
    """The columns of a large table, each read when it is asked for; no row of it is blank.

    Parameters
    ----------
    chunks
        Header -> a function that yields the column's chunks.
    num_rows
        How many rows there are.
    """

    def __init__(self, chunks: dict[str, Callable[[], Iterable[pa.Array]]], num_rows: int) -> None:
        self._chunks = chunks
        self.num_rows = num_rows

    @property
    def names(self) -> tuple[str, ...]:
        """The headers."""
        return tuple(self._chunks)

    def coded(self, names: Sequence[str]) -> dict[str, Coded]:
        """Return columns of keys."""
        with ThreadPoolExecutor(_NUM_THREADS) as pool:
            return dict(zip(names, pool.map(self._coded, names), strict=True))

    def units(self, digits: dict[str, tuple[int, bool]]) -> dict[str, Ints]:
        """Return columns of amounts; `digits` says of each how many decimals, and whether more round."""
        with ThreadPoolExecutor(_NUM_THREADS) as pool:
            columns = pool.map(lambda name: self._units(name, *digits[name]), digits)
            return dict(zip(digits, columns, strict=True))

    def values(self, names: Sequence[str], digits: int) -> dict[str, Ints]:
        """Return those of some columns that are numbers throughout, further digits rounded."""
        with ThreadPoolExecutor(_NUM_THREADS) as pool:
            columns = pool.map(lambda name: self._values(name, digits), names)
            return {name: units for name, units in zip(names, columns, strict=True) if units is not None}

    def _values(self, name: str, digits: int) -> Ints | None:
        chunks = self._chunks[name]()
        first = next(iter(chunks), None)
        if first is None or not pa.types.is_string(first.type):
            return self._units(name, digits, True)
        column = pa.chunked_array(list(self._chunks[name]()))
        return units_of(pc.utf8_trim_whitespace(pc.fill_null(column, "")), digits, True)

    def _coded(self, name: str) -> Coded:
        codes = np.empty(self.num_rows, np.int32)
        places: dict[str, int] = {}
        begin = 0
        for chunk in self._chunks[name]():
            if not pa.types.is_dictionary(chunk.type):
                if not pa.types.is_string(chunk.type):
                    raise OddError(name)
                chunk = chunk.dictionary_encode()
            if chunk.null_count or not pa.types.is_string(chunk.type.value_type):
                raise OddError(name)
            texts = map(clean, chunk.dictionary.to_pylist())
            lookup = np.array([places.setdefault(text, len(places)) for text in texts], np.int32)
            if len(chunk):
                codes[begin : begin + len(chunk)] = lookup[chunk.indices.to_numpy(zero_copy_only=False)]
            begin += len(chunk)
        if "" in places:
            raise OddError(name)  # perhaps a blank row
        return _sorted(list(places), codes)

    def _units(self, name: str, digits: int, is_rounded: bool) -> Ints:
        result = np.empty(self.num_rows, np.int64)
        begin = 0
        for chunk in self._chunks[name]():
            result[begin : begin + len(chunk)] = _whole_units(chunk, digits, is_rounded)
            begin += len(chunk)
        return result


def _sorted(texts: list[str], codes: Codes) -> Coded:
    order = sorted(range(len(texts)), key=texts.__getitem__)
    if order == list(range(len(texts))):
        return tuple(texts), codes
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    for begin in range(0, len(codes), _HEAD):
        codes[begin : begin + _HEAD] = place[codes[begin : begin + _HEAD]]
    return tuple(texts[at] for at in order), codes


def _whole_units(chunk: pa.Array, digits: int, is_rounded: bool) -> Ints:
    kind = chunk.type
    is_number = pa.types.is_decimal128(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind)
    if chunk.null_count or not is_number:
        raise OddError(str(chunk.type))
    try:
        if pa.types.is_floating(chunk.type):
            chunk = chunk.cast(pa.string()).cast(_FINE)  # the shortest text that means the float
        if pa.types.is_integer(chunk.type) or chunk.type.scale > digits:
            chunk = chunk.cast(_FINE)
            chunk = pc.round(chunk, digits, "half_to_even") if is_rounded else chunk
        units = chunk.cast(pa.decimal128(38, digits))
    except pa.ArrowInvalid as error:
        raise OddError(str(error)) from error
    words = np.frombuffer(units.buffers()[1], np.int64).reshape(-1, 2)[
        units.offset : units.offset + len(units)
    ]
    low = words[:, 0]
    if bool((words[:, 1] != low >> 63).any()) or (
        len(low) and max(int(low.max()), -int(low.min())) > _LARGEST
    ):
        raise OddError(str(_LARGEST))
    return low


def read_delimited(data: bytes, amounts: dict[str, int], keys: Sequence[str]) -> LargeTable:
    """Return the table of plain UTF-8 bytes.

    Parameters
    ----------
    amounts
        Columns that must hold decimal numbers, and how many decimals they mostly have.
    keys
        Headers of columns that hold keys.

    Raises
    ------
    OddError
        If they hold anything but a plain table.
    """
    end = data.rfind(b"\n", 0, _HEAD)
    try:
        head = data[: end + 1].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise OddError(str(error)) from error
    line = head.partition("\n")[0]
    delimiter = max(",;\t", key=line.count)
    first = next(csv.reader([line], delimiter=delimiter), [])
    names = [header(name) for name in first]
    if '"' in line or not all(names) or len(set(names)) < len(names):
        raise OddError(line)
    if not set(amounts) & set(names):
        raise OddError(line)  # a blank row could not be told
    kinds = {name: pa.dictionary(pa.int32(), pa.string()) if name in keys else pa.string() for name in names}
    kinds |= {name: pa.decimal128(38, digits) for name, digits in amounts.items() if name in kinds}
    read = pa.csv.ReadOptions(column_names=names, skip_rows_after_names=1, block_size=1 << 23)
    parse = pa.csv.ParseOptions(delimiter=delimiter, newlines_in_values=b'"' in data)
    convert = pa.csv.ConvertOptions(column_types=kinds, null_values=[], strings_can_be_null=False)
    try:
        table = pa.csv.read_csv(pa.BufferReader(data), read, parse, convert)
    except pa.ArrowInvalid:
        # Perhaps further digits, to be rounded or refused where it is known which.
        convert.column_types = kinds | {name: _FINE for name in amounts if name in kinds}
        try:
            table = pa.csv.read_csv(pa.BufferReader(data), read, parse, convert)
        except pa.ArrowException as error:
            raise OddError(str(error)) from error
    return LargeTable({name: _chunks_of(table.column(name)) for name in names}, table.num_rows)


def _chunks_of(column: pa.ChunkedArray) -> Callable[[], Iterable[pa.Array]]:
    return lambda: column.chunks


def read_parquet(data: bytes, keys: Sequence[str]) -> LargeTable:
    """Return the table of a Parquet file's bytes; each column is read when it is asked for.

    Raises
    ------
    OddError
        If headers are blank or stand twice.
    """
    try:
        schema = pa.parquet.ParquetFile(pa.BufferReader(data)).schema_arrow
        num_rows = pa.parquet.read_metadata(pa.BufferReader(data)).num_rows
    except (pa.ArrowException, OSError) as error:
        raise OddError(str(error)) from error
    names = [header(name) for name in schema.names]
    if not all(names) or len(set(names)) < len(names):
        raise OddError(",".join(names))
    chunks = {
        name: _groups_of(data, raw, name in keys) for name, raw in zip(names, schema.names, strict=True)
    }
    return LargeTable(chunks, num_rows)


def _groups_of(data: bytes, name: str, is_key: bool) -> Callable[[], Iterable[pa.Array]]:
    def chunks() -> Iterator[pa.Array]:
        file = pa.parquet.ParquetFile(pa.BufferReader(data), read_dictionary=[name] if is_key else None)
        try:
            for group in range(file.num_row_groups):
                yield from file.read_row_group(group, columns=[name]).column(0).chunks
        except (pa.ArrowException, OSError) as error:
            raise OddError(str(error)) from error

    return chunks
