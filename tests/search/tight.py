"""Small instances whose rules leave whole options next to no room."""

from __future__ import annotations

from pathlib import Path
from random import Random

from tests.search.making import write

_HEADER = "rule,kind,measure,where,by,sense,value,basis,k,applies"


def write_tight(folder: Path, seed: int | str) -> Path:
    """Write an instance with floors and caps at nearly the same amount; about half of them have no plan."""
    rng = Random(f"tight {seed}")
    step = rng.choice([5, 7, 10, 12])
    rows = ["merchant,category,slot,option,cash,traffic,conversions"]
    for merchant in "MNOP"[: rng.randint(2, 4)]:
        for slot in ("S1", "S2"):
            for option in "AB"[: rng.randint(1, 2)]:
                numbers = rng.randint(1, 6) * step, rng.randint(1, 9), rng.randint(5, 70)
                rows.append(f"{merchant},tea,{slot},{option},{','.join(map(str, numbers))}")
    merchants = "merchant,tier / M,big / N,small / O,small / P,mid"
    pools = f"pool,amount / cash,{rng.randint(4, 14) * step} / traffic,{rng.randint(8, 30)}"
    rules = [_HEADER, *_rules(rng, step)]
    return write(folder, pools=pools, options="\n".join(rows), merchants=merchants, rules="\n".join(rules))


def _rules(rng: Random, step: int) -> list[str]:
    amount = rng.randint(2, 9) * step + rng.randint(1, step - 1)
    rules = [
        f"cap,,cash,,,at_most,{amount + rng.randint(0, 2)},,,",
        f"floor,,cash,,,at_least,{amount},,,",
        f"slots,,cash,,slot,at_least,{rng.randint(1, 3) * step + 1},,,",
        f"slot-cap,,cash,,slot,at_most,{rng.randint(2, 5) * step + 3},,,",
        f"least,,cash,,merchant,at_least,{rng.randint(2, 5) * step},,,if_funded",
        f"most,,cash,,merchant,at_most,{rng.randint(2, 6) * step},,,",
        f"many,,merchants,,,at_least,{rng.randint(1, 3)},,,",
        f"few,,cells,,,at_most,{rng.randint(1, 4)},,,",
        f"reach,,merchants(cash>={rng.randint(2, 4) * step}),,,at_least,{rng.randint(1, 2)},,,",
        f"largest,top,cash,,merchant,at_most,{rng.randint(3, 7) * 10}%,total,1,",
        f"even,ratio,cash,,merchant,at_most,{rng.randint(10, 30) / 10},,,",
        f"pace,window,traffic,,,at_most,{rng.randint(4, 14)},,1,",
        f"share,,cash,tier=small,,at_least,{rng.randint(2, 6) * 10}%,total,,",
        f"worth,,conversions,,,at_least,{rng.randint(4, 15) * 10},,,",
    ]
    return rng.sample(rules, rng.randint(2, 4))
