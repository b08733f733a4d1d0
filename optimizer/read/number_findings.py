"""The finding on a text that is not the number it should be."""

from __future__ import annotations

import unicodedata

from optimizer.read.findings import Findings


def report_text(
    code: str, file: str, row: int, header: str, text: str, decimals: int, findings: Findings
) -> None:
    """Make the finding `code` (NUM-..) that `optimizer.read.number_text` gave for `text`."""
    facts: dict[str, object] = {}
    if code == "NUM-10":
        facts["decimals"] = decimals
    if code == "NUM-08":
        facts["folded"] = unicodedata.normalize("NFKC", text)
    findings.add(code, file, row, header, text, **facts)
