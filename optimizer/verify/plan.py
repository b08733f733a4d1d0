"""What `plan.csv` and `booked.csv` give out, row by row, checked against the options."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from optimizer.verify.arrays import Codes, Flags, Ints, integers, plus, product, where
from optimizer.verify.decimals import VALUE_DIGITS, canonical, short_text, units_text, written
from optimizer.verify.instance import Instance
from optimizer.verify.report import Report
from optimizer.verify.sheet import Sheet, read_sheet

WHOLE = 10**9
"""Fractions are integers of 1e-9."""


@dataclass(frozen=True, eq=False)
class Plan:
    """The rows of both files that could be understood.

    Attributes
    ----------
    cell, option
        Cell of every row, and its option (-1: a booked row that names none).
    fraction
        Integers of 1e-9.
    costs, values
        Pool -> smallest units, value column -> integers of 1e-6, as written.
    is_booked
        Whether the row stands in `booked.csv`.
    """

    cell: Codes
    option: Codes
    fraction: Ints
    costs: dict[str, Ints]
    values: dict[str, Ints]
    is_booked: Flags

    def __len__(self) -> int:
        return len(self.cell)


@dataclass(frozen=True, eq=False)
class _Rows:
    sheet: Sheet
    number: Codes  # row of the sheet, from 0, of every row whose cell exists
    cell: Codes
    option: Codes
    fraction: Ints


def columns_of(instance: Instance) -> tuple[str, ...]:
    """Return the headers of `plan.csv`."""
    pools = tuple(pool.name for pool in instance.pools)
    last = ("fraction",) if instance.settings.divisible is not False else ()
    return (*instance.cells.keys, "option", *pools, *instance.options.values, *last)


def read_plan(report: Report, instance: Instance, folder: Path, stem: str = "plan") -> Plan:
    """Return what the plan's rows give out; every row that is not as it must be is a finding."""
    columns, texts = columns_of(instance), (*instance.cells.keys, "option")
    sheet = read_sheet(report, folder, stem, columns, texts)
    if sheet is None:
        raise report.stop("PLN-02", f"{stem}.csv")
    booked_sheet = read_sheet(report, folder, "booked", columns, texts)
    planned = _planned(report, instance, sheet)
    if booked_sheet is None:
        return planned
    booked = _booked(report, instance, booked_sheet)
    for cell in np.intersect1d(planned.cell, booked.cell).tolist():
        report.add("VER-21", booked_sheet.file, value=_named(instance, cell))
    return _joined(planned, booked)


def _planned(report: Report, instance: Instance, sheet: Sheet) -> Plan:
    rows = _located(report, instance, sheet)
    _check_options(report, instance, rows)
    keep = rows.option >= 0
    rows = _Rows(sheet, rows.number[keep], rows.cell[keep], rows.option[keep], rows.fraction[keep])
    _check_fractions(report, instance, rows)
    _check_pins(report, instance, rows)
    costs, values = _expected(instance, rows)
    _check_amounts(report, instance, rows, costs, values)
    return Plan(rows.cell, rows.option, rows.fraction, costs, values, np.zeros(len(rows.cell), np.bool_))


def _located(report: Report, instance: Instance, sheet: Sheet) -> _Rows:
    """Find the cell, the option and the fraction of every row; check the order of the rows."""
    num_keys = len(instance.cells.keys)
    coded = [sheet.coded(place) for place in range(num_keys + 1)]
    for place in np.flatnonzero(~_is_rising(coded)).tolist():
        report.add("VER-08", sheet.file, place + 3, value=", ".join(sheet.row(place + 1, num_keys + 1)))
    codes = [
        _among(instance.cells.texts[key], *own)
        for key, own in zip(instance.cells.keys, coded[:-1], strict=True)
    ]
    cells = _cells_of(instance, codes)
    for place in np.flatnonzero(cells < 0).tolist():
        report.add("VER-02", sheet.file, place + 2, value=", ".join(sheet.row(place, num_keys)))
    number = np.flatnonzero(cells >= 0)
    cells = cells[number]
    option = _options_of(instance, cells, _among(instance.options.names, *coded[-1])[number])
    fraction = _fractions(report, instance, sheet, number, cells)
    return _Rows(sheet, number, cells, option, fraction)


def _among(known: Sequence[str], texts: list[str], codes: Codes) -> Codes:
    """Return every row's place among known texts, -1 where it is none of them."""
    if texts == list(known):
        return codes
    place = {text: code for code, text in enumerate(known)}
    lookup = np.array([place.get(text, -1) for text in texts], np.int64)
    return lookup[codes] if len(codes) else codes


def _is_rising(coded: list[tuple[list[str], Codes]]) -> Flags:
    """Whether each row but the first comes after the one before it, by the texts of several columns."""
    result: Flags = np.zeros(max(0, len(coded[0][1]) - 1), np.bool_)
    for texts, codes in reversed(coded):
        order = sorted(range(len(texts)), key=texts.__getitem__)
        rank = np.zeros(len(texts), np.int32)
        rank[order] = np.arange(len(order), dtype=np.int32)
        ranks = rank[codes] if len(codes) else codes
        result = (ranks[1:] > ranks[:-1]) | ((ranks[1:] == ranks[:-1]) & result)
    return result


