"""What a re-optimisation is asked for, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from fractions import Fraction
from pathlib import Path

from models.finding import Finding


class End(Enum):
    """How a run ended; the value stands in `status.json` and in what `--json` prints."""

    new = "new"
    repaired = "repaired"
    same = "same"
    not_better = "not_better"
    suspicious = "suspicious"
    too_far = "too_far"
    invalid = "invalid"
    impossible = "impossible"
    unverified = "unverified"
    stopped = "stopped"
    failed = "failed"

    @property
    def is_published(self) -> bool:
        """Whether another plan takes the place of the one in force."""
        return self in (End.new, End.repaired)


@dataclass(frozen=True)
class Asked:
    """What a run is asked for.

    Attributes
    ----------
    folder, incumbent
        The instance, and the plan in force (None: there is none).
    workspace
        A folder to write candidates to.
    now
        The moment that splits the campaign, with an offset.
    seconds
        What all of it may take, by the clock on the wall.
    gap
        None: that of the settings, else 1e-4.
    max_change, min_gain
        Shares; None: any change, and the default gain.
    freeze_next
        How many slots that have not begun stay as they are.
    is_trusted
        Whether inputs that changed out of measure are meant.
    """

    folder: Path
    incumbent: Path | None
    workspace: Path
    now: datetime
    seconds: float = 600.0
    overrides: tuple[tuple[str, str], ...] = ()
    gap: Fraction | None = None
    max_change: Fraction | None = None
    freeze_next: int = 0
    min_gain: Fraction | None = None
    is_trusted: bool = False
    threads: int = 1
    seed: int = 0


@dataclass(frozen=True)
class Moved:
    """How far one pool's amounts in open cells move from the plan in force; decimal texts, a share."""

    pool: str
    before: str
    more: str
    less: str
    share: Fraction


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes
    ----------
    objective, incumbent_objective
        Of the plan found, and of the plan in force on today's instance; None where it cannot stand.
    gap
        Of the plan found, None without one.
    meets_gap
        Whether that is at most the gap asked for.
    num_changed
        Open cells that hold something else than before.
    is_first
        Whether no plan was in force.
    facts
        Further texts for people: what was suspicious.
    """

    end: End
    findings: tuple[Finding, ...] = ()
    objective: Fraction | None = None
    incumbent_objective: Fraction | None = None
    gap: Fraction | None = None
    meets_gap: bool = False
    moved: tuple[Moved, ...] = ()
    num_changed: int = 0
    num_held: int = 0
    is_first: bool = False
    begun: tuple[str, ...] = ()
    frozen: tuple[str, ...] = ()
    remark: str = ""
    facts: tuple[Mapping[str, str], ...] = field(default=())

    @property
    def word(self) -> str:
        """How the run ended, in one word for programs."""
        return "first" if self.is_first and self.end is End.new else self.end.value


@dataclass(frozen=True)
class Failure:
    """What ended the work before it had an outcome: an exit code, and one line that says why."""

    code: int
    message: str
