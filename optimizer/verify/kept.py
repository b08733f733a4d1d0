"""What a plan had to keep of an earlier one: the pins that `kept` of its summary lists."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from optimizer.verify.arrays import Codes
from optimizer.verify.document import compare, is_text
from optimizer.verify.instance import Instance, Pins
from optimizer.verify.plan import WHOLE, Plan, find_cells
from optimizer.verify.report import Report, UnverifiableError

FILE = "summary.json"
_SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, eq=False)
class Kept:
    """Cells that keep an option, one each; shapes (kept,)."""

    cell: Codes
    option: Codes


def read_kept(report: Report, instance: Instance, summary: dict[str, Any]) -> Kept | None:
    """Return what `kept` lists, None where the summary has no such key.

    Raises
    ------
    UnverifiableError
        If it is not what can stand there, or names what the instance does not have.
    """
    if "kept" not in summary:
        return None
    before, raw = report.count, summary["kept"]
    cells = raw.get("cells") if isinstance(raw, dict) else None
    names = (*instance.cells.keys, "option")
    each = [dict.fromkeys(names, is_text)] * (len(cells) if isinstance(cells, list) else 0)
    compare(report, FILE, "kept", raw, {"file": _is_table, "sha256": _is_sha256, "cells": each})
    if report.count != before:
        raise UnverifiableError
    rows = [[part[name] for name in names] for part in raw["cells"]]
    for place, (one, other) in enumerate(pairwise(row[:-1] for row in rows), 1):
        if one >= other:
            report.add("VER-08", FILE, column=f"kept.cells[{place}]", value=", ".join(other))
    kept = _located(report, instance, rows)
    if report.count != before:
        raise UnverifiableError
    report.add("VER-33", FILE, column="kept", value=raw["sha256"][:12], count=len(rows))
    return kept


def _is_table(value: object) -> bool:
    return value in ("plan.csv", "plan.parquet")


def _is_sha256(value: object) -> bool:
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


def _located(report: Report, instance: Instance, rows: list[list[str]]) -> Kept:
    options = instance.options
    cells, chosen = find_cells(instance, [row[:-1] for row in rows]), np.full(len(rows), -1, np.int64)
    for place, (cell, row) in enumerate(zip(cells.tolist(), rows, strict=True)):
        if cell < 0:
            report.add("VER-02", FILE, column=f"kept.cells[{place}]", value=", ".join(row[:-1]))
            continue
        own = range(int(options.starts[cell]), int(options.starts[cell + 1]))
        chosen[place] = next((option for option in own if options.name(option) == row[-1]), -1)
        if chosen[place] < 0:
            report.add("VER-03", FILE, column=f"kept.cells[{place}]", value=row[-1])
    return Kept(cells, chosen)


def check_kept(report: Report, instance: Instance, kept: Kept, plan: Plan) -> None:
    """Check that the plan holds every option that it had to keep, whole."""
    is_whole = plan.fraction == WHOLE
    held = set(zip(plan.cell[is_whole].tolist(), plan.option[is_whole].tolist(), strict=True))
    for cell, option in zip(kept.cell.tolist(), kept.option.tolist(), strict=True):
        if (cell, option) not in held:
            name = ", ".join(instance.cells.key(cell))
            report.add("VER-32", FILE, column="kept", value=name, option=instance.options.name(option))


def with_kept(instance: Instance, kept: Kept) -> Instance:
    """Return the instance with what is kept as pins.

    A pin of `pins.csv` that asks for something else is one that the plan itself disobeys, if it keeps.
    """
    forced, is_forbidden = instance.pins.forced.copy(), instance.pins.is_forbidden.copy()
    forced[kept.cell] = kept.option
    is_forbidden[kept.cell] = False
    return replace(instance, pins=Pins(forced, is_forbidden))
