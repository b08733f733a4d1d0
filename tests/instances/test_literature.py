"""mmkp and mckp: what the READMEs say of size and value holds."""

import re
from fractions import Fraction
from pathlib import Path

import pytest

from models.codes import Severity
from models.solution import SearchOptions, Watch
from optimizer import pipeline
from optimizer.search import search

INSTANCES = Path(__file__).resolve().parents[2] / "instances"
FOLDERS = sorted(
    folder for kind in ("mmkp", "mckp") for folder in (INSTANCES / kind).iterdir() if folder.is_dir()
)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_the_readme_states_the_size(folder):
    """Every folder reads without an error, and its README states cells, options and pools as they are."""
    checked = pipeline.check(folder)
    assert not checked.has(Severity.error)
    problem = checked.problem
    pools = f"{len(problem.pools)} pool" + ("s" if len(problem.pools) > 1 else "")
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert f"{problem.num_cells:,} cells, {problem.num_options:,} options, {pools}, 1 rule" in readme
    for heading in ("**Story.**", "**Source and licence:**", "**Best known value**"):
        assert heading in readme


@pytest.mark.parametrize("name", ["mmkp/I01", "mmkp/I02", "mckp/weak", "mckp/subsetsum"])
def test_the_best_known_value_is_optimal(name):
    """On the quick ones a solve to gap 0 ends with the value that the README calls optimal."""
    readme = (INSTANCES / name / "README.md").read_text(encoding="utf-8")
    stated = re.search(r"\*\*Best known value\*\* ([\d.]+), optimal", readme)
    found = search(
        pipeline.check(INSTANCES / name).problem, SearchOptions(gap=Fraction(0), time_limit=60), Watch()
    )
    assert found.gap == 0
    assert found.plan.objective == Fraction(stated[1])
