"""One rule, read from its row: names resolved, numbers exact."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from models.headers import APPLIES, ENFORCEMENTS, KEY_TABLES, KINDS, SENSE_SIGNS, SENSES
from optimizer.verify.decimals import VALUE_DIGITS, num_decimals
from optimizer.verify.instance import Instance
from optimizer.verify.table import number_of
from optimizer.verify.texts import clean, folded, header, split, unquoted, word

_REACHES = re.compile(r"([^(]+)\((.+?)(?:>=|≥)(.+)\)", re.DOTALL)
_MEASURE_WORDS = {"merchant": "merchants", "cell": "cells"}
_TABLE_OF = {key: table for table, key in KEY_TABLES.items()}


@dataclass(frozen=True)
class Column:
    """A key of cells (`attribute` blank) or an attribute of one; `label` as groups are written."""

    key: str
    attribute: str
    label: str


@dataclass(frozen=True)
class Measure:
    """What is added up.

    Attributes
    ----------
    kind
        `amount` (a pool, value column or named sum called `name`), `cells` or `merchants`.
    digits
        Its amounts are integers of 10^-digits.
    """

    kind: str
    name: str
    text: str
    digits: int
    reaches: Measure | None = None
    threshold: Fraction | Column | None = None


@dataclass(frozen=True)
class Rule:
    """One rule; see CONTRACT.md 3. `of` is None where none is given, empty for `all`."""

    name: str
    kind: str
    measure: Measure
    where: str
    by: tuple[Column, ...]
    sense: str
    value: Fraction
    basis: str
    basis_measure: Measure | None
    basis_column: Column | None
    of: tuple[Column, ...] | None
    k: Fraction
    k_is_share: bool
    is_if_funded: bool
    enforcement: str
    penalty: Fraction

    @property
    def is_in_plan(self) -> bool:
        """Whether the basis depends on the plan."""
        return self.basis in ("total", "measure")

    @property
    def sign(self) -> int:
        """1 for `at_most`, -1 for `at_least`: every limit reads sign x (amount - value x basis) <= 0."""
        return 1 if self.sense == "at_most" else -1


def read_rule(instance: Instance, row: dict[str, str]) -> Rule:
    """Return the rule that a row of `rules.csv` states.

    Raises
    ------
    ValueError
        If the row is not a valid rule.
    """
    kind = word(row.get("kind", "")) or "limit"
    measure = measure_of(instance, row.get("measure", ""))
    basis, basis_measure, basis_column = _basis(instance, row.get("basis", ""), kind, measure)
    enforcement = word(row.get("enforcement", "")) or "hard"
    k_text = folded(row.get("k", "")).strip()
    sense = clean(folded(row["sense"])) if row.get("sense") else ""
    sense = SENSE_SIGNS.get(sense, word(sense)) or "at_most"
    applies = word(row.get("applies", "")) or "always"
    for text, known in ((kind, KINDS), (sense, SENSES), (enforcement, ENFORCEMENTS), (applies, APPLIES)):
        if text not in known:
            raise ValueError(text)
    return Rule(
        name=row["rule"],
        kind=kind,
        measure=measure,
        where=row.get("where", ""),
        by=_by(instance, row.get("by", ""), kind),
        sense=sense,
        value=_number(row["value"]),
        basis=basis,
        basis_measure=basis_measure,
        basis_column=basis_column,
        of=_of(instance, row.get("of", "")),
        k=_number(k_text) if k_text else Fraction(1),
        k_is_share=k_text.endswith("%"),
        is_if_funded=applies == "if_funded",
        enforcement=enforcement,
        penalty=_number(row["penalty"]) if enforcement == "soft" else Fraction(0),
    )


def measure_of(instance: Instance, raw: str) -> Measure:
    """Return the measure of a name, or of `merchants(measure>=threshold)`.

    Raises
    ------
    ValueError
        If there is no such measure.
    """
    match = _REACHES.fullmatch(folded(raw).strip())
    if match:
        if _measure_word(match[1]) != "merchants":
            raise ValueError(raw)
        inner = measure_of(instance, match[2])
        if inner.kind == "merchants":
            raise ValueError(raw)
        limit = clean(match[3])
        number = number_of(limit)
        threshold = number if number is not None else column_of(instance, limit)
        limit = threshold.label if isinstance(threshold, Column) else limit
        return Measure("merchants", "", f"merchants({inner.text}>={limit})", 0, inner, threshold)
    name = _name(instance, raw)
    if name is None:
        raise ValueError(raw)
    if name in ("cells", "merchants"):
        return Measure(name, "", name, 0)
    return Measure("amount", name, name, digits_of(instance, name))


def _measure_word(raw: str) -> str:
    text = word(raw)
    return _MEASURE_WORDS.get(text, text)


def _name(instance: Instance, raw: str) -> str | None:
    """Return the name of a measure that needs no bracket: as typed, else in the contract's words."""
    known = (
        {pool.name for pool in instance.pools}
        | set(instance.options.values)
        | set(instance.settings.measures)
    )
    for name in (clean(raw), clean(folded(raw)), header(folded(raw)), _measure_word(raw)):
        if name in known or name in ("cells", "merchants"):
            return name
    return None


