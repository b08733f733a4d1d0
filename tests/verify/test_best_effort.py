"""A plan that breaks hard rules must prove that every plan does."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from models.codes import Severity
from models.solution import SearchOptions
from optimizer import pipeline
from optimizer.show.verification import show_verification
from optimizer.verify import Verification, verify
from tests.cli.running import fairpool
from tests.verify.folders import altered, write_instance
from tests.verify.mutants import Files

BROKEN = "rule,measure,by,sense,value\nfloor,cash,,at_least,95\ncap,cash,merchant,at_most,25\n"
"""No merchant has an option of 25 or less, so the caps leave nothing; the floor alone could hold."""

OPEN = "rule,measure,by,sense,value\nfloor,cash,,at_least,90\n"
BOUNDS = ("bound", "gap", "bound_by", "claimed_bound", "certified_bound", "certified_gap")


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """An impossible instance and its plan."""
    instance = write_instance(tmp_path / "instance", rules=BROKEN)
    solved = pipeline.solve(instance, tmp_path / "plan", choose=lambda _: _asked())
    assert solved.plan is not None, solved
    return instance, tmp_path / "plan"


def _asked() -> SearchOptions:
    return SearchOptions(is_best_effort=True)


def printed(result: Verification) -> str:
    """Return a verification as people see it."""
    out = io.StringIO()
    show_verification(Console(file=out, width=200), result)
    return out.getvalue()


def test_it_is_verified_as_such(folders: tuple[Path, Path]) -> None:
    """A best effort must be verified with a warning for every broken limit, and be called one."""
    found = verify(*folders)
    broken = [finding for finding in found.findings if finding.code == "VER-31"]
    assert {finding.severity for finding in found.findings} == {Severity.warning}
    assert len(broken) == len(found.findings) == found.num_broken > 0
    assert (found.is_verified, found.exit_code, found.is_best_effort) == (True, 0, True)
    document = found.to_json()
    assert (document["best_effort"], document["broken"]) == (True, found.num_broken)
    assert (document["bound"], document["certified_bound"]) == (None, None)
    limits = "limit is" if found.num_broken == 1 else "limits are"
    text = f"VERIFIED AS BEST EFFORT: {found.num_broken} hard {limits} broken (proven unavoidable)"
    assert text in printed(found)


def test_a_plan_that_breaks_nothing_is_not_one(tmp_path: Path) -> None:
    """An ordinary plan must say that it is none."""
    instance = write_instance(tmp_path / "instance", rules=OPEN)
    assert pipeline.solve(instance, tmp_path / "plan").plan is not None
    document = verify(instance, tmp_path / "plan").to_json()
    assert (document["best_effort"], document["broken"]) == (False, 0)


def test_the_command_says_so(folders: tuple[Path, Path]) -> None:
    """`fairpool verify` must say it in words and in JSON, with exit code 0."""
    ran = fairpool("verify", *folders)
    assert ran.code == 0
    assert "VERIFIED AS BEST EFFORT" in ran.out
    document = fairpool("verify", *folders, "--json").json
    assert (document["exit"], document["best_effort"], document["broken"] > 0) == (0, True, True)


@pytest.mark.parametrize("key", BOUNDS)
def test_nothing_bounds_it(key: str, folders: tuple[Path, Path]) -> None:
    """A best effort that claims a bound or a gap must be refused."""
    instance, plan = folders
    files = Files.read(plan)
    files.documents["summary.json"][key] = "certificate" if key == "bound_by" else "1"
    files.write(plan)
    assert verify(instance, plan).exit_code == 6


@pytest.mark.parametrize("status", ["optimal", "within_gap", "none"])
def test_its_status(status: str, folders: tuple[Path, Path]) -> None:
    """A best effort must be of status stopped: nothing is near to a best that does not exist."""
    instance, plan = folders
    files = Files.read(plan)
    files.documents["summary.json"]["status"] = status
    files.write(plan)
    assert verify(instance, plan).exit_code == 6


def test_unmarked(folders: tuple[Path, Path]) -> None:
    """The same plan without its mark must be refused for every broken limit."""
    instance, plan = folders
    files = Files.read(plan)
    files.documents["summary.json"]["best_effort"] = False
    files.write(plan)
    found = verify(instance, plan)
    assert found.exit_code == 6
    assert "VER-10" in {finding.code for finding in found.findings}


def test_of_another_instance(folders: tuple[Path, Path], tmp_path: Path) -> None:
    """The forgery: where a plan could meet the rules, no mark and no recomputed hash may help."""
    _, plan = folders
    other = write_instance(tmp_path / "other", rules=BROKEN.replace(",25\n", ",60\n"))
    files = Files.read(plan)
    files.documents["summary.json"]["inputs"] = pipeline_hashes(other)
    files.write(plan)
    codes = {finding.code for finding in verify(other, plan).findings}
    assert {"VER-10", "VER-30"} <= codes
    certificate = json.loads((plan / "certificate.json").read_text())
    for change in ({"kind": "bound"}, {"bound": "-1"}, {"leaves__0__prices": []}):
        files.documents["certificate.json"] = altered(certificate, **change)
        files.write(plan)
        assert verify(other, plan).exit_code in (3, 6)


def pipeline_hashes(folder: Path) -> dict[str, str]:
    """Return the hashes that a plan of this instance names."""
    instance = pipeline.check(folder).instance
    assert instance is not None
    return dict(instance.inputs)
