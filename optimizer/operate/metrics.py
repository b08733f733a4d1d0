"""Figures of the plan in force and of the last run, as the textfile collector of Prometheus reads them.

The format is a line a figure, so no library is needed: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def metrics_text(summary: Mapping[str, Any], status: Mapping[str, Any], since: float | None) -> str:
    """Return the file.

    Parameters
    ----------
    summary
        Of the plan in force; empty where there is none.
    status
        As `status.json` has it, with `ended_seconds` and `seconds`.
    since
        When the plan was put in force, in seconds since 1970.
    """
    lines: list[str] = []
    named = ""
    for name, labels, value in _figures(summary, status, since):
        if name != named:
            lines.append(f"# TYPE {name} gauge")
            named = name
        inside = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        lines.append(f"{name}{{{inside}}} {value}" if inside else f"{name} {value}")
    return "\n".join(lines) + "\n"


def _figures(
    summary: Mapping[str, Any], status: Mapping[str, Any], since: float | None
) -> Iterator[tuple[str, dict[str, str], str]]:
    """Yield name, labels and value, equal names together."""
    for key in ("objective", "gap"):
        if summary.get(key) is not None:
            yield f"fairpool_{key}", {}, str(summary[key])
    for key in ("used", "left"):
        for pool in summary.get("pools", []):
            yield f"fairpool_pool_{key}", {"pool": str(pool["pool"])}, str(pool[key])
    ended = float(status["ended_seconds"])
    if since is not None:
        yield "fairpool_plan_timestamp_seconds", {}, f"{since:.3f}"
        yield "fairpool_plan_age_seconds", {}, f"{max(0.0, ended - since):.3f}"
    yield "fairpool_last_run_timestamp_seconds", {}, f"{ended:.3f}"
    yield "fairpool_last_run_duration_seconds", {}, f"{float(status['seconds']):.3f}"
    yield "fairpool_last_run_exit_code", {}, str(status["exit"])
    yield "fairpool_last_run_outcome", {"outcome": str(status["outcome"])}, "1"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
