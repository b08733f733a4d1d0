"""Random rules of a given combination, their values near what good plans reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import ceil, floor
from random import Random

from tests.oracle.evaluation import Holding, held, reading
from tests.oracle.folder import Cell, Folder, Row
from tests.oracle.rule import expand, rule
from tests.strategies.combination import Combination

BY = (
    "",
    "merchant",
    "tier",
    "category",
    "slot",
    "merchants.name",
    "is_new",
    "merchant;slot",
    "tier;category",
    "cell",
)
NUMERIC = ("merchants.cap", "budget", "slots.quota", "merchants.followers")
Plan = Mapping[Cell, Mapping[str, Fraction]]


class Planner:
    """Draws rules for one market, given its folder and some plans to calibrate by, the best one first."""

    def __init__(self, rng: Random, folder: Folder, plans: list[Plan]) -> None:
        self.rng = rng
        self.folder = folder
        self.holdings = [{cell: held(folder, cell, mix) for cell, mix in plan.items()} for plan in plans]
        self.pools = list(folder.pools)
        self.values = [value for value in folder.values if value != "conversions_se"]

    def draw(self, name: str, wanted: Combination) -> Row:
        """Return a rule of the wanted combination, as a row of `rules.csv`."""
        for attempt in range(20):
            row = self._shape(name, wanted)
            groups = expand(self.folder, rule(self.folder, {**row, "value": "1", "sense": "at_most"}))
            is_enough = sum(len(limit.groups) for limit in groups) > (1 if wanted.kind == "ratio" else 0)
            if is_enough or attempt == 19:
                break
        return self._with_value(row, wanted)

    def _shape(self, name: str, wanted: Combination) -> Row:
        """Return everything but sense and value."""
        rng = self.rng
        row = {
            "rule": name,
            "label": rng.choice(["", "中腰部保护", "a, b"]),
            "kind": wanted.kind if wanted.kind != "limit" else rng.choice(["", "limit", "限额"]),
            "measure": self.measure(wanted.measure),
            "where": self._where(),
            "by": rng.choice(BY),
            "applies": wanted.applies,
            "enforcement": wanted.enforcement,
        }
        if wanted.basis in ("total_of", "measure_of") and not row["by"]:
            row["by"] = "tier;slot"
        if wanted.kind == "ratio":
            row["by"] = rng.choice(["merchant", "tier", "category", "slot", "is_new"])
        if wanted.kind == "top":
            row["by"] = rng.choice(["", "merchant", "tier", "slot", "cell"])
            row["k"] = rng.choice(["1", "1", "2", "3", "40%", "9"])
        if wanted.kind == "window":
            row["by"] = rng.choice(["", "", "merchant", "tier", "category"])
            row["k"] = rng.choice(["1", "2", "2", "3", "9"])
        return row | self._basis(row, wanted)

    def _basis(self, row: Row, wanted: Combination) -> Row:
        rng = self.rng
        if wanted.basis == "absolute":
            return {"basis": rng.choice(["", "absolute"])}
        if wanted.basis == "attribute":
            return {"basis": rng.choice(NUMERIC)}
        if wanted.basis == "per_merchant" and wanted.kind == "ratio":
            return {"basis": rng.choice(["", "per_merchant"])}
        if wanted.basis in ("measure", "measure_of"):
            basis = self.measure(rng.choice(["pool", "value", "sum", "cells", "merchants", "reaches"]))
            if basis == row["measure"]:  # its own amount over the group would say nothing
                basis = next(m for m in ("cells", "merchants") if m != row["measure"])
        else:
            basis = wanted.basis.removesuffix("_of")
        names = row["by"].split(";")
        columns = [key for name in names for key in (self.folder.keys if name == "cell" else [name])]
        if wanted.basis.endswith("_of"):
            part = rng.sample(columns, rng.randint(1, len(columns)))
            return {"basis": basis, "of": rng.choice(["all", ";".join(part), ";".join(part)])}
        return {"basis": basis}

    def measure(self, measure: str) -> str:
        """Return a measure of one of the classes of `combination.MEASURES`."""
        rng = self.rng
        if measure == "pool":
            return rng.choice(self.pools)
        if measure == "value":
            return rng.choice(self.values)
        if measure == "sum":
            return "blend"
        if not measure.startswith("reaches"):
            return measure
        inner = rng.choice([self.pools[0], self.values[0], "blend", "cells", self.pools[-1]])
        if measure == "reaches_own":
            return f"merchants({inner}>=least)"
        if inner == "cells":
            return f"merchants(cells>={rng.choice(['1', '2'])})"
        own: dict[str, Fraction] = {}
        for cell, amounts in self.holdings[0].items():
            own[cell[0]] = own.get(cell[0], Fraction(0)) + amounts[inner]
        usual = rng.choice(list(own.values()) or [Fraction(5)])
        threshold = max(usual * Fraction(rng.randint(50, 130), 100), Fraction(1, 2))
        return f"merchants({inner}>={_written(threshold, 2)})"

    def _where(self) -> str:
        """Return a scope: blank half of the time, else one or two conditions that a cell meets."""
        rng = self.rng
        if rng.random() < 0.5:
            return ""
        cell = rng.choice(list(self.folder.options))
        other = rng.choice(list(self.folder.options))
        merchants = self.folder.tables["merchants"]
        own, start = merchants[cell[0]], self.folder.tables["slots"][cell[2]]["start"]
        second = "mid" if any(row["tier"] == "mid" for row in merchants.values()) else own["tier"]
        conditions = [
            f"merchant={_value(cell[0])}|{_value(other[0])}",
            f"category={_value(cell[1])}",
            f"slot!={_value(other[2])}" if other[2] != cell[2] else f"slot={_value(cell[2])}",
            f"followers>={own['followers']}",
            f"followers<{int(own['followers']) + 20}",
            f"start<={start}",
            f"is_new={own['is_new']}",
            f"tier={own['tier']}|{second}",
        ]
        return ";".join(rng.sample(conditions if own["tier"] else conditions[:-1], rng.choice([1, 1, 2])))

    def _with_value(self, row: Row, wanted: Combination) -> Row:
        """Return the row with sense and value: cut where the best plan is, or anywhere that plans reach."""
        rng = self.rng
        is_at_most = wanted.kind != "limit" or rng.random() < 0.5
        row["sense"] = rng.choice(["at_most", "<=", "至多"] if is_at_most else ["at_least", ">=", "不低于"])
        reached = [self._reached(row, holding) for holding in self.holdings]
        value = self._cut(reached, is_at_most)
        if wanted.kind == "ratio":
            # Fractions are written in units: amounts equal to the last of them are a riddle of their own.
            least = ["1.2", "1.3", "2"] if wanted.is_divisible else ["1", "1", "1.2", "2"]
            value = max(value, Fraction(rng.choice(least)))
        elif wanted.basis in ("pool", "total", "total_of", "eligible"):
            value = min(max(value, Fraction(0)), Fraction(1))
        is_share = wanted.basis != "absolute" and wanted.kind != "ratio" and rng.random() < 0.7
        row["value"] = f"{_written(value * 100, 2)}%" if is_share else _written(value, 3)
        if wanted.enforcement == "soft":
            row["penalty"] = rng.choice(["0.01", "0.05", "0.3", "1", "2.5", "100"])
        return row

    def _reached(self, row: Row, holding: Holding) -> list[Fraction]:
        """Return, limit by limit, what a plan uses for each 1 of the rule's value."""
        shares = []
        for limit in expand(self.folder, rule(self.folder, {**row, "value": "1"})):
            found = reading(limit, holding)
            if found is not None and found[1] > 0:
                shares.append(found[0] / found[1])
        return shares

    def _cut(self, reached: list[list[Fraction]], is_at_most: bool) -> Fraction:
        rng = self.rng
        edge: Callable[[list[Fraction]], Fraction] = max if is_at_most else min
        edges = [edge(shares) for shares in reached if shares]
        if not edges:
            return Fraction(rng.randint(1, 4), 2)
        if rng.random() < 0.2:
            return rng.choice(edges)
        if is_at_most:
            return edges[0] * Fraction(rng.randint(40, 98), 100)
        return edges[0] + (max(edges) - edges[0]) * Fraction(rng.randint(10, 100), 100)


