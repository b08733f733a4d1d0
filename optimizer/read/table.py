"""A small table as it was read: clean texts under the contract's column names."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """One table of an instance folder.

    Attributes
    ----------
    file
        Name of the file, for findings.
    headers
        Column -> header as the file writes it (findings name what the planner sees).
    columns
        Column (the contract's English name where it is a contract word, else the header, trimmed and NFC) ->
        texts, trimmed and NFC; every column has one text a row.
    rows
        Row of the file of each row, as a spreadsheet numbers it (1 is the header).
    """

    file: str
    headers: dict[str, str]
    columns: dict[str, tuple[str, ...]]
    rows: tuple[int, ...]
