"""`explain --merchant`, `--all` and `--rule`: every claim is tried by solving the changed folder anew."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from models.solution import SearchOptions, Watch
from models.why import Answer
from optimizer.answering import AS_SUITS, about_merchant, asked_about
from optimizer.pipeline import take_in_hand
from optimizer.show.merchant import show_merchant
from optimizer.show.merchant_json import merchant_json
from optimizer.show.shareable import shareable_json, show_shareable
from tests.cli.running import TINY, fairpool, tiny

SHORT = 'merchant,name,tier,cash_cap\nan_tea,安家茶铺,small,40\nhu_shoes,"=胡记",mid,50\n' + (
    "lin_phones,林哥数码,large,40\nlate,迟到,small,10\n"
)
RULES = """rule,label,measure,where,by,sense,value,basis
merchant-cap,,cash,,merchant,at_most,1,merchants.cash_cap
slot-cap,,cash,,slot,at_most,65%,pool
"""
SIXTY = ("--set", "pools.cash=60")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A market of sixty yuan in which an_tea gets nothing, one merchant never entered, and its plan."""
    home = tmp_path_factory.mktemp("home")
    tiny(home / "market", rules=RULES, merchants=SHORT)
    assert fairpool("solve", home / "market", "--out", home / "plan", *SIXTY).code == 0
    return home


@pytest.fixture(scope="module")
def told(home: Path) -> dict[str, Any]:
    """What is said of an_tea, for programs."""
    ran = fairpool("explain", home / "market", home / "plan", "--merchant", "an_tea", "--json")
    assert ran.code == 0
    return ran.json


def solved(market: Path, *more: str) -> tuple[Fraction, set[str]]:
    """Solve anew; return the objective and the funded merchants."""
    out = market.with_name(f"{market.name}-solved")
    assert fairpool("solve", market, "--out", out, "--gap", "0", *more).code == 0
    with (out / "plan.csv").open(encoding="utf-8-sig", newline="") as stream:
        funded = {row["merchant"] for row in csv.DictReader(stream)}
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    return Fraction(summary["objective"]), funded


def edited(home: Path, folder: Path, place: dict[str, str], column: str, change: Fraction) -> Path:
    """Copy the market with one number of one option changed."""
    shutil.copytree(home / "market", folder)
    path = folder / "options.csv"
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    for row in rows:
        if row["merchant"] == "an_tea" and all(row[key] == place[key] for key in ("slot", "option")):
            number = Fraction(row[column]) + change
            row[column] = f"{float(number):.2f}" if column == "cash" else f"{float(number):.6f}"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder


def test_a_rise_is_the_smallest(home: Path, told: dict[str, Any], tmp_path: Path) -> None:
    """Worth so much more it ties (less does not), and with a millionth beyond that it is funded."""
    rise = told["changes"]["value"]
    assert (rise["column"], rise["low"], rise["low_is_proven"]) == ("conversions", rise["high"], True)
    high, unit = Fraction(rise["high"]), Fraction(1, 10**6)
    before, _funded = solved(home / "market", *SIXTY)
    objective, funded = solved(edited(home, tmp_path / "more", rise, "conversions", high + unit), *SIXTY)
    assert "an_tea" in funded
    assert objective == before + unit
    objective, funded = solved(edited(home, tmp_path / "less", rise, "conversions", high - unit), *SIXTY)
    assert "an_tea" not in funded
    assert objective == before


def test_a_cut_is_the_smallest(home: Path, told: dict[str, Any], tmp_path: Path) -> None:
    """At the cut that is told a plan with the merchant is as good as any, at the one below it is not."""
    cut = told["changes"]["cost"]
    low, high = Fraction(cut["low"]), Fraction(cut["high"])
    assert low < high
    forced = f"{RULES}m,,cells,merchant=an_tea,,at_least,1,\n"
    reached = {}
    for name, by in (("low", low), ("high", high)):
        market = edited(home, tmp_path / name, cut, "cash", -by)
        free, _funded = solved(market, *SIXTY)
        (market / "rules.csv").write_text(forced, encoding="utf-8")
        reached[name] = solved(market, *SIXTY)[0] - free
    assert reached["low"] < 0
    assert reached["high"] == 0


