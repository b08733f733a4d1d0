"""A plan folder that `--keep` holds on to -> pins, one per cell that the plan funds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.amount import units_to_text
from models.finding import Finding, ordered
from models.headers import EVERY_KEY
from models.instance import Instance, Int64, Kept, Pin
from models.scope import number
from optimizer.read.cells import Cells
from optimizer.read.columns import clean
from optimizer.read.findings import Findings
from optimizer.read.folder import regular
from optimizer.read.layout import Layout
from optimizer.read.source import Source
from optimizer.read.suggest import hint
from optimizer.read.table import Table

_PLAN, _BOOKED = ("plan.csv", "plan.parquet"), ("booked.csv", "booked.parquet")
_GUARD = "'"
_FITS = 2**62
_WHOLE = number("1")

Keys = tuple[str, ...]


def read_kept(folder: Path, instance: Instance) -> tuple[Instance, list[Finding]]:
    """Return the instance with the options of an earlier plan kept, and what stands against that.

    Parameters
    ----------
    folder
        A plan folder; of its files only the table of rows is read. Rows of cells that the instance no longer
        has are dropped, with a warning each.

    Returns
    -------
    The instance as it was where any finding is an error. Not checked: whether what is kept meets the rules.

    Raises
    ------
    OSError
        If the folder or its table cannot be read.
    """
    findings = Findings()
    path = plan_file(folder, findings)
    if path is None:
        return instance, ordered(findings.all())
    with Source({"plan": path}, findings) as source:
        table = source.table("plan", plan_layout(instance))
        sha256 = source.hashes().get(path.name, "")
    pins = _pins(table, instance, findings) if table is not None and not findings.has_error else ()
    found = ordered(findings.all())
    if findings.has_error:
        return instance, found
    return replace(instance, kept=Kept(path.name, sha256, pins)), found


def plan_file(folder: Path, findings: Findings) -> Path | None:
    """Return the table of a plan folder's rows; None, with findings, where there is none to be used."""
    names = {path.name for path in folder.iterdir()}
    plans = [name for name in _PLAN if name in names]
    if not plans:
        findings.add("KEP-01", _PLAN[0])
    if len(plans) > 1:
        findings.add("FIL-02", plans[0], name=plans[1])
    for name in _BOOKED:
        if name in names:
            findings.add("KEP-02", name, value=name)
    return None if findings.has_error else regular(folder / plans[0])


def plan_layout(instance: Instance) -> Layout:
    """Return what columns that table has."""
    needed = (*instance.options.keys, "option")
    pools = tuple(pool.name for pool in instance.pools)
    return Layout(known=(*needed, "fraction", *pools), required=needed, is_open=True)


@dataclass(frozen=True, eq=False)
class _Rows:
    """The rows of the plan whose cells exist.

    Attributes
    ----------
    keys, options
        Texts of each row, guards stripped.
    places
        Row of the table, from 0, for its other columns and its row of the file.
    found
        Index of the option among those of the instance; -1 where the cell does not offer it.
    """

    table: Table
    keys: list[Keys]
    options: list[str]
    places: list[int]
    found: list[int]

    def row(self, index: int) -> int:
        """Return the row of the file."""
        return self.table.rows[self.places[index]]


def _pins(table: Table, instance: Instance, findings: Findings) -> tuple[Pin, ...]:
    """Return the pins that the rows stand for, sorted by keys."""
    if "segment" in table.columns and "segment" not in instance.options.keys:
        findings.add("KEP-09", table.file, 1, "segment")
        return ()
    rows = _located(table, instance, findings)
    _check_mixes(rows, findings)
    _check_options(rows, instance, findings)
    _check_pins(rows, instance, findings)
    _check_costs(rows, instance, findings)
    pins = (
        Pin(keys, option, rows.row(index), table.file)
        for index, (keys, option) in enumerate(zip(rows.keys, rows.options, strict=True))
    )
    return tuple(sorted(pins, key=lambda pin: pin.keys))


def _located(table: Table, instance: Instance, findings: Findings) -> _Rows:
    """Find the options of every row; cells that are gone are dropped, and listed."""
    names = tuple(instance.options.keys)
    is_guarded = not table.file.endswith(".parquet")
    texts = [
        tuple(map(unguarded, column)) if is_guarded else column
        for column in (table.columns[name] for name in (*names, "option"))
    ]
    has_cell, found = look_up(texts, instance)
    gone = np.flatnonzero(~has_cell).tolist()
    keys = list(zip(*texts[:-1], strict=True))
    if gone and len(gone) == len(keys):
        findings.add("KEP-04", table.file, count=len(set(keys)))
    for place in gone if not findings.has_error else ():
        findings.add("KEP-03", table.file, table.rows[place], value=", ".join(keys[place]))
    there = np.flatnonzero(has_cell).tolist()
    return _Rows(
        table,
        [keys[place] for place in there],
        [texts[-1][place] for place in there],
        there,
        found[there].tolist(),
    )


