"""`solve --keep` only adds to a plan, says so in the summary, and `verify` holds the plan to it."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from optimizer import verify
from tests.cli.running import TINY, fairpool, tiny

Change = Callable[[dict[str, Any]], object]


def rows(plan: Path) -> set[tuple[str, ...]]:
    """Return merchant, slot and option of every row of a plan."""
    with (plan / "plan.csv").open(encoding="utf-8-sig", newline="") as stream:
        return {(row["merchant"], row["slot"], row["option"]) for row in csv.DictReader(stream)}


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The best plan of 60 yuan that favours the small one, then of 100 yuan with the first kept, and free."""
    home = tmp_path_factory.mktemp("plans")
    for name, more in {
        "small": ["--set", "pools.cash=60", "--set", 'rules."small-floor".value=40'],
        "kept": ["--keep", home / "small"],
        "free": [],
    }.items():
        assert fairpool("solve", TINY, "--out", home / name, *more).code == 0
    return home


def test_it_only_adds(plans: Path) -> None:
    """Every row of the kept plan is in the new one, which costs what a free plan would bring more."""
    assert rows(plans / "small") < rows(plans / "kept")
    assert not rows(plans / "small") <= rows(plans / "free")
    summary = json.loads((plans / "kept" / "summary.json").read_text(encoding="utf-8"))
    assert summary["status"] == "optimal"
    assert int(summary["objective"]) < 50
    assert len(summary["kept"]["cells"]) == len(rows(plans / "small"))


def test_verify_counts_what_is_kept(plans: Path) -> None:
    """The bound is proven among plans that keep: it is below the free best, and verify says why."""
    found = fairpool("verify", TINY, plans / "kept", "--json")
    assert found.code == 0
    assert [one["code"] for one in found.json["findings"]] == ["VER-33"]
    assert float(found.json["certified_bound"]) < 50


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda kept: kept["cells"].reverse(), "VER-08"),
        (lambda kept: kept["cells"].append(kept["cells"][-1]), "VER-08"),
        (
            lambda kept: kept["cells"][0].update(
                option="plus" if kept["cells"][0]["option"] == "basic" else "basic"
            ),
            "VER-32",
        ),
        (lambda kept: kept["cells"][0].update(option="gold"), "VER-03"),
        (lambda kept: kept["cells"][0].update(merchant="a"), "VER-02"),
        (lambda kept: kept["cells"][0].pop("slot"), "PLN-13"),
        (lambda kept: kept.update(sha256="0"), "PLN-09"),
        (lambda kept: kept.update(file="booked.csv"), "PLN-09"),
        (lambda kept: kept.update(cells=None), "PLN-09"),
        (lambda kept: kept.update(cells=[]), "VER-18"),
    ],
)
def test_verify_refuses_another_record(plans: Path, tmp_path: Path, change: Change, code: str) -> None:
    """What is listed as kept must be well written, exist, be held, and be enough for the bound."""
    shutil.copytree(plans / "kept", tmp_path / "plan")
    path = tmp_path / "plan" / "summary.json"
    summary = json.loads(path.read_text(encoding="utf-8"))
    change(summary["kept"])
    path.write_text(json.dumps(summary), encoding="utf-8")
    assert code in {one.code for one in verify.verify(TINY, tmp_path / "plan").findings}


def test_kept_rows_that_break_a_rule(plans: Path, tmp_path: Path) -> None:
    """A rule that what is kept breaks is proven impossible (4), and the finding names both."""
    asked = ["--keep", plans / "free", "--set", 'rules."slot-cap".value=10%', "--json"]
    ended = fairpool("solve", TINY, "--out", tmp_path / "plan", *asked)
    assert ended.code == 4
    found = [one for one in ended.json["findings"] if one["code"] == "INF-02"]
    assert "slot-cap" in found[0]["what"]
    assert "plan.csv rows 2" in found[0]["fix"]
    assert not (tmp_path / "plan").exists()


def test_kept_rows_that_overspend(plans: Path, tmp_path: Path) -> None:
    """A pool that is smaller than what is kept draws is a conflict (4) at the plan's row."""
    asked = ["--keep", plans / "free", "--set", "pools.cash=30", "--json"]
    ended = fairpool("solve", TINY, "--out", tmp_path / "plan", *asked)
    assert ended.code == 4
    (found,) = [one for one in ended.json["findings"] if one["code"] == "INF-06"]
    assert (found["file"], found["row"]) == ("plan.csv", 2)


def test_a_plan_that_cannot_be_kept(plans: Path, tmp_path: Path) -> None:
    """A pin against the plan is an error (3), a folder that is not there cannot be read (74)."""
    merchant, slot, option = min(rows(plans / "small"))
    category = {"an_tea": "tea", "hu_shoes": "shoes", "lin_phones": "phones"}[merchant]
    instance = tiny(
        tmp_path / "instance", pins=f"merchant,category,slot,option\n{merchant},{category},{slot},none\n"
    )
    ended = fairpool("solve", instance, "--out", tmp_path / "plan", "--keep", plans / "small", "--json")
    assert ended.code == 3
    assert [one["code"] for one in ended.json["findings"]] == ["KEP-08"]
    assert option in ended.json["findings"][0]["what"]
    assert fairpool("solve", TINY, "--out", tmp_path / "plan", "--keep", tmp_path / "none").code == 74
    assert not (tmp_path / "plan").exists()


def test_keeping_in_place(plans: Path, tmp_path: Path) -> None:
    """A plan may be replaced by one that keeps it; people are told what the best is the best of."""
    shutil.copytree(plans / "small", tmp_path / "plan")
    ended = fairpool("solve", TINY, "--out", tmp_path / "plan", "--keep", tmp_path / "plan")
    assert ended.code == 0
    assert f"{len(rows(plans / 'small'))} cells are kept from an earlier plan" in ended.out
    assert rows(tmp_path / "plan") == rows(plans / "kept")
