"""The commands of the registry as people and programs meet them."""

import os
import shutil

import click
import pytest

from optimizer.commands.registry import registry as group
from tests.cli.running import fairpool
from tests.registry.conftest import ROOT, TINY, twin

NAMES = sorted(group.commands)
EXAMPLES = {name: (group.commands[name].epilog or "").removeprefix("Example: ").split()[1:] for name in NAMES}
LATER = "2999-01-01T00:00+08:00"


class Person:
    """Runs commands on a registry as somebody."""

    def __init__(self, registry, name):
        self._registry, self._name = registry, name

    def __call__(self, name, *arguments, code=0):
        self._registry.as_user(self._name)
        where = ("--registry", self._registry.url(self._name))
        ran = fairpool("registry", name, *arguments, *where)
        assert ran.code == code, (ran.out, ran.err)
        return ran

    def json(self, name, *arguments, code=0):
        document = self(name, *arguments, "--json", code=code).json
        head = [("contract", 1), ("command", f"registry {name}"), ("exit", code)]
        assert list(document.items())[:3] == head
        return document


@pytest.fixture
def anna(registry):
    return Person(registry, "anna")


@pytest.fixture
def boss(registry):
    return Person(registry, "boss")


@pytest.mark.parametrize("name", NAMES)
def test_help(name):
    """Every help text explains each option and ends with an example of that very command."""
    ran = fairpool("registry", name, "-h")
    assert ran.code == 0
    assert " ".join(ran.out.split("Example: ")[1].split()).startswith(f"fairpool registry {name} ")
    for option in group.commands[name].params:
        assert not isinstance(option, click.Option) or option.help


def test_help_of_the_group():
    """The help of the group lists every command with a whole sentence."""
    ran = fairpool("registry", "-h", COLUMNS="200")
    listed = {
        line.split()[0]: line for line in ran.out.split("Commands:")[1].splitlines() if line[:2] == "  "
    }
    assert set(NAMES) <= set(listed)
    assert not [name for name in NAMES if "..." in listed[name]]


def test_the_whole_story(anna, boss, plan, tiny):
    """From register to rollback every command has its say, for people and for programs."""
    plan_id = anna.json("register", tiny, plan, "--reason", "June", "--as", "planner")["plan"]["id"]
    assert "already" in anna("register", tiny, plan).out
    assert anna.json("register", tiny, plan)["event"] is None
    assert "is submitted now (event 2, by anna)" in anna("submit", plan).out
    refused = anna.json("approve", plan_id, code=7)
    assert "the author cannot approve" in refused["error"]
    mandate = ("--mandate-per-run", "5%", "--mandate-total", "0.15", "--pools", "cash", "--until", LATER)
    given = boss.json("approve", plan, *mandate)
    assert given["plan"]["approvals"][0]["mandate"] == {
        "per_run": "0.05",
        "total": "0.15",
        "pools": ["cash"],
        "until": "2998-12-31T16:00:00.000000Z",
    }
    assert boss.json("apply", tiny, plan_id)["plan"]["state"] == "applied"
    job = twin(plan)
    anna("register", tiny, job)
    assert "by mandate: cash changes by 0 %, 0 % in all" in anna("apply", tiny, job).out
    assert boss.json("rollback", tiny, "--reason", "x")["event"]["action"] == "rollback"
    assert "5 % a run and 15 % in all" in boss("show", plan_id).out
    assert "(ended by event 7)" in " ".join(boss("show", plan_id).out.split())
    states = {one["id"]: one["state"] for one in anna.json("list", "--instance", "tiny")["plans"]}
    assert sorted(states.values()) == ["applied", "superseded"]
    (pool,) = anna.json("ledger")["pools"]
    assert (pool["initial"], pool["committed"], pool["left"]) == ("100.00", "100.00", "0.00")
    assert anna.json("audit", plan)["is_sound"]
    assert "SOUND: 7 events, 2 plans, 2 entries recomputed" in anna("audit").out