def find_cells(instance: Instance, keys: list[list[str]]) -> Codes:
    """Return the cell of every list of keys, -1 where there is none."""
    codes = []
    for place, key in enumerate(instance.cells.keys):
        own = [row[place] for row in keys]
        codes.append(_among(instance.cells.texts[key], own, np.arange(len(own))))
    return _cells_of(instance, codes)


def _cells_of(instance: Instance, codes: list[Codes]) -> Codes:
    """Return the cell of every row of key codes (-1: no such key), -1 where there is none."""
    composite = instance.cells.composite
    wanted: Ints = np.zeros(len(codes[0]), np.int64)
    is_known = np.ones(len(codes[0]), np.bool_)
    for texts, own in zip(instance.cells.texts.values(), codes, strict=True):
        is_known &= own >= 0
        wanted = plus(product(wanted, len(texts)), own)
    if not len(composite):
        return np.full(len(wanted), -1, np.int64)
    wanted = wanted.astype(composite.dtype) if wanted.dtype != composite.dtype else wanted
    found = np.minimum(np.searchsorted(composite, wanted), len(composite) - 1)
    return np.where(is_known & (composite[found] == wanted), found, -1).astype(np.int64)


def _options_of(instance: Instance, cells: Codes, codes: Codes) -> Codes:
    """Return the option of that name in each of some cells, -1 where there is none."""
    options = instance.options
    result = np.full(len(cells), -1, np.int64)
    at, last = options.starts[cells], options.starts[cells + 1]
    waiting = np.flatnonzero((codes >= 0) & (at < last))
    while len(waiting):
        is_found = options.name_codes[at[waiting]] == codes[waiting]
        result[waiting[is_found]] = at[waiting[is_found]]
        waiting = waiting[~is_found]
        at[waiting] += 1
        waiting = waiting[at[waiting] < last[waiting]]
    return result


def _fractions(report: Report, instance: Instance, sheet: Sheet, number: Codes, cells: Codes) -> Ints:
    result = np.full(len(number), WHOLE, np.int64)
    if "fraction" not in sheet.columns:
        return result
    is_divisible = instance.is_divisible[cells]
    for place, row in enumerate(number.tolist()):
        text = sheet.text(row, len(sheet.columns) - 1)
        value = canonical(text) if not sheet.is_typed else written(text)
        units = value * WHOLE if value is not None else None
        if not is_divisible[place]:
            if text:
                report.add("VER-05", sheet.file, row + 2, "fraction", text)
        elif units is None or units.denominator != 1 or not 0 < units <= WHOLE:
            report.add("VER-05", sheet.file, row + 2, "fraction", text)
        else:
            result[place] = int(units)
    return result


def _check_options(report: Report, instance: Instance, rows: _Rows) -> None:
    num_keys = len(instance.cells.keys)
    for place in np.flatnonzero(rows.option < 0).tolist():
        row = int(rows.number[place])
        report.add("VER-03", rows.sheet.file, row + 2, "option", rows.sheet.text(row, num_keys))


def _check_fractions(report: Report, instance: Instance, rows: _Rows) -> None:
    """Check that a cell holds one whole option, or if it is divisible a point of its line."""
    is_divisible = instance.is_divisible
    by_cell: dict[int, list[int]] = {}
    is_doubtful = np.bincount(rows.cell, minlength=len(is_divisible)) > 1
    is_doubtful |= is_divisible
    doubtful = np.flatnonzero(is_doubtful[rows.cell])
    for place, cell in zip(doubtful.tolist(), rows.cell[doubtful].tolist(), strict=True):
        by_cell.setdefault(cell, []).append(place)
    for cell, places in by_cell.items():
        row = int(rows.number[places[-1]]) + 2
        if not is_divisible[cell]:
            if len(places) > 1:
                report.add("VER-04", rows.sheet.file, row, "option", _named(instance, cell))
            continue
        line = line_of(instance, cell)
        steps = sorted((line.index(int(rows.option[place])), int(rows.fraction[place])) for place in places)
        if not _is_on_line(steps):
            report.add("VER-09", rows.sheet.file, row, "fraction", _named(instance, cell))


def _is_on_line(steps: list[tuple[int, int]]) -> bool:
    """Whether (place on the line, fraction) pairs mix at most two neighbours; nothing is before 0."""
    if len(steps) == 1:
        return steps[0][0] == 0 or steps[0][1] == WHOLE
    return len(steps) == 2 and steps[1][0] == steps[0][0] + 1 and steps[0][1] + steps[1][1] == WHOLE


def line_of(instance: Instance, cell: int) -> list[int]:
    """Return the options of a divisible cell in order of cost: first pool, then the others, then the name."""
    options = range(int(instance.options.starts[cell]), int(instance.options.starts[cell + 1]))
    costs = list(instance.options.costs.values())
    return sorted(options, key=lambda option: ([int(cost[option]) for cost in costs], option))


