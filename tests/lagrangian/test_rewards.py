"""What the objective counts is in the bound: exact where it is searched, and the same line for verify."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

from models.problem import Problem
from optimizer import pipeline
from optimizer.lagrangian import rewards
from optimizer.lagrangian.certify import certify, common_divisor
from optimizer.verify import bound as verifying
from optimizer.verify import objective as verified
from optimizer.verify import rewards as own
from optimizer.verify.certificate import CertificateReader
from optimizer.verify.family import families_of
from optimizer.verify.loading import load
from optimizer.verify.report import Report
from optimizer.write.certificate import certificate_json
from tests import oracle
from tests.agreement import COUNTING, draw
from tests.lagrangian.test_counts import OPTIONS, RULES, Given, _plans, _reward
from tests.search.making import write
from tests.strategies import COMBINATIONS

SETTINGS = """[objective.maximise]
conversions = 1
cells = -0.25
merchants = 0.5
"merchants(cash>=50)" = 1.75
"merchants(cells>=2)" = -0.5
"""
WHOLE = [number for number, one in enumerate(COMBINATIONS) if not one.is_divisible]
MIXED = [number for number, one in enumerate(COMBINATIONS) if one.is_divisible]


@dataclass(frozen=True)
class Both:
    """A random instance as the product compiles it and as verify loads it."""

    folder: Path
    problem: Problem
    is_divisible: bool

    @classmethod
    def of(cls, seed: int, home: Path) -> Both:
        """Draw one whose objective counts; every other one is divisible."""
        drawn = draw((COUNTING + seed, (Random(seed).choice(MIXED if seed % 2 else WHOLE),)))
        folder = drawn.write(home / str(seed))
        problem = pipeline.check(folder).problem
        assert problem is not None
        return cls(folder, problem, drawn.is_divisible)

    def bounds(self, prices: list[Given]) -> tuple[Fraction, Fraction | None]:
        """Return the bound of a leaf as it is certified, and as verify recomputes it."""
        certificate = certify(self.problem, prices)
        instance = load(self.folder, ())
        families = families_of(instance)
        document = certificate_json(self.problem, certificate)
        read = CertificateReader(Report(), instance, families).read(document)
        return certificate.leaves[0].bound, verifying.leaf_bound(instance, read.leaves[0], read)


@pytest.mark.parametrize(
    "pins", ["", "merchant,category,slot,option / M1,tea,S2,B", "merchant,category,slot,option / M0,*,*,none"]
)
def test_leaf_is_the_exact_best(tmp_path: Path, pins: str) -> None:
    """A leaf's bound is the largest priced value of all choices, what the objective counts included."""
    tables = {"pins": pins} if pins else {}
    folder = write(
        tmp_path / "i",
        pools="pool,amount / cash,100",
        options=OPTIONS,
        rules=RULES,
        settings=SETTINGS,
        **tables,
    )
    problem, random = pipeline.check(folder).problem, Random(5)
    assert problem is not None
    plans = list(_plans(problem))
    numbers = [(-1, 0)] + [(i, j) for i, limits in enumerate(problem.limits) for j in range(limits.count)]
    for _ in range(40):
        given = [Given(*which, random.choice([0.0, 0.05, 0.5, 2.0, 9.0])) for which in numbers]
        rewarded = (p.objective + sum((_reward(p, one) for one in given), Fraction(0)) for p in plans)
        assert certify(problem, given).leaves[0].bound == max(rewarded)


def test_proofs_of_impossibility_count_nothing(tmp_path: Path) -> None:
    """With the objective taken as nothing, what it counts is nothing too."""
    folder = write(tmp_path / "i", pools="pool,amount / cash,100", options=OPTIONS, settings=SETTINGS)
    problem = pipeline.check(folder).problem
    assert problem is not None
    assert certify(problem, [], "infeasible").bound == 0


@pytest.mark.parametrize("most", [0, 12, 40, 150, 50_000])
def test_verify_draws_the_same_line(most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the line between searched and free counts is drawn, both find the same bound, and it holds."""
    monkeypatch.setattr(rewards, "MOST_WORK", most)
    monkeypatch.setattr(own, "MOST_WORK", most)
    for seed in range(24):
        both, random = Both.of(seed, tmp_path), Random(seed)
        prices = [Given(-1, 0, price)] if (price := random.choice([0.0, 0.05, 0.4])) else []
        certified, recomputed = both.bounds(prices)
        assert certified == recomputed, seed
        assert common_divisor(both.problem) in (0, verified.common_divisor(load(both.folder, ())))
        best = oracle.milp(both.folder).objective
        assert best is None or certified >= best - Fraction(1, 10**4), seed


def test_the_line_matters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thresholds that are searched make some bound smaller, and none larger."""
    found = []
    for seed in range(24):
        both = Both.of(seed, tmp_path)
        with monkeypatch.context() as patch:
            patch.setattr(rewards, "MOST_WORK", 0)
            free = certify(both.problem, []).leaves[0].bound
        found.append((certify(both.problem, []).leaves[0].bound, free))
    assert all(searched <= free for searched, free in found)
    assert any(searched < free for searched, free in found)
