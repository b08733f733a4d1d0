"""Every mutant of a good plan must be refused, class by class."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

from optimizer.verify import verify
from optimizer.verify.family import families_of
from optimizer.verify.loading import load
from tests import oracle
from tests.strategies.instance import random_instance
from tests.verify.certificates import random_inside, random_leaf
from tests.verify.folders import write_instance, write_plan
from tests.verify.mutants import MUTATIONS, mutants
from tests.verify.publishing import publish


def refused(instance: Path, plan: Path, seed: int, count: int) -> Counter[str]:
    """Return how many mutants of each class were made; fail on the first that is not refused."""
    counts: Counter[str] = Counter()
    for name, mutant in mutants(instance, plan, seed, count):
        found = verify(instance, mutant)
        assert not found.is_verified, f"{name} survives in {sorted(path.name for path in mutant.iterdir())}"
        assert found.exit_code in (3, 6)
        counts[name.partition(":")[0]] += 1
    return counts


def test_tiny_plan(tmp_path: Path) -> None:
    """No mutant of the plan worked by hand may pass, and every class that it allows must be made."""
    instance = write_instance(tmp_path / "instance")
    counts = refused(instance, write_plan(tmp_path / "plan", instance), 1, 500)
    needs_more = {
        "certificate.json weight",
        "certificate.json decision flipped",
        "certificate.json leaf dropped",
        "summary.json overrides reordered",
    }
    assert set(counts) == set(MUTATIONS) - needs_more
    assert min(counts.values()) >= 5, counts


def test_plan_with_several_leaves(tmp_path: Path) -> None:
    """No mutant of a proof by cases may pass: one decision flipped, one leaf dropped, and all the others."""
    instance = write_instance(tmp_path / "instance")
    first = {"merchant": "M1", "category": "food", "slot": "S1", "option": "A"}
    second = {"merchant": "M3", "category": "toys", "slot": "S2", "option": "A"}
    cash = {"rule": "pool:cash", "group": "", "price": "0.3"}
    wheres = [
        [{**first, "taken": True}],
        [{**first, "taken": False}, {**second, "taken": True}],
        [{**first, "taken": False}, {**second, "taken": False}],
    ]
    proof = {"kind": "bound", "inside": [], "leaves": [{"where": w, "prices": [cash]} for w in wheres]}
    chosen = {("M1", "food", "S1"): {"A": Fraction(1)}, ("M3", "toys", "S2"): {"A": Fraction(1)}}
    plan = publish(instance, tmp_path / "plan", chosen, proof)
    found = verify(instance, plan)
    assert found.is_verified, [str(finding) for finding in found.findings]
    counts = refused(instance, plan, 3, 250)
    assert counts["certificate.json decision flipped"] >= 5
    assert counts["certificate.json leaf dropped"] >= 5


@pytest.mark.parametrize("seed", range(6))
def test_random_plans(seed: int, tmp_path: Path) -> None:
    """No mutant of a plan of a random instance, with random prices as its proof, may pass."""
    rng = Random(seed)
    path, chosen = tmp_path, None
    while chosen is None or not oracle.evaluate(path, chosen).is_feasible:
        path = random_instance(rng, num_others=6).write(tmp_path / f"instance{rng.random()}")
        chosen = oracle.milp(path).chosen
    instance = load(path, ())
    families = families_of(instance)
    leaf = random_leaf(rng, instance, families, 0.5)
    inside = random_inside(rng, instance, families) if not instance.is_divisible.any() else []
    plan = publish(path, tmp_path / "plan", chosen, {"kind": "bound", "inside": inside, "leaves": [leaf]})
    found = verify(path, plan)
    assert found.is_verified, [str(finding) for finding in found.findings]
    assert sum(refused(path, plan, seed, 100).values()) == 100