def test_room_gets_it_funded(home: Path, told: dict[str, Any]) -> None:
    """With the room that is told, set as it is written, the merchant is funded; with `low` it is not."""
    rooms = [room for room in told["changes"]["room"] if room["set"]]
    assert rooms
    for room in rooms:
        assert "an_tea" in solved(home / "market", *SIXTY, "--set", room["set"])[1]
    pool = next(room for room in rooms if room["rule"] == "pool:cash")
    less = f"pools.cash={float(60 + Fraction(pool['low'])):.2f}"
    assert "an_tea" not in solved(home / "market", "--set", less)[1]


def test_both_sides(home: Path, told: dict[str, Any]) -> None:
    """The objectives with and without it are those of solving so, and who is displaced is what differs."""
    with_it, without = Fraction(told["with"]["objective"]), Fraction(told["without"]["objective"])
    assert told["loss"] == {"low": str(without - with_it), "high": str(without - with_it)}
    assert solved(home / "market", *SIXTY)[0] == without
    assert {one["merchant"] for one in told["displaced"]} <= {"hu_shoes", "lin_phones"}
    assert told["displaced"]
    assert told["reproducible"] is True


@pytest.fixture(scope="module")
def answer(home: Path) -> Answer:
    """The same answer, found a second time, as the library gives it."""
    in_hand = take_in_hand(home / "market", home / "plan")
    options = SearchOptions(gap=AS_SUITS, time_limit=300)
    found, findings = about_merchant(asked_about(home / "plan", in_hand), "an_tea", options, Watch())
    assert not findings
    assert found is not None
    return found


def shown(show: Callable[[Console, Answer], None], answer: Answer) -> str:
    """Return what is printed of an answer."""
    stream = io.StringIO()
    show(Console(file=stream, width=120, highlight=False, markup=False, emoji=False), answer)
    return stream.getvalue()


def test_text_and_same_answer(told: dict[str, Any], answer: Answer) -> None:
    """People are told the same figures, and the same question has the same answer."""
    text = shown(show_merchant, answer)
    assert "an_tea (安家茶铺) gets nothing: 2 cells" in text
    assert f"--set 'pools.cash={60 + Fraction(told['changes']['room'][0]['high'])}'" in text
    assert "Who would be displaced" in text
    assert merchant_json(answer).items() <= told.items()


def test_shareable_tells_nothing_of_others(home: Path, told: dict[str, Any], answer: Answer) -> None:
    """No key or name of another merchant and no price, nor a figure that one follows from, is passed on."""
    figures = {told["loss"]["low"], told["with"]["objective"], told["without"]["objective"]}
    for cell in told["cells"]:
        for option in cell["options"]:
            figures |= {option["priced_cost"], option["lacks"], *(one["amount"] for one in option["charges"])}
    limits = (home / "plan" / "limits.csv").read_text(encoding="utf-8-sig")
    figures |= {row["price"] for row in csv.DictReader(io.StringIO(limits))}
    own = {"1", "2", "4", "5", "10", "10.00", "20", "20.00", "0"}  # costs and values of its own, and changes
    assert figures - own
    for text in (shown(show_shareable, answer), json.dumps(shareable_json(answer), ensure_ascii=False)):
        for other in ("hu_shoes", "胡记", "lin_phones", "林哥数码", "late", "迟到"):
            assert other not in text
        assert not (figures - own) & set(re.findall(r"[0-9.]*[0-9]", text))
        assert "price" not in text
        assert "conversions of tea, S1: basic up by about 1." in text


