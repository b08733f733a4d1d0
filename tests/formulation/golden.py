"""The golden files: one LP file per family. `python -m tests.formulation.golden` writes them anew."""

from __future__ import annotations

from pathlib import Path

from tests.formulation.compiled import compiled, lp_text
from tests.formulation.families import FAMILIES

GOLDEN = Path(__file__).resolve().parent.parent / "golden"


def golden_text(family: str) -> str:
    """Return what the family's golden file should hold."""
    return lp_text(compiled(FAMILIES[family].files))


def renew() -> None:
    """Write every golden file, and remove those of families that are gone."""
    GOLDEN.mkdir(exist_ok=True)
    for file in GOLDEN.glob("*.lp"):
        if file.stem not in FAMILIES:
            file.unlink()
    for family in FAMILIES:
        (GOLDEN / f"{family}.lp").write_text(golden_text(family), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    renew()
