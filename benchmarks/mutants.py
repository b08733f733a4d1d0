"""Mutants of good plans at volume: every class counted apart, and how many of it `verify` lets pass.

`python -m benchmarks.mutants [--count 600] [--seed 1] [--only NAME]` solves each instance below, makes that
many mutants of its plan (tests/verify/mutants.py), verifies each and prints a table in Markdown. A class that
a plan has nothing for is blank. It ends with 1 if a mutant passes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from models.solution import SearchOptions
from optimizer import pipeline
from optimizer.verify import verify
from tests.verify.mutants import MUTATIONS, mutants

ROOT = Path(__file__).resolve().parent.parent
_POOLS = "pool,amount,unit,decimals\ncash,1000,yuan,2\ntraffic,90000,views,0\n"
_MERCHANTS = "merchant,tier,cash_cap\nM1,big,400\nM2,mid,300\nM3,mid,300\nM4,small,200\n'=M5,small,200\n"
_SLOTS = "slot,start\nS1,2026-11-01\nS2,2026-11-02\nS3,2026-11-03\n"


@dataclass(frozen=True)
class Case:
    """One instance to be solved: a folder under `instances`, or tables by stem."""

    name: str
    gap: Fraction = Fraction(1, 10**4)
    overrides: tuple[tuple[str, str], ...] = ()
    is_best_effort: bool = False
    tables: dict[str, str] = field(default_factory=dict)

    def folder(self, home: Path) -> Path:
        """Return the instance folder, written below `home` where it stands in no folder."""
        if not self.tables:
            return ROOT / "instances" / self.name
        folder = home / self.name
        folder.mkdir()
        for stem, text in self.tables.items():
            name = "settings.toml" if stem == "settings" else f"{stem}.csv"
            (folder / name).write_text(text, encoding="utf-8")
        return folder


def _options(keys: tuple[str, ...], cells: list[tuple[str, ...]]) -> str:
    """Return two or three options a cell, their figures by arithmetic from the cell's place."""
    lines = [",".join([*keys, "option", "cash", "traffic", "conversions", "gmv", "conversions_se"])]
    for place, cell in enumerate(cells):
        for step in range(1, 3 + place % 2):
            cash, traffic = 20 * step + 7.31 * (place % 9), 1000 * step + 37 * place
            gain = (11 + (place * 7) % 13) * step * (10 - step) / 10
            figures = (
                f"{cash:.2f}",
                str(traffic),
                f"{gain:.3f}",
                f"{cash * (2 + place % 3):.2f}",
                f"{gain / 9:.6f}",
            )
            lines.append(",".join([*cell, "ABC"[step - 1], *figures]))
    return "\n".join(lines) + "\n"


def _cells(num_segments: int) -> Iterator[tuple[str, ...]]:
    for merchant in ("M1", "M2", "M3", "M4", "'=M5"):
        for category in ("food", "toys"):
            for slot in ("S1", "S2", "S3"):
                if num_segments:
                    segments = ("heavy", "passer-by")[:num_segments]
                    yield from ((merchant, category, slot, segment) for segment in segments)
                elif (merchant, category) != ("M4", "toys"):
                    yield merchant, category, slot


_KEYS = ("merchant", "category", "slot")
_PLAIN = {"pools": _POOLS, "merchants": _MERCHANTS, "slots": _SLOTS, "options": _options(_KEYS, [*_cells(0)])}

