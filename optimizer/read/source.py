"""One file of an instance, whatever its format -> columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from optimizer.read.columns import Columns
from optimizer.read.csv_file import read_carefully, read_header
from optimizer.read.findings import Findings
from optimizer.read.layout import Layout
from optimizer.read.parquet_file import read_parquet
from optimizer.read.survey import survey_bytes, survey_text
from optimizer.read.table import Table


@dataclass
class Source:
    """The files of one instance, read one by one.

    Attributes
    ----------
    hashes
        Name of every file that was read -> SHA-256 of its bytes.
    """

    paths: dict[str, Path]
    findings: Findings
    hashes: dict[str, str] = field(default_factory=dict)

    def columns(self, table: str, layout: Layout) -> Columns | None:
        """Read a table as columns; None if there is none or nothing of it can be read (then there is a finding).

        Raises
        ------
        OSError
            If the file cannot be read.
        """
        path = self.paths.get(table)
        if path is None:
            return None
        if path.suffix == ".parquet":
            self.hashes[path.name] = survey_bytes(path).sha256
            return read_parquet(path, path.name, layout, self.findings)
        encoding = self._encoding(path)
        if not encoding:
            return None
        header = read_header(path, path.name, encoding, layout, self.findings)
        return read_carefully(path, path.name, encoding, header, self.findings) if header else None

    def table(self, table: str, layout: Layout) -> Table | None:
        """Read a small table as clean texts, without its blank rows."""
        columns = self.columns(table, layout)
        return None if columns is None else columns.without_blank_rows().as_table()

    def text(self, path: Path) -> str | None:
        """Read a whole text file; None if there is none or it is no text."""
        if not path.exists():
            return None
        encoding = self._encoding(path, may_be_empty=True)
        return path.read_text(encoding=encoding) if encoding else None

    def _encoding(self, path: Path, *, may_be_empty: bool = False) -> str:
        survey = survey_text(path)
        self.hashes[path.name] = survey.sha256
        if not survey.size:
            if not may_be_empty:
                self.findings.add("FIL-04", path.name)
            return "utf-8" if may_be_empty else ""
        if not survey.encoding:
            self.findings.add("FIL-05", path.name)
        elif survey.has_nul:
            self.findings.add("FIL-06", path.name)
            return ""
        return survey.encoding
