"""The files of one instance, whatever their formats -> columns."""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from optimizer.read.columns import Columns
from optimizer.read.csv_file import read_carefully, read_header, row_of_nul
from optimizer.read.findings import Findings
from optimizer.read.folder import regular
from optimizer.read.layout import Layout
from optimizer.read.parquet_file import read_parquet
from optimizer.read.quick_csv import read_quickly
from optimizer.read.survey import Survey, sha256, survey_text
from optimizer.read.table import Table

_SMALL = 1 << 20
"""Tables of up to so many bytes are read row by row: that is quick enough."""


class Source:
    """The files of one instance, read one by one while a second thread hashes them."""

    def __init__(self, paths: dict[str, Path], findings: Findings) -> None:
        self.paths = paths
        self.findings = findings
        self._hashing = ThreadPoolExecutor(1)
        self._hashes: dict[str, Future[str]] = {}

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._hashing.shutdown(cancel_futures=True)

    def hashes(self) -> dict[str, str]:
        """Return name -> SHA-256 of the bytes, for every file that was read.

        Raises
        ------
        OSError
            If one of them can no longer be read.
        """
        return {name: future.result() for name, future in sorted(self._hashes.items())}

    def columns(self, table: str, layout: Layout) -> Columns | None:
        """Read a table as columns without blank rows; None if there is none or (a finding) it is unreadable.

        Raises
        ------
        OSError
            If the file cannot be read.
        """
        columns = self._columns(table, layout)
        if columns is not None:
            self.findings.know_headers(columns.file, columns.headers)
        return columns

    def table(self, table: str, layout: Layout) -> Table | None:
        """Read a small table as clean texts."""
        columns = self.columns(table, layout)
        return None if columns is None else columns.as_table()

    def text(self, path: Path) -> str | None:
        """Read a whole text file; None if there is none or it is no text."""
        if not os.path.lexists(path):
            return None
        survey = self._survey(regular(path), may_be_empty=True)
        return path.read_text(encoding=survey.encoding) if survey and survey.size else None

    def _columns(self, table: str, layout: Layout) -> Columns | None:
        path = self.paths.get(table)
        if path is None:
            return None
        if path.suffix == ".parquet":
            self._hash(path)
            stored = read_parquet(path, path.name, layout, self.findings)
            return stored and stored.without_blank_rows()
        survey = self._survey(path)
        if survey is None:
            return None
        header = read_header(path, path.name, survey.encoding, layout, self.findings)
        if header is None:
            return None
        is_large = bool(layout.decimals) or survey.size > _SMALL
        quick = read_quickly(path, path.name, survey, header, layout) if is_large else None
        if quick is not None:
            return quick.without_blank_rows()
        return read_carefully(path, path.name, survey.encoding, header, self.findings)

    def _hash(self, path: Path) -> None:
        self._hashes[path.name] = self._hashing.submit(sha256, path)

    def _survey(self, path: Path, *, may_be_empty: bool = False) -> Survey | None:
        """Look a text file over; None after a finding that nothing of it can be read."""
        self._hash(path)
        survey = survey_text(path)
        code = ""
        if not survey.size and not may_be_empty:
            code = "FIL-04"
        elif survey.size and not survey.encoding:
            code = "FIL-05"
        elif survey.has_nul:
            code = "FIL-06"
        if code:
            row = row_of_nul(path, survey.encoding) if code == "FIL-06" else None
            self.findings.add(code, path.name, row)
        return None if code else survey
