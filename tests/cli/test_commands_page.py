"""docs/commands.md names every command, option and exit code, and no others."""

import re
from pathlib import Path

import pytest

import cli
from optimizer.show import ending

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
COMMON = {"--json", "--lang", "-h", "--help"}
ASIDES = {"Adding to a plan: `--keep`", "How it is solved: `--method`", "What if: `--set`"}
OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")


def _section(name):
    _head, _line, rest = PAGE.partition(f"\n## {name}\n")
    assert rest, f"no section on {name}"
    return rest.partition("\n## ")[0]


def _table(text):
    """The options in the first column of the tables of a text."""
    first = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return {option for cell in first for option in OPTION.findall(cell)}


@pytest.mark.parametrize("name", sorted(cli.main.commands))
def test_options(name):
    """The section of a command lists the options of its help, and only those."""
    params = cli.main.commands[name].params
    options = {option for param in params for option in (*param.opts, *param.secondary_opts)}
    known = {option for option in options if option.startswith("-")} | {"-h", "--help"}
    assert _table(_section(name)) == known
    assert known >= COMMON


@pytest.mark.parametrize("name", sorted(cli.main.commands))
def test_arguments_and_example(name):
    """The section of a command begins with how it is called; its help ends with an example."""
    command = cli.main.commands[name]
    arguments = [
        param.human_readable_name.upper() for param in command.params if param.param_type_name == "argument"
    ]
    called = _section(name).strip().split("`")[1]
    assert called.startswith(" ".join(("fairpool", name, *arguments)))
    example = re.search("fairpool .*", command.epilog)[0].split()
    assert example[:2] == ["fairpool", name]
    assert set(OPTION.findall(" ".join(example))) <= _table(_section(name))


def test_common_options():
    """The options that go with every command stand in the introduction."""
    assert _table(PAGE.partition("\n## ")[0]) == COMMON


def test_sections():
    """Every section on a command is about one that exists."""
    heads = set(re.findall(r"^## (.*)$", PAGE, re.MULTILINE))
    assert heads == set(cli.main.commands) | {"Exit codes", *ASIDES}


def test_exit_codes():
    """The table of exit codes holds those of the program."""
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", _section("Exit codes"), re.MULTILINE)}
    named = (ending.BUG, ending.USAGE, ending.INVALID, ending.IMPOSSIBLE, ending.STOPPED)
    assert codes == {0, *named, ending.UNVERIFIED, ending.GUARDED, ending.UNREADABLE, ending.LOCKED}
