"""evaluate, compare, frontier and scenarios as a user runs them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.cli.running import TINY, fairpool, tiny, tree

HEAD = "merchant,category,slot,option\n"
PLAN = HEAD + "an_tea,tea,S1,plus\nhu_shoes,shoes,S1,plus\nlin_phones,phones,S2,basic\n"


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    """The best plan of the tiny instance."""
    folder = tmp_path_factory.mktemp("plan") / "best"
    assert fairpool("solve", TINY, "--out", folder).code == 0
    return folder


def _evaluate(tmp_path, text, *options, instance=TINY, encoding="utf-8"):
    file = tmp_path / "mine.csv"
    file.write_bytes(text.encode(encoding))
    return fairpool("evaluate", instance, file, "--json", *options)


def test_a_lawful_plan_is_written_and_verified(tmp_path):
    """A plan that breaks nothing becomes a folder that verify accepts; with much undone it is `stopped`."""
    ran = _evaluate(tmp_path, PLAN, "--out", tmp_path / "mine")
    assert ran.code == 0
    assert ran.json["lawful"] is True
    assert (ran.json["objective"], ran.json["best"]["objective"], ran.json["best"]["adds"]) == (
        "30",
        "50",
        "20",
    )
    assert ran.json["against_best"]["objective"] == "20"
    assert fairpool("verify", TINY, tmp_path / "mine").code == 0
    summary = json.loads((tmp_path / "mine" / "summary.json").read_text(encoding="utf-8"))
    assert (summary["status"], summary["objective"], summary["bound"]) == ("stopped", "30", "50")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_a_spreadsheets_dialects(tmp_path, encoding):
    """Chinese headers, semicolons, CRLF and what Excel encodes in are read as instances are."""
    text = "商家;类目;时段;档位;说明一下\r\nan_tea;tea;S1;basic;随便\r\nhu_shoes;shoes;S1;plus;\r\n"
    ran = _evaluate(tmp_path, text, encoding=encoding)
    assert (ran.code, ran.json["objective"]) == (0, "16")


def test_the_best_plan_is_said_to_be(plan):
    """The planner's plan that is the best is called so, and nothing is to be added."""
    ran = fairpool("evaluate", TINY, plan, "--json")
    assert ran.json["best"]["is_this_plan"] is True
    assert ran.json["best"]["adds"] == "0"
    assert ran.json["against_best"] is None
    assert "the best there is" in fairpool("evaluate", TINY, plan).out


def test_a_plan_that_overspends(tmp_path):
    """Every limit that is broken is said with by how much; it is no error, and nothing is published."""
    with (TINY / "options.csv").open(encoding="utf-8-sig") as file:
        dearest = {
            (row["merchant"], row["category"], row["slot"]): row["option"] for row in csv.DictReader(file)
        }
    rows = "".join(",".join((*cell, option)) + "\n" for cell, option in dearest.items())
    ran = _evaluate(tmp_path, HEAD + rows, "--out", tmp_path / "mine")
    assert ran.code == 0
    assert ran.json["lawful"] is False
    assert ran.json["plan"] is None
    assert not (tmp_path / "mine").exists()
    broken = {(one["rule"], one["group"]): one for one in ran.json["broken"]}
    pool = ran.json["pools"][0]
    assert float(broken["pool:cash", ""]["broken_by"]) == float(pool["used"]) - float(pool["amount"]) > 0
    for one in ran.json["broken"]:
        over = float(one["used"]) - float(one["limit"])
        assert float(one["broken_by"]) == (over if one["sense"] == "at_most" else -over) > 0
    assert all(one["reason"] in ("pool", "rule") for one in ran.json["against_best"]["cells"])
    shown = fairpool("evaluate", TINY, tmp_path / "mine.csv", "--out", tmp_path / "mine")
    assert shown.code == 0
    assert "no plan folder was written" in shown.err
    assert "pool:cash" in shown.out


def test_a_plan_that_misses_a_floor(tmp_path):
    """A floor that is missed counts as much as a cap that is passed."""
    ran = _evaluate(tmp_path, HEAD + "lin_phones,phones,S2,basic\n")
    assert [(one["rule"], one["broken_by"]) for one in ran.json["broken"]] == [("small-floor", "20")]


def test_pins_are_looked_at(tmp_path):
    """A pin that the plan does not obey is said, and the plan is not published."""
    pins = HEAD + "an_tea,tea,S1,basic\nhu_shoes,shoes,*,none\n"
    instance = tiny(tmp_path / "pinned", pins=pins)
    ran = _evaluate(tmp_path, PLAN, "--out", tmp_path / "mine", instance=instance)
    assert ran.code == 0
    assert {(one["merchant"], one["slot"], one["option"]) for one in ran.json["pins_disobeyed"]} == {
        ("an_tea", "S1", "basic"),
        ("hu_shoes", "S1", "none"),
    }
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ("nobody,tea,S1,basic\n", "CHO-02"),
        ("an_tea,tea,S1,gold\n", "CHO-03"),
        ("an_tea,tea,S1,basic\nan_tea,tea,S1,plus\n", "CHO-05"),
    ],
)
def test_no_plan_of_this_instance(tmp_path, rows, code):
    """What the instance does not have is a finding with its row, exit 3, and nothing is written."""
    ran = _evaluate(tmp_path, HEAD + rows, "--out", tmp_path / "mine")
    assert ran.code == 3
    assert [found["code"] for found in ran.json["findings"]] == [code]
    assert not (tmp_path / "mine").exists()


