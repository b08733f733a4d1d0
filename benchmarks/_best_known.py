"""The best value known of an instance, as its README states it."""

from __future__ import annotations

import re
from pathlib import Path

_STATED = re.compile(r"\*\*Best known[^*]*\*\*:?\s*([\d,]+(?:\.\d+)?)")


def best_known(folder: Path) -> float | None:
    """Return the first figure after "**Best known" in the folder's README; None where there is none."""
    readme = folder / "README.md"
    if not readme.exists():
        return None
    found = _STATED.search(readme.read_text(encoding="utf-8"))
    return float(found[1].replace(",", "")) if found else None
