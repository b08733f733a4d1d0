"""What holds of every problem: the relaxation bounds it, and more room never hurts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.problem import Problem
from tests.formulation.compiled import compiled, lp_text
from tests.formulation.drawing import drawings
from tests.formulation.glpk import Program
from tests.strategies import Drawn

NOTHING = float("-inf")
QUICK = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
FULL = settings(QUICK, max_examples=500, derandomize=False)


def _check_relaxation(drawn: Drawn) -> None:
    program = Program(lp_text(compiled(drawn.files)))
    whole, relaxed = program.best(), program.best(is_relaxed=True)
    if whole is not None:
        assert relaxed is not None
        assert _is_at_least(relaxed, whole)


def _check_rules(drawn: Drawn) -> None:
    stated = compiled(drawn.files)
    best = _best(stated)
    for number in range(len(stated.limits)):
        fewer = replace(stated, limits=stated.limits[:number] + stated.limits[number + 1 :])
        assert _is_at_least(_best(fewer), best), stated.limits[number].rule.rule


def _check_pools(drawn: Drawn, share: int) -> None:
    stated = compiled(drawn.files)  # shares of pools are compiled: they stay what they were
    best = _best(stated)
    for number, pool in enumerate(stated.instance.pools):
        larger = replace(pool, amount=pool.amount + pool.amount * share // 100 + 1)
        pools = (*stated.instance.pools[:number], larger, *stated.instance.pools[number + 1 :])
        assert _is_at_least(_best(replace(stated, instance=replace(stated.instance, pools=pools))), best), (
            pool.name
        )


@QUICK
@given(drawings())
def test_relaxation_bounds(drawn: Drawn) -> None:
    """No plan is worth more than the linear relaxation, and none exists where that has no solution."""
    _check_relaxation(drawn)


@QUICK
@given(drawings())
def test_fewer_rules_never_hurt(drawn: Drawn) -> None:
    """Leaving out any one rule never lowers the best objective, and never makes plans impossible."""
    _check_rules(drawn)


@QUICK
@given(drawings(), st.integers(0, 100))
def test_more_of_a_pool_never_hurts(drawn: Drawn, share: int) -> None:
    """More of any one pool never lowers the best objective, the rules being what they were."""
    _check_pools(drawn, share)


@pytest.mark.full
@FULL
@given(drawings(), st.integers(0, 100))
def test_properties_at_full_volume(drawn: Drawn, share: int) -> None:
    """Every property of this page holds of many random problems."""
    _check_relaxation(drawn)
    _check_rules(drawn)
    _check_pools(drawn, share)


def _best(stated: Problem) -> float:
    best = Program(lp_text(stated)).best()
    return NOTHING if best is None else best


def _is_at_least(one: float, other: float) -> bool:
    return one >= other - 1e-6 * max(1.0, abs(other) if other > NOTHING else 1.0)