def digits_of(instance: Instance, name: str) -> int:
    """Return how many decimals hold every amount of a pool, value column or named sum."""
    for pool in instance.pools:
        if pool.name == name:
            return pool.decimals
    if name in instance.options.values:
        return VALUE_DIGITS
    terms = instance.settings.measures[name].items()
    return max((num_decimals(weight) + digits_of(instance, term) for term, weight in terms), default=0)


def column_of(instance: Instance, raw: str) -> Column:
    """Return the key or attribute of a name.

    Raises
    ------
    ValueError
        If there is none, or more than one.
    """
    for name in dict.fromkeys((clean(raw), clean(folded(raw)), header(folded(raw)), word(raw))):
        table, _, attribute = name.partition(".")
        key = KEY_TABLES.get(table) or KEY_TABLES.get(_TABLE_OF.get(word(table), ""))
        if attribute and key:
            attribute = attribute if attribute in instance.tables[key].columns else header(attribute)
            if attribute in instance.tables[key].columns:
                return _attribute(instance, key, attribute)
            if attribute == key:
                return Column(key, "", key)
        if name in instance.cells.keys:
            return Column(name, "", name)
        owners = [key for key in instance.tables if name in instance.tables[key].columns]
        if len(owners) == 1:
            return _attribute(instance, owners[0], name)
    raise ValueError(raw)


def _attribute(instance: Instance, key: str, name: str) -> Column:
    owners = [table for table in instance.tables.values() if name in table.columns]
    is_shared = len(owners) > 1 or name in instance.cells.keys
    return Column(key, name, f"{_TABLE_OF[key]}.{name}" if is_shared else name)


def _by(instance: Instance, raw: str, kind: str) -> tuple[Column, ...]:
    if not raw.strip():
        return (Column("merchant", "", "merchant"),) if kind == "top" else ()
    if word(raw) in ("cell", "cells"):
        return tuple(Column(key, "", key) for key in instance.cells.keys)
    return tuple(column_of(instance, unquoted(part)[0]) for part in split(raw, ";"))


def _of(instance: Instance, raw: str) -> tuple[Column, ...] | None:
    if not raw.strip():
        return None
    return () if word(raw) == "all" else _by(instance, raw, "limit")


def _basis(
    instance: Instance, raw: str, kind: str, measure: Measure
) -> tuple[str, Measure | None, Column | None]:
    name = word(raw) or ("per_merchant" if kind == "ratio" else "absolute")
    if name == "merchants" and "每" in raw:
        name = "per_merchant"
    if name in ("absolute", "pool", "per_merchant", "eligible"):
        return name, None, None
    if name == "total":
        return name, measure, None
    try:
        return "measure", measure_of(instance, raw), None
    except ValueError:
        return "attribute", None, column_of(instance, raw)


def _number(raw: str) -> Fraction:
    number = number_of(raw)
    if number is None:
        raise ValueError(raw)
    return number
