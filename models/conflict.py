"""Why no plan exists, and what would mend it: rules, pools and pins that cannot all hold, and repairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, Protocol

from models.certificate import Certificate
from models.instance import Instance, Pool
from models.plan import Plan
from models.problem import Problem
from models.rule import Rule


@dataclass(frozen=True, order=True)
class Member:
    """What can take part in a conflict; `index`: its place in `rules`, `pools` or `pins` of the instance."""

    kind: Literal["pin", "pool", "rule"]
    index: int

    def rule(self, instance: Instance) -> Rule:
        """Return the rule that it is."""
        return instance.rules[self.index]

    def pool(self, instance: Instance) -> Pool:
        """Return the pool that it is."""
        return instance.pools[self.index]

    def is_cap(self, instance: Instance) -> bool:
        """Say whether it holds amounts down."""
        return self.kind == "pool" or (self.kind == "rule" and self.rule(instance).sense == "at_most")

    def owner(self, instance: Instance) -> str:
        """Return whose it is; blank where nobody is named."""
        return self.rule(instance).owner if self.kind == "rule" else ""

    def value(self, instance: Instance) -> Fraction | None:
        """Return the `value` of a rule, or the amount of a pool as written; None for a pin."""
        if self.kind == "pool":
            pool = self.pool(instance)
            return Fraction(pool.amount, 10**pool.decimals)
        return self.rule(instance).value if self.kind == "rule" else None


@dataclass(frozen=True)
class Change:
    """What is asked of a policy: without some members, and with other values (amounts) of some.

    What is left out has its measure still taken: as if the rule were to be reported, at a value of 1.
    """

    without: frozenset[Member] = frozenset()
    values: tuple[tuple[Member, Fraction], ...] = ()


@dataclass(frozen=True, eq=False)
class Verdict:
    """What is known of a changed policy: a plan, that there is none, or (neither) nothing.

    Attributes
    ----------
    problem
        The changed policy; None where it was not looked at.
    proof
        By prices, where there is no plan; None where arithmetic alone says so.
    """

    problem: Problem | None = None
    plan: Plan | None = None
    proof: Certificate | None = None
    is_impossible: bool = False


class Asking(Protocol):
    """Whoever can say what becomes of a changed policy, within counted work and the time given."""

    def any_plan(self, change: Change) -> Verdict:
        """Return some plan, or that there is none."""

    def best_plan(self, change: Change) -> Plan | None:
        """Return the best plan found."""

    def best_effort(self) -> Plan | None:
        """Return the plan that breaks the rules of the policy as it stands least."""

    @property
    def is_over(self) -> bool:
        """Whether no more can be asked."""


@dataclass(frozen=True)
class Conflict:
    """Members that cannot all hold, whatever else there is.

    Attributes
    ----------
    undecided
        Those of which it is not known whether the others conflict without them: usually none.
    """

    members: tuple[Member, ...]
    undecided: frozenset[Member] = frozenset()


@dataclass(frozen=True)
class Edit:
    """A new value (amount) of a rule (pool); None: it is only reported from then on, or the pin is gone."""

    member: Member
    after: Fraction | None


@dataclass(frozen=True, eq=False)
class Repair:
    """Edits after which a plan exists, for one was found.

    Attributes
    ----------
    is_smallest
        Whether it is proven that no smaller change on the value's own decimals is enough.
    plan
        The best plan found under the edits.
    """

    edits: tuple[Edit, ...]
    plan: Plan
    is_smallest: bool = False


@dataclass(frozen=True, eq=False)
class Explained:
    """A conflict, and what would mend it.

    Attributes
    ----------
    repairs
        Edits of one member each, the one first under which most is reached.
    combined
        Every rule that the best effort breaks moved to what it uses; None where it is not known, or no more
        than one of `repairs`.
    helpless
        Members of the conflict whose change alone cannot help: other rules conflict without them.
    unknown
        Those for which that was not found out.
    has_menu
        False where repairs were not looked for: the instance is too large.
    """

    instance: Instance
    conflict: Conflict
    repairs: Sequence[Repair] = ()
    combined: Repair | None = None
    helpless: tuple[Member, ...] = ()
    unknown: tuple[Member, ...] = ()
    has_menu: bool = True
