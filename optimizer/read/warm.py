"""A plan folder that a search begins with -> its choices and prices, as far as they still make sense."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from models.certificate import Price
from models.finding import Finding, ordered
from models.instance import Int64
from models.problem import Limits, Problem
from models.scope import number
from models.warm import Warm
from optimizer.read.findings import Findings
from optimizer.read.folder import regular
from optimizer.read.kept import look_up, plan_file, plan_layout, unguarded
from optimizer.read.source import Source

_POOL = "pool:"


def read_warm(folder: Path, problem: Problem) -> tuple[Warm | None, list[Finding]]:
    """Return what a search may begin with; rows and prices that make no sense any more are left out.

    Raises
    ------
    OSError
        If the folder or its tables cannot be read.
    """
    findings = Findings()
    path = plan_file(folder, findings)
    if path is None:
        return None, ordered(findings.all())
    instance = problem.instance
    with Source({"plan": path}, findings) as source:
        table = source.table("plan", plan_layout(instance))
    if table is None or findings.has_error:
        return None, ordered(findings.all())
    names = (*instance.options.keys, "option")
    texts = [tuple(map(unguarded, table.columns[name])) for name in names]
    _, found = look_up(texts, instance)
    options = np.unique(found[found >= 0])
    return Warm(tuple(read_prices(folder, problem)), _one_a_cell(options, problem)), ordered(findings.all())


def _one_a_cell(options: Int64, problem: Problem) -> Int64:
    """Return the last option named of every cell: of a mix the dearest is as good a beginning as any."""
    cells = problem.cells_of(options)
    return options[np.append(cells[1:] != cells[:-1], True)] if len(options) else options


def read_prices(folder: Path, problem: Problem) -> Iterator[Price]:
    """Yield the prices of the certificate's first leaf whose limits there are."""
    try:
        document = json.loads(regular(folder / "certificate.json").read_bytes())
        prices = document["leaves"][0]["prices"] if document["kind"] == "bound" else []
    except (OSError, ValueError, LookupError, TypeError):
        return
    numbers = Numbers(problem)
    for given in prices if isinstance(prices, list) else ():
        price = numbers.price(given)
        if price is not None:
            yield price


class Numbers:
    """The limits of a problem by rule and group."""

    def __init__(self, problem: Problem) -> None:
        self._pools = {_POOL + pool.name: place for place, pool in enumerate(problem.instance.pools)}
        self._rules = {limits.rule.rule: place for place, limits in enumerate(problem.limits)}
        self._problem = problem
        self._groups: dict[str, dict[str, int]] = {}

    def price(self, given: object) -> Price | None:
        """Return a price as written, or None where it is no price of a limit of the problem."""
        if not isinstance(given, dict):
            return None
        rule, group = str(given.get("rule", "")), str(given.get("group", ""))
        amount = number(str(given.get("price", "")))
        if amount is None or amount <= 0:
            return None
        if rule in self._pools:
            return Price(-1, self._pools[rule], amount)
        if rule not in self._rules:
            return None
        place = self._rules[rule]
        limits = self._problem.limits[place]
        if limits.rule.kind == "top":
            return Price(place, 0, amount, tuple(self._weights(rule, limits, given.get("weights"))))
        limit = self._labels(rule, limits).get(group)
        return None if limit is None or limits.rule.kind == "ratio" else Price(place, limit, amount)

    def place(self, rule: str, group: str) -> tuple[int, int] | None:
        """Return which limit (or pool) stands so in `limits.csv`; None: none of the problem."""
        if rule in self._pools:
            return -1, self._pools[rule]
        if rule not in self._rules:
            return None
        place = self._rules[rule]
        limits = self._problem.limits[place]
        if limits.rule.kind in ("top", "ratio"):
            return place, 0
        limit = self._labels(rule, limits).get(group)
        return None if limit is None else (place, limit)

    def _labels(self, rule: str, limits: Limits) -> dict[str, int]:
        if rule not in self._groups:
            count = limits.groups.count if limits.rule.kind == "top" else limits.count
            labels = limits.groups.labels if limits.rule.kind == "top" else limits.labels
            self._groups[rule] = {text: at for at, text in enumerate(labels(np.arange(count)))}
        return self._groups[rule]

    def _weights(self, rule: str, limits: Limits, given: object) -> Iterator[tuple[int, Fraction]]:
        labels = self._labels(rule, limits)
        for part in given if isinstance(given, list) else ():
            weight = number(str(part.get("weight", ""))) if isinstance(part, dict) else None
            group = labels.get(str(part.get("group", ""))) if isinstance(part, dict) else None
            if weight is not None and group is not None and 0 < weight <= 1:
                yield group, weight
