"""The findings of one reading: kept in order, capped code by code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from models.codes import CODES, Severity
from models.finding import NOT_LISTED, Finding, finding

MOST_OF_A_CODE = 100_000
"""So many findings of one code and file are kept; one more says how many there were beyond."""


class Findings:
    """Collects findings; every reader of a table adds to the one it is handed."""

    def __init__(self) -> None:
        self._kept: list[Finding] = []
        self._counts: Counter[tuple[str, str]] = Counter()
        self._headers: dict[str, Mapping[str, str]] = {}
        self._rows: dict[str, Mapping[str, int]] = {}

    def know_headers(self, file: str, headers: Mapping[str, str]) -> None:
        """Take note of the headers of a file as written: findings name columns by them."""
        self._headers[file] = headers

    def know_rows(self, file: str, rows: Mapping[str, int]) -> None:
        """Take note where a file sets what, `table.key` -> row: findings without a row get theirs."""
        self._rows[file] = rows

    def _row_of(self, file: str, key: str) -> int | None:
        """Return the row of a setting, else of the table that it stands in."""
        rows = self._rows.get(file, {})
        while key and key not in rows:
            key = key.rpartition(".")[0]
        return rows.get(key)

    def add(
        self,
        code: str,
        file: str = "",
        row: int | None = None,
        column: str = "",
        value: str = "",
        **facts: object,
    ) -> None:
        """Add one finding, see `models.finding.finding`; `column` may be the contract's name."""
        header = self._headers.get(file, {}).get(column, column)
        if row is None and column:
            row = self._row_of(file, column)
        self.extend([finding(code, file, row, header, value, **facts)])

    def add_if_sound(self, code: str, file: str) -> None:
        """Add a finding on a whole file, unless findings on rows of it say why."""
        if max(self.rows_with_error(file), default=0) <= 1:
            self.add(code, file)

    def extend(self, found: Iterable[Finding]) -> None:
        """Add findings that another module made."""
        for one in found:
            self._counts[one.code, one.file] += 1
            if self._counts[one.code, one.file] <= MOST_OF_A_CODE:
                self._kept.append(one)

    def is_full(self, code: str, file: str) -> bool:
        """Whether enough findings of this code are kept: more need only be counted."""
        return self._counts[code, file] >= MOST_OF_A_CODE

    def count(self, code: str, file: str, more: int) -> None:
        """Count findings that were not even made, because enough of their code are kept already."""
        self._counts[code, file] += more

    @property
    def has_error(self) -> bool:
        """Whether any finding is an error."""
        return any(one.severity is Severity.error for one in self._kept)

    def has_error_in(self, files: Collection[str]) -> bool:
        """Whether any finding on one of these files is an error."""
        return any(one.severity is Severity.error and one.file in files for one in self._kept)

    def has_any(self, file: str, codes: Collection[str]) -> bool:
        """Whether a file has findings of any of these codes."""
        return any(self._counts[code, file] for code in codes)

    def rows_of(self, file: str, code: str) -> list[int]:
        """Return the rows of a file that have a finding of a code."""
        return [one.row for one in self._kept if (one.file, one.code) == (file, code) and one.row is not None]

    def rows_with_error(self, file: str) -> list[int]:
        """Return the rows of a file that kept findings call wrong."""
        errors = (one for one in self._kept if one.file == file and one.severity is Severity.error)
        return [one.row for one in errors if one.row is not None]

    def has_more_errors(self, file: str) -> bool:
        """Whether a file has errors that are counted, not kept."""
        counts = ((code, count) for (code, name), count in self._counts.items() if name == file)
        return any(
            count > MOST_OF_A_CODE and CODES[code].severity is Severity.error for code, count in counts
        )

    def all(self) -> list[Finding]:
        """Return what is kept, and for every code with more than that one finding that counts the rest."""
        rest = [
            finding(NOT_LISTED, file, name=code, count=count - MOST_OF_A_CODE)
            for (code, file), count in sorted(self._counts.items())
            if count > MOST_OF_A_CODE
        ]
        return self._kept + rest
