"""One table of a plan folder, in the one dialect that plans are written in, or as Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from optimizer.verify.content import content
from optimizer.verify.decimals import written
from optimizer.verify.report import Report, UnverifiableError

_GUARDED = tuple("=+-@'\t\r＝＋－＠＇")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, eq=False)
class Sheet:
    """Rows of texts under known headers, the apostrophes that guard formulas stripped.

    Attributes
    ----------
    file
        Name of the file.
    is_typed
        Read from Parquet, where a number may be written in any number of digits.
    """

    file: str
    columns: tuple[str, ...]
    rows: list[list[str]]
    is_typed: bool

    def is_same(self, text: str, expected: str) -> bool:
        """Whether a field holds the expected text (in Parquet: number)."""
        if text == expected or not self.is_typed:
            return text == expected
        number = written(text)
        return number is not None and number == written(expected)


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
    head, rows = _typed(report, path.name, data) if is_typed else _delimited(report, path.name, data)
    if head != list(columns):
        raise report.stop("PLN-07", path.name, ",".join(head), expected=",".join(columns))
    if not is_typed:
        rows = _unguarded(report, path.name, rows, [columns.index(name) for name in texts])
    return Sheet(path.name, tuple(columns), rows, is_typed)


def _delimited(report: Report, file: str, data: bytes) -> tuple[list[str], list[list[str]]]:
    if not data.startswith(_BOM):
        report.add("PLN-05", file)
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


def _typed(report: Report, file: str, data: bytes) -> tuple[list[str], list[list[str]]]:
    try:
        table = pa.parquet.read_table(pa.BufferReader(data))
        columns = [column.cast(pa.string()).fill_null("").to_pylist() for column in table.columns]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise report.stop("PLN-06", file, reason=str(error).splitlines()[0] if str(error) else "") from error
    return list(table.column_names), [list(row) for row in zip(*columns, strict=True)]


def _unguarded(report: Report, file: str, rows: list[list[str]], places: list[int]) -> list[list[str]]:
    """Strip the one apostrophe of guarded texts; a guard that lacks, or guards nothing, is a finding."""
    for number, row in enumerate(rows, 2):
        for place in places:
            text = row[place]
            if text.startswith(_GUARDED):
                bare = text[1:]
                if text[0] != "'" or not bare.startswith(_GUARDED):
                    report.add("PLN-12", file, number, value=text)
                row[place] = bare if text[0] == "'" else text
    return rows
