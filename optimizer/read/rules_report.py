"""Findings of one rule, as they are met."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.codes import CODES, Severity
from models.finding import Finding, finding
from optimizer.read.table import Table


@dataclass
class RuleReport:
    """Collects the findings of one row of `rules.csv`.

    Attributes
    ----------
    rule
        Id of the rule, for findings in other files.
    tables
        Tables of attributes that the rule uses.
    is_unsure
        Whether a name of the rule may be one that could not be read, for which there is a finding elsewhere.
    """

    table: Table
    row: int | None
    rule: str
    findings: list[Finding] = field(default_factory=list)
    tables: set[str] = field(default_factory=set)
    is_unsure: bool = False

    def add(self, code: str, column: str, value: str = "", **facts: str) -> None:
        """Add a finding about a cell of the rule's row."""
        shown = self.table.headers.get(column, column)
        self.findings.append(finding(code, self.table.file, self.row, shown, value, **facts))

    @property
    def has_error(self) -> bool:
        """Whether the rule must be left out."""
        return self.is_unsure or any(CODES[found.code].severity is Severity.error for found in self.findings)
