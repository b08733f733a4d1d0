"""CSV as the contract writes it: a byte-order mark, LF, and no text that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_RUNS = tuple("=+-@'＝＋－＠＇\t\r")


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a table as the bytes of a CSV file; texts must have gone through `safe`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([safe(name) for name in header])
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def safe(text: str) -> str:
    """Put one `'` before a text that a spreadsheet would take for a formula; readers strip exactly one."""
    return f"'{text}" if text.startswith(_RUNS) else text
