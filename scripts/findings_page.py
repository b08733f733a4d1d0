"""Write docs/findings.md: every finding code, its severity, what it says and how to mend it.

Usage: `python scripts/findings_page.py` after a change in `models/codes`.
"""

from __future__ import annotations

import re
from pathlib import Path

from models.codes import CODES, Code

PAGE = Path(__file__).resolve().parent.parent / "docs" / "findings.md"

FAMILIES = {
    "FIL": "Files and folders of an instance",
    "TAB": "Tables: headers and rows",
    "NUM": "Numbers",
    "POO": "`pools.csv`",
    "OPT": "`options.csv`",
    "KEY": "Keys of merchants, categories, slots and segments",
    "SLO": "`slots.csv`",
    "SET": "`settings.toml`",
    "PIN": "`pins.csv`",
    "ACT": "`actuals.csv`",
    "RUL": "`rules.csv`",
    "OVR": "`--set`",
    "KEP": "`--keep`",
    "CHO": "Rows of a plan that is read again: `explain`, `evaluate`, `compare`",
    "SCN": "Files of `scenarios`",
    "CMP": "Plan folders that are compared",
    "WHY": "What `explain` is asked",
    "OPR": "A running campaign: `reoptimise`",
    "INF": "Conflicts: no plan can meet the hard rules, by arithmetic",
    "POL": "Policies that are legal and surely not meant",
    "PLN": "Plan folders that cannot be read as one",
    "VER": "Plans that fail verification",
}
"""First letters of a code -> what it is about, in the order of the page."""

_INTRODUCTION = """\
# Findings

<!-- Written by scripts/findings_page.py from models/codes: change the words there. -->

A finding is one remark about an input or a plan: where (file, row, column), what is wrong, and how to mend
it. Row 1 is the header, as in a spreadsheet. Codes are stable: one that has been published keeps its meaning,
and a retired one is never used again.

| severity | means | `check`, `solve` end with | `verify` ends with |
|---|---|---|---|
| error | the input or the plan is invalid | 3 | 6; PLN: 3, as it is no plan; PLN-01: 74 |
| conflict | well formed, but it is proven that no plan can meet the hard rules | 4 | |
| warning | legal, and perhaps not meant | 0 | 0 |
| note | for information | 0 | 0 |

Names in braces are filled in: `{value}` is the text that the file has, `{hint}` a suggestion such as
"did you mean". `fairpool check` prints at most 50 findings; `--json` lists up to 100,000 of each code and
file, and the note FIL-10 counts those beyond.
[`instances/malformed/`](../instances/malformed/README.md) has a smallest folder for every code that the files
of an instance can bring about.
"""


def page() -> str:
    """Return the page."""
    parts = [_INTRODUCTION]
    for family, title in FAMILIES.items():
        rows = [_row(name, code) for name, code in sorted(CODES.items()) if name.startswith(f"{family}-")]
        head = ["| code | severity | says | how to mend it |", "|---|---|---|---|"]
        parts.append("\n".join([f"## {family}: {title}", "", *head, *rows, ""]))
    return "\n".join(parts)


def _row(name: str, code: Code) -> str:
    return f"| {name} | {code.severity.value} | {_cell(code.what)} | {_cell(code.fix)} |"


def _cell(template: str) -> str:
    """Write a template as the text of a table; what is code stays so, all else is no markup."""
    text = template.replace("{hint}", " {hint}").replace("{{", "{").replace("}}", "}")
    parts = re.split(r"(`[^`]*`)", text.replace("|", "\\|"))
    return "".join(part if part.startswith("`") else re.sub(r"([*_<>])", r"\\\1", part) for part in parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