def test_money(anna, boss, plan, tiny):
    """Every movement says what it did, and the ledger shows it in one row that adds up."""
    anna("register", tiny, plan)
    boss("adjust", "cash", "--add", "20", "--reason", "more")
    boss("adjust", "tiny:cash", "--remove", "5.5", "--reason", "less")
    (tiny / "actuals.csv").write_text("merchant,category,slot,cash,conversions\nan_tea,tea,S1,9,1\n")
    assert boss.json("book", tiny)["event"]["action"] == "book"
    assert "booked already" in boss("book", tiny).out
    boss("drawback", "cash", "4", "--reason", "returned")
    row = next(line.split() for line in boss("ledger").out.splitlines() if line.startswith("tiny:cash"))
    assert row == ["tiny:cash", "CNY", "100.00", "+14.50", "0.00", "4.00", "0.00", "9.00", "109.50"]
    entries = boss.json("ledger", "--entries")["entries"]
    assert [(one["event"], one["debit"], one["credit"], one["amount"]) for one in entries] == [
        (1, "left", "initial", "100.00"),
        (2, "left", "added", "20.00"),
        (3, "removed", "left", "5.50"),
        (4, "booked", "left", "9.00"),
        (5, "left", "returned", "4.00"),
    ]
    assert "removed" in boss("ledger", "--entries").out
    assert boss.json("adjust", "cash", "--remove", "1000", "--reason", "x", code=7)["findings"] == []
    assert "write either" in boss("adjust", "cash", "--reason", "x", code=2).err


def test_log(anna, boss, plan):
    """The log says who, for whom, what and why; the last few, or those of one plan."""
    anna("register", TINY, plan, "--as", "planner", "--reason", "for [red]June[/red] {x}")
    boss("adjust", "cash", "--add", "1", "--reason", "y")
    anna("submit", plan)
    text = anna("log").out
    assert "anna (as planner)" in text
    assert "[red]June" in text
    assert [one["seq"] for one in anna.json("log", "--last", "2")["events"]] == [2, 3]
    assert [one["action"] for one in anna.json("log", "--plan", plan)["events"]] == ["register", "submit"]
    assert [one["seq"] for one in anna.json("show", plan)["events"]] == [1, 3]


def test_reject_and_withdraw(anna, boss, plan):
    """A reason is asked for where somebody is stopped, and kept."""
    anna("register", TINY, plan)
    assert "Missing option '--reason'" in boss("reject", plan, code=2).err
    assert "says something" in boss("reject", plan, "--reason", " ", code=2).err
    assert boss.json("reject", plan, "--reason", "no")["event"]["why"] == "no"
    anna("submit", plan)
    boss("approve", plan, "--mandate-per-run", "0", "--mandate-total", "1%", "--until", LATER)
    assert boss.json("withdraw", plan, "--reason", "stop")["plan"]["approvals"][0]["mandate_ended"] == 5


def test_export(anna, plan, tmp_path):
    """A plan is written out as it was registered, byte for byte, over a plan folder or anew."""
    before = {path.name: path.read_bytes() for path in plan.iterdir()}
    content = anna.json("register", TINY, plan)["plan"]["content"]
    for _ in range(2):
        assert anna.json("export", content[:12], "--out", tmp_path / "again")["plan"] == content
    assert {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()} == before
    assert anna("export", content, "--out", ROOT / "docs", code=74).err


def test_findings_of_a_plan_that_fails(anna, plan):
    """What is wrong with a plan that fails verification is listed, for people and programs (6)."""
    text = (plan / "plan.csv").read_text("utf-8-sig").replace("25.00", "24.00")
    (plan / "plan.csv").write_text("\ufeff" + text, "utf-8")
    ran = anna("register", TINY, plan, code=6)
    assert "VER-06" in ran.out
    assert "failed verification" in ran.err
    document = anna.json("register", TINY, plan, code=6)
    assert {found["code"] for found in document["findings"]} >= {"VER-06"}
    assert document["counts"]["error"] == len(document["findings"])


