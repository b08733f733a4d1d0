"""What a plan folder says of the price of each limit, and of the limits that have none of their own."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import pyarrow.parquet as parquet

from models.finding import Finding, ordered
from models.problem import Problem
from optimizer.read.findings import Findings
from optimizer.read.folder import regular
from optimizer.read.kept import unguarded
from optimizer.read.warm import Numbers

_COLUMNS = ("rule", "group", "price")
_INSIDE = "0.1"
"""Stands for the price of a limit that has none: any text of a price names the limit."""


@dataclass(frozen=True)
class LimitPrices:
    """Prices of limits, as a plan folder writes them.

    Attributes
    ----------
    prices
        (index into `Problem.limits`, or -1 for pools; limit or pool) -> price per written unit, above zero.
    inside
        Limits that hold inside the search of their merchant: they have no price of their own.
    """

    prices: dict[tuple[int, int], Fraction] = field(default_factory=dict)
    inside: frozenset[tuple[int, int]] = frozenset()


def read_limit_prices(folder: Path, problem: Problem) -> tuple[LimitPrices | None, list[Finding]]:
    """Read the prices of `limits` and what is `inside` by `certificate.json`.

    Limits that the problem does not have are left out. Not checked: whether prices agree with the
    certificate; they explain, and prove nothing.

    Returns
    -------
    None where a file cannot be made sense of; the finding says why.

    Raises
    ------
    OSError
        If a file cannot be read.
    """
    findings, numbers = Findings(), Numbers(problem)
    file = "limits.parquet" if (folder / "limits.parquet").exists() else "limits.csv"
    try:
        rows = list(_rows(regular(folder / file)))
        file = "certificate.json"
        inside = list(_inside(folder / file))
    except (ValueError, LookupError, TypeError, RecursionError, csv.Error) as error:
        findings.add("CHO-06", file, reason=f"{type(error).__name__}: {error}")
        return None, ordered(findings.all())
    priced = (numbers.price({**row, "group": unguarded(row["group"])}) for row in rows)
    held = (numbers.price({**limit, "price": _INSIDE}) for limit in inside)
    prices = {(price.limits, price.limit): price.price for price in priced if price is not None}
    return LimitPrices(prices, frozenset((one.limits, one.limit) for one in held if one is not None)), []


def _rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield rule, group and price of the limits that have one."""
    if path.suffix == ".parquet":
        table = parquet.read_table(path, columns=list(_COLUMNS))
        texts = zip(*(table[name].to_pylist() for name in _COLUMNS), strict=True)
        yield from (dict(zip(_COLUMNS, row, strict=True)) for row in texts if row[-1] != "0")
        return
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise LookupError(", ".join(missing))
        for row in reader:
            if row["price"] != "0":
                yield {name: row[name] for name in _COLUMNS}


def _inside(path: Path) -> Iterator[dict[str, object]]:
    given = json.loads(regular(path).read_bytes())["inside"]
    yield from (limit for limit in given if isinstance(limit, dict))
