"""`pins.csv` -> forced options and forbidden cells."""

from __future__ import annotations

from collections.abc import Sequence

from models.headers import CHINESE_WORDS, EVERY_KEY, NO_OPTION
from models.instance import Pin
from optimizer.read.cells import Cells, Keys
from optimizer.read.findings import Findings
from optimizer.read.keys import is_damaged
from optimizer.read.layout import Layout
from optimizer.read.suggest import hint
from optimizer.read.table import Table


def layout(keys: Sequence[str]) -> Layout:
    """Return the columns of `pins.csv` for cells with these keys."""
    return Layout(known=(*keys, "option", "note"), required=(*keys, "option"))


def read_pins(table: Table, cells: Cells, findings: Findings) -> tuple[Pin, ...]:
    """Return the pins in the order of the file, those with a finding left out.

    Not checked: whether a pin breaks a rule.
    """
    columns = (*cells.names, "option")
    if not set(columns) <= table.columns.keys():
        return ()
    pins: list[Pin] = []
    for index, row in enumerate(table.rows):
        texts = tuple(table.columns[name][index] for name in columns)
        option = NO_OPTION if CHINESE_WORDS.get(texts[-1]) == NO_OPTION else texts[-1]
        pin = Pin(texts[:-1], option, row)
        if _is_sound(pin, table, cells, findings):
            pins.append(pin)
    return _without_contradictions(pins, table, findings)


def _is_sound(pin: Pin, table: Table, cells: Cells, findings: Findings) -> bool:
    is_sound = True
    for name, text in zip((*cells.names, "option"), (*pin.keys, pin.option), strict=True):
        code = "" if text else "PIN-01"
        if text and name != "option" and is_damaged(text):
            code = "KEY-02"
        if text == EVERY_KEY and pin.option != NO_OPTION:
            code = "PIN-02"
        if code:
            findings.add(
                code,
                table.file,
                pin.row,
                table.headers[name],
                text,
                **({"option": pin.option} if code == "PIN-02" else {}),
            )
            is_sound = False
    if not is_sound:
        return False
    if not cells.fits(pin.keys):
        key, text, known = cells.unknown(pin.keys) or (cells.names[0], pin.keys[0], ())
        if cells.is_complete:
            findings.add("PIN-03", table.file, pin.row, table.headers[key], text, hint=hint(text, known))
        return False
    if pin.option != NO_OPTION:
        options = cells.options_of(pin.keys)
        if pin.option not in options and cells.is_complete:
            findings.add(
                "PIN-04",
                table.file,
                pin.row,
                table.headers["option"],
                pin.option,
                hint=hint(pin.option, options),
            )
            return False
    return True


def _without_contradictions(pins: Sequence[Pin], table: Table, findings: Findings) -> tuple[Pin, ...]:
    """Report pins on one cell that differ (one with `*` is on every cell that it fits), or repeat."""
    first: dict[Keys, Pin] = {}
    for pin in pins:
        other = first.setdefault(pin.keys, pin)
        if other is not pin:
            same = pin.option == other.option
            _report(pin, other, table, findings, code="PIN-06" if same else "PIN-05")
    starred: dict[tuple[int, ...], dict[Keys, Pin]] = {}
    for keys, pin in first.items():
        named = tuple(i for i, text in enumerate(keys) if text != EVERY_KEY)
        if len(named) < len(keys):
            starred.setdefault(named, {})[tuple(keys[i] for i in named)] = pin
    for pin in first.values():
        for named, patterns in starred.items():
            other_pin = patterns.get(tuple(pin.keys[i] for i in named))
            if other_pin is not None and pin.option != NO_OPTION:
                _report(pin, other_pin, table, findings, code="PIN-05")
    return tuple(first.values())


def _report(pin: Pin, other: Pin, table: Table, findings: Findings, *, code: str) -> None:
    facts = {"option": other.option} if code == "PIN-05" else {}
    findings.add(code, table.file, pin.row, table.headers["option"], pin.option, other=other.row, **facts)
