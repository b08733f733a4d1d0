"""CSV as it comes: any separator, encoding, quoting and line end of the contract, row by row."""

from __future__ import annotations

import csv
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from optimizer.read.columns import Columns, text_array
from optimizer.read.findings import Findings
from optimizer.read.layout import Layout, english, fit, has_too_many

_SEPARATORS = (",", ";", "\t")
_CHUNK_ROWS = 1 << 16
_INSTRUCTION = re.compile(r"sep=.?", re.IGNORECASE)
_MARK = "\ufeff"


@dataclass(frozen=True)
class Header:
    """The header row of a CSV file.

    Attributes
    ----------
    row
        The row it is in: blank rows may come before it.
    names
        Position -> column.
    """

    separator: str
    row: int
    texts: tuple[str, ...]
    names: dict[int, str]


def read_header(path: Path, file: str, encoding: str, layout: Layout, findings: Findings) -> Header | None:
    """Find the header row, and the separator under which it has most known columns (then most columns)."""
    best: tuple[tuple[int, int], str, int, list[str]] | None = None
    error: BadFieldError | None = None
    for separator in _SEPARATORS:
        try:
            rows = records(path, encoding, separator)
            row, texts = next((one for one in rows if any(map(_is_name, one[1]))), (0, []))
        except BadFieldError as bad:
            error = error or bad
            continue
        score = (sum(english(text) in layout.known for text in texts), len(texts))
        if row and (best is None or score > best[0]):
            best = score, separator, row, texts
    if best is None:
        if error:
            error.report(file, findings)
        else:
            findings.add("FIL-04", file)
        return None
    __, separator, row, texts = best
    code = "FIL-12" if _INSTRUCTION.fullmatch(texts[0].strip()) else "FIL-13" if texts[0][:1] == _MARK else ""
    if code:
        findings.add(code, file, row, "", separator.join(texts) if code == "FIL-12" else "")
        return None
    if has_too_many(texts, file, findings):
        return None
    return Header(separator, row, tuple(texts), fit(texts, file, layout, findings))


def _is_name(text: str) -> bool:
    return not set(text) <= {*_SEPARATORS, " "} and bool(text.strip())


def read_carefully(path: Path, file: str, encoding: str, header: Header, findings: Findings) -> Columns:
    """Read the rows below the header as texts; rows of a wrong length and bad quotes are findings."""
    chunks: list[list[list[str]]] = []
    rows = array("q")
    width = len(header.texts)
    unnamed: set[int] = set()
    chunk: list[list[str]] = []
    try:
        for row, fields in records(path, encoding, header.separator):
            if row <= header.row or not any(map(str.strip, fields)):
                continue
            if len(fields) != width:
                if len(fields) < width or any(map(str.strip, fields[width:])):
                    findings.add("TAB-02", file, row, fields=len(fields), columns=width)
                    continue
                fields = fields[:width]
            chunk.append(fields)
            rows.append(row)
            if len(chunk) == _CHUNK_ROWS:
                unnamed |= _take(chunk, header, chunks)
                chunk = []
    except BadFieldError as bad:
        bad.report(file, findings)
    unnamed |= _take(chunk, header, chunks)
    for position in sorted(unnamed):
        findings.add("TAB-04", file, header.row, number=position + 1)
    arrays = {
        name: pa.chunked_array([part[i] for part in chunks], pa.large_string())
        for i, name in enumerate(header.names.values())
    }
    headers = {name: header.texts[position].strip() for position, name in header.names.items()}
    return Columns(file, headers, arrays, np.array(rows, np.int64))


def _take(chunk: list[list[str]], header: Header, chunks: list[list[pa.Array]]) -> set[int]:
    """Turn rows into columns; return the positions without a header that hold something."""
    columns = list(zip(*chunk, strict=True)) or [()] * len(header.texts)
    chunks.append([text_array(columns[position]) for position in header.names])
    blank = (position for position, text in enumerate(header.texts) if not text.strip())
    return {position for position in blank if any(map(str.strip, columns[position]))}


class BadFieldError(Exception):
    """A quoted field of `row` does not end as it should, or a field is far too long."""

    def __init__(self, row: int, *, is_long: bool) -> None:
        self.row = row
        self.is_long = is_long

    def report(self, file: str, findings: Findings) -> None:
        """Add the finding."""
        if self.is_long:
            findings.add("FIL-11", file, self.row, most=csv.field_size_limit())
        else:
            findings.add("FIL-07", file, self.row)


def row_of_nul(path: Path, encoding: str) -> int | None:
    """Return the first row that holds a NUL character, None where quotes do not let rows be counted."""
    try:
        rows = records(path, encoding, _SEPARATORS[0])
        return next((row for row, fields in rows if any("\0" in field for field in fields)), None)
    except BadFieldError:
        return None


def records(path: Path, encoding: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (row, fields); a blank line is a row, and a quoted field with line breaks stays in one."""
    row = 0
    with path.open(encoding=encoding, newline="") as stream:
        reader = csv.reader(stream, delimiter=separator, strict=True)
        try:
            for fields in reader:
                row += 1
                yield row, fields
        except csv.Error as error:
            raise BadFieldError(row + 1, is_long=str(csv.field_size_limit()) in str(error)) from None
