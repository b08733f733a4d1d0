"""What a terminal shows while a search is under way."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import termios

import pytest

from models.solution import Progress
from optimizer.show.progress import progress_text
from tests.cli.running import TINY, command

COLUMNS = 24


@pytest.mark.parametrize(
    ("news", "text"),
    [
        (Progress("start", 0.4), "starting · 0 s"),
        (Progress("core", 7.2, None, 24_185.4), "solving the core · 7 s · bound 24,185"),
        (
            Progress("solve", 9.0, 16_099.0, 24_185.4),
            "solving · 9 s · best 16,099 · bound 24,185 · gap 50.2 %",
        ),
        (Progress("solve", 9.0, 99.995, 100.0), "solving · 9 s · best 100.00 · bound 100.00 · gap 0.0050 %"),
        (Progress("solve", 9.0, 0.0, 1.0), "solving · 9 s · best 0.00 · bound 1.00"),
        (Progress("solve", 9.0, 2.0, 1.0), "solving · 9 s · best 2.00 · bound 1.00 · gap 0.0000 %"),
        (Progress("new", 1.0), "new · 1 s"),
    ],
)
def test_the_line(news, text):
    """One line says the phase, the time, and as far as they are known the best, the bound and the gap."""
    assert progress_text(news) == text


def test_a_terminal(tmp_path):
    """On a terminal one line, never wider than it, is written over and over, and is gone at the end."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (25, COLUMNS))
    arguments = command("solve", TINY, "--out", tmp_path / "plan")
    environment = {**os.environ, "TERM": "xterm"}
    environment.pop("COLUMNS", None)
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=theirs, env=environment)
    os.close(theirs)
    seen = _read_all(ours)
    assert process.wait(timeout=60) == 0
    lines = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text) for text in re.split(r"[\r\n]+", seen)]
    assert any(line.endswith(" · 0 s") for line in lines)
    assert max(map(len, lines)) <= COLUMNS
    assert lines[-1] == ""
    shown = seen.count("\n")
    assert seen.count("\x1b[1A") == shown, "a line is left over"
    assert seen.rstrip("\r\n").endswith("\x1b[2K")
    assert seen.count("\x1b[?25l") == seen.count("\x1b[?25h") == 1, "the cursor is hidden"


def _read_all(handle: int) -> str:
    """Read what a terminal is sent until no one holds it any more."""
    content = b""
    with os.fdopen(handle, "rb", buffering=0) as source:
        try:
            while part := source.read(4096):
                content += part
        except OSError:  # Linux: the other side is closed
            pass
    return content.decode()
