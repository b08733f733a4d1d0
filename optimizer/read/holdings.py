"""A plan folder -> what it states, without the instance that it was made for."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from models.amount import FRACTION_UNIT, VALUE_DIGITS
from models.finding import Finding, ordered
from models.headers import KEYS, LIMIT_COLUMNS
from models.holdings import Cell, LimitState
from models.instance import Pool
from models.rationals import Integers, narrowed, product
from models.scope import decimals, is_number, number
from optimizer.read.findings import Findings
from optimizer.read.folder import regular
from optimizer.read.kept import unguarded
from optimizer.read.layout import Layout
from optimizer.read.source import Source
from optimizer.read.stated import Stated, read_stated
from optimizer.read.table import Table

_SUMMARY = "summary.json"
_SUFFIXES = (".csv", ".parquet")
_LIMITS = Layout(known=LIMIT_COLUMNS, required=LIMIT_COLUMNS)


class Rows(NamedTuple):
    """The rows of a plan folder, planned and booked, and its limits.

    Attributes
    ----------
    cells, names, fractions
        Keys, option and fraction (in 1e-9) of each row.
    amounts
        Pool -> smallest units, value column -> 1e-6; shapes (rows,).
    """

    stated: Stated
    keys: tuple[str, ...]
    pools: tuple[Pool, ...]
    cells: list[Cell]
    names: list[str]
    fractions: list[int]
    amounts: dict[str, Integers]
    limits: dict[tuple[str, str], LimitState]
    objective: Fraction
    kept: frozenset[Cell]


def read_rows(folder: Path) -> tuple[Rows | None, list[Finding]]:
    """Read a plan folder; None, with findings, where it is none.

    Raises
    ------
    OSError
        If the folder or a file of it cannot be read.
    """
    stated, found = read_stated(folder)
    if stated is None:
        return None, found
    findings = Findings()
    pools, objective = _pools(stated, findings), number(str(stated.summary.get("objective")))
    if objective is None:
        findings.add("CMP-01", _SUMMARY, column="objective")
    paths = {
        name: path for name in ("plan", "booked", "limits") if (path := _table(folder, name)) is not None
    }
    for name in ("plan", "limits"):
        if name not in paths:
            findings.add("CMP-02", f"{name}.csv")
    if findings.has_error or objective is None:
        return None, ordered(findings.all())
    names = tuple(pool.name for pool in pools)
    layout = Layout((*KEYS, "option", "fraction", *names), (*KEYS[:3], "option", *names), is_open=True)
    with Source(paths, findings) as source:
        tables = [source.table(name, layout) for name in ("plan", "booked") if name in paths]
        limits = source.table("limits", _LIMITS)
    if findings.has_error or limits is None:
        return None, ordered(findings.all())
    planned = [table for table in tables if table is not None]
    keys = tuple(key for key in KEYS if key in planned[0].columns)
    cells, options = list[Cell](), list[str]()
    for table in planned:
        columns = [_texts(table, name) for name in (*keys, "option")]
        cells += zip(*columns[:-1], strict=True)
        options += columns[-1]
    read = Rows(
        stated,
        keys,
        pools,
        cells,
        options,
        [units for table in planned for units in _fractions(table)],
        _amounts(planned, keys, pools, findings),
        _limits(limits, findings),
        objective,
        _kept(stated, keys),
    )
    return None if findings.has_error else read, ordered(findings.all())


def _table(folder: Path, name: str) -> Path | None:
    there = [path for suffix in _SUFFIXES if (path := folder / f"{name}{suffix}").exists()]
    return regular(there[0]) if there else None


def _pools(stated: Stated, findings: Findings) -> tuple[Pool, ...]:
    """Return the pools as the summary states them."""
    found = []
    pools = stated.summary.get("pools")
    for pool in pools if isinstance(pools, list) else ():
        own: Mapping[str, Any] = pool if isinstance(pool, dict) else {}
        digits, amount = own.get("decimals"), number(str(own.get("amount")))
        if (
            not isinstance(digits, int)
            or not 0 <= digits <= VALUE_DIGITS
            or amount is None
            or not own.get("pool")
        ):
            findings.add("CMP-01", _SUMMARY, column="pools")
            break
        found.append(Pool(str(own["pool"]), int(amount * 10**digits), str(own.get("unit", "")), digits))
    if not found:
        findings.add("CMP-01", _SUMMARY, column="pools")
    return tuple(found)


def _texts(table: Table, name: str) -> list[str]:
    column = table.columns.get(name, ("",) * len(table.rows))
    return list(column) if table.file.endswith(".parquet") else [unguarded(text) for text in column]


def _fractions(table: Table) -> list[int]:
    texts = table.columns.get("fraction", ("",) * len(table.rows))
    values = [number(text) if text else Fraction(1) for text in texts]
    return [FRACTION_UNIT if value is None else int(value * FRACTION_UNIT) for value in values]


def _amounts(
    tables: list[Table], keys: tuple[str, ...], pools: tuple[Pool, ...], findings: Findings
) -> dict[str, Integers]:
    """Return the numbers of the rows by column, as integers."""
    digits = {pool.name: pool.decimals for pool in pools}
    names = [name for name in tables[0].columns if name not in (*keys, "option", "fraction")]
    found: dict[str, Integers] = {}
    for name in names:
        texts: list[str] = []
        for table in tables:
            texts += table.columns.get(name, ("0",) * len(table.rows))
            for row, text in zip(table.rows, table.columns.get(name, ()), strict=False):
                if not is_number(text):
                    findings.add("CMP-03", table.file, row, name, text)
        scale = 10 ** digits.get(name, VALUE_DIGITS)
        read = decimals(texts)
        units = product(read.numerators, scale)
        found[name] = narrowed((units.astype(object) // read.denominator).astype(object))
    return found


def _limits(table: Table, findings: Findings) -> dict[tuple[str, str], LimitState]:
    columns = {name: _texts(table, name) for name in LIMIT_COLUMNS}
    found: dict[tuple[str, str], LimitState] = {}
    for at, row in enumerate(table.rows):
        used, price, text = number(columns["used"][at]), number(columns["price"][at]), columns["limit"][at]
        limit = number(text) if text else None
        if used is None or price is None or (text and limit is None):
            findings.add("CMP-03", table.file, row, "used", columns["used"][at])
            continue
        measure, sense, status = (columns[name][at] for name in ("measure", "sense", "status"))
        state = LimitState(measure, sense, limit, used, status, price)
        found[columns["rule"][at], columns["group"][at]] = state
    return found


def _kept(stated: Stated, keys: tuple[str, ...]) -> frozenset[Cell]:
    kept = stated.summary.get("kept")
    cells = kept.get("cells", []) if isinstance(kept, dict) else []
    return frozenset(
        tuple(str(cell.get(key, "")) for key in keys) for cell in cells if isinstance(cell, dict)
    )
