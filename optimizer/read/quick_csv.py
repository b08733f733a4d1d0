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

from models.amount import VALUE_DIGITS
from models.file_rows import FileRows
from optimizer.read import number_text
from optimizer.read.columns import Columns
from optimizer.read.csv_file import BadFieldError, Header, records
from optimizer.read.exact import exact_units
from optimizer.read.layout import Layout
from optimizer.read.survey import Survey

_SNIFFED_ROWS = 1000
_SLICE = 1 << 22
_THREADS = 2
_QUOTE = ord('"')
_NUMBERS = (pa.string(), pa.float64())
"""What columns of numbers are read as: amounts as texts, for no number of pyarrow's tells 5.000 from 5.00."""


def read_quickly(path: Path, file: str, survey: Survey, header: Header, layout: Layout) -> Columns | None:
    """Read the rows below the header; None where anything asks for the careful reading.

    Numbers come as exact integers too where every one of them is plain; where one is not, or is negative or
    huge, they are there as texts. Keys and texts come encoded by dictionaries.
    """
    if not _is_plain(path, survey, header):
        return None
    try:
        kinds = _kinds(path, survey.encoding, header, layout)
    except BadFieldError:
        return None
    digits = {
        name: layout.decimals.get(name, VALUE_DIGITS) for name, kind in kinds.items() if kind in _NUMBERS
    }
    texts = {name: pa.string() if name in digits else kind for name, kind in kinds.items()}
    columns = None
    if not survey.has_plus:  # pyarrow takes +5 for a number
        columns = _read(path, file, survey, header, kinds)
    columns = columns or _read(path, file, survey, header, texts)
    if columns is None:
        return None
    columns = _with_units(columns, digits)
    doubtful = {
        name: texts[name] for name in digits if kinds[name] != texts[name] and name not in columns.units
    }
    return _with_texts(columns, _read(path, file, survey, header, doubtful), digits) if doubtful else columns


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
            kinds[name] = pa.string()
        elif (
            layout.decimals
            and name not in layout.texts
            and all(not number_text.value(row[position])[1] for row in first if row[position:])
        ):
            kinds[name] = pa.float64()
        else:
            kinds[name] = pa.dictionary(pa.int32(), pa.string())
    return kinds


def _read(path: Path, file: str, survey: Survey, header: Header, kinds: Mapping[str, Any]) -> Columns | None:
    """Read the file with columns of these types; None if they do not fit, or if rows are not lines."""
    positions = [f"f{position}" for position in range(len(header.texts))]
    names = {positions[position]: name for position, name in header.names.items() if name in kinds}
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
    return Columns(file, headers, arrays, FileRows(2, table.num_rows))


def _with_units(columns: Columns, digits: Mapping[str, int]) -> Columns:
    """Turn numbers into exact integers, column by column, where none of them asks for a closer look."""
    names = [name for name in digits if name in columns.arrays and name not in columns.units]
    with ThreadPoolExecutor(_THREADS) as threads:
        read = threads.map(lambda name: exact_units(columns.arrays[name], digits[name]), names)
        known = {name: units for name, units in zip(names, read, strict=True) if units is not None}
    return replace(columns, units={**columns.units, **known})


def _with_texts(columns: Columns, texts: Columns | None, digits: Mapping[str, int]) -> Columns | None:
    """Put texts in the place of floats that leave a doubt."""
    if texts is None:
        return None
    return _with_units(replace(columns, arrays={**columns.arrays, **texts.arrays}), digits)
