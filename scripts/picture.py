"""A picture of a plan, as `fairpool solve` shows it: rich's own export of a real solve.

Usage: `python scripts/picture.py instances/complete-journey-cut docs/plan.svg`.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import MONOKAI

from models.instance import Instance
from models.solution import SearchOptions
from optimizer import pipeline
from optimizer.show.plan import show_plan, show_written

_COLUMNS = 132
_FONT_FACE = re.compile(r"@font-face\s*{{.*?}}\s*", re.DOTALL)


def picture(instance: Path) -> str:
    """Solve an instance and return the SVG of what a terminal would show.

    The export names fonts on the web; they are left out: a picture fetches nothing.
    """
    with tempfile.TemporaryDirectory() as folder:
        solved = pipeline.solve(instance, Path(folder) / "plan", choose=_options)
    if solved.plan is None or solved.written is None:
        raise SystemExit(f"{instance}: no plan was found")
    console = Console(record=True, width=_COLUMNS, file=io.StringIO(), highlight=False, markup=False)
    console.print(f"$ fairpool solve {instance} --out plans/{instance.name}", style="bold")
    show_plan(console, solved.plan, solved.written.summary, solved.written.limits)
    show_written(console, str(instance), f"plans/{instance.name}", solved.written.summary)
    style = _FONT_FACE.sub("", CONSOLE_SVG_FORMAT)
    return console.export_svg(title="fairpool", theme=MONOKAI, code_format=style, unique_id="plan")


def _options(read: Instance) -> SearchOptions:
    return SearchOptions(gap=read.settings.gap or SearchOptions().gap)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: picture.py INSTANCE SVG")
    Path(sys.argv[2]).write_text(picture(Path(sys.argv[1])), encoding="utf-8")
