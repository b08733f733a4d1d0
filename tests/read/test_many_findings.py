"""Findings by the thousand: all of them are listed, and where that ends they are counted."""

import io
from pathlib import Path

from rich.console import Console

from models.codes import Severity
from models.finding import counted, finding, ordered
from optimizer.read.findings import MOST_OF_A_CODE, Findings
from optimizer.show.findings import count_text, findings_json, show_findings
from tests.read.reading import codes, found

HEADER = "merchant,category,slot,option,cash,conversions\n"


def test_ten_thousand_bad_cells_are_all_listed(tmp_path: Path) -> None:
    """Ten thousand costs that are no numbers are ten thousand findings, each at its row."""
    rows = "".join(f"M{i},C1,S1,A,zehn,1\n" for i in range(10_000))
    findings = found(tmp_path, {"options.csv": HEADER + rows})
    assert codes(findings) == ["NUM-02"] * 10_000
    assert [one.row for one in findings] == list(range(2, 10_002))


def test_what_is_not_listed_is_counted() -> None:
    """Beyond the most that is kept, counts and printed totals still tell how many there are."""
    findings = Findings()
    findings.extend(finding("NUM-01", "options.csv", row) for row in range(MOST_OF_A_CODE + 3))
    kept = ordered(findings.all())
    assert len(kept) == MOST_OF_A_CODE + 1
    assert counted(kept) == {Severity.error: MOST_OF_A_CODE + 3, Severity.note: 1}
    assert findings_json(kept)["counts"] == {"error": MOST_OF_A_CODE + 3, "note": 1}
    assert count_text(kept) == f"{MOST_OF_A_CODE + 3} errors, 1 note"
    printed = io.StringIO()
    show_findings(Console(file=printed, width=200), kept)
    hidden, listed = MOST_OF_A_CODE + 4 - 50, MOST_OF_A_CODE + 1
    last = printed.getvalue().splitlines()[-1]
    assert last == f"... and {hidden} more findings ({listed} in all with --json)"


def test_causes_come_before_symptoms() -> None:
    """Of equal severity, what is wrong with a file comes before what leans on it; severity comes first."""
    findings = [
        finding("RUL-01", "rules.csv", 2),
        finding("NUM-01", "merchants.csv", 9),
        finding("PIN-03", "pins.csv", 1, hint=""),
        finding("NUM-01", "options.csv", 3),
        finding("POO-01", "pools.csv", 2),
        finding("FIL-05", "slots.csv"),
        finding("KEY-04", "options.csv", 2, table=""),
    ]
    assert [one.file for one in ordered(findings)] == [
        "slots.csv",
        "pools.csv",
        "options.csv",
        "merchants.csv",
        "rules.csv",
        "pins.csv",
        "options.csv",
    ]
