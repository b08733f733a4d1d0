"""What the summary of a plan folder states: the changes it was made with, and how near to the best it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from models.finding import Finding, ordered
from models.instance import Instance, Kept, Pin
from models.scope import number
from optimizer.read.findings import Findings
from optimizer.read.folder import regular

_FILE = "summary.json"


@dataclass(frozen=True)
class Stated:
    """What a plan was made with.

    Attributes
    ----------
    summary
        The document as it stands.
    overrides
        What `--set` changed.
    gap
        The relative gap that was asked for; None where it is not stated.
    """

    summary: Mapping[str, Any]
    overrides: tuple[tuple[str, str], ...]
    gap: Fraction | None

    def kept_in(self, instance: Instance) -> Instance:
        """Return the instance with the cells that the plan had to keep, as pins."""
        kept = self.summary.get("kept")
        if not isinstance(kept, dict):
            return instance
        names = (*instance.options.keys, "option")
        rows = [tuple(str(cell.get(name, "")) for name in names) for cell in kept.get("cells", [])]
        pins = tuple(Pin(row[:-1], row[-1], 0, str(kept.get("file", ""))) for row in rows)
        return replace(instance, kept=Kept(str(kept.get("file", "")), str(kept.get("sha256", "")), pins))

    def changed_inputs(self, instance: Instance) -> list[str]:
        """Return the files of the instance that are not as they were when the plan was made, by name."""
        before = self.summary.get("inputs")
        old: dict[str, str] = before if isinstance(before, dict) else {}
        names = old.keys() | instance.inputs.keys()
        return sorted(name for name in names if old.get(name) != instance.inputs.get(name))


def read_stated(folder: Path) -> tuple[Stated | None, list[Finding]]:
    """Read `summary.json` of a plan folder.

    Raises
    ------
    OSError
        If the folder or the file cannot be read.
    """
    findings = Findings()
    try:
        summary = json.loads(regular(folder / _FILE).read_bytes())
        pairs = [(str(one["key"]), str(one["value"])) for one in summary["overrides"]]
        options = summary["options"]
        gap = number(str(options["gap"]))
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        findings.add("CHO-06", _FILE, reason=f"{type(error).__name__}: {error}")
        return None, ordered(findings.all())
    return Stated(summary, tuple(pairs), gap), []
