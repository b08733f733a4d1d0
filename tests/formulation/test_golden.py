"""Every family of the formulation states what its golden file says, and that is what it should."""

from __future__ import annotations

import pkgutil

import pytest

from models import formulation
from tests import oracle
from tests.formulation.families import FAMILIES
from tests.formulation.glpk import Program
from tests.formulation.golden import GOLDEN, golden_text

MAX_LINES = 40
NO_FAMILY = {"sheet"}
"""Modules that state nothing by themselves."""

EVERY_FAMILY = pytest.mark.parametrize("family", FAMILIES)


def test_every_module_has_a_golden_file() -> None:
    """Every module of the formulation has a golden file of its name, and every golden file a problem."""
    modules = {module.name for module in pkgutil.iter_modules(formulation.__path__)} - NO_FAMILY
    files = {file.stem for file in GOLDEN.glob("*.lp")}
    assert modules
    assert sorted(modules - files) == []
    assert sorted(files ^ FAMILIES.keys()) == []


@EVERY_FAMILY
def test_golden_file(family: str) -> None:
    """The formulation of the family's problem is its golden file, to the letter."""
    file = GOLDEN / f"{family}.lp"
    assert golden_text(family) == file.read_text(encoding="utf-8"), (
        "if that is meant: python -m tests.formulation.golden"
    )


@EVERY_FAMILY
def test_golden_file_is_small(family: str) -> None:
    """A golden file is small enough to be read by a person."""
    assert len((GOLDEN / f"{family}.lp").read_text(encoding="utf-8").splitlines()) <= MAX_LINES


@EVERY_FAMILY
def test_golden_optimum(family: str) -> None:
    """GLPK finds in the golden file the objective reckoned by hand, and so does trying every plan."""
    problem = FAMILIES[family]
    assert problem.objective is not None
    best = Program((GOLDEN / f"{family}.lp").read_text(encoding="utf-8")).best()
    assert best == pytest.approx(float(problem.objective), abs=1e-9)
    if not problem.is_divisible:
        assert oracle.brute_force_folder(oracle.parse(problem.files)).objective == problem.objective


@EVERY_FAMILY
def test_golden_matters(family: str) -> None:
    """Without what the family is about, the objective of its problem would be another."""
    problem = FAMILIES[family]
    about = {"pins.csv": "pins", "rules.csv": "rules", "settings.toml": "settings"}
    files = {name: text for name, text in problem.files.items() if name not in about}
    if len(files) == len(problem.files):  # `choice` and `pools` are about what cannot be left out
        assert family in ("choice", "pools")
        return
    assert oracle.milp_folder(oracle.parse(files)).objective != problem.objective
