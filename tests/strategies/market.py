"""Random tables: pools, options, attributes and settings, with keys and numbers as awkward as they come."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from random import Random

MERCHANTS = (
    "M1",
    "甲店",
    "b; c",
    'say "hi"',
    "x=1|y",
    "O'Neil, Ltd",
    "-minus",
    "=sum",
    "é",
    "M 10",
    "店(北)",
)
CATEGORIES = ("tea", "玩具", "a,b", "x;y=z", "*starred*")
SLOTS = ("S1", "晚场", "S10", "S2", "20:00 | live")
SEGMENTS = ("heavy", "路人")
TIERS = ("big", "mid", "小", "")
Row = dict[str, str]


@dataclass(frozen=True)
class Market:
    """Tables of an instance without rules: file stem -> rows; `settings` as TOML."""

    tables: dict[str, list[Row]]
    settings: str
    keys: tuple[str, ...]
    pools: tuple[str, ...]
    values: tuple[str, ...]


@dataclass(frozen=True)
class Size:
    """How large an instance may be: cells, options of a cell, plans to enumerate."""

    cells: int = 5
    options: int = 2
    plans: int = 300


SMALL = Size()


def random_market(rng: Random, size: Size, is_divisible: bool) -> Market:
    """Return random tables; with `is_divisible` some or all cells are."""
    merchants = rng.sample(MERCHANTS, rng.randint(2, 4))
    categories = rng.sample(CATEGORIES, rng.randint(1, 2))
    slots = rng.sample(SLOTS, rng.randint(2, 4))
    keys = ("merchant", "category", "slot") + (("segment",) if rng.random() < 0.2 else ())
    pools = rng.sample(["cash", "traffic", "券-1"], rng.choice([1, 1, 2, 3]))
    # Fractions are written in smallest units: fine ones keep plans close to the best of the line.
    decimals = {pool: rng.choice([5, 6] if is_divisible else [0, 2, 2, 3]) for pool in pools}
    values = ("conversions", *rng.sample(["gmv", "new_buyers"], rng.randint(0, 2)))
    places = list(product(merchants, categories, slots, *([SEGMENTS] if len(keys) == 4 else [])))
    cells = rng.sample(places, min(len(places), rng.randint(2, size.cells)))
    has_error = rng.random() < 0.2
    options, plans = [], 1
    for cell in cells:
        count = rng.randint(1, max(1, min(size.options, size.plans // plans - 1)))
        plans *= count + 1
        own = _options(rng, count, pools, decimals, (*values, *(["conversions_se"] if has_error else [])))
        options += [dict(zip(keys, cell, strict=True)) | option for option in own]
    rng.shuffle(options)
    tables = {
        "pools": [_pool(rng, pool, decimals[pool], options) for pool in pools],
        "options": options,
        **_attributes(rng, {"merchants": merchants, "categories": categories, "slots": slots}),
    }
    if rng.random() < 0.1:
        tables["pools"].append({"pool": "idle", "amount": "7.5", "decimals": "1", "unused": "true"})
        for row in tables["pools"][:-1]:
            row["unused"] = rng.choice(["", "false"])
    divisible = rng.choice(["true", "true", f"[{quoted(cells[0][1])}]"]) if is_divisible else ""
    settings = _settings(rng, tuple(pools), values, divisible, has_error)
    return Market(tables, settings, keys, tuple(pools), values)


def decimal(rng: Random, low: float, high: float, digits: int) -> str:
    """Return a random number of at most `digits` decimals."""
    return f"{rng.uniform(low, high):.{rng.randint(0, digits)}f}"


def _options(
    rng: Random, count: int, pools: list[str], decimals: dict[str, int], values: tuple[str, ...]
) -> list[Row]:
    """Return the options of a cell: costs grow from one to the next, values as they like."""
    names = rng.sample(["A", "B", "满100减20", "low", "0"], count)
    rows: list[Row] = []
    costs = dict.fromkeys(pools, 0.0)
    worth = dict.fromkeys(values, 0.0)
    for name in names:
        row = {"option": name}
        for place, pool in enumerate(pools):
            if place == 0 or rng.random() < 0.7:
                costs[pool] += round(rng.uniform(1 if place == 0 else 0, 12), decimals[pool])
            row[pool] = f"{costs[pool]:.{decimals[pool]}f}"
        for value in values:
            worth[value] += rng.uniform(-1, 8) if rng.random() < 0.15 else rng.uniform(0.2, 8)
            row[value] = f"{worth[value]:.{rng.choice([0, 1, 2, 3])}f}"
        if "conversions_se" in row:
            row["conversions_se"] = decimal(rng, 0, 1, 2)
        rows.append(row)
    return rows


def _pool(rng: Random, pool: str, digits: int, options: list[Row]) -> Row:
    """Return a pool that holds from almost nothing to more than everything."""
    everything = sum(float(row[pool]) for row in options)
    share = rng.choice([rng.uniform(0.2, 0.6), rng.uniform(0.2, 0.6), rng.uniform(0.6, 1.2), 0.02])
    return {"pool": pool, "amount": f"{everything * share:.{digits}f}", "decimals": str(digits)}


def _attributes(rng: Random, keys: dict[str, list[str]]) -> dict[str, list[Row]]:
    tables = {
        "merchants": [
            {
                "merchant": merchant,
                "name": merchant,
                "tier": rng.choice(TIERS),
                "is_new": rng.choice(["true", "false", "是", "FALSE", "否"]),
                "followers": str(rng.randint(1, 99)),
                "least": decimal(rng, 0.5, 12, 2),
                "cap": decimal(rng, 1, 20, 2),
            }
            for merchant in keys["merchants"]
        ],
        "categories": [
            {"category": category, "name": f"c-{i}", "budget": decimal(rng, 1, 40, 1)}
            for i, category in enumerate(keys["categories"])
        ],
        "slots": [
            {"slot": slot, "start": f"2026-06-{day:02d}T20:00:00+08:00", "quota": decimal(rng, 1, 30, 1)}
            for slot, day in zip(keys["slots"], rng.sample(range(1, 30), len(keys["slots"])), strict=True)
        ],
    }
    if rng.random() < 0.2:  # a merchant of the table without any cell is in no group
        tables["merchants"].append(dict(tables["merchants"][0], merchant="无单元", name="nobody"))
    return tables


def _settings(
    rng: Random, pools: tuple[str, ...], values: tuple[str, ...], divisible: str, has_error: bool
) -> str:
    weights = {name: rng.choice(["1", "0.5", "0.02", "2"]) for name in rng.sample([*pools, *values], 2)}
    lines = [f"divisible = {divisible}"] if divisible else []
    aim = rng.choice(['"conversions"', f'"{values[-1]}"', '"blend"', "weights", ""])
    lines.append("[objective]")
    if aim == "weights":
        gain, loss = rng.choice(["1", "0.75", "3"]), rng.choice(["0.1", "0.25", "0.5"])
        aim = f"{{{values[-1]} = {gain}, {quoted(pools[0])} = -{loss}}}"
    if aim:
        lines.append(f"maximise = {aim}")
    if has_error:
        lines.append(f"caution = {rng.choice(['0.5', '1', '1.645'])}")
    lines += ["[measures]", "blend = {" + ", ".join(f"{quoted(n)} = {w}" for n, w in weights.items()) + "}"]
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """Return a text of TOML."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