def _check_pins(report: Report, instance: Instance, rows: _Rows) -> None:
    pins = instance.pins
    for place in np.flatnonzero(pins.is_forbidden[rows.cell]).tolist():
        row = int(rows.number[place]) + 2
        report.add(
            "VER-07", rows.sheet.file, row, value=_named(instance, int(rows.cell[place])), option="none"
        )
    is_whole = (rows.fraction == WHOLE) & (pins.forced[rows.cell] >= 0)
    kept = set(zip(rows.cell[is_whole].tolist(), rows.option[is_whole].tolist(), strict=True))
    for cell in np.flatnonzero(pins.forced >= 0).tolist():
        option = int(pins.forced[cell])
        if (cell, option) not in kept:
            name = instance.options.name(option)
            report.add("VER-07", rows.sheet.file, value=_named(instance, cell), option=name)


def _expected(instance: Instance, rows: _Rows) -> tuple[dict[str, Ints], dict[str, Ints]]:
    """Return what the rows must draw and bring: amounts rounded up, values down."""
    is_whole = rows.fraction == WHOLE
    costs = {name: units[rows.option] for name, units in instance.options.costs.items()}
    values = {name: units[rows.option] for name, units in instance.options.values.items()}
    if bool(is_whole.all()):
        return costs, values
    for name, chosen in costs.items():
        costs[name] = where(is_whole, chosen, -(-product(chosen, rows.fraction) // WHOLE))
    for name, chosen in values.items():
        values[name] = where(is_whole, chosen, product(chosen, rows.fraction) // WHOLE)
    return costs, values


def _check_amounts(
    report: Report, instance: Instance, rows: _Rows, costs: dict[str, Ints], values: dict[str, Ints]
) -> None:
    first = len(instance.cells.keys) + 1
    sheet, digits = rows.sheet, {pool.name: pool.decimals for pool in instance.pools}
    wrong: list[tuple[int, int, str]] = []
    is_checked = np.zeros(len(sheet), np.bool_)
    is_checked[rows.number] = True
    for column, (name, units) in enumerate((costs | values).items(), first):
        own_digits, is_short = digits.get(name, VALUE_DIGITS), name not in digits
        if len(rows.number) < len(sheet):
            every = np.zeros(len(sheet), units.dtype)
            every[rows.number] = units
        else:
            every = units
        write = short_text if is_short else units_text
        places = sheet.differing_units(column, every, own_digits, is_short)
        wrong += [(row, column, write(every[row], own_digits)) for row in places if is_checked[row]]
    for row, column, expected in sorted(wrong):
        text = sheet.text(row, column)
        report.add("VER-06", sheet.file, row + 2, sheet.columns[column], text, expected=expected)


def _booked(report: Report, instance: Instance, sheet: Sheet) -> Plan:
    """Take what is booked as it is written: it lies in slots that begin, and holds what has been spent."""
    rows = _located(report, instance, sheet)
    first = len(instance.cells.keys) + 1
    digits = [pool.decimals for pool in instance.pools] + [VALUE_DIGITS] * len(instance.options.values)
    columns: list[list[int]] = [[] for _ in digits]
    for place, row in enumerate(rows.number.tolist()):
        fields = sheet.row(row, first + len(digits))
        keys = tuple(fields[: first - 1])
        spent = instance.spent.get(keys, {})
        if instance.cells.keys and keys[2] not in instance.slot_starts:
            report.add("VER-22", sheet.file, row + 2, "slot", keys[2])
        for column, decimals in enumerate(digits):
            name, text = sheet.columns[first + column], fields[first + column]
            number = written(text)
            units = number * 10**decimals if number is not None else None
            if units is None or units.denominator != 1 or units < spent.get(name, units):
                report.add("VER-06", sheet.file, row + 2, name, text, expected=spent.get(name, 0))
            columns[column].append(int(units) if units is not None else 0)
        is_known = rows.option[place] >= 0 or not fields[first - 1]
        if not is_known:
            report.add("VER-03", sheet.file, row + 2, "option", fields[first - 1])
    report.add("VER-23", sheet.file)
    names = sheet.columns[first : first + len(digits)]
    arrays = dict(zip(names, map(integers, columns), strict=True))
    costs = {pool.name: arrays[pool.name] for pool in instance.pools}
    values = {name: arrays[name] for name in instance.options.values}
    return Plan(rows.cell, rows.option, rows.fraction, costs, values, np.ones(len(rows.cell), np.bool_))


def _joined(left: Plan, right: Plan) -> Plan:
    return Plan(
        cell=np.concatenate([left.cell, right.cell]),
        option=np.concatenate([left.option, right.option]),
        fraction=np.concatenate([left.fraction, right.fraction]),
        costs={name: np.concatenate([units, right.costs[name]]) for name, units in left.costs.items()},
        values={name: np.concatenate([units, right.values[name]]) for name, units in left.values.items()},
        is_booked=np.concatenate([left.is_booked, right.is_booked]),
    )


def _named(instance: Instance, cell: int) -> str:
    return ", ".join(instance.cells.key(cell))
