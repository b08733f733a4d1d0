"""Plan folders for tests that need many: of verify's own figures, so they prove nothing about those."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from models.headers import LIMIT_COLUMNS
from optimizer.verify.bound import bound_of
from optimizer.verify.certificate import CertificateReader
from optimizer.verify.decimals import VALUE_DIGITS, exact_text, short_text, units_text
from optimizer.verify.family import Family, families_of
from optimizer.verify.holdings import Holdings
from optimizer.verify.instance import Instance
from optimizer.verify.judging import Judged, JudgedFamily, judge
from optimizer.verify.limits import Prices, prices_of
from optimizer.verify.loading import load
from optimizer.verify.plan import columns_of, read_plan
from optimizer.verify.report import Report
from optimizer.verify.summary import Facts, expected_summary
from tests.verify.folders import guarded, text_of

_SAID = {
    "claimed_bound": None,
    "reproducible": True,
    "method": "monolithic",
    "options": {"gap": "0.0001", "time_limit": "600", "threads": 1, "seed": 0},
    "versions": {"fairpool": "0.1.0"},
    "timings": {"solve_seconds": "0.5"},
}


def publish(
    path: Path, folder: Path, chosen: dict[tuple[str, ...], dict[str, Fraction]], proof: dict[str, Any]
) -> Path:
    """Write the folder of a plan; `proof` holds the `kind`, `inside` and `leaves` of its certificate."""
    folder.mkdir(parents=True, exist_ok=True)
    instance = load(path, ())
    families = families_of(instance)
    holdings = _write_rows(instance, chosen, folder)
    judged = [judge(instance, holdings, family) for family in families]
    certificate = CertificateReader(Report(), instance, families).read({"contract": 1, "bound": "", **proof})
    bound = bound_of(instance, holdings.plan, certificate, _has_soft(families))
    prices = prices_of(bound.leaf)
    rows = [list(LIMIT_COLUMNS)]
    for limit, price in _with_prices(judged, prices):
        rule = limit.family.rule
        texts = [guarded(limit.family.name), guarded(limit.group), guarded(rule.measure.text), rule.sense]
        figures = [limit.limit, limit.used, limit.slack, limit.status(price), exact_text(price)]
        rows.append([*texts, *figures])
    _write(folder / "limits.csv", rows)
    document = {"contract": 1, "bound": bound.text, **proof}
    (folder / "certificate.json").write_text(json.dumps(document), encoding="utf-8")
    facts = Facts(instance, holdings, judged, prices, Fraction(bound.text))
    said = {**_SAID, "inputs": instance.inputs, "overrides": [], "settings": {}}
    summary = expected_summary(facts, said) | {k: v for k, v in said.items() if k != "settings"}
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    return folder


def _with_prices(judged: list[JudgedFamily], prices: Prices) -> Iterator[tuple[Judged, Fraction]]:
    for limits in judged:
        own = prices.get(limits.family.name, {})
        yield from ((limit, own.get(place, Fraction(0))) for place, limit in enumerate(limits))


def _has_soft(families: list[Family]) -> bool:
    return any(family.rule.enforcement == "soft" for family in families)


def _write_rows(
    instance: Instance, chosen: dict[tuple[str, ...], dict[str, Fraction]], folder: Path
) -> Holdings:
    header = list(columns_of(instance))
    rows = [(*cell, option, fraction) for cell, mix in chosen.items() for option, fraction in mix.items()]
    rows.sort(key=lambda row: row[:-1])
    is_mixed = header[-1] == "fraction"
    divisible = instance.settings.divisible

    def last(cell: tuple[str, ...], fraction: Fraction) -> list[str]:
        is_divisible = divisible if isinstance(divisible, bool) else cell[1] in divisible
        return [exact_text(fraction) if is_divisible else ""] if is_mixed else []

    blank = [""] * (len(instance.pools) + len(instance.options.values))
    table = [[*map(guarded, row[:-1]), *blank, *last(row, row[-1])] for row in rows]
    _write(folder / "plan.csv", [header, *table])
    plan = read_plan(Report(), instance, folder)
    first = len(instance.cells.keys) + 1
    for place, row in enumerate(table):
        costs = [units_text(plan.costs[pool.name][place], pool.decimals) for pool in instance.pools]
        values = [short_text(units[place], VALUE_DIGITS) for units in plan.values.values()]
        row[first : first + len(blank)] = [*costs, *values]
    _write(folder / "plan.csv", [header, *table])
    return Holdings(instance, plan)


def _write(path: Path, rows: list[list[str]]) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + text_of(rows).encode("utf-8"))
