"""How two plans differ: cell by cell, by group, by rule, and in the few lines that explain most of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from models.holdings import Cell, LimitState
from models.instance import Pool


class Reason(Enum):
    """Why a cell changed; `docs/scenarios.md` says how it is told."""

    pin = "pin"
    response = "response"
    cost = "cost"
    rule = "rule"
    pool = "pool"
    price = "price"
    tie = "tie"


@dataclass(frozen=True)
class Moved:
    """What moved from one plan to another; above zero: the second has more.

    Attributes
    ----------
    money
        Per pool, in smallest units.
    conversions
        In 1e-6.
    """

    money: tuple[int, ...]
    conversions: int


@dataclass(frozen=True)
class Change:
    """A cell that the plans treat differently; a blank option: it is not funded.

    Attributes
    ----------
    subject
        The rule (with its group) or pool that the reason is about; blank where it is about none.
    before, after
        For a reason with a subject: its amount in either plan (`price`: its price; where one plan breaks it:
        what is used of it); None: it is not there.
    """

    cell: Cell
    options: tuple[str, str]
    moved: Moved
    reason: Reason
    subject: str = ""
    before: Fraction | None = None
    after: Fraction | None = None


@dataclass(frozen=True)
class GroupChange:
    """What moved in a group of cells: all that agree in some columns (`tier=mid;category=beauty`).

    Attributes
    ----------
    num_changed
        Cells that changed.
    gross
        What moved, up or down, of the measure by which groups are ranked; in its smallest units.
    """

    group: str
    num_changed: int
    moved: Moved
    gross: int


@dataclass(frozen=True)
class LimitChange:
    """A limit that is not the same in both plans; None: only the other plan has it."""

    rule: str
    group: str
    before: LimitState | None
    after: LimitState | None


@dataclass(frozen=True)
class Comparison:
    """How two plans differ.

    Attributes
    ----------
    pools
        Of both plans, by name.
    ranked_by
        The pool that groups and changes are ranked by; blank: conversions.
    changes
        Most moved first.
    by
        Column (`merchant`, `tier`, ...) -> its groups, most moved first.
    lines
        Groups that hold no cell in common, which together hold at least four fifths of all that moved, if so
        many lines do.
    explained_share
        What share of all that moved the lines hold, in [0, 1].
    objective
        The second plan's less the first one's.
    """

    keys: tuple[str, ...]
    pools: tuple[Pool, ...]
    ranked_by: str
    changes: tuple[Change, ...]
    by: dict[str, tuple[GroupChange, ...]]
    lines: tuple[GroupChange, ...]
    explained_share: Fraction
    limits: tuple[LimitChange, ...]
    total: Moved
    objective: Fraction
