"""CSV read by pyarrow, where it is sure to say what the careful reading would say.

Whatever is in doubt is left to `optimizer.read.csv_file`: this module finds nothing, it only declines.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from models.amount import MAX_UNITS, VALUE_DIGITS
from optimizer.read import number_text
from optimizer.read.columns import Columns, is_exact
from optimizer.read.csv_file import BadFieldError, Header, records
from optimizer.read.layout import Layout
from optimizer.read.survey import Survey

_PRECISION = 18
_SNIFFED_ROWS = 1000
_SLICE = 1 << 22
_THREADS = 2
_QUOTE, _POINT, _NINE = b'".9'


def read_quickly(path: Path, file: str, survey: Survey, header: Header, layout: Layout) -> Columns | None:
    """Read the rows below the header; None where anything asks for the careful reading.

    Numbers come as decimals of the right scale (or integers) where every one of them is plain, not negative
    and in range, else as texts; keys and texts come encoded by dictionaries.
    """
    if not _is_plain(path, survey, header):
        return None
    try:
        kinds = _kinds(path, survey.encoding, header, layout)
    except BadFieldError:
        return None
    if not (survey.has_plus or survey.has_exponent):
        columns = _read(path, file, survey, header, kinds)
        if columns is not None and all(map(_is_in_range, columns.arrays.values())):
            return _with_amounts(columns, layout)
    texts = {name: pa.string() if is_exact(kind) else kind for name, kind in kinds.items()}
    return _read(path, file, survey, header, texts)


def _is_plain(path: Path, survey: Survey, header: Header) -> bool:
    """Whether pyarrow and the careful reading agree on where fields and rows begin and end."""
    is_named = (
        all(text.strip() and len(text.splitlines()) == 1 for text in header.texts) and len(header.texts) > 1
    )
    is_decodable = survey.encoding in ("utf-8", "utf-8-sig", "gb18030")
    if not is_named or not is_decodable or survey.has_lone_return or header.row != 1:
        return False
    return not survey.has_quote or _are_quotes_plain(path, header.separator)


def _are_quotes_plain(path: Path, separator: str) -> bool:
    """Whether quotes only open and close whole fields, or are doubled inside of them.

    Separators and quotes are bytes of their own in UTF-8 and GB18030 alike.
    """
    codes = np.memmap(path, np.uint8, "r")
    start = 3 if bytes(codes[:3]) == b"\xef\xbb\xbf" else 0
    is_edge = np.zeros(256, np.bool_)
    is_edge[[ord(separator), ord("\n"), ord("\r"), _QUOTE]] = True
    num_quotes = 0
    for begin in range(0, len(codes), _SLICE):
        quotes = np.flatnonzero(codes[begin : begin + _SLICE] == _QUOTE) + begin
        opening, closing = quotes[num_quotes % 2 :: 2], quotes[1 - num_quotes % 2 :: 2]
        num_quotes += len(quotes)
        is_begun = is_edge[codes[np.maximum(opening - 1, 0)]] | (opening == start)
        is_ended = is_edge[codes[np.minimum(closing + 1, len(codes) - 1)]]
        if not (is_begun.all() and is_ended.all()):
            return False
    return num_quotes % 2 == 0


def _kinds(path: Path, encoding: str, header: Header, layout: Layout) -> dict[str, Any]:
    """Return the type to read each column as, judged by its name and its first rows."""
    kinds: dict[str, Any] = {}
    first = [fields for __, fields in islice(records(path, encoding, header.separator), 1, _SNIFFED_ROWS + 1)]
    for position, name in header.names.items():
        if name in layout.decimals:
            kinds[name] = pa.string()  # a decimal of pyarrow's does not tell 5.000 from 5.00
        elif (
            layout.decimals
            and name not in layout.texts
            and all(not number_text.value(row[position])[1] for row in first if row[position:])
        ):
            kinds[name] = pa.decimal128(_PRECISION, VALUE_DIGITS)
        else:
            kinds[name] = pa.dictionary(pa.int32(), pa.string())
    return kinds


def _read(path: Path, file: str, survey: Survey, header: Header, kinds: Mapping[str, Any]) -> Columns | None:
    """Read the file with columns of these types; None if they do not fit, or if rows are not lines."""
    positions = [f"f{position}" for position in range(len(header.texts))]
    names = {positions[position]: name for position, name in header.names.items()}
    try:
        table = pa_csv.read_csv(
            path,
            read_options=pa_csv.ReadOptions(
                column_names=positions,
                skip_rows=1,
                encoding=survey.encoding.removesuffix("-sig").replace("utf-8", "utf8"),
            ),
            parse_options=pa_csv.ParseOptions(delimiter=header.separator, ignore_empty_lines=False),
            convert_options=pa_csv.ConvertOptions(
                column_types={position: kinds[name] for position, name in names.items()},
                include_columns=list(names),
                null_values=[],
                check_utf8=False,  # the survey has decoded every byte
                strings_can_be_null=False,
            ),
        )
    except (pa.ArrowException, UnicodeError):
        return None
    if table.num_rows + 1 != survey.num_lines:
        return None
    arrays = {name: table[position] for position, name in names.items()}
    headers = {name: header.texts[position].strip() for position, name in header.names.items()}
    return Columns(file, headers, arrays, np.arange(2, table.num_rows + 2, dtype=np.int64))


def _with_amounts(columns: Columns, layout: Layout) -> Columns:
    """Turn the amounts into exact numbers, column by column, where every text is plain and not too long."""
    names = [name for name in layout.decimals if name in columns.arrays]
    with ThreadPoolExecutor(_THREADS) as threads:
        read = threads.map(lambda name: _amounts(columns.arrays[name], layout.decimals[name]), names)
        return replace(columns, arrays={**columns.arrays, **dict(zip(names, read, strict=True))})


def _amounts(array: Any, decimals: int) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Return texts as decimals (or integers); unchanged if one of them asks for a closer look."""
    if not all(_has_at_most(chunk, decimals) for chunk in array.chunks):
        return array
    try:
        amounts = array.cast(pa.decimal128(_PRECISION, decimals) if decimals else pa.int64())
    except pa.ArrowInvalid:
        return array
    return amounts if _is_in_range(amounts) else array


def _has_at_most(chunk: Any, decimals: int) -> bool:  # noqa: ANN401
    """Whether no text has a letter, or a point with more than `decimals` characters behind it."""
    _, offsets, data = chunk.buffers()
    if data is None:
        return True
    ends = np.frombuffer(offsets, np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
    characters = np.frombuffer(data, np.uint8)[: ends[-1]]
    if characters[ends[0] :].max(initial=0) > _NINE:  # exponents, hexadecimal, and what is no number
        return False
    is_point = characters == _POINT
    num_points = np.count_nonzero(is_point[ends[0] :])
    for behind in range(decimals, -1, -1):  # money mostly has all of its decimals: one look will do
        if not num_points:
            return True
        at = ends[1:] - (1 + behind)
        num_points -= np.count_nonzero(is_point[at] & (at >= ends[:-1]))
    return not num_points


def _is_in_range(array: Any) -> bool:  # noqa: ANN401
    """Whether every number of a column is zero or more, and at most 2^53; texts are in any range."""
    if not is_exact(array.type):
        return True
    step = 2 if pa.types.is_decimal(array.type) else 1  # the low words of decimals: few digits need no more
    for chunk in array.chunks:
        words = np.frombuffer(chunk.buffers()[1], np.int64)
        words = words[step * chunk.offset : step * (chunk.offset + len(chunk)) : step]
        if len(words) and (words.min() < 0 or words.max() > MAX_UNITS):
            return False
    return True
