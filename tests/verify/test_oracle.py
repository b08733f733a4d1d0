"""Verify's own expansion and bound, against the test oracle on random instances."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random

import numpy as np
import pytest

from optimizer.verify.bound import leaf_bound
from optimizer.verify.certificate import Certificate, CertificateReader
from optimizer.verify.decimals import exact_text
from optimizer.verify.family import Family, families_of
from optimizer.verify.holdings import Holdings
from optimizer.verify.instance import Instance
from optimizer.verify.judging import judge
from optimizer.verify.loading import load
from optimizer.verify.plan import columns_of, read_plan
from optimizer.verify.report import Report
from optimizer.verify.summary import Facts, objective_of, penalties
from tests import oracle
from tests.oracle.evaluation import Holding, amount, excess, worth_of
from tests.oracle.folder import Folder
from tests.oracle.rule import Limit, limits
from tests.strategies.combination import COMBINATIONS
from tests.strategies.instance import random_instance
from tests.strategies.policy import random_plan
from tests.verify.certificates import random_inside, random_leaf
from tests.verify.folders import guarded, text_of

_MOST_PLANS = 3000


def held(instance: Instance, chosen: dict, folder: Path) -> Holdings:
    """Return what verify finds that a plan holds, from a file whose amounts are left blank."""
    header = columns_of(instance)
    rows = [list(header)]
    for cell, mix in sorted(chosen.items()):
        for option, fraction in sorted(mix.items()):
            is_mixed = header[-1] == "fraction"
            blank = [""] * (len(header) - len(cell) - 1 - is_mixed)
            last = [exact_text(fraction) if fraction != 1 or instance.settings.divisible else ""] * is_mixed
            rows.append([*map(guarded, (*cell, option)), *blank, *last])
    (folder / "plan.csv").write_text("\ufeff" + text_of(rows), encoding="utf-8")
    return Holdings(instance, read_plan(Report(), instance, folder))


@pytest.mark.parametrize("seed", range(40))
def test_limits_agree_with_the_oracle(seed: int, tmp_path: Path) -> None:
    """Every limit, use, slack and status, and the objective, must be what the oracle finds."""
    rng = Random(seed)
    path = random_instance(rng, num_others=6, is_counting=seed % 3 == 2).write(tmp_path / "instance")
    instance, folder = load(path, ()), oracle.read(path)
    families = families_of(instance)
    for density in (0.2, 0.6, 1.0):
        chosen = random_plan(rng, folder, density)
        holdings = held(instance, chosen, tmp_path)
        families_judged = [judge(instance, holdings, family) for family in families]
        judged = [limit for limits in families_judged for limit in limits]
        found = oracle.evaluate_folder(folder, chosen)
        assert [
            (
                limit.family.name,
                limit.group,
                limit.family.rule.measure.text,
                limit.family.rule.sense,
                limit.limit,
                limit.used,
                limit.slack,
                limit.status(Fraction(0)),
            )
            for limit in judged
        ] == [tuple(asdict(row).values()) for row in found.rows]
        assert penalties(families_judged) == found.penalties
        assert objective_of(Facts(instance, holdings, families_judged, {}, None)) == found.objective


def best_by_brute_force(folder: Folder, certificate: Certificate) -> Fraction | None:
    """Return the largest objective plus price x slack over all plans that pins and inside limits allow."""
    expanded = {(limit.rule.name, limit.label): limit for limit in limits(folder)}
    inside = [expanded[family.name, family.texts[group]] for family, group in certificate.inside]
    best = None
    for chosen in _plans(folder):
        holding = {cell: folder.options[cell][option] for cell, option in chosen.items()}
        if any(excess(limit, holding) for limit in inside):
            continue
        value = worth_of(folder, holding)
        for priced in certificate.leaves[0].prices:
            family = priced.family
            limit = expanded.get((family.name, family.limit_texts[priced.group]))
            value += _relaxed(folder, family, limit, holding, priced)
        best = value if best is None else max(best, value)
    return best


def _relaxed(folder: Folder, family: Family, limit: Limit | None, holding: Holding, priced) -> Fraction:
    if limit is None:  # a pool
        pool = family.rule.measure.name
        used = sum((amounts[pool] for amounts in holding.values()), Fraction(0))
        return priced.price * (folder.pools[pool].amount - used)
    measure = limit.rule.measure
    if limit.rule.kind == "ratio":  # the oracle leaves groups without a basis out
        named = [text for text, basis in zip(family.texts, family.bases, strict=True) if basis]
        rates = {
            text: amount(measure, group.cells, holding) / share
            for text, group, share in zip(named, limit.groups, limit.shares, strict=True)
        }
        return sum(
            price * (limit.rule.value * rates[family.texts[low]] - rates[family.texts[high]])
            for (high, low), price in priced.pairs.items()
        )
    if limit.rule.kind == "top":
        used = sum(
            weight * amount(measure, limit.groups[group].cells, holding)
            for group, weight in priced.weights.items()
        )
    else:
        used = amount(measure, limit.groups[0].cells, holding)
    bound = limit.constant
    if limit.basis is not None:
        bound = limit.rule.value * amount(limit.basis, limit.basis_cells, holding)
    return priced.price * (bound - used) * (1 if limit.rule.is_at_most else -1)


def _plans(folder: Folder):
    ways = []
    for cell, options in folder.options.items():
        forced = folder.forced.get(cell, set())
        allowed = [way for way in (None, *options) if not forced or {way} == forced]
        ways.append([way for way in allowed if way is None or cell not in folder.forbidden])
    for choice in product(*ways):
        yield {cell: way for cell, way in zip(folder.options, choice, strict=True) if way is not None}


@pytest.mark.parametrize("kind", ["limit", "top", "ratio", "window"])
def test_bound_is_the_exact_lagrangian(kind: str, tmp_path: Path) -> None:
    """The bound of random prices must be the best over all plans of objective plus price x slack, exactly."""
    priced_kinds: Counter[str] = Counter()
    combinations = [c for c in COMBINATIONS if c.kind == kind and not c.is_divisible]
    for seed in range(25):
        rng = Random(seed)
        wanted, is_counting = rng.sample(combinations, 2), seed % 3 == 2
        drawn = random_instance(rng, wanted, num_others=4, is_counting=is_counting)
        path = drawn.write(tmp_path / str(seed))
        folder = oracle.read(path)
        if oracle.num_plans(folder) > _MOST_PLANS:
            continue
        instance = load(path, ())
        families = families_of(instance)
        document = {
            "contract": 1,
            "kind": "bound",
            "bound": "",
            "inside": random_inside(rng, instance, families),
            "leaves": [random_leaf(rng, instance, families, 0.6)],
        }
        certificate = CertificateReader(Report(), instance, families).read(document)
        found = leaf_bound(instance, certificate.leaves[0], certificate)
        assert found == best_by_brute_force(folder, certificate), document
        priced_kinds.update(priced.family.rule.kind for priced in certificate.leaves[0].prices)
    assert priced_kinds[kind] > 5


def test_held_without_rows_is_nothing(tmp_path: Path) -> None:
    """A plan without rows must hold nothing at all."""
    path = random_instance(Random(1)).write(tmp_path / "instance")
    holdings = held(load(path, ()), {}, tmp_path)
    assert not np.any(holdings.is_funded)
