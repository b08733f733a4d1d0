"""Two plans compared: what moved adds up, the other way round is the negative, reasons fit."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import pytest

from models.comparison import Comparison, Reason
from optimizer import pipeline
from optimizer.pipeline import Given
from optimizer.weighing import Compared, compare_folders

TINY = Path(__file__).resolve().parents[2] / "instances" / "tiny"


def solve(instance: Path, out: Path, *overrides: tuple[str, str]) -> Path:
    solved = pipeline.solve(instance, out, given=Given(overrides))
    assert solved.plan is not None
    return out


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Plans of the tiny instance, as it is and changed; of a copy with another response and a pin."""
    folder = tmp_path_factory.mktemp("plans")
    changed = shutil.copytree(TINY, folder / "changed")
    text = (changed / "options.csv").read_text(encoding="utf-8-sig")
    assert "hu_shoes,shoes,S2,basic," in text
    lines = [
        line.rpartition(",")[0] + ",1" if line.startswith("hu_shoes,shoes,S2,basic,") else line
        for line in text.splitlines()
    ]
    (changed / "options.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    pinned = shutil.copytree(TINY, folder / "pinned")
    pins = "merchant,category,slot,option\nhu_shoes,shoes,S1,none\n"
    (pinned / "pins.csv").write_text(pins, encoding="utf-8")
    return {
        "base": solve(TINY, folder / "base"),
        "more": solve(TINY, folder / "more", ("pools.cash", "120")),
        "less": solve(TINY, folder / "less", ("pools.cash", "60")),
        "loose": solve(TINY, folder / "loose", ('rules."merchant-cap".enforcement', "report")),
        "divisible": solve(TINY, folder / "divisible", ("settings.divisible", "true")),
        "changed": solve(changed, folder / "of-changed"),
        "pinned": solve(pinned, folder / "of-pinned"),
        "changed instance": changed,
        "pinned instance": pinned,
    }


def compared(first: Path, second: Path, instance: Path | None = TINY, by: tuple[str, ...] = ()) -> Comparison:
    answer = compare_folders(first, second, instance, by)
    assert answer.comparison is not None, answer.findings
    return answer.comparison


NAMES = ("base", "more", "less", "loose", "divisible", "changed", "pinned")


@pytest.mark.parametrize("second", NAMES)
@pytest.mark.parametrize("first", ["base", "less"])
@pytest.mark.parametrize("instance", [TINY, None], ids=("instance", "folders"))
def test_sums_tie(plans: dict[str, Path], first: str, second: str, instance: Path | None) -> None:
    """Cells, and the groups of every column, add up to the difference of the totals that the plans state."""
    answer: Compared = compare_folders(plans[first], plans[second], instance)
    one, other, found = answer.before, answer.after, answer.comparison
    assert one is not None
    assert other is not None
    assert found is not None
    used = [plan.limits["pool:cash", ""].used * 100 for plan in (one, other)]
    assert found.total.money == (used[1] - used[0],)
    sums = [sum(plan.amounts["conversions"].tolist()) for plan in (one, other)]
    assert found.total.conversions == sums[1] - sums[0]
    for parts in (
        [change.moved for change in found.changes],
        *([g.moved for g in gs] for gs in found.by.values()),
    ):
        assert sum(part.money[0] for part in parts) == found.total.money[0]
        assert sum(part.conversions for part in parts) == found.total.conversions
    assert all(len(groups) == len({group.group for group in groups}) for groups in found.by.values())
    assert found.objective == other.objective - one.objective


@pytest.mark.parametrize("second", NAMES)
def test_the_other_way_round(plans: dict[str, Path], second: str) -> None:
    """compare(A, B) is the negative of compare(B, A): amounts, lines and limits; reasons are the same."""
    one, other = compared(plans["base"], plans[second]), compared(plans[second], plans["base"])
    assert one.objective == -other.objective
    assert one.total.money == tuple(-units for units in other.total.money)
    back = {change.cell: change for change in other.changes}
    assert back.keys() == {change.cell for change in one.changes}
    for change in one.changes:
        mirror = back[change.cell]
        assert change.options == mirror.options[::-1]
        assert change.moved.money == tuple(-units for units in mirror.moved.money)
        assert change.moved.conversions == -mirror.moved.conversions
        assert (change.before, change.after) == (mirror.after, mirror.before)
        assert (change.reason, change.subject) == (mirror.reason, mirror.subject)
    assert [line.group for line in one.lines] == [line.group for line in other.lines]
    assert {(c.rule, c.group, c.before, c.after) for c in one.limits} == {
        (c.rule, c.group, c.after, c.before) for c in other.limits
    }


def test_with_itself(plans: dict[str, Path]) -> None:
    """A plan does not differ from itself."""
    found = compared(plans["base"], plans["base"])
    assert (found.changes, found.limits, found.lines, found.explained_share) == ((), (), (), 1)


def test_reason_pool(plans: dict[str, Path]) -> None:
    """With more of a pool and nothing else changed, the pool is the reason, with both amounts."""
    found = compared(plans["base"], plans["more"])
    assert {(c.reason, c.subject, c.before, c.after) for c in found.changes} == {
        (Reason.pool, "pool:cash", Fraction(100), Fraction(120))
    }


def test_reason_pin(plans: dict[str, Path]) -> None:
    """A cell that a pin forbids changed because of it."""
    found = compared(plans["base"], plans["pinned"], plans["pinned instance"])
    reasons = {change.cell: change.reason for change in found.changes}
    assert reasons["hu_shoes", "shoes", "S1"] is Reason.pin
    assert list(reasons.values()).count(Reason.pin) == 1


def test_reason_response(plans: dict[str, Path]) -> None:
    """A cell whose option brings less now changed because of its response."""
    found = compared(plans["base"], plans["changed"], plans["changed instance"])
    reasons = {change.cell: change.reason for change in found.changes}
    assert reasons["hu_shoes", "shoes", "S2"] is Reason.response


def test_reason_rule(plans: dict[str, Path]) -> None:
    """A rule whose price is gone is named as what let its cells have more."""
    found = compared(plans["base"], plans["loose"])
    told = [c for c in found.changes if c.reason in (Reason.price, Reason.rule) and c.moved.money[0] > 0]
    assert told
    assert all(change.subject.startswith("merchant-cap merchant=") for change in told)


def test_lines_hold_most(plans: dict[str, Path]) -> None:
    """Lines share no cell, and hold at least four fifths of what moved."""
    found = compared(plans["base"], plans["less"], by=("tier", "slot"))
    gross = sum(abs(change.moved.money[0]) for change in found.changes)
    assert sum(line.gross for line in found.lines) == found.explained_share * gross
    assert found.explained_share >= Fraction(4, 5)
    assert sum(line.num_changed for line in found.lines) <= len(found.changes)
    assert len(found.lines) < len(found.changes)


def test_another_instances_plan(plans: dict[str, Path], tmp_path: Path) -> None:
    """Plans of other decimals or keys are not compared; a folder that is no plan is said to be none."""
    other = shutil.copytree(plans["base"], tmp_path / "other")
    summary = (other / "summary.json").read_text(encoding="utf-8")
    (other / "summary.json").write_text(summary.replace('"decimals": 2', '"decimals": 3'), encoding="utf-8")
    assert {one.code for one in compare_folders(plans["base"], other).findings} == {"CMP-04"}
    assert compare_folders(plans["base"], other).comparison is None
    (other / "summary.json").write_text(summary.replace('"decimals": 2', '"decimals": "x"'), encoding="utf-8")
    assert {one.code for one in compare_folders(plans["base"], other).findings} == {"CMP-01"}
    (other / "summary.json").write_text(summary, encoding="utf-8")
    text = (other / "plan.csv").read_text(encoding="utf-8")
    (other / "plan.csv").write_text(text.replace(",4\n", ",four\n"), encoding="utf-8")
    assert {one.code for one in compare_folders(plans["base"], other).findings} == {"CMP-03"}
    segment = text.replace("slot,", "slot,segment,").replace("S1,", "S1,heavy,").replace("S2,", "S2,heavy,")
    (other / "plan.csv").write_text(segment, encoding="utf-8")
    assert {one.code for one in compare_folders(plans["base"], other).findings} == {"CMP-05"}
    (other / "plan.csv").unlink()
    assert {one.code for one in compare_folders(plans["base"], other).findings} == {"CMP-02"}


def test_changed_inputs_are_said(plans: dict[str, Path]) -> None:
    """With an instance that is no longer as it was, a warning names the files and the plan."""
    answer = compare_folders(plans["base"], plans["changed"], plans["changed instance"])
    assert [(one.code, dict(one.facts)["files"]) for one in answer.findings] == [("CMP-06", "options.csv")]
