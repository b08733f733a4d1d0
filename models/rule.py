"""One line of policy, as `rules.csv` states it, with its names resolved and its numbers exact."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from models.frozen import Frozen


class Column(Frozen):
    """A key of cells, or an attribute of one of them.

    Attributes
    ----------
    key
        `merchant`, `category`, `slot` or `segment`: what the column depends on.
    attribute
        Name of the attribute in that key's table, or blank for the key itself.
    label
        The name as groups are written: the key, or the attribute, written `table.attribute` where two tables
        share it.
    """

    key: str
    attribute: str = ""
    label: str


class Condition(Frozen):
    """One condition of a scope: the column's text (or number, or time) against any of `values`."""

    column: Column
    operator: Literal["=", "!=", "<", "<=", ">", ">="]
    values: tuple[str, ...]


class Measure(Frozen):
    """What is added up.

    Attributes
    ----------
    kind
        `amount`: a pool, a value column or a named sum called `name`; `cells`: funded cells; `merchants`:
        funded merchants, or with `reaches` those whose amount of that measure inside the group is at least
        `threshold` (a written number, or an attribute of the merchant).
    text
        The measure as the rule writes it (English words).
    """

    kind: Literal["amount", "cells", "merchants"]
    name: str = ""
    reaches: Measure | None = None
    threshold: Fraction | Column | None = None
    text: str


class Basis(Frozen):
    """What a rule's `value` multiplies.

    Attributes
    ----------
    kind
        `absolute` (1), `pool` (the amount of the measure's pool), `total` (the measure's own amount in the
        plan), `measure` (another measure's amount in the plan), `attribute` (summed over the group's distinct
        keys), `per_merchant`, `eligible` (counts of the group, see CONTRACT.md 3).
    """

    kind: Literal["absolute", "pool", "total", "measure", "attribute", "per_merchant", "eligible"] = (
        "absolute"
    )
    measure: Measure | None = None
    attribute: Column | None = None

    @property
    def is_in_plan(self) -> bool:
        """Whether the basis depends on the plan."""
        return self.kind in ("total", "measure")


class Rule(Frozen):
    """One rule.

    Attributes
    ----------
    by
        Columns whose combinations are the groups; `cell` is already written out as all keys, and `top`'s and
        `ratio`'s default (`merchant`) is filled in.
    of
        None: the basis in the plan is totalled over the group (`measure`) or over every cell (`total`).
        Columns of `by`: over every cell of the instance that agrees with the group on them. Empty tuple
        (`all`): over every cell.
    k
        For `top` a number of groups, or with `k_is_share` a share of the groups that have cells (rounded up);
        for `window` a number of slots.
    penalty
        Objective units per written unit of the measure; None unless soft.
    row
        Row of `rules.csv`, for findings.
    """

    rule: str
    label: str = ""
    kind: Literal["limit", "top", "ratio", "window"] = "limit"
    measure: Measure
    where: tuple[Condition, ...] = ()
    by: tuple[Column, ...] = ()
    sense: Literal["at_most", "at_least"]
    value: Fraction
    basis: Basis = Basis()
    of: tuple[Column, ...] | None = None
    k: Fraction | None = None
    k_is_share: bool = False
    applies: Literal["always", "if_funded"] = "always"
    enforcement: Literal["hard", "soft", "report"] = "hard"
    penalty: Fraction | None = None
    owner: str = ""
    row: int | None = None
