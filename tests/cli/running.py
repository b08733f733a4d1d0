"""Runs the command line: in this process, or as a user would."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

import cli

ROOT = Path(__file__).resolve().parents[2]
TINY = ROOT / "instances" / "tiny"
PLANNING = ("check", "solve", "verify", "evaluate", "compare", "explain", "frontier", "scenarios")
COMMANDS = (*PLANNING, "reoptimise", "status", "init", "generate")
GROUPS = ("registry",)
"""Commands that have commands of their own; `tests/registry/test_commands.py` is about those."""


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one document on standard output."""
        document = json.loads(self.out)
        assert isinstance(document, dict)
        assert document["contract"] == 1
        return document


def fairpool(*args: object, **environment: str) -> Ran:
    """Run a command in this process."""
    result = CliRunner().invoke(cli.main, [str(arg) for arg in args], env=dict(environment))
    return Ran(result.exit_code, result.stdout, result.stderr)


def command(*args: object) -> list[str]:
    """Return a command line that runs fairpool in a process of its own."""
    return [
        sys.executable,
        "-P",
        "-c",
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import cli; cli.main()",
        *map(str, args),
    ]


def process(*args: object, **environment: str) -> Ran:
    """Run a command in a process of its own, in pipes."""
    done = subprocess.run(
        command(*args), capture_output=True, env={**os.environ, **environment}, timeout=100, check=False
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


def tiny(folder: Path, **changes: str) -> Path:
    """Copy the tiny instance, some of its tables replaced (their texts; `settings`: TOML)."""
    shutil.copytree(TINY, folder)
    for stem, text in changes.items():
        (folder / ("settings.toml" if stem == "settings" else f"{stem}.csv")).write_text(
            text, encoding="utf-8"
        )
    return folder


def tree(folder: Path) -> dict[str, bytes | None]:
    """Return every path below a folder and what it holds."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }
