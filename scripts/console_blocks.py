"""The fenced `console` blocks of a page: run them, compare, and write down what they print now.

Usage: `python scripts/console_blocks.py README.md ...` writes the output of this machine into the pages.

A block is commands, each on one line after `$ `, and what they print (standard output and error) below.
The blocks of a page run in order in one empty folder that holds copies of the instances; a line `...` stands
for any lines, seconds are not compared, and a block whose fence says `console numbers-vary` is compared with
its numbers and layout left out: they hang on the solver's version and the processor.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INSTANCES = ("tiny", "complete-journey", "complete-journey-cut", "malformed")
COLUMNS = "100"
ELLIPSIS = "..."
_FENCE = re.compile(r"^```console( numbers-vary)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_END = "\x1e"
_SECONDS = (re.compile(r"\(\d+(\.\d+)? s\)"), re.compile(r'(?<=_seconds": )"[^"]*"'))
_NUMBER = re.compile(r"\b[0-9a-f]{64}\b|<?\d[\d,]*(\.\d+)?")
_LAYOUT = re.compile(r"[\s─-╿]+")
_SECONDS_ALLOWED = 300


@dataclass(frozen=True)
class Step:
    """One command and what it prints."""

    command: str
    output: tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """One fenced block of a page, between two offsets of its text."""

    steps: tuple[Step, ...]
    numbers_vary: bool
    start: int
    end: int


def blocks(page: str) -> list[Block]:
    """Return the console blocks of a page."""
    found = []
    for match in _FENCE.finditer(page):
        steps = []
        for part in re.split(r"^\$ ", match[2], flags=re.MULTILINE)[1:]:
            command, *output = part.splitlines()
            steps.append(Step(command, tuple(output)))
        found.append(Block(tuple(steps), bool(match[1]), match.start(2), match.end(2)))
    return found


@contextmanager
def folder() -> Iterator[Path]:
    """Give a folder with copies of the instances that the pages use."""
    with tempfile.TemporaryDirectory() as made:
        for name in INSTANCES:
            shutil.copytree(ROOT / "instances" / name, Path(made) / "instances" / name)
        yield Path(made)


def run(block: Block, cwd: Path) -> list[Step]:
    """Run the commands of a block in one shell, and return them with what they print."""
    lines = [f"{step.command}\nkept=$?; printf '{_END}'; (exit $kept)" for step in block.steps]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": COLUMNS,
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        ["bash", "-c", "\n".join(lines)],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=_SECONDS_ALLOWED,
        check=False,
    )
    outputs = done.stdout.decode().replace("\ufeff", "").split(_END)
    printed = [tuple(line.rstrip() for line in text.strip("\n").split("\n") if text) for text in outputs]
    return [Step(step.command, output) for step, output in zip(block.steps, printed, strict=False)]


def is_as_printed(step: Step, ran: Step, *, numbers_vary: bool) -> bool:
    """Say whether a page shows what a command printed."""
    parts = [
        _comparable(list(lines), numbers_vary=numbers_vary)
        for is_elided, lines in groupby(step.output, key=lambda line: line == ELLIPSIS)
        if not is_elided
    ]
    printed = _comparable(list(ran.output), numbers_vary=numbers_vary)
    if ELLIPSIS not in step.output:
        return printed == "".join(parts)
    pattern = ".*".join(re.escape(part) for part in parts)
    before = "" if step.output[0] != ELLIPSIS else ".*"
    after = "" if step.output[-1] != ELLIPSIS else ".*"
    return re.fullmatch(before + pattern + after, printed, re.DOTALL) is not None


def _comparable(lines: list[str], *, numbers_vary: bool) -> str:
    text = "".join(f"{line.rstrip()}\n" for line in lines)
    for seconds in _SECONDS:
        text = seconds.sub("(seconds)", text)
    if numbers_vary:
        text = _LAYOUT.sub(" ", _NUMBER.sub("#", text)).strip()
    return text


def rewritten(page: str) -> str:
    """Return the page with what its commands print now; elided lines stay elided where they stood."""
    with folder() as cwd:
        ran = [(block, run(block, cwd)) for block in blocks(page)]
    for _block, steps in ran:
        for step in steps:
            if any("this is a bug" in line for line in step.output):
                raise SystemExit(f"`{step.command}` failed: {step.output}")
    for block, steps in reversed(ran):
        text = "".join(
            f"$ {new.command}\n" + "".join(f"{line}\n" for line in _elided(old, new, block))
            for old, new in zip(block.steps, steps, strict=True)
        )
        page = page[: block.start] + text + page[block.end :]
    return page


def _elided(old: Step, new: Step, block: Block) -> tuple[str, ...]:
    """Leave out of the new output what was left out of the old: all between its first lines and its last."""
    if ELLIPSIS not in old.output:
        return new.output
    if old.output.count(ELLIPSIS) > 1:
        if is_as_printed(old, new, numbers_vary=block.numbers_vary):
            return old.output
        raise SystemExit(f"more than one line `...` after `{old.command}`: edit its output by hand")
    first = old.output.index(ELLIPSIS)
    last = len(old.output) - 1 - first
    return (*new.output[:first], ELLIPSIS, *new.output[len(new.output) - last :])


if __name__ == "__main__":
    for name in sys.argv[1:] or ["README.md"]:
        Path(name).write_text(rewritten(Path(name).read_text(encoding="utf-8")), encoding="utf-8")
