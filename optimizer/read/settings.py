"""`settings.toml` -> settings, every default filled in and every name resolved."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from models.headers import CHINESE_HEADERS, CHINESE_WORDS, CONTRACT_WORDS
from models.language import _
from models.settings import Objective, Settings
from optimizer.read.columns import clean
from optimizer.read.expression import is_count
from optimizer.read.findings import Findings
from optimizer.read.suggest import hint

Weights = tuple[tuple[str, Fraction], ...]

_FILE = "settings.toml"
_KEYS = ("name", "currency", "timezone", "objective", "measures", "divisible", "gap", "time_limit")
_OBJECTIVE_KEYS = ("maximise", "caution", "stages")
MAXIMISE = "objective.maximise"
_TABLE = re.compile(r"\s*\[([^\[\]]+)\]\s*(?:#.*)?$")
_LIST = re.compile(r"\s*\[\[([^\[\]]+)\]\]\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([^=#\[\]]+?)\s*=")
_LARGEST_EXPONENT = 30
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+){0,2}")
_RESERVED = CONTRACT_WORDS | CHINESE_HEADERS.keys() | CHINESE_WORDS.keys()


def parse_settings(text: str, findings: Findings) -> dict[str, object]:
    """Return what the TOML states, its decimal numbers exact; nothing if it is not TOML."""
    findings.know_rows(_FILE, _rows_of_keys(text))
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, ArithmeticError, ValueError, RecursionError) as error:
        line = re.search(r"at line (\d+)", str(error))
        findings.add("SET-01", _FILE, int(line[1]) if line else None, reason=str(error))
        return {}


def _rows_of_keys(text: str) -> dict[str, int]:
    """Return `table.key` -> the line where it seems to be set; good enough to point at."""
    rows: dict[str, int] = {}
    lists: Counter[str] = Counter()
    table = ""
    for row, line in enumerate(text.splitlines(), 1):
        if listed := _LIST.match(line):
            lists[name := _bare(listed[1])] += 1
            table = f"{name}[{lists[name]}]"
            rows.setdefault(name, row)
            rows.setdefault(table, row)
        elif header := _TABLE.match(line):
            table = _bare(header[1])
            rows.setdefault(table, row)
        elif key := _KEY.match(line):
            rows.setdefault(f"{table}.{_bare(key[1])}" if table else _bare(key[1]), row)
    return rows


def _bare(key: str) -> str:
    return ".".join(part.strip().strip("'\"") for part in key.split("."))


@dataclass(frozen=True)
class Names:
    """What settings may name: pools and value columns, categories; None where options could not be read."""

    pools: tuple[str, ...]
    values: tuple[str, ...] | None
    categories: tuple[str, ...] | None

    @property
    def amounts(self) -> tuple[str, ...]:
        """Names of everything that can be weighted."""
        return (*self.pools, *(self.values or ()))


def read_settings(stated: Mapping[str, object], names: Names, findings: Findings) -> Settings:
    """Return the settings; where one has a finding its default stands."""
    for key in stated:
        if key not in _KEYS:
            findings.add("SET-02", _FILE, None, key, hint=hint(key, _KEYS))
    measures = _measures(stated.get("measures", {}), names, findings)
    return Settings(
        name=_text(stated, "name", findings),
        currency=_text(stated, "currency", findings),
        timezone=_timezone(stated, findings),
        objective=_objective(stated.get("objective", {}), measures, names, findings),
        measures=measures,
        divisible=_divisible(stated.get("divisible", False), names, findings),
        gap=exact_number(stated["gap"], "gap", findings, least=Fraction(0)) if "gap" in stated else None,
        time_limit=exact_number(stated["time_limit"], "time_limit", findings, least=Fraction(1, 1000))
        if "time_limit" in stated
        else None,
    )


def _report_kind(key: str, value: object, expected: str, findings: Findings) -> None:
    findings.add("SET-03", _FILE, None, key, str(value), expected=expected)


def _text(stated: Mapping[str, object], key: str, findings: Findings) -> str:
    value = stated.get(key, "")
    if not isinstance(value, str):
        _report_kind(key, value, _("a text in quotes"), findings)
        return ""
    return clean(value)


def _timezone(stated: Mapping[str, object], findings: Findings) -> str:
    """Return the name of a time zone of the public database, the same on every machine."""
    default = Settings().timezone
    if not isinstance(stated.get("timezone", default), str):
        _text(stated, "timezone", findings)
        return default
    name = clean(str(stated.get("timezone", default)))
    if not _is_timezone(name):
        findings.add("SET-06", _FILE, None, "timezone", name)
        return default
    return name


def _is_timezone(name: str) -> bool:
    if _ZONE.fullmatch(name) is None or name == "localtime":  # that is the machine's own
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def exact_number(
    value: object, key: str, findings: Findings, *, least: Fraction | None = None
) -> Fraction | None:
    """Return a number of the settings, exact; None after a finding."""
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    number = Decimal(str(value)) if is_number else Decimal("NaN")
    if not number.is_finite() or (number and abs(number.adjusted()) > _LARGEST_EXPONENT):
        _report_kind(key, value, _("a number"), findings)
        return None
    if least is not None and Fraction(number) < least:
        expected = _("a number of zero or more") if least == 0 else _("a number above zero")
        _report_kind(key, value, expected, findings)
        return None
    return Fraction(number)


def _measures(stated: object, names: Names, findings: Findings) -> dict[str, Weights]:
    if not isinstance(stated, dict):
        _report_kind("measures", stated, _("a table such as support = {cash = 1, traffic = 0.02}"), findings)
        return {}
    read: dict[str, Weights] = {}
    for written, terms in sorted(stated.items()):
        name, key = clean(written), f"measures.{written}"
        if name in _RESERVED or name in names.amounts:
            findings.add("SET-05", _FILE, None, key, written)
        elif re.fullmatch(r"[\w-]+", name) is None:
            _report_kind(key, written, _("a name of letters, digits, `_` and `-`"), findings)
        elif not isinstance(terms, dict) or not terms:
            _report_kind(key, terms, _("a table of weights such as {cash = 1, traffic = 0.02}"), findings)
        else:
            read[name] = _weights(terms, key, names, {}, findings)
    return read


def _weights(
    terms: Mapping[str, object], key: str, names: Names, measures: Mapping[str, Weights], findings: Findings
) -> Weights:
    """Return weights by pool or value column, those of named sums replaced by their terms, sorted by name."""
    weights: dict[str, Fraction] = {}
    for written, value in terms.items():
        name = _english(written)
        weight = exact_number(value, f"{key}.{written}", findings)
        if not _is_known(name, names, measures):
            known = (*names.amounts, *measures)
            findings.add("SET-04", _FILE, None, key, written, hint=hint(name, known))
        elif weight is not None:
            for term, factor in measures.get(name, ((name, Fraction(1)),)):
                weights[term] = weights.get(term, Fraction(0)) + weight * factor
    return tuple(sorted((name, weight) for name, weight in weights.items() if weight))


def _is_known(name: str, names: Names, measures: Mapping[str, Weights]) -> bool:
    return name in names.amounts or name in measures or names.values is None


def _english(written: str) -> str:
    name = clean(written)
    return CHINESE_HEADERS.get(name, name)


def _objective(
    stated: object, measures: Mapping[str, Weights], names: Names, findings: Findings
) -> Objective:
    if not isinstance(stated, dict):
        _report_kind("objective", stated, _("a table with maximise and caution"), findings)
        return Objective()
    for key in stated:
        if key not in _OBJECTIVE_KEYS:
            findings.add("SET-02", _FILE, None, f"objective.{key}", hint=hint(key, _OBJECTIVE_KEYS))
    aim, key = aim_of(stated)
    caution = exact_number(
        stated.get("caution", 0), "objective.caution", findings, least=Fraction(0)
    ) or Fraction(0)
    if caution and names.values is not None and "conversions_se" not in names.values:
        findings.add("SET-07", _FILE, None, "objective.caution", str(stated.get("caution")))
    return Objective(weights=read_weights(aim, key, names, measures, findings), caution=caution)


def read_weights(
    aim: object, key: str, names: Names, measures: Mapping[str, Weights], findings: Findings
) -> Weights:
    """Return the amounts that an aim weighs; what it counts is left to `read_counts`."""
    aim = {aim: 1} if isinstance(aim, str) else aim
    if not isinstance(aim, dict) or not aim:
        _report_kind(key, aim, _("a measure in quotes, or a table of weights"), findings)
        aim = {"conversions": 1}
    known = {*names.amounts, *measures}
    aim = {name: weight for name, weight in aim.items() if _english(name) in known or not is_count(name)}
    return _weights(aim, key, names, measures, findings)


def aim_of(objective: Mapping[str, object]) -> tuple[object, str]:
    """Return what an objective maximises in the end, and the key that states it: the last stage's."""
    stages = objective.get("stages")
    last = stages[-1] if isinstance(stages, list) and stages else None
    if isinstance(last, dict) and "maximise" in last:
        assert isinstance(stages, list)
        return last["maximise"], f"objective.stages[{len(stages)}].maximise"
    return objective.get("maximise", "conversions"), MAXIMISE


def _divisible(stated: object, names: Names, findings: Findings) -> bool | tuple[str, ...]:
    if isinstance(stated, bool):
        return stated
    if not isinstance(stated, list) or not all(isinstance(one, str) for one in stated):
        _report_kind("divisible", stated, _("true, false or a list of categories"), findings)
        return False
    categories = tuple(sorted({clean(one) for one in stated}))
    for category in categories:
        if names.categories is not None and category not in names.categories:
            findings.add("SET-08", _FILE, None, "divisible", category, hint=hint(category, names.categories))
    return categories or False
