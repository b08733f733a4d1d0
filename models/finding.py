"""A finding: one remark about an input or a plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from models.codes import CODES, Severity
from models.language import _

_SHOWN_CHARACTERS = 60


@dataclass(frozen=True)
class Finding:
    """One remark about an input or a plan: what is wrong, where, and how to mend it.

    Attributes
    ----------
    code
        A key of `models.codes.CODES`, stable for ever.
    file
        Name of the file inside its folder (`options.csv`), or blank.
    row
        Row as a spreadsheet numbers it (1 is the header; quoted line breaks do not count), or None.
    column
        Header as the file writes it, or blank.
    value
        The offending text as the file has it, or blank.
    facts
        Further names and texts for the code's templates, as (name, text) pairs.
    """

    code: str
    file: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def severity(self) -> Severity:
        """How much it matters."""
        return CODES[self.code].severity

    @property
    def what(self) -> str:
        """What is wrong, in the language in use."""
        return self._fill(CODES[self.code].what)

    @property
    def fix(self) -> str:
        """How to mend it, in the language in use."""
        return self._fill(CODES[self.code].fix)

    @property
    def place(self) -> str:
        """Where: `options.csv row 118, column cash`; `--set pools.cash` on the command line."""
        if self.file == "--set":
            return f"{self.file} {shown(self.column)}"
        row = _("row {row}").format(row=self.row) if self.row is not None else ""
        column = _("column {column}").format(column=shown(self.column)) if self.column else ""
        return ", ".join(part for part in (" ".join(p for p in (shown(self.file), row) if p), column) if part)

    def __str__(self) -> str:
        head = f"{self.place}: " if self.place else ""
        return f"{head}{self.what} ({self.code}). {self.fix}"

    def to_json(self) -> dict[str, object]:
        """Return the finding as the commands' `--json` prints it."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "file": self.file,
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "what": self.what,
            "fix": self.fix,
        }

    def _fill(self, template: str) -> str:
        # Only our own templates are format strings; what files hold goes in as values.
        facts = {name: shown(text) for name, text in self.facts}
        return _(template).format(value=shown(self.value), column=shown(self.column), **facts)


def finding(
    code: str, file: str = "", row: int | None = None, column: str = "", value: str = "", **facts: object
) -> Finding:
    """Return a `Finding`; keyword arguments beyond the place are the facts of its templates."""
    return Finding(code, file, row, column, value, tuple((name, str(fact)) for name, fact in facts.items()))


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings most severe first, then by file, row, column, code and text; duplicates once."""
    return sorted(
        set(findings), key=lambda f: (f.severity.rank, f.file, f.row or 0, f.column, f.code, f.value, f.facts)
    )


def shown(text: str, most: int = _SHOWN_CHARACTERS) -> str:
    """Return `text` fit for one line of a message: control characters escaped, cut to `most` characters."""
    cut = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in cut)
