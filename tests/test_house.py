"""The rules of the house: sizes, one-way imports, tests that say what they hold, clean locks."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAX_MODULE_LINES = 400
STANDALONE = Path("scripts/verify_plan.py")
"""One text for auditors, who copy one file: it may be longer, but no longer than this."""
MAX_STANDALONE_LINES = 1484
MAX_FUNCTION_LINES = 60
MAX_PARAMETERS = 6

Function = ast.FunctionDef | ast.AsyncFunctionDef

MODULES = sorted(
    path.relative_to(ROOT)
    for pattern in ("cli.py", "models/**/*.py", "optimizer/**/*.py", "scripts/**/*.py")
    for path in ROOT.glob(pattern)
)
TEST_MODULES = sorted(path.relative_to(ROOT) for path in ROOT.glob("tests/**/test_*.py"))

PIN = re.compile(r"[a-z0-9.-]+==[A-Za-z0-9.+!]+( ; [a-zA-Z0-9_<>!=.' ()]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")


def _functions(module: Path) -> Iterator[Function]:
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def _num_parameters(function: Function) -> int:
    given = function.args
    named = [argument.arg for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    own = len(named) - (named[:1] in (["self"], ["cls"]))
    return own + (given.vararg is not None) + (given.kwarg is not None)


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_sizes(module):
    """No module is over 400 lines, no function over 60 lines or of more than 6 parameters."""
    num_lines = len((ROOT / module).read_text(encoding="utf-8").splitlines())
    most_lines = MAX_STANDALONE_LINES if module == STANDALONE else MAX_MODULE_LINES
    too_large = [f"{module}: {num_lines} lines"] if num_lines > most_lines else []
    for function in _functions(module):
        place = f"{module}:{function.lineno} {function.name}"
        length = function.end_lineno - function.lineno + 1
        if length > MAX_FUNCTION_LINES:
            too_large.append(f"{place}: {length} lines")
        if _num_parameters(function) > MAX_PARAMETERS:
            too_large.append(f"{place}: {_num_parameters(function)} parameters")
    assert not too_large


@pytest.mark.parametrize("module", TEST_MODULES, ids=str)
def test_tests_say_what_must_hold(module):
    """Every test has a docstring whose first line is a sentence."""
    silent = []
    for function in _functions(module):
        if function.name.startswith("test_"):
            first_line = (ast.get_docstring(function) or "").partition("\n")[0]
            if len(first_line.split()) < 3:
                silent.append(f"{module}:{function.lineno} {function.name}")
    assert not silent


def test_import_contracts():
    """Imports run one way, stages stay apart, and solvers stay where they belong."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_cli_is_only_an_edge():
    """The command line imports the house, click and rich, and nothing else from outside."""
    allowed = {"click", "rich", "models", "optimizer", *sys.stdlib_module_names}
    imported = set()
    for node in ast.walk(ast.parse((ROOT / "cli.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module or "")
    assert {name.partition(".")[0] for name in imported} <= allowed


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_locks_hold_pins_and_hashes_only(lock):
    """A lock is nothing but exact versions and their hashes: no registry, no path, no option."""
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    strange = [line for line in lines if not (PIN.fullmatch(line) or HASH.fullmatch(line))]
    unhashed = [
        line
        for line, after in zip(lines, [*lines[1:], ""], strict=True)
        if "==" in line and "--hash" not in after
    ]
    assert lines
    assert not strange
    assert not unhashed


def test_dev_lock_includes_the_runtime_lock():
    """Installing for development leaves the runtime exactly as its own lock has it."""
    runtime, dev = (
        set((ROOT / lock).read_text(encoding="utf-8").splitlines())
        for lock in ("requirements.lock", "requirements-dev.lock")
    )
    assert {line.rstrip(" \\") for line in runtime} <= {line.rstrip(" \\") for line in dev}
