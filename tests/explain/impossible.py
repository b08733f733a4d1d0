"""Impossible instances of every kind, and their policies changed in the files, by no code of the product."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.oracle import brute_force
from tests.search.making import write
from tests.search.tight import write_tight
from tests.zoo.infeasible import PROBLEMS
from tests.zoo.shop import MERCHANTS, OPTIONS, POOLS

_SHOP = {"pools": POOLS, "options": OPTIONS, "merchants": MERCHANTS}
_MADE: dict[str, dict[str, str]] = {
    "pin-against-cap": {
        **_SHOP,
        "rules": "rule,measure,where,sense,value / cap,cash,merchant=M1,at_most,50",
        "pins": "merchant,category,slot,option / M1,tea,S1,B / M2,toys,S1,A",
    },
    "pins-against-floor": {
        **_SHOP,
        "rules": "rule,measure,sense,value,owner / reach,conversions,at_least,11,growth",
        "pins": "merchant,category,slot,option / M1,tea,*,none / M3,toys,S2,none",
    },
    "two-conflicts": {
        **_SHOP,
        "rules": """rule,measure,where,sense,value,owner
        cap1,cash,merchant=M1,at_most,25,finance
        floor1,cash,merchant=M1,at_least,28,growth
        cap2,cash,merchant=M2,at_most,39,finance
        floor2,cells,merchant=M2,at_least,1,growth""",
    },
    "shares-of-pool": {
        **_SHOP,
        "rules": """rule,measure,where,by,sense,value,basis
        cap,cash,,slot,at_most,30%,pool
        floor,cash,tier=small,,at_least,45,""",
    },
    "quoted": {
        **_SHOP,
        "rules": 'rule,measure,sense,value / "a ""b"".c, d",cash,at_least,55 / cap,cash,at_most,55',
    },
    "top": {
        **_SHOP,
        "rules": """rule,kind,measure,sense,value,basis,k
        largest,top,cash,at_most,20%,pool,2
        some,,conversions,at_least,4,,""",
    },
    "window": {
        **_SHOP,
        "rules": """rule,kind,measure,sense,value,k
        pace,window,cash,at_most,65,2
        much,,conversions,at_least,7.5,""",
    },
}
_SEEDS = (21, 22, 24, 25, 26)
"""Of `write_tight`: some that have no plan."""


def makers() -> dict[str, Callable[[Path], Path]]:
    """Return name -> what writes the instance to a folder."""
    made: dict[str, Callable[[Path], Path]] = {one.name: one.write for one in PROBLEMS}
    made |= {name: lambda folder, tables=tables: write(folder, **tables) for name, tables in _MADE.items()}
    return made | {f"tight-{seed}": lambda folder, seed=seed: write_tight(folder, seed) for seed in _SEEDS}


def has_plan(folder: Path) -> bool:
    """Say whether an indivisible instance has any plan, by looking at every one of them."""
    return brute_force(folder).objective is not None


def changed(
    folder: Path,
    beside: Path,
    *,
    rules: Iterable[str] | None = None,
    pools: Iterable[str] | None = None,
    without_pins: Iterable[int] = (),
    values: dict[str, str] | None = None,
) -> Path:
    """Copy an instance with only some of its rules, pools that hold everything but for some, and fewer pins.

    Parameters
    ----------
    without_pins
        Rows of pins.csv.
    values
        Rule -> value.
    """
    shutil.copytree(folder, beside)
    for name, kept in (("rules", rules), ("pools", pools)):
        if not (file := beside / f"{name}.csv").exists() or (kept is None and not values):
            continue
        header, lines = _read(file)
        if name == "rules":
            lines = [line for line in lines if kept is None or line[header.index("rule")] in kept]
            for line in lines:
                line[header.index("value")] = (values or {}).get(
                    line[header.index("rule")], line[header.index("value")]
                )
        elif kept is not None:
            for line in lines:
                line[1] = line[1] if line[0] in kept else "1000000"
        _write(file, header, lines)
    if (file := beside / "pins.csv").exists():
        header, lines = _read(file)
        rows = set(without_pins)
        _write(file, header, [line for row, line in enumerate(lines, start=2) if row not in rows])
    return beside


def lines_of(folder: Path, table: str) -> list[list[str]]:
    """Return the lines of a table below its header; none where there is no such file."""
    file = folder / f"{table}.csv"
    return _read(file)[1] if file.exists() else []


def _read(file: Path) -> tuple[list[str], list[list[str]]]:
    with file.open(encoding="utf-8", newline="") as stream:
        header, *lines = csv.reader(stream)
    return header, [line + [""] * (len(header) - len(line)) for line in lines]


def _write(file: Path, header: list[str], lines: list[list[str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([header, *lines])
