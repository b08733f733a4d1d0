"""Whatever the prices, what they prove is never below the best plan, and `verify` recomputes it."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import numpy as np
import pytest

from optimizer import pipeline
from optimizer.lagrangian.dual import Dual
from optimizer.lagrangian.market import market
from optimizer.lagrangian.prove import prove
from tests import oracle
from tests.agreement import draw, shuffled
from tests.lagrangian.recomputing import certificate_of, recomputed
from tests.search.making import write

FEW = list(shuffled(1))[::6]
ALL = list(shuffled(3))
_NODES = 200_000


def _prices(dual: Dual, rng: Random) -> list[np.ndarray]:
    """Return prices to try: none, the largest, ties everywhere, and random ones of every size."""
    most = dual.market.most
    count = len(most)
    tried = [
        np.zeros(count),
        most.copy(),
        np.minimum(most, 1.0),
        np.minimum(most, 10.0 ** rng.randint(0, 17)),
    ]
    for _ in range(6):
        # A price that is worth something: values are `scale` times units of the objective.
        usual = dual.market.scale * 10.0 ** rng.uniform(0, 6)
        drawn = np.array([rng.choice([0.0, 1.0, 10.0 ** rng.uniform(-6, 1)]) for _ in range(count)])
        tried.append(np.minimum(drawn * usual, most))
    return tried


def _check(seed, tmp_path) -> int:
    drawn = draw(seed)
    folder = drawn.write(tmp_path / "i")
    checked = pipeline.check(folder)
    if checked.problem is None or (made := market(checked.problem)) is None:
        return 0
    parsed = oracle.parse(drawn.files)
    best = None
    if not drawn.is_divisible:
        best = oracle.brute_force_folder(parsed).objective
    else:
        found = oracle.milp_folder(parsed).objective
        best = None if found is None else found - Fraction(1, 10**5) * max(1, abs(found))
    dual = Dual(made)
    num_proofs = 0
    for number, prices in enumerate(_prices(dual, Random(repr(seed)))):
        proof = prove(dual, prices, _NODES)
        if len(proof.impossible):
            assert best is None, f"{seed}: a merchant without any choice, and yet there is a plan"
            continue
        if len(proof.unfinished):
            continue
        certificate = certificate_of(checked.problem, proof)
        assert best is None or proof.leaf.bound >= best, f"{seed}, prices {number}"
        assert best is None or certificate.bound >= best
        bound = recomputed(folder, checked.problem, certificate, tmp_path / f"p{number}")
        assert bound.value == proof.leaf.bound, f"{seed}, prices {number}"
        assert Fraction(bound.text) == certificate.bound
        num_proofs += 1
    return num_proofs


@pytest.mark.parametrize("seed", FEW, ids=str)
def test_any_prices_prove_a_bound(seed, tmp_path):
    """Random, zero, tied and largest prices prove a bound at or above the best plan, and verify agrees."""
    _check(seed, tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("seed", ALL, ids=str)
def test_any_prices_prove_a_bound_for_every_rule(seed, tmp_path):
    """The same for every legal combination of what a rule can say, three times over."""
    _check(seed, tmp_path)


ONE = (10648, (393, 354, 276))
"""One merchant, whose own set is therefore every cell."""


SHARE = (10510, (159, 12, 58))
"""A cell's share of its category, every cell in scope: verify once totalled the basis over the cell alone."""


@pytest.mark.parametrize("seed", [ONE, SHARE], ids=str)
def test_recorded_prices_prove_a_bound(seed, tmp_path):
    """What once was proven or recomputed wrongly is proven at or above the best plan, and verify agrees."""
    assert _check(seed, tmp_path) > 0


RULES_OF_ONE = """rule,measure,where,by,sense,value
floor,cash,,,at_least,30
cap,cash,,merchant,at_most,70
many,merchants(cash>=50),,,at_least,1"""


@pytest.mark.parametrize("rules", [RULES_OF_ONE, "\n".join(RULES_OF_ONE.splitlines()[:2])])
def test_floor_of_one_merchant(rules, tmp_path):
    """A floor that one merchant meets leaves it with choices, and no bound below the best of them."""
    options = """merchant,category,slot,option,cash,conversions
    M,tea,S1,A,30,3 / M,tea,S1,B,60,5 / M,tea,S2,A,20,2.5 / M,tea,S3,A,55,-1"""
    folder = write(tmp_path / "i", pools="pool,amount / cash,100", options=options, rules=rules)
    problem = pipeline.check(folder).problem
    best = oracle.brute_force(folder).objective
    dual = Dual(market(problem))
    rng = np.random.default_rng(3)
    for _ in range(20):
        proof = prove(dual, dual.market.most * rng.random(dual.num_prices) ** 40)
        assert not len(proof.impossible)
        assert not len(proof.unfinished)
        assert proof.leaf.bound >= best


def test_counts_of_a_share(tmp_path):
    """What the dual reckons at prices is what they prove, where a floor on merchants is no whole number."""
    rows = " / ".join(f"M{number},tea,S1,A,{10 * number},{number}" for number in range(1, 6))
    folder = write(
        tmp_path / "i",
        pools="pool,amount / cash,60",
        options=f"merchant,category,slot,option,cash,conversions / {rows}",
        rules="rule,measure,where,by,sense,value,basis / many,merchants,,,at_least,70%,eligible",
    )
    problem = pipeline.check(folder).problem
    dual = Dual(market(problem))
    value = 10**problem.objective.digits * dual.market.scale
    for share in (0.0, 1e-9, 1e-3, 1.0):
        proof = prove(dual, dual.market.most * share)
        assert proof.priced.bound / value == pytest.approx(float(proof.leaf.bound), rel=1e-9)