def test_compare_in_words(tmp_path, plan):
    """The table names cells, groups and limits; --csv lists every changed cell."""
    other = tmp_path / "other"
    assert fairpool("solve", TINY, "--out", other, "--set", "pools.cash=120").code == 0
    ran = fairpool(
        "compare",
        plan,
        other,
        "--instance",
        TINY,
        "--by",
        "slot",
        "--csv",
        tmp_path / "cells.csv",
        COLUMNS="400",
    )
    assert ran.code == 0
    for text in (
        "2 cells change",
        "slot=S2",
        "pool: pool:cash, 100 → 120",
        "merchant=an_tea",
        "slot-cap slot=S2",
    ):
        assert text in ran.out
    with (tmp_path / "cells.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [(row["merchant"], row["from"], row["to"], row["cash"]) for row in rows] == [
        ("hu_shoes", "basic", "plus", "10.00"),
        ("an_tea", "basic", "plus", "10.00"),
    ]
    same = fairpool("compare", plan, plan)
    assert "every cell the same" in same.out
    assert fairpool("compare", plan, other, "--by", "tier").code == 2
    assert "merchant, category, slot" in fairpool("compare", plan, other, "--by", "tier").err
    assert fairpool("compare", plan, TINY).code == 74  # no summary.json


def test_frontier_writes_plans(tmp_path):
    """Every point with a plan has a folder of its own that verify accepts; --csv has every point."""
    ran = fairpool(
        *("frontier", TINY, "--from", "10", "--to", "90%", "--steps", "2", "--json"),
        *("--out", tmp_path / "plans", "--csv", tmp_path / "points.csv"),
    )
    assert ran.code == 0
    points = ran.json["points"]
    assert [point["amount"] for point in points] == ["10.00", "50.00", "90.00"]
    assert [point["status"] for point in points] == ["impossible", "solved", "solved"]
    assert [point["plan"] is None for point in points] == [True, False, False]
    for point in points[1:]:
        assert fairpool("verify", TINY, point["plan"]).code == 0
    with (tmp_path / "points.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [row["objective"] for row in rows] == [point["objective"] or "" for point in points]


def test_frontier_of_a_rules_percentage():
    """A rule's percentages stay percentages, and its floor loosens downwards."""
    ran = fairpool(
        "frontier", TINY, "--rule", "slot-cap", "--from", "40%", "--to", "80%", "--steps", "2", "--json"
    )
    assert [point["amount"] for point in ran.json["points"]] == ["40%", "60%", "65%", "80%"]
    assert ran.json["varied"]["is_share"] is True


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--pool", "cahs"), 2),
        (("--rule", "nothing"), 2),
        (("--pool", "cash", "--rule", "slot-cap"), 2),
        (("--from", "much"), 2),
        (("--steps", "0"), 2),
        (("--set", "pools.none=5"), 3),
        (("--from", "1", "--to", "10", "--steps", "2"), 4),
    ],
)
def test_frontier_refuses(options, code):
    """What makes no sense is a usage error; a range in which nothing is possible is proven so."""
    ran = fairpool("frontier", TINY, *options)
    assert ran.code == code
    assert "Traceback" not in ran.out + ran.err


def test_ascii_terminals_get_plain_bars():
    """Where the terminal knows no blocks, bars are of signs that it knows."""
    ran = fairpool("frontier", TINY, "--steps", "2")
    assert "█" in ran.out
    narrow = fairpool("frontier", TINY, "--steps", "2", COLUMNS="40")
    assert max(map(len, narrow.out.splitlines())) <= 40


SCENARIOS = """
["more cash"]
label = "twenty more"
pools.cash = 1.2e2

[loose]
rules."small-floor".enforcement = "report"
'rules."slot-cap".value' = "90%"

[poor]
"pools.cash" = "15"

[mix]
settings.divisible = true
settings.objective.maximise = {conversions = 2}
"""


def _scenarios(tmp_path, text, *options):
    file = tmp_path / "scenarios.toml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return fairpool("scenarios", TINY, file, "--json", *options)


