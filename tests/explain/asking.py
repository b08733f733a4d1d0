"""Plans made and explained in this process, and a small market to explain."""

from __future__ import annotations

import csv
import io
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

from models.solution import SearchOptions, Watch
from optimizer import pipeline
from optimizer.explaining import Question, explain_plan
from tests.search.making import write

RULES = """
rule,label,kind,measure,where,by,sense,value,basis,k,enforcement,penalty
own-cap,No merchant over 40,limit,cash,,merchant,at_most,40,absolute,,hard,
small-floor,The small get 30 %,limit,cash,tier=small,,at_least,30%,pool,,hard,
top-one,The largest at most 45 %,top,cash,,merchant,at_most,45%,pool,1,hard,
evening,Evenings even,limit,cash,,slot,at_most,50%,pool,,soft,0.05
shown,How even,ratio,cash,,tier,at_most,3,per_merchant,,report,
"""


def market(folder: Path, seed: int, rules: str = RULES) -> Path:
    """Write a random market of four merchants, two evenings and two pools."""
    rng = Random(seed)
    rows = ["merchant,category,slot,option,cash,traffic,conversions"]
    for merchant in ("M1", "M2", "M3", "M4"):
        for slot in rng.sample(("S1", "S2"), rng.choice((1, 2))):
            for option in ("A", "B"):
                cash, traffic = rng.randint(5, 45), rng.randint(0, 9)
                rows.append(f"{merchant},tea,{slot},{option},{cash},{traffic},{rng.randint(1, 40) / 4}")
    tiers = "merchant,tier,gmv / M1,big,1000 / M2,small,20.5 / M3,small, / M4,big,300"
    pools = "pool,amount,unit,decimals / cash,100,CNY,2 / traffic,20,views,0"
    return write(
        folder,
        pools=pools,
        options="\n".join(rows),
        merchants=tiers,
        rules=rules,
        settings='currency = "CNY"\n',
    )


def solve(folder: Path, plan: Path, gap: str = "0", seconds: float = 60) -> Path:
    """Solve an instance, and return its plan folder."""
    options = SearchOptions(gap=Fraction(gap), time_limit=seconds)
    assert pipeline.solve(folder, plan, choose=lambda _: options).plan is not None
    return plan


def explained(
    folder: Path, plan: Path, *, gap: str = "0", seconds: float = 60, **question: Any
) -> dict[str, Any]:
    """Return the document that explains a plan."""
    options = SearchOptions(gap=Fraction(gap), time_limit=seconds)
    done = explain_plan(folder, plan, Question(**question), options, Watch())
    assert done.plan is not None, done.findings
    return dict(done.document)


def rules_of(folder: Path) -> list[dict[str, str]]:
    """Return the rows of rules.csv."""
    text = (folder / "rules.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def without(folder: Path, made: Path, *dropped: str) -> Path:
    """Copy an instance, some of its rules deleted."""
    made.mkdir()
    for path in folder.iterdir():
        if path.name != "rules.csv":
            (made / path.name).write_bytes(path.read_bytes())
    rows = rules_of(folder)
    with (made / "rules.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(row for row in rows if row["rule"] not in dropped)
    return made
