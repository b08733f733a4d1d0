"""A finding: one remark about an input or a plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from models.codes import CODES, Severity
from models.headers import KEY_TABLES
from models.language import _

_SHOWN_CHARACTERS = 60
_OF_FOLDERS = "FIL"
_FILES = ("--set", "pools", "options", *KEY_TABLES, "settings", "rules", "pins", "actuals")

NOT_LISTED = "FIL-10"
"""Code of the note that counts the findings of one code and file (`name`, `count`) beyond those kept."""


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
    """Return the findings most severe first, then causes before symptoms; duplicates once.

    Files come in the order in which one leans on another: folders before tables, pools before options, tables
    before the rules that name their columns. Inside a file: by row, column, code and text.
    """
    return sorted(
        set(findings),
        key=lambda f: (
            f.severity.rank,
            *_place_of_file(f),
            f.row or 0,
            f.column,
            f.code,
            f.value,
            f.facts,
        ),
    )


def counted(findings: Iterable[Finding]) -> dict[Severity, int]:
    """Return how many findings there are of each severity, those that are counted and not listed too."""
    counts = dict.fromkeys(Severity, 0)
    for one in findings:
        counts[one.severity] += 1
        if one.code == NOT_LISTED:
            facts = dict(one.facts)
            counts[CODES[facts["name"]].severity] += int(facts["count"])
    return {severity: count for severity, count in counts.items() if count}


def _place_of_file(one: Finding) -> tuple[bool, int, str]:
    stem = one.file.partition(".")[0]
    place = _FILES.index(stem) if stem in _FILES else len(_FILES)
    return not one.code.startswith(_OF_FOLDERS), place, one.file


def shown(text: str, most: int = _SHOWN_CHARACTERS) -> str:
    """Return `text` fit for one line of a message: control characters escaped, cut to `most` characters."""
    cut = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in cut)
