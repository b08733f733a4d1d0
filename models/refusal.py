"""What a command will not do, and why: a person reads the reason, a job the exit code."""

from __future__ import annotations

from enum import Enum

from models.finding import Finding


class Reason(Enum):
    """Why something is refused, as the exit code that says so."""

    usage = 2
    invalid = 3
    unverified = 6
    guard = 7
    unreadable = 74
    locked = 75


class Refused(Exception):  # noqa: N818 - it is an answer, not an error of ours
    """Something is not done, and nothing has been changed.

    Attributes
    ----------
    reason
        Why, as programs read it.
    findings
        What is wrong in detail, most severe first; often none.
    """

    def __init__(self, reason: Reason, text: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(text)
        self.reason = reason
        self.findings = findings
