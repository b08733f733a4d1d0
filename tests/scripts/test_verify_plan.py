"""The standalone check says what `fairpool verify` says, of good plans and of mutants."""

from __future__ import annotations

import ast
import copy
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from benchmarks.mutants import CASES, Case
from models.solution import SearchOptions
from optimizer import pipeline
from optimizer.verify import verify
from scripts import verify_plan
from tests.agreement import counting, draw, recorded
from tests.rules_table import RuleCase, rule_cases
from tests.verify.mutants import mutants
from tests.verify.publishing import publish
from tests.zoo import ZOO

SCRIPT = Path(verify_plan.__file__)
INSTANCES = Path(__file__).parents[2] / "instances"
EMPTY_PROOF = {"kind": "bound", "inside": [], "leaves": [{"where": [], "prices": []}]}
QUICK = [case for case in CASES if case.name != "complete-journey-cut"]


def solved(folder: Path, plan: Path, case: Case) -> Path | None:
    """Return the plan folder of an instance, None where it has none."""
    asked = SearchOptions(gap=case.gap, time_limit=20, is_best_effort=case.is_best_effort)
    pipeline.solve(folder, plan, given=pipeline.Given(case.overrides), choose=lambda _: asked)
    return plan if plan.exists() else None


def check_same(instance: Path, plan: Path, capsys: pytest.CaptureFixture[str]) -> int:
    """Compare the two verdicts; a bound that the standalone check leaves open is no "ok"."""
    ours, theirs = verify(instance, plan), verify_plan.main([str(instance), str(plan)])
    said = capsys.readouterr().out
    assert said.rstrip().endswith({0: "\nok", 5: "\nbound not checked"}.get(theirs, "\nNOT ok"))
    if theirs != 5:
        assert (theirs == 0) == ours.is_verified, (ours.findings[:3], said[:2000])
    assert theirs in (0, 3, 5, 6)
    return theirs


