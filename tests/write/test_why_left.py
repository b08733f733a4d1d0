"""Why some of a pool is left: looked at in the plan, and the same words from the verifier."""

from __future__ import annotations

import json

import pytest

from models.solution import SearchOptions
from optimizer import pipeline
from tests.search.making import write

OPTIONS = "merchant,category,slot,option,cash,traffic,conversions"


@pytest.mark.parametrize(
    ("amounts", "options", "why"),
    [
        ((60, 9), ["M0,tea,S1,A,40,1,4", "M1,tea,S1,A,20,1,1"], ("used_up", "saturated")),
        ((70, 9), ["M0,tea,S1,A,40,1,4", "M1,tea,S1,A,20,1,1"], ("saturated", "saturated")),
        ((59, 9), ["M0,tea,S1,A,40,1,4", "M1,tea,S1,A,20,1,1"], ("indivisible", "rules")),
        ((99, 1), ["M0,tea,S1,A,40,1,4", "M1,tea,S1,A,20,1,1"], ("rules", "used_up")),
    ],
)
def test_reason(tmp_path, amounts, options, why):
    """The reason given for what is left must be the one an eye on the plan finds; verify agrees."""
    pools = f"pool,amount,decimals / cash,{amounts[0]},0 / traffic,{amounts[1]},0"
    folder = write(tmp_path / "i", pools=pools, options="\n".join([OPTIONS, *options]))
    solved = pipeline.solve(folder, tmp_path / "plan", choose=lambda _: SearchOptions(gap=0))
    assert solved.rejected == ()
    summary = json.loads((tmp_path / "plan" / "summary.json").read_text(encoding="utf-8"))
    assert tuple(pool["why_left"] for pool in summary["pools"]) == why
