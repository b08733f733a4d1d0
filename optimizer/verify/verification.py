"""What a verification ends with."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.codes import Severity
from models.finding import Finding


@dataclass(frozen=True)
class Verification:
    """The result of verifying one plan.

    Attributes
    ----------
    findings
        What is wrong, most severe first (of each code at most a thousand), and notes.
    num_dropped
        Findings that were counted but are not listed.
    overrides
        (key, value) pairs of `summary.json`, applied before anything else.
    objective, bound, certified_bound
        As recomputed, decimal texts; None where that was not reached. `bound` counts the solver's claim.
    is_best_effort, num_broken
        Whether the plan says that it breaks hard rules; how many hard limits are broken.
    num_checked
        What was recomputed: `rows`, `cells`, `options`, `limits`, `leaves`; `stages` before the last, if any.
    """

    findings: tuple[Finding, ...]
    num_dropped: int = 0
    overrides: tuple[tuple[str, str], ...] = ()
    objective: str | None = None
    bound: str | None = None
    certified_bound: str | None = None
    is_best_effort: bool = False
    num_broken: int = 0
    num_checked: dict[str, int] = field(default_factory=dict)

    @property
    def is_verified(self) -> bool:
        """Whether everything that can be recomputed agrees."""
        return not any(found.severity is Severity.error for found in self.findings)

    @property
    def exit_code(self) -> int:
        """0 verified, 74 a file cannot be read, 3 instance or plan invalid, 6 verification failed."""
        if self.is_verified:
            return 0
        codes = {found.code for found in self.findings if found.severity is Severity.error}
        if "PLN-01" in codes:
            return 74
        return 3 if any(code.startswith("PLN") for code in codes) else 6

    def to_json(self) -> dict[str, object]:
        """Return the verification as `fairpool verify --json` prints it."""
        return {
            "is_verified": self.is_verified,
            "overrides": [{"key": key, "value": value} for key, value in self.overrides],
            "findings": [found.to_json() for found in self.findings],
            "objective": self.objective,
            "bound": self.bound,
            "certified_bound": self.certified_bound,
            "best_effort": self.is_best_effort,
            "broken": self.num_broken,
            "checked": self.num_checked,
            "exit": self.exit_code,
        }
