"""What `settings.toml` states, with every default filled in."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from optimizer.verify.decimals import loose, num_decimals
from optimizer.verify.texts import clean, decoded, folded

_WORST = {"measure", "by", "where", "basis", "k"}
_KNOWN = {"name", "currency", "timezone", "objective", "measures", "divisible", "gap", "time_limit"}

Weights = dict[str, Fraction]
"""Pool or value column -> weight."""


@dataclass(frozen=True, eq=False)
class Stage:
    """What comes before the objective; see `Settings` for weights and counts.

    Attributes
    ----------
    worst
        The columns of the floor that is raised, as the settings write them; None where the stage maximises.
    num_smallest
        How many of the smallest groups are added up.
    within
        Share of what is reached that later stages may give up.
    """

    objective: Weights
    counts: Weights
    worst: dict[str, str] | None
    num_smallest: int
    within: Fraction

    def split(self, known: set[str]) -> Stage:
        """Return the stage with what is no pool or value column of `known` as counts."""
        amounts, counts = _split(self.objective, known)
        return replace(self, objective=amounts, counts=counts)


@dataclass(frozen=True, eq=False)
class Settings:
    """The settings in force; no weight is zero.

    Attributes
    ----------
    objective
        Weights of pools and value columns; until these are known, of counts as well.
    counts
        Weights of counts (`cells`, `merchants(cash>=500)`), as the settings write them.
    stages
        Those before the last, which is `objective`.
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
    stages: tuple[Stage, ...] = ()

    def split(self, known: set[str]) -> Settings:
        """Return the settings with what is no pool or value column of `known` as counts."""
        amounts, counts = _split(self.objective, known)
        stages = tuple(stage.split(known) for stage in self.stages)
        return replace(self, objective=amounts, counts=counts, stages=stages)


def _split(weights: Weights, known: set[str]) -> tuple[Weights, Weights]:
    amounts = {name: weight for name, weight in weights.items() if name in known}
    return amounts, {name: weight for name, weight in weights.items() if name not in known}


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
    if not isinstance(objective, dict) or set(objective) - {"maximise", "caution", "stages"}:
        raise ValueError("objective")
    aim, stages = objective.get("maximise", "conversions"), []
    if "stages" in objective:
        *before, last = objective["stages"]
        if "maximise" in objective or set(last) != {"maximise"}:
            raise ValueError("objective.stages")
        aim, stages = last["maximise"], [_stage(stated, measures) for stated in before]
    divisible = raw.get("divisible", False)
    return Settings(
        name=str(raw.get("name", "")),
        currency=str(raw.get("currency", "")),
        timezone=str(raw.get("timezone", "Asia/Shanghai")),
        objective=_weights(aim, measures),
        caution=_number(objective.get("caution", 0)),
        measures=measures,
        divisible=divisible if isinstance(divisible, bool) else tuple(clean(str(name)) for name in divisible),
        gap=_number(raw["gap"]) if "gap" in raw else None,
        time_limit=_number(raw["time_limit"]) if "time_limit" in raw else None,
        stages=tuple(stages),
    )


def _stage(stated: Any, measures: dict[str, Weights]) -> Stage:  # noqa: ANN401 - whatever TOML holds
    within = _share(stated.get("within", 0))
    if set(stated) - {"within"} == {"maximise"}:
        return Stage(_weights(stated["maximise"], measures), {}, None, 1, within)
    worst = stated["worst"]
    if set(stated) - {"within"} != {"worst"} or set(worst) - _WORST or not {"measure", "by"} <= set(worst):
        raise ValueError("objective.stages")
    num_smallest = _number(worst.get("k", 1))
    texts = {name: clean(str(worst.get(name, ""))) for name in _WORST - {"k"}}
    if num_smallest < 1 or num_smallest.denominator != 1:
        raise ValueError("k")
    return Stage({}, {}, texts, int(num_smallest), within)


def _share(stated: object) -> Fraction:
    """Return a share from 0 to 1: a number, or a text that may be a percentage."""
    if isinstance(stated, str):
        text = clean(folded(stated))
        number = loose(text.removesuffix("%"))
        share = None if number is None else number / (100 if text.endswith("%") else 1)
    else:
        share = _number(stated)
    if share is None or not 0 <= share <= 1:
        raise ValueError("within")
    return share


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
