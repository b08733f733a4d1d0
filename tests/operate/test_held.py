"""What a cell holds once its slot has begun, worked out on paper."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from optimizer.compile import compile_problem
from optimizer.operate.held import held_of
from optimizer.read import read_incumbent, read_instance
from tests.operate.campaigns import NOW, begun

OPTIONS = """merchant,category,slot,option,cash,views,conversions
A,x,S1,a,10,4,5
A,x,S2,a,10,4,5
A,x,S3,a,10,4,5
B,x,S1,a,20,1,7
B,x,S2,a,20,1,7
B,x,S3,a,20,1,7
C,x,S2,a,30,2,9
"""
SLOTS = """slot,start,end,settled
S1,2026-11-01T00:00:00+08:00,2026-11-02T00:00:00+08:00,{settled}
S2,2026-11-02T00:00:00+08:00,,
S3,2026-11-03T00:00:00+08:00,2026-11-04T00:00:00+08:00,
"""
HEAD = "merchant,category,slot,cash,views,conversions\n"
PLAN = "merchant,category,slot,option,cash,views,conversions\n"
PROMISED = "A,x,S1,a,10.00,4,5\nA,x,S2,a,10.00,4,5\nB,x,S3,a,20.00,1,7\n"


def held(
    tmp_path: Path,
    actuals: str,
    promised: str = PROMISED,
    settled: str = "",
    slots: str = SLOTS,
    options: str = OPTIONS,
):
    """Return what is held at noon of the second day, per cell, and the codes of the findings."""
    folder, plan = tmp_path / "instance", tmp_path / "plan"
    folder.mkdir()
    plan.mkdir()
    (folder / "options.csv").write_text(options, encoding="utf-8")
    (folder / "pools.csv").write_text("pool,amount,decimals\ncash,100,2\nviews,50,0\n", encoding="utf-8")
    (folder / "slots.csv").write_text(slots.format(settled=settled), encoding="utf-8")
    if actuals:
        (folder / "actuals.csv").write_text(HEAD + actuals, encoding="utf-8")
    (plan / "plan.csv").write_bytes(("\ufeff" + PLAN + promised).encode())
    (plan / "summary.json").write_text('{"overrides": [], "options": {"gap": "0"}}', encoding="utf-8")
    instance, findings = read_instance(folder)
    assert instance is not None, findings
    problem = compile_problem(instance)
    incumbent, found = read_incumbent(plan, problem)
    assert incumbent is not None, found
    result, remarks = held_of(problem, incumbent, datetime.fromisoformat(NOW))
    keys = instance.options.keys
    names = [
        keys["merchant"].texts[row[0]] + keys["slot"].texts[row[2]][1:] for row in problem.cell_keys.tolist()
    ]
    amounts = zip(
        result.costs[0].tolist(),
        result.costs[1].tolist(),
        result.values["conversions"].tolist(),
        strict=True,
    )
    cells = {
        name: (cash / 100, views, conversions / 10**6)
        for name, (cash, views, conversions), holds in zip(names, amounts, result.is_something, strict=True)
        if holds
    }
    return cells, [one.code for one in remarks], result


def test_before_it_is_settled(tmp_path):
    """Pool by pool the larger of promised and booked, with the conversions that were expected."""
    actuals = "A,x,S1,12,3,2\nA,x,S2,9,6,1\nB,x,S1,3,0,1\n"
    cells, codes, result = held(tmp_path, actuals, settled="2026-11-03T00:00:00+08:00")
    assert cells == {"A1": (12.0, 4, 5.0), "A2": (10.0, 6, 5.0), "B1": (3.0, 0, 1.0)}
    assert codes == []
    assert result.begun == {"S1", "S2"}


def test_once_it_is_settled(tmp_path):
    """What is booked and nothing else: a promise without a row of its own has come to nothing."""
    cells, codes, _ = held(tmp_path, "B,x,S1,3,0,1\nA,x,S2,9,6,1\n", settled="2026-11-02T06:00:00+08:00")
    assert cells == {"A2": (10.0, 6, 5.0), "B1": (3.0, 0, 1.0)}
    assert codes == []


def test_the_end_settles_where_nothing_else_does(tmp_path):
    """Without `settled` a slot is settled at its end, and without an end never."""
    cells, _, _ = held(tmp_path, "A,x,S1,2,1,1\nA,x,S2,2,1,1\n")
    assert cells == {"A1": (2.0, 1, 1.0), "A2": (10.0, 4, 5.0)}


def test_settled_without_any_row(tmp_path):
    """A settled slot of which nothing at all is booked counts as promised, with a warning."""
    cells, codes, _ = held(tmp_path, "A,x,S2,2,1,1\n")
    assert cells == {"A1": (10.0, 4, 5.0), "A2": (10.0, 4, 5.0)}
    assert codes == ["OPR-05"]


def test_rows_of_a_slot_that_has_not_begun(tmp_path):
    """What has been spent in a slot that has not begun is an error."""
    assert "OPR-04" in held(tmp_path, "A,x,S3,2,1,1\nA,x,S1,1,1,1\n")[1]


def test_a_slot_without_start(tmp_path):
    """A slot of which nobody can say whether it has begun is an error."""
    slots = "slot,start,end,settled\nS1,2026-11-01T00:00:00+08:00,,\nS2,2026-11-02T00:00:00+08:00,,\n"
    assert "OPR-03" in held(tmp_path, "", slots=slots)[1]


@pytest.mark.parametrize(
    ("row", "code"), [("D,x,S1,a,1.00,1,1\n", "OPR-06"), ("D,x,S3,a,1.00,1,1\n", "OPR-07")]
)
def test_cells_that_are_gone(tmp_path, row, code):
    """A cell that is gone is dropped if it had not begun; if it had, its money would be lost from sight."""
    assert code in held(tmp_path, "A,x,S1,1,1,1\n", promised=PROMISED + row)[1]


def test_an_option_that_is_gone(tmp_path):
    """What is held stays although its option is offered no more; it then goes by no option."""
    cells, _, result = held(tmp_path, "", promised="A,x,S2,old,11.00,4,5\n")
    assert cells == {"A2": (11.0, 4, 5.0)}
    assert result.option.tolist() == [-1] * 7


def test_a_drawn_campaign_is_read(tmp_path):
    """The campaigns that other tests draw hold something in slots that have begun, and nothing elsewhere."""
    folder, plan = begun(tmp_path)
    instance, _ = read_instance(folder)
    assert instance is not None
    problem = compile_problem(instance)
    incumbent, _ = read_incumbent(plan, problem)
    assert incumbent is not None
    result, findings = held_of(problem, incumbent, datetime.fromisoformat(NOW))
    assert findings == []
    assert result.is_something.any()
    assert not (result.is_something & ~result.is_begun).any()


@pytest.mark.parametrize("text", ["many", "0.001", "1e3"])
def test_amounts_of_a_plan_that_are_none(tmp_path, text):
    """A plan whose amounts are no amounts cannot be the plan in force."""
    folder, plan = begun(tmp_path)
    rows = (plan / "plan.csv").read_text(encoding="utf-8").splitlines()
    fields = rows[1].split(",")
    fields[4] = text
    rows[1] = ",".join(fields)
    (plan / "plan.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    instance, _ = read_instance(folder)
    assert instance is not None
    incumbent, findings = read_incumbent(plan, compile_problem(instance))
    assert incumbent is None
    assert [one.code for one in findings] == ["OPR-02"]


def test_a_folder_without_a_plan(tmp_path):
    """A folder that holds no table of a plan is not the plan in force."""
    folder, plan = begun(tmp_path)
    (plan / "plan.csv").unlink()
    instance, _ = read_instance(folder)
    assert instance is not None
    incumbent, findings = read_incumbent(plan, compile_problem(instance))
    assert incumbent is None
    assert [one.code for one in findings] == ["OPR-01"]
