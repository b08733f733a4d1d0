"""Files of an instance -> the compiled problem, and its formulation as a text."""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from pyomo.repn.plugins.lp_writer import LPWriter

from models.formulation import formulate
from models.problem import Problem
from optimizer.compile import compile_problem
from optimizer.read import read_instance
from tests.strategies.files import write_files

_TERM = re.compile(r"[+-]\S+ \S+")
_ROW = re.compile(r"c_[eul]_(.+)_:")
_ZERO = re.compile(r"(?<=[ +])-0\.0(?!\d)")
_BINARY = re.compile(r" +0 <= (\S+) <= 1")


def compiled(files: Mapping[str, str]) -> Problem:
    """Compile an instance from the texts of its files."""
    with tempfile.TemporaryDirectory() as home:
        instance, findings = read_instance(write_files(Path(home) / "instance", dict(files)), ())
    assert instance is not None, [str(found) for found in findings]
    return compile_problem(instance)


def lp_text(problem: Problem) -> str:
    """Write the formulation of a problem in CPLEX's LP format, a line a row, without comments.

    Names are those of the model's parts: `choice_take(0)` is the first option. The bounds of binaries are
    left out where they are 0 and 1.
    """
    stream = io.StringIO()
    LPWriter().write(formulate(problem).model, stream, symbolic_solver_labels=True)
    sections = re.split(r"\n(?=bounds\n|binary\n|end\n)", stream.getvalue())
    binaries = {name for section in sections if section.startswith("binary") for name in section.split()[1:]}
    lines: list[str] = []
    for line in stream.getvalue().splitlines():
        text = _ZERO.sub("0", line.rstrip()).replace(".0 ", " ").removesuffix(".0")
        found = _BINARY.fullmatch(text)
        if not text or text.startswith("\\") or (found and found[1] in binaries):
            continue
        row = _ROW.fullmatch(text)
        if row:
            lines.append(f"{row[1]}:")
        elif (lines and lines[-1].endswith(":") and _TERM.fullmatch(text)) or (
            lines and ":" in lines[-1] and (_TERM.fullmatch(text) or text.startswith(("<=", ">=", "=")))
        ):
            lines[-1] += f" {text}"
        else:
            lines.append(text)
    return "\n".join(lines) + "\n"
