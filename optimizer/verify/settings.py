"""What `settings.toml` states, with every default filled in."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from optimizer.verify.decimals import loose, num_decimals
from optimizer.verify.texts import clean, decoded

_KNOWN = {"name", "currency", "timezone", "objective", "measures", "divisible", "gap", "time_limit"}

Weights = dict[str, Fraction]
"""Pool or value column -> weight."""


@dataclass(frozen=True, eq=False)
class Settings:
    """The settings in force; no weight is zero.

    Attributes
    ----------
    objective
        Weights of pools and value columns; until these are known, of counts as well.
    counts
        Weights of counts (`cells`, `merchants(cash>=500)`), as the settings write them.
    """

    name: str
    currency: str
    timezone: str
    objective: Weights
    caution: Fraction
    measures: dict[str, Weights]
    divisible: bool | tuple[str, ...]
    gap: Fraction | None
    time_limit: Fraction | None
    counts: Weights = field(default_factory=dict)

    def split(self, known: set[str]) -> Settings:
        """Return the settings with what is no pool or value column of `known` as counts."""
        amounts = {name: weight for name, weight in self.objective.items() if name in known}
        counts = {name: weight for name, weight in self.objective.items() if name not in known}
        return replace(self, objective=amounts, counts=counts)


def read_settings(data: bytes | None, overrides: list[tuple[str, str]]) -> Settings:
    """Return the settings of a file's bytes (None: no file) under overrides of dotted keys.

    Raises
    ------
    ValueError
        If they are not valid settings.
    """
    raw: dict[str, Any] = tomllib.loads(decoded(data), parse_float=Decimal) if data is not None else {}
    for key, value in overrides:
        _set(raw, key.split("."), value)
    if set(raw) - _KNOWN:
        raise ValueError(", ".join(sorted(set(raw) - _KNOWN)))
    measures = {clean(name): _weights(terms, {}) for name, terms in raw.get("measures", {}).items()}
    objective = raw.get("objective", {})
    if not isinstance(objective, dict) or set(objective) - {"maximise", "caution"}:
        raise ValueError("objective")
    divisible = raw.get("divisible", False)
    return Settings(
        name=str(raw.get("name", "")),
        currency=str(raw.get("currency", "")),
        timezone=str(raw.get("timezone", "Asia/Shanghai")),
        objective=_weights(objective.get("maximise", "conversions"), measures),
        caution=_number(objective.get("caution", 0)),
        measures=measures,
        divisible=divisible if isinstance(divisible, bool) else tuple(clean(str(name)) for name in divisible),
        gap=_number(raw["gap"]) if "gap" in raw else None,
        time_limit=_number(raw["time_limit"]) if "time_limit" in raw else None,
    )


def _set(raw: dict[str, Any], path: list[str], value: str) -> None:
    for part in path[:-1]:
        raw = raw.setdefault(part, {})
        if not isinstance(raw, dict):
            raise ValueError(part)
    try:
        raw[path[-1]] = tomllib.loads(f"x = {value}", parse_float=Decimal)["x"]
    except tomllib.TOMLDecodeError:
        raw[path[-1]] = value  # a text that was given without its quotes


def _weights(terms: object, measures: dict[str, Weights]) -> Weights:
    """Return the weights of a measure's name or of a table, named sums replaced by their terms."""
    if isinstance(terms, str):
        terms = {terms: 1}
    if not isinstance(terms, dict):
        raise ValueError(str(terms))
    result: Weights = {}
    for raw, weight in terms.items():
        name = clean(raw)
        name = "conversions" if name in ("转化", "转化量") else name
        for term, inner in measures.get(name, {name: Fraction(1)}).items():
            result[term] = result.get(term, Fraction(0)) + _number(weight) * inner
    return {name: weight for name, weight in result.items() if weight}


def _number(value: object) -> Fraction:
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        number = Fraction(value)
    else:
        parsed = loose(str(value))
        if parsed is None:
            raise ValueError(str(value))
        number = parsed
    num_decimals(number)  # every number of the settings ends: they are decimal texts
    return number
