"""Why a merchant got what it got, and what would change it: what `explain` finds out about merchants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from models.instance import Pin
from models.plan import Plan
from models.problem import Cells, Problem

Check = Literal["funded", "ties", "beaten", "unknown"]
"""What solving anew with a change says of the merchant: it is funded; a plan with it is as good as any; a
better plan leaves it out; or the search ended without an answer."""

Reason = Literal["never_entered", "forbidden", "worthless", "outbid", "limit", "close"]
"""Why a merchant is unfunded, as far as prices tell."""


def worth_of_cell(problem: Problem) -> Fraction:
    """Return what a funded cell is worth beside its option: only where cells are divisible is that apart."""
    return sum((one.weight for one in problem.rewards if isinstance(one.total.measure, Cells)), Fraction(0))


def worth_of_option(problem: Problem, option: int) -> Fraction:
    """Return what the objective counts for an option, what funding its cell is worth included."""
    own = Fraction(int(problem.objective.coefficients[option]), 10**problem.objective.digits)
    return own + worth_of_cell(problem)


@dataclass(frozen=True)
class Charge:
    """What an option's use of one limit costs at its price, in objective units; below zero: it is rewarded.

    `limits` and `limit` say which, as in `Price`.
    """

    limits: int
    limit: int
    amount: Fraction


@dataclass(frozen=True)
class Stop:
    """A hard limit (or pool) that an option would break, all else as it is; `by` is in written units."""

    limits: int
    limit: int
    by: Fraction


@dataclass(frozen=True)
class OptionView:
    """One option of a cell beside the others.

    Attributes
    ----------
    value
        What the objective counts for it.
    charges
        What it is charged at the prices; their sum is `cost`.
    held
        The share of it that the plan gives, 0 to 1.
    lacks
        By how much its margin (value less cost) is below that of the cell's best, giving nothing being 0.
    gain
        By how much the plan's objective would be higher with it in place of what the cell holds.
    stops
        What stands against that by itself; looked for only where there is something to gain.
    is_excluded
        Whether a pin excludes it.
    """

    option: int
    value: Fraction
    charges: tuple[Charge, ...]
    held: Fraction
    lacks: Fraction
    gain: Fraction
    stops: tuple[Stop, ...] = ()
    is_excluded: bool = False

    @property
    def cost(self) -> Fraction:
        """The priced cost: what its use would bring elsewhere, in objective units."""
        return sum((charge.amount for charge in self.charges), Fraction(0))

    @property
    def margin(self) -> Fraction:
        """Value less priced cost."""
        return self.value - self.cost


@dataclass(frozen=True)
class CellView:
    """One cell of a merchant.

    Attributes
    ----------
    best
        The option of the largest margin that pins allow; -1: nothing has a larger one.
    pin
        What pins it, if anything does.
    """

    cell: int
    options: tuple[OptionView, ...]
    best: int
    pin: Pin | None = None


@dataclass(frozen=True, eq=False)
class Side:
    """The best plan with a merchant forced in, or left out, as far as solving found it.

    Attributes
    ----------
    plan
        None: none was found.
    bound
        What no such plan exceeds; None: there is no such plan, or nothing is known.
    is_impossible
        Whether it is proven that there is no such plan.
    """

    plan: Plan | None
    bound: Fraction | None
    is_impossible: bool = False


@dataclass(frozen=True)
class Interval:
    """What a change has to be: less than `low` is not enough, `high` is; None: nothing that was tried is."""

    low: Fraction
    high: Fraction | None


@dataclass(frozen=True)
class Worthier:
    """The smallest rise of one option's expected value that gets its merchant funded.

    Attributes
    ----------
    column
        The value column that rises: `conversions`, unless the objective does not count them.
    change
        In written units of that column.
    is_proven
        Whether less than `change.low` is proven not to be enough: not where rules count the column as well.
    """

    option: int
    column: str
    change: Interval
    check: Check
    is_proven: bool = True


@dataclass(frozen=True)
class Cheaper:
    """The smallest cut of one option's cost that gets its merchant funded, in written units of the pool."""

    option: int
    pool: int
    change: Interval
    num_solved: int


