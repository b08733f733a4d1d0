"""What the findings on wrong numbers say beside the number itself."""

from __future__ import annotations

import unicodedata


def facts(code: str, text: str, decimals: int) -> dict[str, object]:
    """Return the facts of the finding `code` (NUM-..) that `optimizer.read.number_text` gave for `text`."""
    if code == "NUM-10":
        return {"decimals": decimals}
    if code == "NUM-08":
        return {"folded": unicodedata.normalize("NFKC", text)}
    if code == "NUM-12":
        return {"count": len(text)}
    return {}
