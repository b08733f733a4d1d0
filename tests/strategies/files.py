"""Tables -> files."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

Row = dict[str, str]


def csv_text(rows: Sequence[Row]) -> str:
    """Return rows as CSV; columns in the order of their first appearance, blank where a row has none."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def write_files(folder: Path, files: dict[str, str]) -> Path:
    """Write the files of an instance, and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return folder
