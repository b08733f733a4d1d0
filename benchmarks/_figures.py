"""Figures as they are kept: one JSON file of records in `benchmarks/figures`, the newest of a kind only."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "figures"

Record = dict[str, object]


def machine() -> Record:
    """Return what the figures were measured on: processor, cores, and how many processes wanted them."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "date": datetime.now(UTC).date().isoformat(),
    }


def keep(file: Path, records: Sequence[Record], keys: Sequence[str]) -> None:
    """Add records to a file; those of before with the same `keys` give way. The order is that of the keys."""
    stated = {tuple(str(record.get(key)) for key in keys): record for record in load(file)}
    stated |= {tuple(str(record.get(key)) for key in keys): record for record in records}
    ordered = sorted(stated.values(), key=lambda record: [_sortable(record.get(key)) for key in keys])
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join("  " + json.dumps(_rounded(record)) for record in ordered)
    file.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def load(file: Path) -> list[Record]:
    """Return the records of a file; none where it does not exist."""
    if not file.exists():
        return []
    found: list[Record] = json.loads(file.read_text(encoding="utf-8"))
    return found


def _sortable(value: object) -> tuple[float, str]:
    return (float(value), "") if isinstance(value, int | float) else (-1.0, str(value))


def _rounded(record: Record) -> Record:
    return {
        key: float(f"{value:.9g}") if isinstance(value, float) else value for key, value in record.items()
    }
