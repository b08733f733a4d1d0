"""Proofs by leaves that no plan exists: every small one is found, none is false, and verify holds them."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction

import pytest

from models.solution import SearchOptions, Watch
from optimizer import pipeline
from optimizer.search.clock import Clock
from optimizer.search.impossible import search_by_leaves
from optimizer.solve.model import Model
from optimizer.verify import verify
from tests.cli.running import fairpool
from tests.lagrangian.recomputing import recomputed
from tests.oracle import brute_force
from tests.search.making import out_of, solve, write
from tests.search.tight import write_tight
from tests.verify.mutants import Files
from tests.zoo.infeasible import PROBLEMS
from tests.zoo.shop import OPTIONS, POOLS

BY_LEAVES = ("between-options", "parity", "equal-or-nothing", "minimum-above-cap")
"""Problems of the zoo that no single price vector refutes."""

PARITY = "rule,measure,sense,value / cap,cash,at_most,55 / floor,cash,at_least,55"


@pytest.mark.parametrize("seed", range(40))
def test_tight_instances(seed, tmp_path):
    """Where brute force finds no plan, that is proven and recomputed by verify; else a plan is found."""
    folder = write_tight(tmp_path / "tight", seed)
    best = brute_force(folder).objective
    solved = solve(folder, method="monolithic")
    assert not solved.rejected, solved.rejected
    if solved.solution is None:  # by arithmetic
        assert best is None
        return
    assert (solved.plan.objective if solved.plan else None) == best
    assert solved.solution.is_infeasible == (best is None)
    if best is None:
        certificate = solved.solution.certificate
        bound = recomputed(folder, solved.checked.problem, certificate, tmp_path / "again")
        assert bound.value < 0
        assert Fraction(bound.text) == certificate.bound


@pytest.mark.parametrize("name", BY_LEAVES)
def test_needs_leaves(name, tmp_path):
    """What whole options alone cannot meet takes several leaves, and ends with exit 4."""
    folder = next(one for one in PROBLEMS if one.name == name).write(tmp_path / "instance")
    ran = fairpool("solve", folder, "--out", tmp_path / "plan", "--json")
    assert ran.code == 4
    assert ran.json["certificate"]["kind"] == "infeasible"
    assert len(ran.json["certificate"]["leaves"]) > 1


def test_budget(tmp_path):
    """A tree that may not look at enough nodes proves nothing, and says nothing."""
    folder = write(tmp_path / "parity", pools=POOLS, options=OPTIONS, rules=PARITY)
    problem = pipeline.check(folder).problem
    model = Model(problem)
    clock = Clock(SearchOptions(), Watch())
    found = search_by_leaves(problem, model, clock, 3)
    assert (found.plan, found.proof) == (None, None)
    assert search_by_leaves(problem, model, clock).proof.bound < 0


def test_a_plan_met_on_the_way(tmp_path):
    """Where there is a plan, the tree ends with one that holds, never with a proof."""
    rules = PARITY.replace("55", "50")
    folder = write(tmp_path / "fifty", pools=POOLS, options=OPTIONS, rules=rules)
    problem = pipeline.check(folder).problem
    found = search_by_leaves(problem, Model(problem), Clock(SearchOptions(), Watch()))
    assert found.proof is None
    assert found.plan.is_feasible


@pytest.fixture(scope="module")
def effort(tmp_path_factory):
    """An instance refuted by leaves, and its best effort, which carries the proof."""
    folder = tmp_path_factory.mktemp("effort") / "parity"
    write(folder, pools=POOLS, options=OPTIONS, rules=PARITY)
    assert solve(folder, is_best_effort=True).plan is not None
    return folder


def test_best_effort_by_leaves(effort):
    """A plan that breaks rules carries the leaves that prove it unavoidable, and verify accepts it."""
    found = verify(effort, out_of(effort))
    assert found.is_verified
    assert found.is_best_effort
    assert len(_leaves(effort)) > 1


def _leaves(folder):
    return json.loads((out_of(folder) / "certificate.json").read_text(encoding="utf-8"))["leaves"]


def _dropped(leaves, number):
    del leaves[number]


def _flipped(leaves, number):
    decision = leaves[number]["where"][-1]
    decision["taken"] = not decision["taken"]


def _other_option(leaves, number):
    decision = leaves[number]["where"][-1]
    decision["option"] = "A" if decision["option"] == "B" else "B"


def _no_prices(leaves, number):
    leaves[number]["prices"] = []


def _price_dropped(leaves, number):
    if len(leaves[number]["prices"]) > 1:
        del leaves[number]["prices"][0]


def _prices_doubled(leaves, _number):
    for leaf in leaves:
        for price in leaf["prices"]:
            price["price"] = f"{(Decimal(price['price']) * 2).normalize():f}"


def _assumes_nothing(leaves, number):
    leaves[number]["where"] = []


@pytest.mark.parametrize(
    "change",
    [_dropped, _flipped, _other_option, _no_prices, _price_dropped, _prices_doubled, _assumes_nothing],
)
def test_mutants(change, effort, tmp_path):
    """Drop a leaf, change a decision, change prices: every one of them is refused, whichever leaf it is."""
    files = Files.read(out_of(effort))
    for number in range(len(_leaves(effort))):
        leaves = _leaves(effort)
        change(leaves, number)
        if leaves == _leaves(effort):
            continue
        files.documents["certificate.json"]["leaves"] = leaves
        mutant = tmp_path / str(number)
        mutant.mkdir()
        files.write(mutant)
        assert verify(effort, mutant).exit_code == 6, (change.__name__, number)
