"""What arithmetic claims is so: beside brute force over every choice of small random shops."""

from collections import Counter
from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random

from models.codes import Severity
from optimizer.pipeline import check

_CELLS = [("M1", "big"), ("M2", "big"), ("M3", "mid"), ("M4", "new")]
_DRAWS = 150
_EMPTYING = ("POL-01", "POL-02", "POL-03", "POL-04", "POL-05")
_NEW = {"INF-09", "INF-10", "INF-11", "INF-12", "INF-13", "POL-03", "POL-04", "POL-05"}

_Rule = tuple[str, str, str, str, str, str, str]
"""kind, scope (a tier or blank), by, sense, value, basis, k."""


def _draw_rule(rng: Random) -> _Rule:
    if rng.random() < 0.2:
        basis = rng.choice(["", "total"])
        value = f"{rng.choice([20, 40, 60])}%" if basis else str(rng.choice([20, 40]))
        return "top", "", "merchant", "at_most", value, basis, str(rng.choice([1, 2]))
    scope, by = rng.choice(
        [("", ""), ("", "merchant"), ("big", ""), ("mid", ""), ("new", ""), ("big", "merchant")]
    )
    sense = rng.choice(["at_most", "at_least"])
    if rng.random() < 0.6:
        return "", scope, by, sense, f"{rng.choice([10, 30, 50, 70, 90])}%", "total", ""
    return "", scope, by, sense, str(rng.choice([1, 5, 10, 30])), "", ""


def _holds(rule: _Rule, spent: dict[str, int]) -> bool:
    kind, scope, by, sense, value, basis, k = rule
    number = Fraction(value[:-1]) / 100 if value.endswith("%") else Fraction(value)
    limit = number * sum(spent.values()) if basis else number
    inside = [merchant for merchant, tier in _CELLS if scope in ("", tier)]
    sums = [spent[m] for m in inside] if by else [sum(spent[m] for m in inside)]
    if kind == "top":
        return sum(sorted(sums)[-int(k) :]) <= limit
    return all(one <= limit if sense == "at_most" else one >= limit for one in sums)


def test_what_arithmetic_claims_is_so(tmp_path: Path) -> None:
    """No plan meets the rules of a shop with a conflict; one that meets emptying shares spends nothing."""
    seen: Counter[str] = Counter()
    for seed in range(_DRAWS):
        rng = Random(seed)
        rules = [_draw_rule(rng) for _ in range(rng.randint(2, 4))]
        costs = {merchant: [0, *sorted(rng.sample(range(1, 60), 2))] for merchant, _ in _CELLS}
        pinned = rng.choice(["", "", "M2"])
        folder = tmp_path / str(seed)
        _write(folder, rules, costs, pinned)
        codes = {one.code: one.severity for one in check(folder).findings}
        seen.update(codes.keys())
        choices = [costs[m] if m != pinned else costs[m][1:2] for m, _ in _CELLS]
        plans = [dict(zip(costs, chosen, strict=True)) for chosen in product(*choices)]
        met = [
            spent for spent in plans if sum(spent.values()) <= 150 and all(_holds(r, spent) for r in rules)
        ]
        if Severity.conflict in codes.values():
            assert not met, (seed, rules, costs, codes)
        if codes.keys() & set(_EMPTYING):
            assert all(not sum(spent.values()) for spent in met), (seed, rules, costs, codes)
    assert seen.keys() >= _NEW, _NEW - seen.keys()


def _write(folder: Path, rules: list[_Rule], costs: dict[str, list[int]], pinned: str) -> None:
    folder.mkdir()
    lines = [
        f"R{i},{kind},cash,{'tier=' * bool(scope)}{scope},{by},{sense},{value},{basis},{k}"
        for i, (kind, scope, by, sense, value, basis, k) in enumerate(rules)
    ]
    options = [f"{m},C,S,{'AB'[i]},{cost},1" for m, own in costs.items() for i, cost in enumerate(own[1:])]
    texts = {
        "pools": ["pool,amount", "cash,150"],
        "merchants": ["merchant,tier", *(f"{m},{tier}" for m, tier in _CELLS)],
        "options": ["merchant,category,slot,option,cash,conversions", *options],
        "rules": ["rule,kind,measure,where,by,sense,value,basis,k", *lines],
        "pins": ["merchant,category,slot,option", *([f"{pinned},C,S,A"] if pinned else [])],
    }
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text("\n".join(text) + "\n", encoding="utf-8")