def random_plan(rng: Random, folder: Folder, density: float) -> Plan:
    """Return a plan of whole options, whatever it breaks."""
    cells = [cell for cell in folder.options if cell not in folder.forbidden and rng.random() < density]
    return {cell: {rng.choice(list(folder.options[cell])): Fraction(1)} for cell in cells}


def greedy_plan(folder: Folder) -> Plan:
    """Return a good plan within the pools, rules apart: what gains most for its first pool goes first."""
    first = next(iter(folder.pools))
    left = {pool: stated.amount for pool, stated in folder.pools.items()}
    gains = [
        (folder.worth(amounts) / max(amounts[first], Fraction(1, 100)), cell, option)
        for cell, options in folder.options.items()
        for option, amounts in options.items()
    ]
    plan: dict[Cell, dict[str, Fraction]] = {}
    for gain, cell, option in sorted(gains, reverse=True):
        amounts = folder.options[cell][option]
        if gain > 0 and cell not in plan and all(amounts[pool] <= left[pool] for pool in left):
            left = {pool: left[pool] - amounts[pool] for pool in left}
            plan[cell] = {option: Fraction(1)}
    return plan


def mixed_plan(rng: Random, folder: Folder) -> dict[Cell, dict[str, Fraction]]:
    """Return a plan that keeps the pins: whole options, or points of the line where cells are divisible."""
    density = rng.choice([0.2, 0.5, 0.8, 1.0])
    plan = {cell: dict(mix) for cell, mix in random_plan(rng, folder, density).items()}
    first = next(iter(folder.pools))
    for cell in [cell for cell in plan if folder.is_divisible(cell) and rng.random() < 0.8]:
        order = [option for _, option in sorted((a[first], o) for o, a in folder.options[cell].items())]
        place, part = rng.randrange(len(order)), Fraction(rng.randint(1, 10**9), 10**9)
        plan[cell] = {order[place]: part}
        if place and part < 1:
            plan[cell][order[place - 1]] = 1 - part
    return plan | {cell: {min(options): Fraction(1)} for cell, options in folder.forced.items()}


def _written(number: Fraction, digits: int) -> str:
    """Return a number cut to at most so many decimals, away from zero now and then not worth minding."""
    units = ceil(number * 10**digits) if number < 1 else floor(number * 10**digits)
    text = f"{'-' if units < 0 else ''}{abs(units) // 10**digits}.{abs(units) % 10**digits:0{digits}d}"
    return text.rstrip("0").rstrip(".")


def _value(text: str) -> str:
    """Return a value of a scope, in quotes (a quote inside doubled) where it needs them."""
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in ';|="（）!<>') else text
