"""`--set KEY=VALUE`: what-if changes of pools, rules and settings, made before tables are read further."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from models.amount import exact_text
from models.finding import Finding, finding
from models.headers import RULE_COLUMNS
from models.language import _
from models.scope import number
from models.settings import Settings
from optimizer.read.rules_text import did_you_mean, fold
from optimizer.read.table import Table

SOURCE = "--set"
"""Stands for the file in findings about overrides."""

_PART = re.compile(r'"(?P<quoted>(?:[^"]|"")*)"|(?P<bare>[^".=][^.=]*)')
_EXPONENT = re.compile(r"(?P<number>-?(?:[0-9]+\.?[0-9]*|\.[0-9]+))[eE](?P<exponent>[+-]?[0-9]{1,2})")
_SETTINGS = {**dict.fromkeys(Settings.model_fields, ()), "objective": ("maximise", "caution", "stages")}
_NUMBERS = ("value", "penalty", "k")
_Tables = dict[str, Table]
_Stated = dict[str, Any]


def parse_override(text: str) -> tuple[str, str]:
    """Return the key and the value of one `KEY=VALUE`; an id in double quotes may hold `=` itself.

    Raises
    ------
    ValueError
        If the text is not of this form.
    """
    match = re.match(r'((?:[^"=]|"(?:[^"]|"")*")+)=(.*)', text, re.DOTALL)
    if match is None or not match[1].strip():
        raise ValueError(_('"{text}" is not KEY=VALUE, such as pools.cash=1e9').format(text=text))
    return match[1].strip(), match[2].strip()


def apply_overrides(
    overrides: tuple[tuple[str, str], ...], tables: dict[str, Table], settings: dict[str, object]
) -> tuple[dict[str, Table], dict[str, object], list[Finding]]:
    """Return tables and settings with the overrides applied in order, and a finding for each that cannot be.

    Parameters
    ----------
    overrides
        (key, value) pairs as `parse_override` returns them: `pools.NAME`, `rules."ID".COLUMN` (the id may be
        bare), `settings.KEY` with dots for tables inside. Numbers of pools and rules may have exponents.
    tables
        `pools` and, where the folder has it, `rules`; others are passed through.
    settings
        What `settings.toml` states. A setting's value is read as TOML, else it is the text itself.
    """
    tables, stated, findings = dict(tables), deepcopy(settings), list[Finding]()
    for key, value in overrides:
        parts = _parts(key)
        if len(parts) >= 2 and parts[0] == "pools":
            _set_pool(".".join(parts[1:]), value, key, tables, findings)
        elif len(parts) >= 3 and parts[0] == "rules":
            _set_rule(".".join(parts[1:-1]), parts[-1], value, key, tables, findings)
        elif len(parts) >= 2 and parts[0] == "settings":
            _set_setting(parts[1:], value, key, stated, findings)
        else:
            findings.append(finding("OVR-01", SOURCE, None, key, value, name=key))
    return tables, stated, findings


def _parts(key: str) -> list[str]:
    parts, at = [], 0
    while match := _PART.match(key, at):
        quoted = match["quoted"]
        parts.append(match["bare"].strip() if quoted is None else quoted.replace('""', '"'))
        at = match.end()
        if key[at : at + 1] != ".":
            break
        at += 1
    return parts if at == len(key) else []


def _set_pool(name: str, value: str, key: str, tables: _Tables, findings: list[Finding]) -> None:
    if fold(value) != value.strip():  # as in pools.csv: only rules fold them
        findings.append(finding("OVR-05", SOURCE, None, key, value, folded=fold(value)))
        return
    plain = _plain(value)
    amount = None if plain is None else number(plain)
    if amount is None:
        findings.append(finding("OVR-03", SOURCE, None, key, value, name=key))
        return
    # By value: `5.000` and `5e0` are no more digits than `5`.
    _set_cell("pools", name, "amount", exact_text(amount), tables, findings)


def _set_rule(rule: str, column: str, value: str, key: str, tables: _Tables, findings: list[Finding]) -> None:
    known = RULE_COLUMNS[1:]  # all but the id
    if column not in known:
        facts = {"subject": _("column of rules"), "name": column, "hint": did_you_mean(column, known)}
        findings.append(finding("OVR-02", SOURCE, None, key, value, **facts))
        return
    text = _plain(value) if column in _NUMBERS and value else value
    if text is None:
        findings.append(finding("OVR-03", SOURCE, None, key, value, name=key))
        return
    _set_cell("rules", rule, column, text, tables, findings)


def _set_cell(
    table: str, row_key: str, column: str, text: str, tables: _Tables, findings: list[Finding]
) -> None:
    subject = table.removesuffix("s")  # the contract's own words: pool, rule
    old = tables.get(table)
    ids = old.columns.get(subject, ()) if old else ()
    if old is None or row_key not in ids:
        facts = {"subject": subject, "name": row_key, "hint": did_you_mean(row_key, ids)}
        findings.append(finding("OVR-02", SOURCE, None, f"{table}.{row_key}", text, **facts))
        return
    before = old.columns.get(column, ("",) * len(ids))
    after = tuple(text if own == row_key else cell for own, cell in zip(ids, before, strict=True))
    headers = {**old.headers, column: old.headers.get(column, column)}
    tables[table] = replace(old, headers=headers, columns={**old.columns, column: after})


def _set_setting(parts: list[str], value: str, key: str, stated: _Stated, findings: list[Finding]) -> None:
    for at, names in ((0, tuple(_SETTINGS)), (1, _SETTINGS.get(parts[0], ()))):
        if names and at < len(parts) and parts[at] not in names:
            name, hint = ".".join(parts[: at + 1]), did_you_mean(parts[at], names)
            facts = {"subject": _("setting"), "name": name, "hint": hint}
            findings.append(finding("OVR-02", SOURCE, None, key, value, **facts))
            return
    node: object = stated
    for part in parts[:-1]:
        is_table = part in ("objective", "measures") or node is not stated
        node = node.setdefault(part, {}) if isinstance(node, dict) and is_table else None
    if not isinstance(node, dict):
        findings.append(finding("OVR-04", SOURCE, None, key, value, name=key))
        return
    node[parts[-1]] = _toml(value)


def _toml(text: str) -> object:
    # A text that is no TOML value (Asia/Shanghai) stands for itself, and so does a date: no setting is one.
    try:
        read: Mapping[str, object] = tomllib.loads(f"value = {text}", parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError):
        return text
    value = read["value"]
    return value if len(read) == 1 and isinstance(value, bool | int | Decimal | str | list | dict) else text


def _plain(text: str) -> str | None:
    """Return a number or percentage without its exponent, exactly; None for any other text."""
    folded = fold(text)
    bare, share = (folded[:-1].rstrip(), "%") if folded.endswith("%") else (folded, "")
    match = _EXPONENT.fullmatch(bare)
    if match is not None:
        mantissa = number(match["number"])
        bare = exact_text(mantissa * Fraction(10) ** int(match["exponent"])) if mantissa is not None else bare
    return bare + share if number(bare) is not None else None
