"""What is printed: help, JSON, hostile texts, narrow and closed outputs."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

import cli
from optimizer import pipeline
from tests.cli.running import COMMANDS, GROUPS, ROOT, TINY, command, fairpool, process, tiny

HEAVY = (
    *("numpy", "pandas", "pyarrow", "pyomo", "pydantic", "rich", "highspy", "scipy", "numba"),
    *("sqlalchemy", "alembic", "psycopg"),
)

HOSTILE = {
    "markup": "[red]sale[/red] [link=file:///etc]x[/link]",
    "ansi": "\x1b[31mred\x1b[0m \x1b]0;title\x07",
    "braces": "{value} {0} {} {nothing!r}",
    "percent": "%s %(x)s %n 100%",
    "newline": "two\nlines",
    "rtl": "\u202egnp.exe\u2066 متجر",
    "long": "长" * 10_000,
    "formula": '=cmd|" /C calc"!A1',
    "at": "@SUM(1)",
    "apostrophe": "'quoted",
    "full-width": "＝1+1",
    "emoji": "🛒 :smile: 👨‍👩‍👧",
    "path": "../../etc/passwd",
    "zero": "nul\x01soh",
}


def test_every_command_is_known():
    """The commands under test are all there are."""
    assert set(cli.main.commands) == {*COMMANDS, *GROUPS}


@pytest.mark.parametrize(
    "name", [(), *((name,) for name in COMMANDS)], ids=lambda name: " ".join(name) or "fairpool"
)
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help(name, flag):
    """Every help text explains each option, ends with an example, and the example is a command of its own."""
    ran = fairpool(*name, flag)
    assert ran.code == 0
    assert ran.err == ""
    last = " ".join(ran.out[ran.out.rindex("Example:") :].split())
    assert last.startswith(f"Example: fairpool {' '.join(name)}".rstrip())
    command_ = cli.main.commands[name[0]] if name else cli.main
    assert command_.help
    for option in command_.params:
        if isinstance(option, click.Option):
            assert option.help, option.name


@pytest.mark.parametrize("name", COMMANDS)
def test_the_examples_parse(name, tmp_path, monkeypatch):
    """The example of each help text is a command line that does what it says."""
    example = (cli.main.commands[name].epilog or "").removeprefix("Example: fairpool ").split()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "instances").symlink_to(ROOT / "instances")
    for plan in (
        part for part in example if part.startswith("plans/") and name in ("verify", "compare", "explain")
    ):
        assert fairpool("solve", "instances/tiny", "--out", plan).code == 0
    (tmp_path / "mine.csv").write_text(
        "merchant,category,slot,option\nan_tea,tea,S1,plus\n", encoding="utf-8"
    )
    if name == "status":
        assert fairpool("reoptimise", "instances/tiny", "--state", example[-1]).code == 0
    assert fairpool(*example).code == 0


def test_import_is_light():
    """Importing the command line pulls in nothing heavy, so that help answers at once."""
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "click" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_json_is_one_document(tmp_path):
    """With --json every command prints one document that says how it ended, and nothing else."""
    runs = {
        "init": fairpool("init", tmp_path / "new", "--json"),
        "generate": fairpool("generate", "--merchants", "3", "--out", tmp_path / "market", "--json"),
        "check": fairpool("check", TINY, "--json"),
        "solve": fairpool("solve", TINY, "--out", tmp_path / "plan", "--json"),
    }
    plan = tmp_path / "plan"
    runs["verify"] = fairpool("verify", TINY, plan, "--json")
    runs["evaluate"] = fairpool("evaluate", TINY, plan, "--json")
    runs["compare"] = fairpool("compare", plan, plan, "--json")
    runs["explain"] = fairpool("explain", TINY, plan, "--json", "--time-limit", "0")
    runs["frontier"] = fairpool("frontier", TINY, "--steps", "2", "--json")
    runs["scenarios"] = fairpool("scenarios", TINY, TINY / "scenarios.toml", "--json")
    runs["reoptimise"] = fairpool("reoptimise", TINY, "--state", tmp_path / "job", "--json")
    runs["status"] = fairpool("status", "--state", tmp_path / "job", "--json")
    assert set(runs) == set(COMMANDS)
    for name, ran in runs.items():
        assert ran.code == 0, (name, ran.err)
        assert list(ran.json.items())[:3] == [("contract", 1), ("command", name), ("exit", 0)]
        assert ran.err == "", name
    for name in set(COMMANDS) - {"init", "generate", "status"}:
        assert (runs[name].json["findings"], runs[name].json["counts"]) == ([], {})


def test_json_of_an_error(tmp_path):
    """What ends a command before its answer is a document of the same frame, its findings none."""
    runs = {
        "check": fairpool("check", tmp_path / "missing", "--json"),
        "solve": fairpool("solve", tmp_path / "missing", "--out", tmp_path / "plan", "--json"),
        "verify": fairpool("verify", TINY, tmp_path / "missing", "--json"),
        "evaluate": fairpool("evaluate", TINY, tmp_path / "missing", "--json"),
        "compare": fairpool("compare", tmp_path / "missing", TINY, "--json"),
        "explain": fairpool("explain", TINY, tmp_path / "missing", "--json"),
        "frontier": fairpool("frontier", tmp_path / "missing", "--json"),
        "scenarios": fairpool("scenarios", TINY, tmp_path / "missing", "--json"),
        "reoptimise": fairpool("reoptimise", tmp_path / "missing", "--state", tmp_path / "job", "--json"),
        "status": fairpool("status", "--state", tmp_path / "missing", "--json"),
        "init": fairpool("init", TINY, "--json"),
        "generate": fairpool("generate", "--merchants", "3", "--out", TINY, "--json"),
    }
    assert set(runs) == set(COMMANDS)
    for name, ran in runs.items():
        document = ran.json
        assert list(document.items())[:3] == [("contract", 1), ("command", name), ("exit", 74)]
        assert document["error"] == ran.err.strip().removeprefix("fairpool: ")
        assert (document["findings"], document["counts"]) == ([], {})


def test_quiet_in_a_pipe(tmp_path):
    """In a pipe nothing is said on standard error, and no terminal codes on standard output."""
    ran = process("solve", TINY, "--out", tmp_path / "plan")
    assert ran.code == 0
    assert ran.err == ""
    assert "\x1b" not in ran.out
    assert "50 conversions added" in ran.out


def _hostile_instance(folder: Path) -> Path:
    """Write an instance whose every free text is hostile."""
    folder.mkdir()
    names = list(HOSTILE.values())
    options = [
        {
            "merchant": text,
            "category": text,
            "slot": "S1",
            "option": text,
            "cash": "10",
            "conversions": str(i + 1),
        }
        for i, text in enumerate(names)
    ]
    merchants = [{"merchant": text, "name": text, "tier": text} for text in names]
    rules = [
        {"rule": f"{text}", "label": text, "measure": "cash", "where": "", "by": "tier", "sense": "at_most"}
        | {"value": "10", "owner": text, "note": text}
        for text in names
    ]
    pools = [{"pool": "cash", "amount": "100", "unit": "\x1b[31m[b]"}]
    for stem, rows in {"options": options, "merchants": merchants, "rules": rules, "pools": pools}.items():
        with (folder / f"{stem}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    return folder


@pytest.fixture(scope="module")
def hostile(tmp_path_factory) -> Path:
    """An instance whose every free text is hostile."""
    return _hostile_instance(tmp_path_factory.mktemp("hostile") / "i\x1b[31m[red]{x}")


def _assert_harmless(text: str) -> None:
    assert all(c.isprintable() or c == "\n" for c in text), sorted({c for c in text if not c.isprintable()})


def test_hostile_texts_are_data(hostile, tmp_path):
    """Markup, escapes, braces, line breaks and endless text are shown as what they are, written whole."""
    checked = fairpool("check", hostile)
    assert checked.code in (0, 3), checked.err
    _assert_harmless(checked.out + checked.err)
    ran = fairpool("solve", hostile, "--out", tmp_path / "plan")
    _assert_harmless(ran.out + ran.err)
    assert ran.code == 0, ran.out[:2000] + ran.err
    verified = fairpool("verify", hostile, tmp_path / "plan")
    assert verified.code == 0, verified.out[:2000]
    _assert_harmless(verified.out)
    with (tmp_path / "plan" / "plan.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    for row in rows:
        for column in ("merchant", "category", "option"):
            guarded = row[column]
            own = guarded[1:] if guarded.startswith("'") else guarded
            assert own in HOSTILE.values()
            assert guarded.startswith("'") == own.startswith(("=", "+", "-", "@", "'", "＝", "\t", "\r"))
    assert {row["merchant"] for row in rows} >= {HOSTILE["long"], "'" + HOSTILE["formula"]}


def test_hostile_rich_output(hostile, tmp_path):
    """What is markup in a name stands in the table as it is in the file."""
    ran = fairpool("solve", hostile, "--out", tmp_path / "plan", COLUMNS="400")
    assert "[red]sale[/red]" in ran.out
    assert "\\x1b[31m" in ran.out
    assert "{value} {0}" in ran.out
    assert ":smile:" in ran.out


def test_hostile_arguments(tmp_path):
    """Paths and overrides are data too."""
    for text in ("\x1b[31mx", "[red]x", "{x}", "%s", "line\nbreak", "\u202ex"):
        ran = fairpool("check", tmp_path / text)
        assert ran.code == 74
        _assert_harmless(ran.out + ran.err)
        assert fairpool("check", tmp_path / text, "--json").json["exit"] == 74
        ran = fairpool("check", TINY, "--set", f"pools.{text}=5")
        assert ran.code == 3, ran.err
        _assert_harmless(ran.out + ran.err)


def test_a_path_that_is_no_text(tmp_path):
    """A path of bytes that are no UTF-8 is named as far as it can be, in JSON too."""
    for more in ([], ["--json"]):
        arguments = [*command("check"), bytes(tmp_path) + b"/\xff\xfe", *more]
        done = subprocess.run(arguments, capture_output=True, check=False, timeout=60)
        assert done.returncode == 74, done.stderr
        assert b"bug" not in done.stderr
        if more:
            assert json.loads(done.stdout)["exit"] == 74


def test_old_encodings(tmp_path):
    """A terminal that only knows ASCII shows what it can; JSON stays JSON, with every character."""
    folder = tiny(tmp_path / "i")
    ran = process("solve", folder, "--out", tmp_path / "plan", PYTHONIOENCODING="ascii")
    assert ran.code == 0, ran.err
    assert "50 conversions" in ran.out
    rules = "rule,measure,sense,value\n规则,现金啊,at_most,5\n"
    ran = process("check", tiny(tmp_path / "wrong", rules=rules), "--json", PYTHONIOENCODING="ascii")
    assert any(found["value"] == "现金啊" for found in ran.json["findings"])


@pytest.fixture(scope="module")
def solved(tmp_path_factory) -> pipeline.Solved:
    """A solved instance, to be shown in many ways."""
    return pipeline.solve(TINY, tmp_path_factory.mktemp("solved") / "plan")


@pytest.mark.parametrize("columns", ["1", "10", "40", "0", "-5", "abc", "", "99999"])
def test_widths(columns, solved, tmp_path, monkeypatch):
    """Whatever COLUMNS says, the plan is shown and fits, but for the last line: a command to copy, whole."""
    monkeypatch.setattr(pipeline, "solve", lambda *_args, **_options: solved)
    ran = fairpool("solve", TINY, "--out", tmp_path / "plan", COLUMNS=columns)
    assert ran.code == 0, ran.err
    *lines, last = ran.out.splitlines()
    assert last == f"  fairpool verify {TINY} {tmp_path / 'plan'}"
    assert "50" in "".join(lines)
    if columns.isdecimal() and int(columns) > 1:
        assert max(len(line) for line in lines) <= int(columns)


def test_a_reader_who_has_had_enough(tmp_path):
    """When the reader closes the pipe (`| head -1`) the command ends as it would have, without a word."""
    for arguments, code in (
        (("solve", TINY, "--out", tmp_path / "plan"), 0),
        (("check", TINY, "--set", "pools.nothing=5"), 3),
    ):
        process_ = subprocess.Popen(command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process_.stdout is not None
        process_.stdout.close()
        assert process_.stderr is not None
        err = process_.stderr.read()
        process_.wait(timeout=60)
        process_.stderr.close()
        assert b"Traceback" not in err
        assert b"Exception" not in err
        if code is not None:
            assert (process_.returncode, err) == (code, b"")
    assert json.loads((tmp_path / "plan" / "summary.json").read_text())["status"] == "optimal"


def test_languages():
    """--lang and the environment's language choose; what has no catalogue yet is English."""
    english = fairpool("check", TINY).out
    assert fairpool("check", TINY, "--lang", "en").out == english
    for ran in (
        fairpool("check", TINY, "--lang", "zh"),
        fairpool("check", TINY, LANG="zh_CN.UTF-8"),
        fairpool("check", TINY, LC_ALL="C"),
        fairpool("check", TINY, LANG="xx"),
        fairpool("check", TINY, LANG="../../tmp"),
    ):
        assert ran.code == 0
        assert ran.out
