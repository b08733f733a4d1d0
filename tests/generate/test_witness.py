"""A generated policy can be met: the plan that it is drawn around meets it, as the oracle counts."""

from fractions import Fraction

import pandas as pd
import pytest

import optimizer.generate as generator
from optimizer.generate import merchants as merchants_module
from tests.oracle import evaluate


def _generate_with_witness(folder, monkeypatch, **arguments):
    """Return the plan that the generator has in mind, as the oracle takes it."""
    rows, num_rows = [], 0
    original = generator.witness_of

    def recorded(block, *others):
        nonlocal num_rows
        chosen = original(block, *others)
        rows.extend(num_rows + chosen)
        num_rows += block.offers.cell.size
        return chosen

    monkeypatch.setattr(generator, "witness_of", recorded)
    generator.generate(folder, **arguments)
    options = pd.read_csv(folder / "options.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    assert len(options) == num_rows
    chosen = options.iloc[rows][["merchant", "category", "slot", "segment", "option"]]
    return {tuple(cell): {option: Fraction(1)} for *cell, option in chosen.itertuples(index=False)}


@pytest.mark.parametrize(
    "arguments",
    [
        {"merchants": 600, "seed": 3},
        {"merchants": 60, "seed": 5, "options": 1},
        {"merchants": 60, "seed": 6, "cells_per_merchant": 24},
        *({"merchants": merchants, "seed": merchants} for merchants in (1, 2, 3, 5, 8, 13, 40)),
    ],
    ids=str,
)
def test_the_witness_meets_the_policy(tmp_path, monkeypatch, arguments):
    """Every market, however small, has a plan that breaks no hard rule and no pool."""
    chosen = _generate_with_witness(tmp_path / "market", monkeypatch, **arguments)
    evaluation = evaluate(tmp_path / "market", chosen)
    assert evaluation.problems == ()
    assert evaluation.broken == frozenset()


def test_a_market_of_many_blocks(tmp_path, monkeypatch):
    """What blocks add up to makes one policy, with room to spare in both pools."""
    monkeypatch.setattr(generator, "BLOCK", 64)
    monkeypatch.setattr(merchants_module, "BLOCK", 64)
    chosen = _generate_with_witness(tmp_path / "market", monkeypatch, merchants=400, seed=8)
    evaluation = evaluate(tmp_path / "market", chosen)
    assert evaluation.broken == frozenset()
    for row in evaluation.rows:
        if row.rule.startswith("pool:"):
            assert 0.5 < Fraction(row.used) / Fraction(row.limit) < 0.95
