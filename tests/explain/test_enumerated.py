"""What rules are said to cost, against an oracle that tries every plan and shares no code with it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests import oracle
from tests.agreement import draw
from tests.explain.asking import explained, solve
from tests.oracle.folder import Folder
from tests.zoo import ZOO

RULED = sorted(
    animal.name
    for animal in ZOO.values()
    if "rules.csv" in animal.files and animal.objective is not None and not animal.is_divisible
)
ODDEST = ("degenerate", "minimum-worth-having", "own-thresholds", "pinned", "soft-tiny")
"""Those of the quick run."""
DRAWN = [(732, (403, 154, 55)), (228, (82, 118, 234)), (864, (258, 111, 298))]
"""Seeds of random instances, as awkward as they come, in which several rules cost something."""


def _check(policy: dict[str, Any], folder: Folder) -> None:
    """Compare every rule's effect with what enumeration finds."""
    best = oracle.brute_force_folder(folder)
    assert best.objective is not None
    for rule in policy["rules"]:
        if rule["enforcement"] == "report":
            continue
        free = best.without[rule["rule"]]
        assert free is not None
        assert Fraction(rule["low"]) <= free - best.objective <= Fraction(rule["high"]), rule["rule"]
        if policy["gap_met"]:
            assert Fraction(rule["change"]) == free - best.objective, rule["rule"]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in ODDEST else pytest.mark.full) for name in RULED]
)
def test_the_zoo(name: str, tmp_path: Path) -> None:
    """Of odd problems with rules every effect is exactly what enumeration finds."""
    folder = ZOO[name].write(tmp_path / "instance")
    document = explained(folder, solve(folder, tmp_path / "plan"))
    assert document["policy"]["gap_met"]
    _check(document["policy"], oracle.read(folder))


@pytest.mark.parametrize("seed", DRAWN, ids=str)
def test_random_instances(seed: tuple[int, tuple[int, ...]], tmp_path: Path) -> None:
    """Of random instances every effect is what enumeration finds."""
    drawn = draw(seed)
    folder = drawn.write(tmp_path / "instance")
    document = explained(folder, solve(folder, tmp_path / "plan"))
    _check(document["policy"], oracle.parse(drawn.files))
