"""Running campaigns, drawn: an instance whose slots have times, its plan, and what has been booked so far."""

from __future__ import annotations

import csv
from pathlib import Path
from random import Random

from models.solution import SearchOptions
from optimizer import pipeline

DAY = "2026-11-{:02d}T00:00:00+08:00"
NOW = "2026-11-02T12:00:00+08:00"
"""Slots S1 and S2 have begun, S1 is settled, S3 and S4 are open."""

RULES = """rule,measure,where,by,sense,value,basis
own,cash,,merchant,at_most,55,
slots,cash,,slot,at_most,40%,pool
small,cash,tier=small,,at_least,20%,total
wide,merchants,,category,at_least,1,
"""


def instance(folder: Path, seed: int = 0, *, merchants: int = 6, rules: str = RULES, more: str = "") -> Path:
    """Write an instance of four slots, one a day, and two pools."""
    rng = Random(seed)
    folder.mkdir(parents=True)
    rows = ["merchant,category,slot,option,cash,views,conversions\n"]
    for merchant in range(merchants):
        for slot in range(1, 5):
            cost = views = 0
            for name in "ABC":
                cost += rng.randint(2, 9)
                views += rng.randint(0, 4)
                row = f"{cost}.00,{views},{cost + rng.randint(0, 12)}"
                rows.append(f"M{merchant},C{merchant % 2},S{slot},{name},{row}\n")
    files = {
        "options.csv": "".join(rows),
        "pools.csv": f"pool,amount,decimals\ncash,{merchants * 20},2\nviews,{merchants * 12},0\n",
        "merchants.csv": "merchant,tier\n"
        + "".join(f"M{at},{'small' if at % 3 else 'large'}\n" for at in range(merchants)),
        "slots.csv": "slot,start,end,settled\n"
        + "".join(
            f"S{at},{DAY.format(at)},{DAY.format(at + 1)},{DAY.format(at + 1)}\n" for at in range(1, 5)
        ),
        "rules.csv": rules,
        "settings.toml": f'name = "running"\n{more}',
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def rows_of(plan: Path, stem: str = "plan") -> list[dict[str, str]]:
    """Return the rows of a table of a plan folder; none where it is not there."""
    path = plan / f"{stem}.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def actuals(folder: Path, plan: Path, slots: tuple[str, ...] = ("S1", "S2"), seed: int = 0) -> None:
    """Write what was booked: about what the plan promised, a tenth of the cells drawing nothing."""
    rng = Random(seed)
    lines = ["merchant,category,slot,cash,views,conversions\n"]
    for row in rows_of(plan):
        if row["slot"] in slots and rng.random() < 0.9:
            share = rng.choice([0.5, 0.8, 1.0, 1.0, 1.1])
            cash, views = float(row["cash"]) * share, int(int(row["views"]) * share)
            keys = f"{row['merchant']},{row['category']},{row['slot']}"
            lines.append(f"{keys},{cash:.2f},{views},{float(row['conversions']) * share:.2f}\n")
    (folder / "actuals.csv").write_text("".join(lines), encoding="utf-8")


def solved(folder: Path, out: Path) -> Path:
    """Write the plan that the campaign begins with."""
    assert pipeline.solve(folder, out, choose=lambda _: SearchOptions()).plan is not None
    return out


def begun(home: Path, seed: int = 0, **changes: object) -> tuple[Path, Path]:
    """Return an instance on its second day, and the plan that it began with."""
    folder = instance(home / "instance", seed, **changes)  # type: ignore[arg-type]
    plan = solved(folder, home / "incumbent")
    actuals(folder, plan, seed=seed)
    return folder, plan