def unguarded(text: str) -> str:
    """Strip exactly one leading apostrophe, as the contract's section 4 says."""
    return clean(text[1:]) if text.startswith(_GUARD) else text


def look_up(texts: Sequence[Keys], instance: Instance) -> tuple[NDArray[np.bool_], Int64]:
    """Return whether each row's cell exists, and the index of its option (-1: not offered).

    Parameters
    ----------
    texts
        One tuple per key, and last the option: a text per row.
    """
    columns = [*instance.options.keys.values(), instance.options.option]
    sizes = [len(column.texts) for column in columns]
    wanted: list[Int64] = []
    for column, own in zip(columns, texts, strict=True):
        codes = {text: code for code, text in enumerate(column.texts)}
        wanted.append(np.array([codes.get(text, -1) for text in own], np.int64))
    is_known = np.logical_and.reduce([codes >= 0 for codes in wanted[:-1]])
    cells = _numbers([column.codes for column in columns[:-1]], sizes[:-1])
    asked = _numbers(wanted[:-1], sizes[:-1])
    has_cell = is_known & _is_at(cells, asked, np.searchsorted(cells, asked))
    every = _numbers([cells, columns[-1].codes], [1, sizes[-1]])
    option = _numbers([asked, wanted[-1]], [1, sizes[-1]])
    place = np.searchsorted(every, option)
    is_offered = has_cell & (wanted[-1] >= 0) & _is_at(every, option, place)
    return has_cell, np.where(is_offered, place, -1).astype(np.int64)


def _numbers(codes: Sequence[NDArray[Any]], sizes: Sequence[int]) -> NDArray[Any]:
    """Return one number per row that ascends as the rows of codes do; Python integers where it must."""
    peak = int(codes[0].max(initial=0)) + 1
    total = codes[0].astype(np.int64 if peak * prod(sizes[1:]) < _FITS else object)
    for code, size in zip(codes[1:], sizes[1:], strict=True):
        total = total * size + code
    return total


def _is_at(ascending: NDArray[Any], wanted: NDArray[Any], places: Int64) -> NDArray[np.bool_]:
    return np.asarray(ascending[np.minimum(places, len(ascending) - 1)] == wanted, np.bool_)


def _check_mixes(rows: _Rows, findings: Findings) -> None:
    """Report cells that hold more than one option, or a fraction of one."""
    fractions = rows.table.columns.get("fraction")
    seen: set[Keys] = set()
    for index, keys in enumerate(rows.keys):
        text = fractions[rows.places[index]] if fractions else ""
        if keys in seen or (text and number(text) != _WHOLE):
            findings.add("KEP-07", rows.table.file, rows.row(index), "fraction", text, cell=", ".join(keys))
        seen.add(keys)


def _check_options(rows: _Rows, instance: Instance, findings: Findings) -> None:
    lost = [index for index, found in enumerate(rows.found) if found < 0]
    cells = Cells(instance.options) if lost else None
    for index in lost:
        assert cells is not None
        text, keys = rows.options[index], rows.keys[index]
        facts = {"cell": ", ".join(keys), "hint": hint(text, cells.options_of(keys))}
        findings.add("KEP-05", rows.table.file, rows.row(index), "option", text, **facts)


def _check_pins(rows: _Rows, instance: Instance, findings: Findings) -> None:
    """Report cells whose pin asks for something else; a pin with `*` is on every cell that it fits."""
    patterns: dict[tuple[int, ...], dict[Keys, Pin]] = {}
    for pin in instance.pins:
        named = tuple(place for place, text in enumerate(pin.keys) if text != EVERY_KEY)
        patterns.setdefault(named, {})[tuple(pin.keys[place] for place in named)] = pin
    for index, (keys, option) in enumerate(zip(rows.keys, rows.options, strict=True)):
        for named, pins in patterns.items():
            other = pins.get(tuple(keys[place] for place in named))
            if other is not None and other.option != option:
                facts = {
                    "cell": ", ".join(keys),
                    "pins": other.file,
                    "other": other.row,
                    "option": other.option,
                }
                findings.add("KEP-08", rows.table.file, rows.row(index), "option", option, **facts)


def _check_costs(rows: _Rows, instance: Instance, findings: Findings) -> None:
    """Report options that draw other amounts now; pools that the plan does not know are left alone."""
    decimals: Mapping[str, int] = {pool.name: pool.decimals for pool in instance.pools}
    for pool, costs in instance.options.costs.items():
        texts = rows.table.columns.get(pool)
        if texts is None:
            continue
        for index, found in enumerate(rows.found):
            text = texts[rows.places[index]]
            now = units_to_text(int(costs[found]), decimals[pool]) if found >= 0 else text
            if text != now and number(text) != number(now):
                findings.add("KEP-06", rows.table.file, rows.row(index), pool, text, now=now)
