"""An objective that counts cells and merchants, from the command line to a verified plan."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from optimizer import verify
from tests.cli.running import TINY, fairpool

AIMS = {
    "cells": {"cells": "1"},
    "merchants(cash>=40)": {"merchants(cash>=40)": "1"},
    '{conversions = 0.1, "商家数" = 2, "merchants(cash>=merchants.cash_cap)" = 5}': {
        "conversions": "0.1",
        "merchants": "2",
        "merchants(cash>=cash_cap)": "5",
    },
    "{cash = 0, conversions = 1, cells = 0}": {"conversions": "1"},
}
"""What `maximise` is set to -> what the summary says of it."""


@pytest.mark.parametrize("divisible", ["false", "true", '["tea"]'])
@pytest.mark.parametrize("aim", AIMS)
def test_solved_and_verified(aim: str, divisible: str, tmp_path: Path) -> None:
    """The plan is found to the last unit (0) and verified, and its summary says what is weighed."""
    changes = [f"settings.objective.maximise={aim}", f"settings.divisible={divisible}"]
    asked = [part for change in changes for part in ("--set", change)]
    ended = fairpool("solve", TINY, "--out", tmp_path / "plan", *asked, "--json")
    assert ended.code == 0, ended
    summary = ended.json["summary"]
    assert summary["settings"]["objective"]["maximise"] == AIMS[aim]
    assert fairpool("verify", TINY, tmp_path / "plan").code == 0


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan of as many merchants as can get 40 yuan, and cells at half of one."""
    folder = tmp_path_factory.mktemp("counts") / "plan"
    aim = 'settings.objective.maximise={cells = 0.5, "merchants(cash>=40)" = 1}'
    assert fairpool("solve", TINY, "--out", folder, "--set", aim).code == 0
    return folder


def test_what_is_best(plan: Path) -> None:
    """100 yuan: two merchants at their 40, the small one at its 20, all six cells."""
    summary = json.loads((plan / "summary.json").read_text(encoding="utf-8"))
    assert (summary["objective"], summary["status"], summary["counts"]["funded_cells"]) == ("5", "optimal", 6)


@pytest.mark.parametrize(
    ("key", "value"),
    [("objective", "4.5"), ("certified_bound", "4"), ("settings", None), ("overrides", [])],
)
def test_another_objective_is_refused(plan: Path, tmp_path: Path, key: str, value: Any) -> None:
    """A summary that says another objective, bound or weights fails verification."""
    shutil.copytree(plan, tmp_path / "plan")
    path = tmp_path / "plan" / "summary.json"
    summary = json.loads(path.read_text(encoding="utf-8"))
    if key == "settings":
        summary["settings"]["objective"]["maximise"]["cells"] = "0.75"
    else:
        summary[key] = value
    path.write_text(json.dumps(summary), encoding="utf-8")
    assert not verify.verify(TINY, tmp_path / "plan").is_verified
