"""What a finding code consists of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """How much a finding matters.

    `error`: the input or plan is invalid (exit 3; 6 from `verify`). `conflict`: the input is well formed, but
    it is proven that no plan can meet its hard rules (exit 4). `warning`: read on. `note`: for information.
    """

    error = "error"
    conflict = "conflict"
    warning = "warning"
    note = "note"

    @property
    def rank(self) -> int:
        """0 for the most severe."""
        return list(Severity).index(self)


@dataclass(frozen=True)
class Code:
    """A finding code; `what` and `fix` are templates.

    `{value}`, `{column}` and the finding's facts are filled in.
    """

    severity: Severity
    what: str
    fix: str