def test_usage(registry, plan, monkeypatch):
    """What is asked for wrongly is exit 2 in plain words."""
    monkeypatch.delenv("FAIRPOOL_REGISTRY", raising=False)
    assert "FAIRPOOL_REGISTRY" in fairpool("registry", "list").err
    where = ("--registry", registry.url())
    wrong = [
        ("list", "--registry", "mysql://x/y"),
        ("approve", plan, "--mandate-per-run", "5%", *where),
        ("approve", plan, "--mandate-per-run", "-5%", *where),
        ("approve", plan, "--mandate-per-run", "5 percent", *where),
        ("approve", plan, "--pools", "cash", *where),
        ("approve", plan, "--until", "2027-06-18T20:00", *where),
        ("approve", plan, "--until", "tomorrow", *where),
        ("audit", "--expect", "6", *where),
        ("audit", "--expect", "6:xyz", *where),
        ("log", "--last", "0", *where),
        ("submit", plan, "--reason", "x" * 2001, *where),
        ("register", TINY, "", *where),
    ]
    for arguments in wrong:
        ran = fairpool("registry", *arguments)
        assert ran.code == 2, (arguments, ran)
        assert ran.out == ""


def test_the_environment_names_the_registry(registry, monkeypatch):
    """Without --registry it is the one that FAIRPOOL_REGISTRY names."""
    registry.as_user("anna")
    monkeypatch.setenv("FAIRPOOL_REGISTRY", registry.url("anna"))
    assert "no plans" in fairpool("registry", "list").out
    assert "no events" in fairpool("registry", "log").out
    assert "no pools yet" in fairpool("registry", "ledger").out


def test_init(empty):
    """A registry is made once; the password of a URL is not printed."""
    ran = fairpool("registry", "init", "--registry", empty.url())
    assert ran.code == 0
    assert "is ready\n" in ran.out
    again = fairpool("registry", "init", "--registry", empty.url(), "--json").json
    assert (again["is_changed"], again["version"]) == (False, "0001")


def test_missing_folders(anna, tmp_path, plan):
    """A folder that is not there is exit 74, and so is a plan that names nothing."""
    anna("register", tmp_path / "missing", plan, code=74)
    anna("register", TINY, tmp_path / "missing", code=74)
    anna("submit", tmp_path / "missing", code=74)
    anna("apply", tmp_path / "missing", "abcdef", code=74)
    anna("book", tmp_path / "missing", code=74)


@pytest.mark.parametrize("text", ["\x1b[31mx", "[red]x[/red]", "{x}", "%s", "line\nbreak", "\u202ex", "台账"])
def test_hostile_texts(anna, boss, plan, text):
    """What people type is data: kept as it is, shown without control characters."""
    anna("register", TINY, plan, "--reason", text, "--as", text)
    (event,) = anna.json("log")["events"]
    assert (event["why"], event["claim"]) == (text, text)
    shown = anna("log").out + anna("show", plan).out
    assert all(c.isprintable() or c == "\n" for c in shown)
    boss("submit", text, code=74)
    boss("adjust", text, "--add", "1", "--reason", "x", code=3)
    boss("adjust", "cash", "--add", text, "--reason", "x", code=3)


def test_the_examples_run(tmp_path, monkeypatch, plan):
    """The example of every help text is a command line that parses, and ends as it should."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "instances").symlink_to(ROOT / "instances")
    (tmp_path / "plans").mkdir()
    shutil.copytree(plan, tmp_path / "plans" / "tiny")
    codes = {}
    for name in ("init", "register", "submit", "approve", *NAMES):
        codes[name] = fairpool(*EXAMPLES[name]).code
    author_only = {"approve": 7, "withdraw": 3, "apply": 3, "rollback": 3}
    money = {"transfer": 3, "drawback": 7, "book": 3, "submit": 0}
    assert codes == {**dict.fromkeys(NAMES, 0), **author_only, **money}


def test_users_of_the_system(tmp_path, plan, monkeypatch):
    """On SQLite it is the user of the process: one cannot approve their own plan, another one can."""
    monkeypatch.setenv("USER", "cfo")
    monkeypatch.setenv("LOGNAME", "cfo")

    def run(user, name, *arguments):
        monkeypatch.setattr(os, "getuid", lambda: user)
        return fairpool("registry", name, *arguments, "--registry", tmp_path / "registry.sqlite", "--json")

    assert run(3_999_999_001, "init").code == 0
    assert run(3_999_999_001, "register", TINY, plan).json["event"]["who"] == "uid:3999999001"
    assert run(3_999_999_001, "submit", plan).code == 0
    assert run(3_999_999_001, "approve", plan, "--as", "cfo").code == 7
    assert run(3_999_999_002, "approve", plan).json["event"]["who"] == "uid:3999999002"
    assert run(3_999_999_002, "audit").json["is_sound"]
