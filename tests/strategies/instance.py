"""A random instance: tables, pins, and rules of wanted combinations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from hypothesis import strategies as st

from tests import oracle
from tests.oracle.folder import Folder
from tests.strategies.combination import COMBINATIONS, Combination
from tests.strategies.files import Row, csv_text, write_files
from tests.strategies.market import SMALL, Market, Size, quoted, random_market
from tests.strategies.policy import Plan, Planner, greedy_plan, random_plan


@dataclass(frozen=True)
class Drawn:
    """A random instance.

    Attributes
    ----------
    files
        Name -> text of every file.
    combinations
        Rule -> the combination that it was drawn for.
    """

    files: dict[str, str]
    combinations: dict[str, Combination]
    is_divisible: bool

    def write(self, folder: Path) -> Path:
        """Write the instance, and return its folder."""
        return write_files(folder, self.files)


def random_instance(
    rng: Random,
    combinations: Sequence[Combination] = (),
    size: Size = SMALL,
    num_others: int = 1,
    *,
    is_counting: bool = False,
) -> Drawn:
    """Return a random instance with a rule for each of the combinations and some others.

    With `is_counting` the objective counts cells or merchants as well.
    """
    is_divisible = combinations[0].is_divisible if combinations else rng.random() < 0.4
    market = random_market(rng, size, is_divisible)
    files = {f"{table}.csv": csv_text(rows) for table, rows in market.tables.items()}
    files["settings.toml"] = market.settings
    folder = oracle.parse(files)
    pins = _pins(rng, folder, market) if rng.random() < 0.25 else []
    planner = Planner(rng, folder, _plans(rng, folder))
    others = [c for c in COMBINATIONS if c.is_divisible == is_divisible]
    wanted = [*combinations, *rng.sample(others, rng.randint(0, num_others))]
    rules = [planner.draw(f"r{place}", combination) for place, combination in enumerate(wanted)]
    if rules:
        files["rules.csv"] = csv_text(rng.sample(rules, len(rules)))
    if is_counting:
        files["settings.toml"] = _with_counts(rng, market.settings, planner)
    if pins:
        files["pins.csv"] = csv_text(pins)
    return Drawn(files, {f"r{place}": combination for place, combination in enumerate(wanted)}, is_divisible)


def instances(size: Size = SMALL) -> st.SearchStrategy[Drawn]:
    """Return a hypothesis strategy of random instances."""
    rng = st.randoms(use_true_random=False)
    others, counting = st.just(3), st.booleans()
    return st.builds(random_instance, rng, size=st.just(size), num_others=others, is_counting=counting)


def _with_counts(rng: Random, settings: str, planner: Planner) -> str:
    """Return settings whose objective weighs one to three counts beside what it weighs, or alone."""
    lines = settings.splitlines()
    aims = [line.partition(" = ")[2] for line in lines if line.startswith("maximise = ")]
    aim = aims[0] if aims else '"conversions"'
    weights = [aim.strip("{}")] if aim.startswith("{") else [f"{aim} = {rng.choice(['1', '0.5'])}"]
    kinds = rng.sample(("cells", "merchants", "reaches", "reaches_own"), rng.choice([1, 1, 2, 3]))
    counts = [(planner.measure(kind), rng.choice(["2", "5", "0.7", "-1.5", "-4", "20"])) for kind in kinds]
    weights = [
        *weights[: rng.choice([0, 1, 1, 1])],
        *(f"{quoted(text)} = {w}" for text, w in dict(counts).items()),
    ]
    kept = [line for line in lines if not line.startswith("maximise = ")]
    place = kept.index("[objective]") + 1
    return "\n".join([*kept[:place], f"maximise = {{{', '.join(weights)}}}", *kept[place:]]) + "\n"


def _plans(rng: Random, folder: Folder) -> list[Plan]:
    """Return plans to calibrate rules by: a good one without any rule, then random ones, sparse to full."""
    return [
        greedy_plan(folder),
        *(random_plan(rng, folder, density) for density in (0.3, 0.5, 0.7, 0.9, 1.0, 1.0)),
    ]


def _pins(rng: Random, folder: Folder, market: Market) -> list[Row]:
    """Return one or two pins on different merchants, so that they cannot contradict each other."""
    merchants = sorted({cell[0] for cell in folder.options})
    pins = []
    for merchant in rng.sample(merchants, min(len(merchants), rng.choice([1, 1, 2]))):
        cell = rng.choice([cell for cell in folder.options if cell[0] == merchant])
        keys = dict(zip(market.keys, cell, strict=True))
        if rng.random() < 0.5:
            own = folder.options[cell]
            _, least = min((amounts[market.pools[0]], option) for option, amounts in own.items())
            pins.append(keys | {"option": least})
        elif rng.random() < 0.5:
            pins.append(keys | {"option": rng.choice(["none", "无"])})
        else:
            pins.append(dict.fromkeys(keys, "*") | {"merchant": merchant, "option": "none"})
    return pins