def test_scenarios_equal_solves(tmp_path):
    """Each scenario reaches what a solve with its --set reaches; its folder verifies; the base is one."""
    ran = _scenarios(tmp_path, SCENARIOS, "--out", tmp_path / "plans")
    assert ran.code == 0
    found = {one["name"]: one for one in ran.json["scenarios"]}
    assert list(found) == ["base", "more cash", "loose", "poor", "mix"]
    assert (found["poor"]["status"], found["poor"]["plan"]) == ("impossible", None)
    assert (found["more cash"]["objective"], found["more cash"]["change"]) == ("55", "5")
    assert found["more cash"]["change_share"] == "0.1"
    for name, one in found.items():
        if name == "poor":
            continue
        sets = [part for own in one["overrides"] for part in ("--set", f"{own['key']}={own['value']}")]
        alone = fairpool("solve", TINY, "--out", tmp_path / "alone", "--json", *sets)
        assert alone.json["summary"]["objective"] == one["objective"]
        assert fairpool("verify", TINY, one["plan"]).code == 0
    assert [broken["rule"] for broken in found["loose"]["broken"]] == ["small-floor"]
    assert found["mix"]["overrides"] == [
        {"key": "settings.divisible", "value": "true"},
        {"key": "settings.objective.maximise", "value": '{"conversions" = 2}'},
    ]
    shown = fairpool("scenarios", TINY, tmp_path / "scenarios.toml")
    assert "impossible (proven)" in shown.out
    assert "twenty more" in shown.out


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("[a", ["SCN-01"]),
        ("", ["SCN-04"]),
        ('"pools.cash" = "5"\n', ["SCN-02"]),
        ('[base]\n"pools.cash" = "5"\n', ["SCN-05"]),
        ('["../up"]\n"pools.cash" = "5"\n', ["SCN-05"]),
        ('[a]\n"pools.cash" = 2020-01-01\n', ["SCN-03"]),
        ('[a]\n"pools.cash" = [1]\n', ["SCN-03"]),
        (
            '[a]\n"pools.cash" = "five"\n"pool.cash" = "5"\n[b]\n"rules.none.value" = "5"\n',
            ["OVR-01", "OVR-02", "OVR-03"],
        ),
        ('[a]\n"rules.slot-cap.measure" = "gold"\n', ["RUL", "SCN-06"]),
        (b"\xff\xfe\x00\xd8", ["FIL-05"]),
    ],
)
def test_malformed_scenarios(tmp_path, text, codes):
    """Everything wrong with a file of scenarios is said at once, with file and key; nothing is solved."""
    ran = _scenarios(tmp_path, text, "--out", tmp_path / "plans")
    assert ran.code == 3, ran.out
    assert ran.json["scenarios"] == []
    assert not (tmp_path / "plans").exists()
    found = [one["code"] for one in ran.json["findings"]]
    assert sorted({next((code for code in codes if one.startswith(code)), one) for one in found}) == codes
    for one in ran.json["findings"]:
        assert one["what"]
        assert one["fix"]
        assert "{" not in one["what"]


def test_a_finding_names_file_row_and_key(tmp_path):
    """What --set would say of a key is said of the line that sets it."""
    ran = _scenarios(tmp_path, '# note\n[rich]\n\n"pools.cahs" = "5"\n')
    (found,) = ran.json["findings"]
    assert (found["file"], found["row"], found["column"]) == ("scenarios.toml", 4, "rich.pools.cahs")


def test_folders_that_are_no_plans_are_left_alone(tmp_path):
    """A folder of other files in the place of a plan is refused before anything there changes."""
    (tmp_path / "plans" / "base").mkdir(parents=True)
    (tmp_path / "plans" / "base" / "photo.jpg").write_bytes(b"x")
    before = tree(tmp_path / "plans")
    ran = _scenarios(tmp_path, '[rich]\n"pools.cash" = "150"\n', "--out", tmp_path / "plans")
    assert ran.code == 74
    assert tree(tmp_path / "plans") == before
    (tmp_path / "plans" / "base").rename(tmp_path / "plans" / "rich")
    before = tree(tmp_path / "plans")
    ran = _scenarios(tmp_path, '[rich]\n"pools.cash" = "150"\n', "--out", tmp_path / "plans")
    assert ran.code == 74
    assert tree(tmp_path / "plans") == before
    (tmp_path / "curve" / "1").mkdir(parents=True)
    (tmp_path / "curve" / "1" / "photo.jpg").write_bytes(b"x")
    assert fairpool("frontier", TINY, "--steps", "2", "--out", tmp_path / "curve").code == 74


def test_the_same_bytes_again():
    """The same inputs give the same answers, to the byte."""
    for command in (("frontier", TINY, "--steps", "3"), ("scenarios", TINY, TINY / "scenarios.toml")):
        assert fairpool(*command, "--json").out == fairpool(*command, "--json").out


def test_the_examples_folder_is_there():
    """The example of `scenarios` is a file of the tiny instance, which check still accepts."""
    assert (Path(TINY) / "scenarios.toml").is_file()
    assert fairpool("check", TINY).code == 0
