"""The worked examples of docs/rules.md, as data: whatever computes limits is run against this table."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "rules.md"
KEYS = ("merchant", "category", "slot", "segment")
Row = dict[str, str]

_BLOCK = re.compile(r"^```([a-z]+\.(?:csv|toml|json))\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class RuleCase:
    """One worked example.

    Attributes
    ----------
    files
        Name -> text of every file of the instance folder.
    plan
        Text of the plan: keys, `option` and, for divisible cells, `fraction` (blank = whole).
    limits
        The rows of `limits.csv` to expect, without `price`; pools only where the example shows them.
    summary
        `objective` and `penalties`, where the example shows them.
    """

    name: str
    files: dict[str, str]
    plan: str
    limits: tuple[Row, ...]
    summary: dict[str, str]

    def write(self, folder: Path) -> Path:
        """Write the instance folder, and return it."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in self.files.items():
            (folder / name).write_text(text, encoding="utf-8")
        return folder

    @property
    def chosen(self) -> dict[tuple[str, ...], dict[str, Fraction]]:
        """The plan: cell -> option -> fraction."""
        chosen: dict[tuple[str, ...], dict[str, Fraction]] = {}
        for row in _rows(self.plan):
            cell = tuple(row[key] for key in KEYS if key in row)
            chosen.setdefault(cell, {})[row["option"]] = Fraction(row.get("fraction") or 1)
        return chosen

    @property
    def shows_pools(self) -> bool:
        """Whether the rows of the pools are among those to expect."""
        return any(row["rule"].startswith("pool:") for row in self.limits)

    @property
    def is_feasible(self) -> bool:
        """Whether no hard rule is broken (rules are hard unless their row says otherwise)."""
        lenient = {
            row.get("rule") or row.get("规则")
            for row in _rows(self.files["rules.csv"])
            if (row.get("enforcement") or row.get("执行")) in ("soft", "report", "软性", "仅报告")
        }
        return all(row["status"] != "broken" or row["rule"] in lenient for row in self.limits)


@cache
def rule_cases() -> tuple[RuleCase, ...]:
    """Return every example of the page, in its order."""
    base, *sections = re.split(r"^### ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    shared = dict(_BLOCK.findall(base))
    return tuple(_case(section, shared) for section in sections)


def _case(section: str, shared: dict[str, str]) -> RuleCase:
    name = section.partition("\n")[0].strip()
    found = _BLOCK.findall(section)
    blocks = dict(found)
    if len(blocks) != len(found):
        raise ValueError(f"docs/rules.md, {name}: a file is given twice")
    files = {**shared, **blocks}
    return RuleCase(
        name=name,
        plan=files.pop("plan.csv"),
        limits=tuple(_rows(files.pop("limits.csv"))),
        summary=json.loads(files.pop("summary.json", "{}")),
        files=files,
    )


def _rows(text: str) -> list[Row]:
    return list(csv.DictReader(io.StringIO(text), strict=True))