def test_a_rule_named_after_another_is_not_named(tmp_path: Path) -> None:
    """A limit whose name gives another merchant away is called a rule."""
    rules = RULES.replace("slot-cap", "cap-for-hu_shoes").replace("65%", "50%")
    market = tiny(tmp_path / "market", rules=rules)
    assert fairpool("solve", market, "--out", tmp_path / "plan", *SIXTY).code == 0
    args = ("explain", market, tmp_path / "plan", "--merchant", "an_tea")
    ran = fairpool(*args, "--shareable")
    assert ran.code == 0
    assert "hu_shoes" not in ran.out
    assert "a rule" in ran.out
    assert fairpool(*args, "--json").out.count("cap-for-hu_shoes")


def test_findings_of_others_are_not_passed_on(tmp_path: Path) -> None:
    """A remark on the instance that names another merchant is not shown with what is passed on."""
    merchants = "merchant,tier\nan_tea,small\nlin_phones,large\n"
    market = tiny(tmp_path / "market", rules=RULES.splitlines()[0] + "\n", merchants=merchants)
    assert fairpool("solve", market, "--out", tmp_path / "plan").code == 0
    args = ("explain", market, tmp_path / "plan", "--all")
    assert "hu_shoes" in fairpool(*args).out
    assert "hu_shoes" in json.dumps(fairpool(*args, "--json").json["findings"])
    for more in ((), ("--json",)):
        assert "hu_shoes" not in fairpool(*args, "--shareable", *more).out


def test_funded_and_never_entered(home: Path) -> None:
    """A funded merchant is told what it adds; one without a row in options.csv that it never entered."""
    args = ("explain", home / "market", home / "plan", "--merchant")
    told = fairpool(*args, "lin_phones", "--json").json
    assert told["funded"] is True
    assert Fraction(told["loss"]["high"]) < 0
    assert told["changes"] == {"value": None, "cost": None, "room": []}
    ran = fairpool(*args, "late")
    assert ran.code == 0
    assert ran.out == "late (迟到) never entered: options.csv has no row of it.\n"
    assert fairpool(*args, "late", "--json").json["entered"] is False
    assert fairpool(*args, "late", "--shareable").out == ran.out


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("--merchant", "an_tee"), "WHY-01"),
        (("--merchant", ""), "WHY-01"),
        (("--merchant", "an_tee", "--shareable"), "WHY-01"),
        (("--rule", "slotcap"), "WHY-02"),
        (("--rule", "pool:gold"), "WHY-02"),
    ],
)
def test_unknown_names(home: Path, args: tuple[str, ...], code: str) -> None:
    """A merchant or rule that there is not is a finding that says what may be meant; exit 3."""
    ran = fairpool("explain", home / "market", home / "plan", *args, "--json")
    assert ran.code == 3
    assert [one["code"] for one in ran.json["findings"]] == [code]
    told = fairpool("explain", home / "market", home / "plan", *args)
    assert told.code == 3
    assert ("did you mean" in told.out) == (args[1] in ("an_tee", "slotcap") and "--shareable" not in args)


@pytest.mark.parametrize(
    "args",
    [
        ("--merchant", "an_tea", "--all"),
        ("--rule", "slot-cap", "--all"),
        ("--csv", "f.csv"),
        ("--move", "10%"),
        ("--rule", "slot-cap", "--move", "0"),
        ("--rule", "slot-cap", "--move", "100%"),
        ("--rule", "slot-cap", "--move", "x"),
        ("--rule", "slot-cap", "--shareable"),
        ("--shareable",),
        ("--merchant", "an_tea", "--by", "tier"),
    ],
)
def test_usage(home: Path, args: tuple[str, ...]) -> None:
    """Options that do not go together are usage errors, before anything is read."""
    ran = fairpool("explain", home / "nowhere", home / "plan", *args)
    assert ran.code == 2
    assert "Error:" in ran.err
    assert not (home / "f.csv").exists()