@dataclass(frozen=True)
class Roomier:
    """So much more room in one limit gets the merchant funded.

    Attributes
    ----------
    change
        Room, in written units of the limit's measure; `low` is the most that was tried and not enough, where
        a little more might do all the same: others take what room there is as well.
    key, value
        The change of `change.high` as `--set` takes it; blank where nothing that was tried is enough.
    """

    limits: int
    limit: int
    change: Interval
    num_solved: int
    key: str = ""
    value: str = ""


@dataclass(frozen=True)
class Moved:
    """A cell that holds something else in another plan: (option, fraction in 1e-9) pairs before and after."""

    cell: int
    before: tuple[tuple[int, int], ...]
    after: tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class Answer:
    """Why one merchant got what it got.

    Attributes
    ----------
    merchant
        Its number among the merchants with cells; -1: it has none.
    key
        As the tables write it.
    plan
        The plan in hand.
    credit
        What being funded at all is worth at the prices of rules that count merchants, in objective units.
    with_it, without
        The best plans that fund it and that do not; None where nothing was solved anew.
    loss
        By how much the best plan with it is below the best one without it, in objective units (below zero:
        above); None where either is not known.
    moved
        Cells of other merchants that hold something else in the plan with it (if it is funded: in the plan
        without it).
    num_open
        How many cells of others were open in what was solved anew, all other cells held as they are; 0: all.
    whole_loss
        As `loss`, over all plans: from the plan's own bound, where cells were held.
    is_reproducible
        False where the clock ended a search.
    """

    merchant: int
    key: str
    plan: Plan
    is_funded: bool
    cells: tuple[CellView, ...] = ()
    credit: Fraction = Fraction(0)
    with_it: Side | None = None
    without: Side | None = None
    loss: tuple[Fraction, Fraction] | None = None
    worthier: Worthier | None = None
    cheaper: Cheaper | None = None
    roomier: tuple[Roomier, ...] = ()
    moved: tuple[Moved, ...] = ()
    num_open: int = 0
    whole_loss: tuple[Fraction, Fraction] | None = None
    num_solved: int = 0
    is_reproducible: bool = True


@dataclass(frozen=True)
class Unfunded:
    """Why one merchant is unfunded, from prices alone.

    Attributes
    ----------
    option
        The option that lacks least, which the reason is about; -1: there is none.
    lacks
        For `outbid`: by how much its margin is below zero, in objective units.
    stop
        For `limit`: what it would break.
    """

    key: str
    reason: Reason
    option: int = -1
    lacks: Fraction = Fraction(0)
    stop: Stop | None = None


@dataclass(frozen=True, eq=False)
class Shift:
    """What moving a rule to another value does.

    Attributes
    ----------
    value
        The rule's value (a pool's amount) after the move.
    side
        The best plan there.
    total
        Between what the best objective changes; None where it is not known.
    merchants
        Merchant -> (cells, amounts by pool in smallest units, conversions in 1e-6): what it gets more than
        before, where anything changes.
    """

    value: Fraction
    side: Side
    total: tuple[Fraction, Fraction] | None
    merchants: Mapping[int, tuple[int, tuple[int, ...], int]]
    is_reproducible: bool = True


@dataclass(frozen=True, eq=False)
class RuleAnswer:
    """Who gains and who loses if a rule is moved.

    Attributes
    ----------
    rule
        Its id, or `pool:NAME`.
    value
        As it stands.
    plan
        What the moves are compared with: the best plan known for the rule as it stands.
    bound
        What no plan exceeds with the rule as it stands.
    """

    rule: str
    value: Fraction
    plan: Plan
    bound: Fraction | None
    shifts: tuple[Shift, ...]
