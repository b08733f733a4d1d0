"""A file of scenarios, in TOML -> named overrides, each what `--set` would be given."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from models.finding import Finding, ordered
from optimizer.read.columns import clean
from optimizer.read.findings import Findings
from optimizer.read.folder import regular
from optimizer.read.survey import survey_text

BASE = "base"
"""The instance as it is: no scenario may be called so."""

_LABEL = "label"
_NAME = re.compile(r"\w[\w .-]*")
_HEADER = re.compile(r"\s*\[([^\[\]]+)\]\s*(?:#.*)?$")
_NESTED, _DEEP = ("objective", "measures"), 3
"""Tables of settings that hold settings: what stands below is set one by one."""


@dataclass(frozen=True)
class Scenario:
    """One scenario: (key, value) pairs as `--set` has them.

    Attributes
    ----------
    rows
        Key -> the line that sets it, where it could be told.
    row
        The line of its name.
    """

    name: str
    label: str
    overrides: tuple[tuple[str, str], ...]
    rows: Mapping[str, int]
    row: int | None


def read_scenarios(path: Path) -> tuple[tuple[Scenario, ...], list[Finding]]:
    """Read a file of scenarios, in its order; none where any finding is an error.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    findings = Findings()
    survey = survey_text(regular(path))
    if survey.size and not survey.encoding:
        findings.add("FIL-05", path.name)
        return (), ordered(findings.all())
    text = path.read_text(encoding=survey.encoding or "utf-8")
    try:
        stated = tomllib.loads(text.replace("\r\n", "\n"), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, ArithmeticError, ValueError, RecursionError) as error:
        line = re.search(r"at line (\d+)", str(error))
        findings.add("SCN-01", path.name, int(line[1]) if line else None, reason=str(error))
        return (), ordered(findings.all())
    rows = _rows(text)
    found = []
    for name, changes in stated.items():
        row = rows.get((name, ""))
        if not isinstance(changes, dict):
            findings.add("SCN-02", path.name, rows.get(("", name)), name)
        elif _NAME.fullmatch(name) is None or name.casefold() == BASE or name != clean(name):
            findings.add("SCN-05", path.name, row, value=name)
        else:
            own = {key: line for (scenario, key), line in rows.items() if scenario == name and key}
            found.append(_scenario(path.name, name, changes, (own, row), findings))
    if not stated:
        findings.add("SCN-04", path.name)
    return () if findings.has_error else tuple(found), ordered(findings.all())


def _scenario(
    file: str,
    name: str,
    changes: Mapping[str, object],
    place: tuple[Mapping[str, int], int | None],
    findings: Findings,
) -> Scenario:
    rows, row = place
    label = changes.get(_LABEL, "")
    overrides = []
    for parts, value in _flat(changes, ()):
        key = ".".join(parts)
        if parts == (_LABEL,) and isinstance(value, str):
            continue
        text = _text(value, is_setting=key.startswith("settings."))
        if text is None:
            findings.add("SCN-03", file, rows.get(key, row), f"{name}.{key}", str(value))
        else:
            overrides.append((key, text))
    return Scenario(name, clean(label) if isinstance(label, str) else "", tuple(overrides), rows, row)


def _flat(table: Mapping[str, object], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    """Yield the path and value of everything that is set: `pools.cash = 1` is a table in TOML."""
    for key, value in table.items():
        own = (*above, _quoted(key) if above else key)
        is_table = isinstance(value, dict) and (bool(above) or key in ("pools", "rules", "settings"))
        if is_table and above and above[0] == "settings":
            is_table = len(own) < (_DEEP if own[1] in _NESTED else 2)
        if is_table:
            assert isinstance(value, dict)
            yield from _flat(value, own)
        else:
            yield own, value


def _quoted(part: str) -> str:
    """Write a part of a key so that it is read as one, whatever it holds."""
    if re.fullmatch(r"[\w-]+", part):
        return part
    return '"' + part.replace('"', '""') + '"'


def _text(value: object, *, is_setting: bool) -> str | None:
    """Return a value as `--set` takes it; None for what cannot be set."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int | Decimal):
        return str(value)
    return _toml(value) if is_setting else None


def _toml(value: object) -> str | None:
    """Write a list or a table as TOML on one line; None where something in it is no text and no number."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, list):
        parts = [_toml(one) for one in value]
        return None if None in parts else f"[{', '.join(map(str, parts))}]"
    if isinstance(value, dict):
        pairs = {key: _toml(one) for key, one in value.items()}
        if None in pairs.values():
            return None
        return (
            "{"
            + ", ".join(f"{json.dumps(key, ensure_ascii=False)} = {one}" for key, one in pairs.items())
            + "}"
        )
    return None


def _rows(text: str) -> dict[tuple[str, str], int]:
    """Return (scenario, key) -> the line where it seems to be set; a blank key is the scenario's own line."""
    rows: dict[tuple[str, str], int] = {}
    scenario = ""
    for row, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            scenario = header[1].strip().strip("'\"")
            rows.setdefault((scenario, ""), row)
        elif "=" in line and not line.lstrip().startswith("#"):
            key = _key(line)
            rows.setdefault((scenario, key), row)
    return rows


def _key(line: str) -> str:
    """Return the key of a line as `--set` writes it; good enough to point at."""
    bare = line.strip()
    if bare[0] in "'\"":
        return bare[1 : bare.find(bare[0], 1)]
    return bare.partition("=")[0].strip()