def test_a_sentence_each(home: Path, tmp_path: Path) -> None:
    """One sentence per unfunded merchant, in English and Chinese, in a file that a double click opens."""
    args = ("explain", home / "market", home / "plan", "--all", "--csv")
    file = tmp_path / "why.csv"
    file.write_text("what stood there before", encoding="utf-8")
    assert fairpool(*args, file).code == 0
    english = file.read_bytes()
    assert english.startswith(b"\xef\xbb\xbfmerchant,reason,lacks,why\n")
    assert fairpool(*args, file, "--lang", "zh").code == 0
    chinese = file.read_text(encoding="utf-8-sig")
    tables = [list(csv.DictReader(io.StringIO(text))) for text in (english.decode("utf-8-sig"), chinese)]
    for rows in tables:
        assert [(row["merchant"], row["reason"]) for row in rows] == [
            ("an_tea", "outbid"),
            ("late", "never_entered"),
        ]
    assert tables[0][1]["why"] == "late never entered: options.csv has no row of it."
    assert tables[1][1]["why"] == "late：未参与分配，options.csv 中没有该商家的任何一行。"
    assert "未获补贴" in tables[1][0]["why"]
    assert tables[0][0]["lacks"] in tables[0][0]["why"]
    assert [path.name for path in tmp_path.iterdir()] == ["why.csv"]


def test_shareable_sentences(home: Path, tmp_path: Path) -> None:
    """Sentences to be passed on hold no price: neither what is lacking, nor the column of it."""
    file = tmp_path / "why.csv"
    args = ("explain", home / "market", home / "plan", "--all", "--shareable")
    assert fairpool(*args, "--csv", file).code == 0
    text = file.read_text(encoding="utf-8-sig")
    assert text.startswith("merchant,reason,why\n")
    full = fairpool("explain", home / "market", home / "plan", "--all", "--json").json
    lacks = next(one["lacks"] for one in full["unfunded"] if one["lacks"])
    assert lacks not in text
    everyone = ("an_tea", "hu_shoes", "lin_phones", "late")
    for row in csv.DictReader(io.StringIO(text)):
        assert [key for key in everyone if key in row["why"]] == [row["merchant"]]


def test_files_that_cannot_be_written(home: Path, tmp_path: Path) -> None:
    """A folder in place of the file, or below a file, is refused (74), and nothing is left behind."""
    args = ("explain", home / "market", home / "plan", "--all", "--csv")
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x", encoding="utf-8")
    assert fairpool(*args, tmp_path / "folder").code == 74
    assert fairpool(*args, tmp_path / "file" / "why.csv").code == 74
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]
    assert list((tmp_path / "folder").iterdir()) == []


def test_moving_a_rule(home: Path) -> None:
    """Each move is what solving with that value finds, and what merchants and tiers get adds up to it."""
    ran = fairpool(
        "explain", home / "market", home / "plan", "--rule", "pool:cash", "--move", "25%", "--json"
    )
    assert ran.code == 0
    told = ran.json
    assert (told["value"], [move["value"] for move in told["moves"]]) == ("60", ["45", "75"])
    for move in told["moves"]:
        objective, _funded = solved(home / "market", "--set", f"pools.cash={move['value']}")
        assert Fraction(move["objective"]) == objective
        change = objective - Fraction(told["objective"])
        assert move["change"] == {"low": str(change), "high": str(change)}
        for part in ("merchants", "groups"):
            assert sum(Fraction(one["conversions"]) for one in move[part]) == change
        assert {one["tier"] for one in move["groups"]} <= {"small", "mid", "large"}
    text = fairpool("explain", home / "market", home / "plan", "--rule", "slot-cap").out
    assert "Rule slot-cap, moved from 0.65" in text
    assert "At 0.585:" in text
    assert "At 0.715:" in text


