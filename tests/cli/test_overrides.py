"""What-if: `--set` is applied, written down, said first by verify, and never half understood."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.cli.running import TINY, fairpool, tiny

SETS = {
    "a pool": ("pools.cash=120", "pools.cash", "120"),
    "a pool with exponent": ("pools.cash=1.2e2", "pools.cash", "1.2e2"),
    "a rule": ('rules."small-floor".value=10', 'rules."small-floor".value', "10"),
    "a bare rule": ("rules.small-floor.value=10", "rules.small-floor.value", "10"),
    "a share": ('rules."slot-cap".value=55%', 'rules."slot-cap".value', "55%"),
    "an enforcement": ('rules."small-floor".enforcement=report', 'rules."small-floor".enforcement', "report"),
    "a gap": ("settings.gap=0.5", "settings.gap", "0.5"),
    "divisible": ("settings.divisible=true", "settings.divisible", "true"),
    "an objective": (
        "settings.objective.maximise={conversions = 2}",
        "settings.objective.maximise",
        "{conversions = 2}",
    ),
}


@pytest.mark.parametrize("case", SETS)
def test_applied_recorded_and_verified(case, tmp_path):
    """An override changes the answer or what was asked, stands in the summary, and the plan verifies."""
    text, key, value = SETS[case]
    ran = fairpool("solve", TINY, "--out", tmp_path / "plan", "--set", text)
    assert ran.code == 0, ran.out + ran.err
    summary = json.loads((tmp_path / "plan" / "summary.json").read_text())
    assert summary["overrides"] == [{"key": key, "value": value}]
    verified = fairpool("verify", TINY, tmp_path / "plan")
    assert verified.code == 0, verified.out
    assert verified.out.splitlines()[0] == f"override: {key} = {value}"
    assert fairpool("verify", TINY, tmp_path / "plan", "--json").json["overrides"] == summary["overrides"]


def test_they_matter(tmp_path):
    """Each kind of override reaches the plan: amounts, right-hand sides, the gap."""

    def solved(*sets: str) -> tuple[dict, list[dict[str, str]]]:
        more = [part for text in sets for part in ("--set", text)]
        assert fairpool("solve", TINY, "--out", tmp_path / "plan", *more).code == 0
        with (tmp_path / "plan" / "limits.csv").open(encoding="utf-8-sig", newline="") as file:
            limits = list(csv.DictReader(file))
        return json.loads((tmp_path / "plan" / "summary.json").read_text()), limits

    plain, _ = solved()
    assert plain["objective"] == "50"
    richer, limits = solved("pools.cash=1.2e2")
    assert richer["pools"][0]["amount"] == limits[0]["limit"] == "120.00"
    assert float(richer["objective"]) > 50
    _, limits = solved('rules."small-floor".value=10')
    assert [row["limit"] for row in limits if row["rule"] == "small-floor"] == ["10.00"]
    loose, _ = solved("settings.gap=0.25")
    assert loose["options"]["gap"] == "0.25"
    last, _ = solved("pools.cash=1", "pools.cash=100")
    assert last["objective"] == "50"
    assert len(last["overrides"]) == 2
    doubled, _ = solved("settings.objective.maximise={conversions = 2}")
    assert doubled["objective"] == "100"


def test_the_command_line_wins(tmp_path):
    """--gap wins over settings.toml and over --set."""
    folder = tiny(tmp_path / "i", settings="gap = 0.5\ntime_limit = 50\n")
    for arguments, gap in (((), "0.5"), (("--set", "settings.gap=0.3"), "0.3"), (("--gap", "0.1"), "0.1")):
        assert fairpool("solve", folder, "--out", tmp_path / "plan", *arguments).code == 0
        options = json.loads((tmp_path / "plan" / "summary.json").read_text())["options"]
        assert (options["gap"], options["time_limit"]) == (gap, "50")


def test_a_forged_override_is_found(tmp_path):
    """A plan whose summary names another override than it was made with does not verify."""
    assert fairpool("solve", TINY, "--out", tmp_path / "plan", "--set", "pools.cash=90").code == 0
    file = tmp_path / "plan" / "summary.json"
    file.write_text(file.read_text().replace('"value": "90"', '"value": "91"'))
    assert fairpool("verify", TINY, tmp_path / "plan").code == 6


@pytest.mark.parametrize(
    "text",
    [
        "pools.cahs=5",
        "pools.cash=five",
        "pools.cash=",
        "pools.cash=-5",
        "pools.cash=0.001",
        "pools.cash=1e30",
        "pool.cash=5",
        "pools=5",
        'rules."none".value=5',
        'rules."small-floor".vlaue=5',
        'rules."small-floor".value=x',
        'rules."small-floor".measure=cahs',
        "settings.gpa=0.1",
        "settings.gap=big",
        "settings.gap=-1",
        "settings.time_limit=nan",
        "settings.objective.maximise=cahs",
        "settings=1",
        "cash=5",
    ],
)
def test_not_understood(text, tmp_path):
    """An override that names nothing or gives what cannot be is exit 3, and nothing is written."""
    for arguments in (("check", TINY), ("solve", TINY, "--out", tmp_path / "plan")):
        ran = fairpool(*arguments, "--set", text, "--json")
        assert ran.code == ran.json["exit"] == 3, ran.out
        assert any(found["severity"] == "error" for found in ran.json["findings"])
    assert list(tmp_path.iterdir()) == []


def test_the_instance_is_untouched(tmp_path):
    """Overrides change nothing in the folder."""
    folder = tiny(tmp_path / "i")
    before = {path: path.read_bytes() for path in Path(folder).iterdir()}
    assert fairpool("solve", folder, "--out", tmp_path / "plan", "--set", "pools.cash=90").code == 0
    assert {path: path.read_bytes() for path in Path(folder).iterdir()} == before