def test_needs_nothing_but_the_standard_library() -> None:
    """Finance copies one file to a machine that has Python and nothing else."""
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names
    assert not any(
        isinstance(node, ast.Constant) and isinstance(node.value, float) for node in ast.walk(tree)
    )


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in rule_cases()])
def test_worked_rules(case: RuleCase, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every rule form of docs/rules.md must come to the limits that the page works out."""
    folder = case.write(tmp_path / "instance")
    plan = publish(folder, tmp_path / "plan", case.chosen, EMPTY_PROOF)
    assert check_same(folder, plan, capsys) == (0 if case.is_feasible else 6)


def check_zoo(step: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Compare the verdicts on plans of odd little problems."""
    for animal in [*ZOO.values()][::step]:
        folder = animal.write(tmp_path / animal.name)
        plan = solved(folder, tmp_path / f"{animal.name}-plan", Case(animal.name, gap=Fraction(0)))
        if plan:
            assert check_same(folder, plan, capsys) == 0, animal.name


def test_zoo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The plans of odd little problems must pass."""
    check_zoo(5, tmp_path, capsys)


@pytest.mark.parametrize("name", ["tiny", "mckp/strong", "mmkp"])
def test_shipped_instances(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Plans of the small shipped instances must pass."""
    folder = INSTANCES / name
    if not (folder / "options.csv").exists():
        folder = min(path.parent for path in folder.glob("*/options.csv"))
    plan = solved(folder, tmp_path / "plan", Case(name, gap=Fraction(1, 100)))
    assert plan
    assert check_same(folder, plan, capsys) == 0


def check_random(step: int, count: int, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Compare the verdicts on plans of random instances, some with counts in the objective."""
    for place, seed in enumerate([*recorded()[::step], *counting(count)]):
        folder = draw(seed).write(home / str(place))
        plan = solved(folder, home / f"{place}-plan", Case("random", gap=Fraction(0)))
        if plan:
            assert check_same(folder, plan, capsys) == 0, seed


def test_random_instances(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Plans of random instances of every legal combination must pass."""
    check_random(60, 2, tmp_path, capsys)


def check_mutants(case: Case, count: int, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Compare the verdicts on a plan and its mutants, of which none may pass."""
    folder = case.folder(home)
    plan = solved(folder, home / "plan", case)
    assert plan
    best = check_same(folder, plan, capsys)
    assert best in (0, 5)
    for name, mutant in mutants(folder, plan, 7, count):
        assert check_same(folder, mutant, capsys) in (3, 6) or best == 5, name


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in QUICK])
def test_mutants(case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No mutant of a good plan may pass; the standalone check refuses what `fairpool verify` refuses."""
    check_mutants(case, 12 if case.name == "leaves" else 80, tmp_path, capsys)


STAGES = """
[[objective.stages]]
worst = {measure = "cash", by = "tier"}
within = "10%"

[[objective.stages]]
maximise = "conversions"
"""


def leaves_of(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield (container, key) of every text and number of a document."""
    for key, part in [*value.items()] if isinstance(value, dict) else [*enumerate(value)]:
        if isinstance(part, (dict, list)):
            yield from leaves_of(part)
        else:
            yield value, key


def altered(text: object) -> object:
    """Return another value of the same look."""
    return text + 1 if isinstance(text, int) else "7" + text if isinstance(text, str) else "7"


def staged_mutants(plan: Path) -> Iterator[tuple[str, str]]:
    """Yield (file, text) of every leaf of the stages' documents and every field of their plan, altered."""
    summary = json.loads((plan / "summary.json").read_text("utf-8"))
    proof = json.loads((plan / "certificate-1.json").read_text("utf-8"))
    for file, document, part in (("summary.json", summary, "stages"), ("certificate-1.json", proof, "")):
        wrong = copy.deepcopy(document)
        for holder, key in leaves_of(wrong[part] if part else wrong):
            right, holder[key] = holder[key], altered(holder[key])
            yield file, json.dumps(wrong)
            holder[key] = right
    yield "summary.json", json.dumps({**summary, "stages": []})
    yield "summary.json", json.dumps({key: value for key, value in summary.items() if key != "stages"})
    lines = (plan / "plan-1.csv").read_text("utf-8").splitlines()
    for row, line in enumerate(lines):
        yield "plan-1.csv", "\n".join([*lines[:row], *lines[row + 1 :], ""])
        for column, field in enumerate(fields := line.split(",")):
            wrong_line = ",".join([*fields[:column], f"7{field}", *fields[column + 1 :]])
            yield "plan-1.csv", "\n".join([*lines[:row], wrong_line, *lines[row + 1 :], ""])


def check_stages(step: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Compare the verdicts on a plan in stages and every `step`-th of its mutants."""
    folder, plan, mutant = tmp_path / "fair", tmp_path / "plan", tmp_path / "mutant"
    shutil.copytree(INSTANCES / "tiny", folder)
    settings = folder / "settings.toml"
    settings.write_text(settings.read_text("utf-8") + STAGES, encoding="utf-8")
    assert solved(folder, plan, Case("stages", gap=Fraction(0)))
    assert check_same(folder, plan, capsys) == 0
    shutil.copytree(plan, mutant)
    for file, text in [*staged_mutants(plan)][::step]:
        (mutant / file).write_text(text, encoding="utf-8")
        is_refused = check_same(folder, mutant, capsys) in (3, 6)
        assert is_refused or file == "certificate-1.json", (file, text)  # other prices may prove as much
        shutil.copyfile(plan / file, mutant / file)
    (mutant / "certificate-1.json").unlink()
    assert check_same(folder, mutant, capsys) in (3, 6)
    (mutant / "plan-1.csv").unlink()
    assert check_same(folder, mutant, capsys) in (3, 6)


def test_stages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a plan in stages each stage is recomputed: no mutant passes, and `fairpool verify` says the same."""
    check_stages(4, tmp_path, capsys)


def test_bound_not_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A search beyond its budget must end with "bound not checked" (5), never with "ok"."""
    folder, plan = INSTANCES / "tiny", tmp_path / "plan"
    asked = SearchOptions(method="lagrangian")
    pipeline.solve(folder, plan, choose=lambda _: asked)
    assert verify_plan.main([str(folder), str(plan)]) == 0
    assert verify_plan.main([str(folder), str(plan), "--budget", "1"]) == 5
    assert capsys.readouterr().out.rstrip().endswith("bound not checked")


def test_files_that_are_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be opened is said in a line, with the exit code of the contract."""
    assert verify_plan.main([str(INSTANCES / "tiny"), str(tmp_path / "nowhere")]) == 74
    assert verify_plan.main([str(INSTANCES / "tiny"), str(tmp_path)]) == 3
    assert "Traceback" not in capsys.readouterr().out


def test_parquet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of tables in Parquet the check names the command that writes them as CSV, and then reads that."""
    folder, plan, exported = tmp_path / "instance", tmp_path / "plan", tmp_path / "csv"
    generate = [
        sys.executable,
        "-m",
        "cli",
        "generate",
        "--merchants",
        "40",
        "--parquet",
        "--out",
        str(folder),
    ]
    subprocess.run(generate, check=True, capture_output=True)
    asked = SearchOptions(gap=Fraction(1, 50))
    pipeline.solve(folder, plan, choose=lambda _: asked, is_parquet=True)
    assert verify_plan.main([str(folder), str(plan)]) == 3
    assert "canonical_csv.py" in capsys.readouterr().out
    export = [sys.executable, str(SCRIPT.with_name("canonical_csv.py")), str(folder), str(plan)]
    subprocess.run([*export, "--out", str(exported)], check=True, capture_output=True)
    assert verify_plan.main([str(folder), str(plan), "--csv", str(exported)]) == 0
    wrong = (exported / "plan.csv").read_text(encoding="utf-8-sig").replace("1", "2", 1)
    (exported / "plan.csv").write_text(wrong, encoding="utf-8-sig")
    assert verify_plan.main([str(folder), str(plan), "--csv", str(exported)]) in (3, 6)


def test_runs_as_a_script_of_its_own(tmp_path: Path) -> None:
    """The copied file must run in isolated mode, without the project in reach."""
    asked, copied = SearchOptions(), tmp_path / "verify_plan.py"
    copied.write_bytes(SCRIPT.read_bytes())
    pipeline.solve(INSTANCES / "tiny", tmp_path / "plan", choose=lambda _: asked)
    command = [sys.executable, "-I", "-S", str(copied), str(INSTANCES / "tiny"), str(tmp_path / "plan")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.full
@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_mutants_at_full_volume(case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At full volume too, no mutant of a good plan may pass."""
    check_mutants(case, 600, tmp_path, capsys)


@pytest.mark.full
def test_stages_at_full_volume(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At full volume too, no mutant of a plan in stages may pass."""
    check_stages(1, tmp_path, capsys)


@pytest.mark.full
def test_zoo_at_full_volume(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At full volume too, the plans of odd little problems must pass."""
    check_zoo(1, tmp_path, capsys)


@pytest.mark.full
def test_random_instances_at_full_volume(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At full volume too, plans of random instances must pass."""
    check_random(1, 100, tmp_path, capsys)