def test_what_policy_rules_out(tmp_path: Path) -> None:
    """A merchant that no plan may fund is told so, and of one with a floor that none may leave it out."""
    rules = RULES + "never,,cells,merchant=an_tea,,at_most,0,\nalways,,cash,tier=large,,at_least,20,\n"
    market = tiny(tmp_path / "market", rules=rules)
    assert fairpool("solve", market, "--out", tmp_path / "plan").code == 0
    ran = fairpool("explain", market, tmp_path / "plan", "--merchant", "an_tea", "--json")
    assert ran.code == 0
    assert ran.json["with"]["impossible"] is True
    assert (ran.json["loss"], ran.json["changes"]["value"]) == (None, None)
    assert "never" in {room["rule"] for room in ran.json["changes"]["room"]}
    text = fairpool("explain", market, tmp_path / "plan", "--merchant", "lin_phones").out
    assert "No plan that meets the rules leaves it out" in text


def test_a_best_effort_is_only_looked_at(tmp_path: Path) -> None:
    """Where no plan meets the rules nothing is solved anew, and it says so."""
    changes = ("--set", 'rules."small-floor".value=40', "--set", 'rules."slot-cap".value=19%')
    assert fairpool("solve", TINY, "--out", tmp_path / "plan", "--best-effort", *changes).code == 4
    text = fairpool("explain", TINY, tmp_path / "plan", "--merchant", "hu_shoes")
    assert text.code == 0
    assert "so nothing was solved anew" in text.out


def test_a_plan_of_changed_files(home: Path, tmp_path: Path) -> None:
    """A plan that breaks a pin that came later is no plan to compare with, and the change is told."""
    shutil.copytree(home / "market", tmp_path / "market")
    pins = "merchant,category,slot,option\nlin_phones,*,*,none\n"
    (tmp_path / "market" / "pins.csv").write_text(pins, encoding="utf-8")
    args = ("explain", tmp_path / "market", home / "plan", "--merchant", "lin_phones")
    ran = fairpool(*args, "--json")
    assert (ran.code, ran.json["with"], ran.json["changed_inputs"]) == (0, None, ["pins.csv"])
    ran = fairpool(*args)
    assert "so nothing was solved anew" in ran.out
    assert "given: pins.csv row 2 forbids it" in ran.out
    assert "changed since the plan was made: pins.csv" in ran.err


def test_without_time(home: Path) -> None:
    """With no time nothing is solved anew: prices are told all the same, and the exit code says so (5)."""
    args = ("explain", home / "market", home / "plan", "--time-limit", "0")
    ran = fairpool(*args, "--merchant", "an_tea", "--json")
    assert ran.code == 5
    assert (ran.json["reproducible"], ran.json["solved"], ran.json["loss"]) == (False, 0, None)
    assert any(Fraction(option["priced_cost"]) for cell in ran.json["cells"] for option in cell["options"])
    assert "The time ran out" in fairpool(*args, "--merchant", "an_tea").out
    moved = fairpool(*args, "--rule", "slot-cap")
    assert moved.code == 5
    assert "no plan was found in the time" in moved.out


def test_a_fraction_is_enough(tmp_path: Path) -> None:
    """Where cells are divisible a trace funds; its option has to be worth as much as others per yuan."""
    rows = "M1,tea,S1,A,30,3\nM1,tea,S1,B,60,5\nM2,toys,S1,A,40,2\nM3,toys,S1,A,40,1\n"
    market = tmp_path / "market"
    market.mkdir()
    (market / "options.csv").write_text("merchant,category,slot,option,cash,conversions\n" + rows)
    (market / "pools.csv").write_text("pool,amount\ncash,70\n")
    (market / "settings.toml").write_text("divisible = true\n")
    assert fairpool("solve", market, "--out", tmp_path / "plan", "--gap", "0").code == 0
    told = fairpool("explain", market, tmp_path / "plan", "--merchant", "M3", "--json").json
    assert 0 < Fraction(told["loss"]["high"]) < Fraction(1, 100)
    rise, cut = told["changes"]["value"], told["changes"]["cost"]
    assert Fraction(rise["low"]) < Fraction(rise["high"])
    assert 0.9 < Fraction(rise["high"]) < 1.1  # 1 more for 40, as M2 brings 2 for 40
    assert Fraction(cut["low"]) < 20 <= Fraction(cut["high"])
    assert rise["check"] in ("funded", "ties")
