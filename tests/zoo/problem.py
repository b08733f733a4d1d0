"""What a small named problem consists of."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path


@dataclass(frozen=True)
class ZooProblem:
    """A small problem with a known answer.

    Attributes
    ----------
    story
        What is odd about it.
    files
        Name -> text of every file.
    objective
        Best objective; None: no plan is feasible. Of a divisible problem the supremum: plans are written in
        smallest units, and come within `slack` of it.
    drawn
        The least draw of a best plan, pool by pool, as written; None where it does not matter.
    """

    name: str
    story: str
    files: dict[str, str]
    objective: Fraction | None
    drawn: tuple[Fraction, ...] | None = None
    slack: Fraction = Fraction(0)

    @property
    def is_divisible(self) -> bool:
        """Whether some cell may mix options."""
        return "divisible" in self.files.get("settings.toml", "")

    def write(self, folder: Path) -> Path:
        """Write the instance, and return its folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in self.files.items():
            (folder / name).write_text(text, encoding="utf-8")
        return folder


def table(text: str) -> str:
    """Return a CSV text from lines set apart by `/` or line breaks, blanks around them dropped."""
    return "".join(f"{line.strip()}\n" for line in text.strip().replace("/", "\n").splitlines())


def problem(
    name: str, story: str, objective: str | None, drawn: str = "", slack: str = "0", **tables: str
) -> ZooProblem:
    """Return a problem; each keyword is a table (text as `table` reads it), or `settings` (TOML)."""
    files = {f"{stem}.csv": table(text) for stem, text in tables.items() if stem != "settings"}
    if "settings" in tables:
        files["settings.toml"] = tables["settings"]
    return ZooProblem(
        name=name,
        story=story,
        files=files,
        objective=None if objective is None else Fraction(objective),
        drawn=tuple(Fraction(amount) for amount in drawn.split()) if drawn else None,
        slack=Fraction(slack),
    )
