"""What the oracle's ways of solving say of random instances, and whether their rules mattered."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from random import Random

from tests import oracle
from tests.oracle import Folder
from tests.strategies import COMBINATIONS, Drawn, Tally, random_instance

TOLERANCE = Fraction(1, 10**5)
"""How far floats and smallest units may take an objective from the exact one."""

RECORDED = Path(__file__).with_name("strategies") / "recorded.json"
"""Few seeds that together make every combination binding: [seed, numbers of the combinations asked for]."""

COUNTING = 10**7
"""From this seed on the objective counts cells or merchants as well."""

Seed = tuple[int, tuple[int, ...]]


@dataclass(frozen=True)
class Examined:
    """A random instance with its answer.

    Attributes
    ----------
    objective
        The best objective; None: no plan is feasible. Exact by brute force, of divisible instances a float's.
    binding, infeasible
        Rules without which the best objective would differ; without which there would be a plan at all.
    """

    seed: Seed
    drawn: Drawn
    folder: Folder
    objective: Fraction | None
    binding: frozenset[str]
    infeasible: frozenset[str]


def recorded() -> list[Seed]:
    """Return the recorded seeds."""
    return [(seed, tuple(numbers)) for seed, numbers in json.loads(RECORDED.read_text("utf-8"))]


def shuffled(rounds: int, each: int = 3) -> Iterator[Seed]:
    """Return seeds that ask for every combination `rounds` times, some in one instance."""
    for number in range(rounds):
        for is_divisible in (False, True):
            deck = [n for n, c in enumerate(COMBINATIONS) if c.is_divisible == is_divisible]
            Random(number).shuffle(deck)
            for place in range(0, len(deck), each):
                yield number * 10_000 + 2 * place + is_divisible, tuple(deck[place : place + each])


def counting(count: int) -> Iterator[Seed]:
    """Return seeds whose objective counts cells or merchants: of `count` combinations of either sort."""
    for is_divisible in (False, True):
        deck = [n for n, c in enumerate(COMBINATIONS) if c.is_divisible == is_divisible]
        for place, number in enumerate(Random(count).sample(deck, count)):
            yield COUNTING + 2 * place + is_divisible, (number,)


def examine_all(seeds: Iterable[Seed], tally: Tally, tries: int = 0) -> Iterator[Examined]:
    """Examine the instances of some seeds, then up to `tries` more for every combination not binding yet."""
    for seed in seeds:
        yield examine(seed, tally)
    for number, combination in enumerate(COMBINATIONS):
        for attempt in range(tries):
            if tally.binding[combination]:
                break
            yield examine((10**6 + attempt, (number,)), tally)


def draw(seed: Seed) -> Drawn:
    """Return the instance of a seed."""
    combinations = [COMBINATIONS[number] for number in seed[1]]
    return random_instance(Random(repr(seed)), combinations, is_counting=seed[0] >= COUNTING)


def examine(seed: Seed, tally: Tally) -> Examined:
    """Draw an instance, solve it by brute force and by HiGHS (divisible ones by HiGHS alone), and compare."""
    drawn = draw(seed)
    folder = oracle.parse(drawn.files)
    answer = oracle.milp_folder(folder)
    objective, names = answer.objective, list(drawn.combinations)
    if drawn.is_divisible:
        without = {name: oracle.milp_folder(folder, [name]).objective for name in _enforced(drawn)}
    else:
        best = oracle.brute_force_folder(folder)
        objective = best.objective
        without = {name: best.without.get(name) for name in _enforced(drawn)}
        assert is_same(objective, answer.objective), f"{seed}: {objective}, HiGHS {answer.objective}"
    matters = {name for name, better in without.items() if not is_same(better, objective)}
    if objective is None:
        binding, infeasible = set(), matters
    else:
        binding, infeasible = matters | _tight_reports(drawn, folder, answer.chosen or {}), set()
    for name in names:
        tally.drawn[drawn.combinations[name]] += 1
        tally.binding[drawn.combinations[name]] += name in binding
        tally.infeasible[drawn.combinations[name]] += name in infeasible
    return Examined(seed, drawn, folder, objective, frozenset(binding), frozenset(infeasible))


def is_same(one: Fraction | None, other: Fraction | None) -> bool:
    """Whether two best objectives agree, none being one."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= TOLERANCE * max(1, abs(one))


def _enforced(drawn: Drawn) -> list[str]:
    return [name for name, combination in drawn.combinations.items() if combination.enforcement != "report"]


def _tight_reports(
    drawn: Drawn, folder: Folder, chosen: dict[tuple[str, ...], dict[str, Fraction]]
) -> set[str]:
    """Return the report rules that are broken, or used to the last, by the best plan."""
    reports = {name for name in drawn.combinations if name not in _enforced(drawn)}
    return {
        row.rule
        for row in oracle.evaluate_folder(folder, chosen).rows
        if row.rule in reports
        and (row.status == "broken" or (row.status == "binding" and Fraction(row.used)))
    }