CASES = (
    Case("tiny"),
    Case("complete-journey-cut", gap=Fraction(1, 1000)),
    Case(
        "divisible-soft",
        tables=_PLAIN
        | {
            "rules": "rule,measure,where,by,sense,value,basis,enforcement,penalty\n"
            "caps,cash,,merchant,at_most,1,merchants.cash_cap,,\n"
            "mid-share,cash,tier=mid,,at_least,45%,total,,\n"
            "slot-soft,cash,,slot,at_most,280,,soft,0.031\n"
            "food,gmv,category=food,,at_least,40%,total,report,\n",
            "pins": "merchant,category,slot,option\nM2,food,S1,A\nM1,toys,*,none\n",
            "settings": 'name = "divisible"\ndivisible = ["food"]\n',
        },
    ),
    Case(
        "top-ratio-segments",
        gap=Fraction(1, 100),
        tables=_PLAIN
        | {
            "options": _options((*_KEYS, "segment"), [*_cells(2)]),
            "rules": "rule,kind,measure,where,by,sense,value,basis,k,penalty,enforcement\n"
            "top-two,top,cash,,merchant,at_most,44%,total,2,,\n"
            "even,ratio,cash,,tier,at_most,2.5,per_merchant,,,\n"
            "calm,window,traffic,,category,at_most,60000,,2,,\n"
            "heavy,limit,conversions,segment=heavy,,at_least,90,,,2.5,soft\n",
            "pins": "merchant,category,slot,segment,option\nM4,food,S2,heavy,B\nM3,*,S3,passer-by,none\n",
        },
    ),
    Case(
        "weighted-if-funded",
        overrides=(
            ("settings.objective.caution", "0.5"),
            ("pools.cash", "800"),
            ('rules."reach".value', "4"),
        ),
        tables=_PLAIN
        | {
            "rules": "rule,measure,where,by,sense,value,basis,of,applies,enforcement,penalty\n"
            "least,cash,,merchant,at_least,60,,,if_funded,,\n"
            "reach,merchants(cash>=50),,,at_least,3,,,,,\n"
            "category-share,cash,,merchant;category,at_most,40%,total,category,,,\n"
            "cells,cells,,slot,at_most,7,,,,,\n"
            "worth,support,,,at_most,9%,gmv,,,,\n",
            "settings": "[objective]\nmaximise = {conversions = 1, gmv = 0.01, cash = -0.001}\n"
            "[measures]\nsupport = {cash = 0.2, traffic = 0.001}\n",
        },
    ),
    Case(
        "leaves",
        tables=_PLAIN
        | {
            "rules": "rule,measure,where,by,sense,value,basis\n"
            "caps,cash,,merchant,at_most,1,merchants.cash_cap\n"
            "slots,cash,,slot,at_most,260,\n"
            "food,cash,category=food,,at_least,40%,pool\n",
        },
    ),
    Case(
        "best-effort",
        is_best_effort=True,
        tables=_PLAIN
        | {
            "rules": "rule,measure,where,by,sense,value\n"
            "big-floor,cash,tier=big,,at_least,350\n"
            "slot-cap,cash,,slot,at_most,100\n"
            "traffic-floor,traffic,,,at_least,2000\n"
        },
    ),
)


def main() -> int:
    """Run every case and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=600, help="mutants of each plan")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="30 mutants of each plan")
    parser.add_argument("--only", choices=[case.name for case in CASES])
    asked = parser.parse_args()
    count = 30 if asked.quick else asked.count
    cases = [case for case in CASES if asked.only in (None, case.name)]
    made: dict[str, Counter[str]] = {}
    passed: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as home:
        for case in cases:
            began = time.monotonic()
            made[case.name] = _counted(case, Path(home), asked.seed, count, passed)
            print(f"{case.name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    _print_table(made, passed)
    return 1 if passed else 0


def _counted(case: Case, home: Path, seed: int, count: int, passed: Counter[str]) -> Counter[str]:
    """Return how many mutants of each class were made; those that pass are named and counted in `passed`."""
    folder, plan = case.folder(home), home / f"{case.name}-plan"
    asked = SearchOptions(gap=case.gap, is_best_effort=case.is_best_effort)
    solved = pipeline.solve(folder, plan, given=pipeline.Given(case.overrides), choose=lambda _: asked)
    if solved.plan is None:
        why = [str(found) for found in (*solved.checked.findings, *solved.rejected)]
        raise SystemExit(f"{case.name}: no plan: {why}, {solved.solution and solved.solution.remark}")
    made: Counter[str] = Counter()
    for name, mutant in mutants(folder, plan, seed, count):
        group = name.partition(":")[0]
        made[group] += 1
        if verify(folder, mutant).is_verified:
            passed[group] += 1
            print(f"{case.name}: {name} passes", file=sys.stderr)
    return made


def _print_table(made: dict[str, Counter[str]], passed: Counter[str]) -> None:
    print("| class |", " | ".join(made), "| in all | passed |")
    print("|---|" + "--:|" * (len(made) + 2))
    for group in MUTATIONS:
        counts = [counter[group] for counter in made.values()]
        print(
            f"| {group} |", " | ".join(str(n or "") for n in counts), f"| {sum(counts)} | {passed[group]} |"
        )
    sums = [sum(counter.values()) for counter in made.values()]
    print("| **in all** |", " | ".join(map(str, sums)), f"| {sum(sums)} | {sum(passed.values())} |")


if __name__ == "__main__":
    sys.exit(main())
