"""Parquet in place of CSV, column by column: a table may be larger than what memory holds of it as stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from models.amount import VALUE_DIGITS
from models.file_rows import FileRows
from models.headers import KEYS
from models.instance import Int64, code_type
from optimizer.read.columns import Columns, code_array
from optimizer.read.findings import Findings
from optimizer.read.layout import Layout, fit, has_too_many
from optimizer.read.numbers import plain_units

_NAMES = ("option", "pool", "rule")
_BATCH_ROWS = 1 << 19
_THREADS = 2


@dataclass(frozen=True, eq=False)
class _Stored:
    """One column as it is kept: exact integers where all of its cells are plain numbers, else the cells."""

    array: Any = None
    units: Int64 | None = None


class _Arrays(Mapping[str, Any]):
    """The cells of every column; those of which only the integers were kept are read again when asked for."""

    def __init__(self, path: Path, headers: Mapping[str, str], kept: Mapping[str, Any]) -> None:
        self._path, self._headers, self._kept = path, headers, dict(kept)

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401
        if name not in self._kept:
            with pq.ParquetFile(self._path) as source:
                self._kept[name] = _only(source.read(columns=[self._headers[name]]), self._headers[name])
        return self._kept[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._headers)

    def __len__(self) -> int:
        return len(self._headers)


def read_parquet(path: Path, file: str, layout: Layout, findings: Findings) -> Columns | None:
    """Return the columns of a Parquet file; its first row is row 2, as if under a header.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    try:
        with pq.ParquetFile(path) as source:
            schema, num_rows = source.schema_arrow, source.metadata.num_rows
        headers = schema.names
        if has_too_many(headers, file, findings):
            return None
        names = fit(headers, file, layout, findings)
        with ThreadPoolExecutor(_THREADS) as threads:
            stored = list(
                threads.map(lambda at: _read(path, schema.field(at), names[at], layout, num_rows), names)
            )
    except (pa.ArrowException, ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:  # pyarrow's own have none: damaged data
            raise
        findings.add(
            "FIL-08", file, reason=str(error).splitlines()[0] if str(error) else type(error).__name__
        )
        return None
    finally:
        pa.default_memory_pool().release_unused()
    kept: dict[str, Any] = {}
    units: dict[str, Int64] = {}
    for (position, name), column in zip(names.items(), stored, strict=True):
        kind = schema.field(position).type
        if not _is_readable(kind) or (_is_name(name) and pa.types.is_floating(kind)):
            findings.add("FIL-09", file, None, headers[position], type=kind)
            kept[name] = pa.chunked_array([pa.nulls(num_rows, pa.string())])
        elif column.units is not None:
            units[name] = column.units
        else:
            kept[name] = column.array
    written = {name: headers[position].strip() for position, name in names.items()}
    arrays = _Arrays(path, {name: headers[position] for position, name in names.items()}, kept)
    return Columns(file, written, arrays, FileRows(2, num_rows), units)


def _read(path: Path, field: Any, name: str, layout: Layout, num_rows: int) -> _Stored:  # noqa: ANN401
    """Read one column, batch by batch; texts of damaged files may not be UTF-8, so every cell is checked."""
    is_key = name in layout.texts
    encodes = [field.name] if is_key and field.type == pa.string() else None
    with pq.ParquetFile(path, read_dictionary=encodes) as source:
        batches = source.iter_batches(_BATCH_ROWS, columns=[field.name], use_threads=False)
        arrays = _checked(batches, field.name)
        if is_key and _is_encodable(field.type):
            return _Stored(_one_chunk([_encoded(array) for array in arrays], num_rows))
        if not layout.decimals or is_key or not _is_number(field.type):
            kept = [_plain(array) for array in arrays]
            kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
            return _Stored(pa.chunked_array(kept, kind))
        units = _units(arrays, layout.decimals.get(name), num_rows)
        if units is not None:
            return _Stored(units=units)
        return _Stored(_only(source.read(columns=[field.name]), field.name))


def _checked(batches: Any, header: str) -> Iterator[Any]:  # noqa: ANN401 - pyarrow has no types
    for batch in batches:
        array = _only(batch, header)
        array.validate(full=True)
        yield array


def _only(table: Any, header: str) -> Any:  # noqa: ANN401
    """Return the column of a header: what was asked for may hold others of the same name, or within it."""
    return table.column(table.schema.get_all_field_indices(header)[0])


def _units(arrays: Iterator[Any], decimals: int | None, num_rows: int) -> Int64 | None:
    """Return a column of numbers as exact integers, None as soon as one of them asks for a closer look."""
    units = np.empty(num_rows, np.int64)
    begin = 0
    for array in arrays:
        digits = VALUE_DIGITS if decimals is None else decimals
        found = plain_units(pa.chunked_array([array]), digits, is_amount=decimals is not None)
        if found is None:
            return None
        units[begin : begin + len(array)] = found
        begin += len(array)
    return units


def _encoded(array: Any) -> Any:  # noqa: ANN401
    """Return texts with a dictionary, none of them missing."""
    if pa.types.is_dictionary(array.type) and not array.null_count and not array.dictionary.null_count:
        indices = array.indices.cast(pa.int32())
        return pa.DictionaryArray.from_arrays(indices, array.dictionary.cast(pa.string()))
    return _plain(array).cast(pa.string()).fill_null("").dictionary_encode()


def _plain(array: Any) -> Any:  # noqa: ANN401
    return array.cast(array.type.value_type) if pa.types.is_dictionary(array.type) else array


def _one_chunk(chunks: list[Any], num_rows: int) -> Any:  # noqa: ANN401
    """Return chunks of texts as one, under one dictionary and codes as narrow as it allows."""
    if not chunks:
        return pa.chunked_array([], pa.string())
    whole = pa.chunked_array(chunks).unify_dictionaries()
    chunks.clear()
    texts = whole.chunk(0).dictionary
    codes = np.empty(num_rows, code_type(len(texts)))
    begin = 0
    for chunk in whole.chunks:
        codes[begin : begin + len(chunk)] = code_array(chunk)
        begin += len(chunk)
    kind = pa.from_numpy_dtype(codes.dtype)
    indices = pa.Array.from_buffers(kind, num_rows, [None, pa.py_buffer(codes)])
    return pa.chunked_array([pa.DictionaryArray.from_arrays(indices, texts)])


def _is_name(name: str) -> bool:
    return name in (*KEYS, *_NAMES)


def _is_number(kind: Any) -> bool:  # noqa: ANN401
    return bool(pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_floating(kind))


def _is_encodable(kind: Any) -> bool:  # noqa: ANN401
    """Whether cells of a type are texts, or integers, which Arrow writes as CSV does."""
    if pa.types.is_dictionary(kind):
        return bool(pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type))
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind))


def _is_readable(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_readable(kind.value_type)
    checks = (
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_integer,
        pa.types.is_decimal,
        pa.types.is_floating,
        pa.types.is_boolean,
        pa.types.is_date,
        pa.types.is_timestamp,
        pa.types.is_null,
    )
    return any(check(kind) for check in checks)
