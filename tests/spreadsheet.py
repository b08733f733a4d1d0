"""Tables of a page as a spreadsheet in exact fractions: the formulas that a certificate needs."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import floor

Value = Fraction | str | bool
Cells = dict[str, str]

_TEXT_OR_REFERENCE = re.compile(r'"[^"]*"|(?:(\w+)!)?\$?([A-Z])\$?(\d+)(?::\$?([A-Z])\$?(\d+))?')
_OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.LtE: operator.le,
    ast.GtE: operator.ge,
}


def figure(text: str) -> Value:
    """Read what a table shows: a number, or a word."""
    return Fraction(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else text


def tables(section: str) -> list[Cells]:
    """Return the tables of a section as cell -> text.

    A sheet says its columns (A, B, ...) and rows (**1**, **2**, ...); a table of formulas has the cells that
    a formula fills, and the formula.
    """
    found = []
    for table in re.findall(r"(?:^\|.*\|\n)+", section, re.MULTILINE):
        rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.splitlines()]
        head, body = rows[0], rows[2:]
        if head == ["cells", "formula"]:
            found.append({where: formula.strip("`") for where, formula in body})
        else:
            found.append(
                {
                    f"{column}{row[0].strip('*')}": text
                    for row in body
                    for column, text in zip(head[1:], row[1:], strict=True)
                }
            )
    return found


def fill_down(formulas: Cells) -> Cells:
    """Return cell -> formula: a formula is written for the first of its cells and moves with the others."""
    filled = {}
    for where, formula in formulas.items():
        cells = [cell for part in where.split(", ") for cell in _between(part)]
        first = int(cells[0][1:])
        for cell in cells:
            filled[cell] = _moved(formula, int(cell[1:]) - first)
    return filled


def _between(part: str) -> list[str]:
    first, _, last = part.partition(":")
    return [f"{first[0]}{row}" for row in range(int(first[1:]), int((last or first)[1:]) + 1)]


def _moved(formula: str, rows: int) -> str:
    return re.sub(r"(?<![$\w])([A-Z])(\d+)", lambda cell: f"{cell[1]}{int(cell[2]) + rows}", formula)


@dataclass(frozen=True)
class Sheets:
    """Sheets by name: what their cells show, and the formulas behind some of them."""

    shown: dict[str, Cells]
    formulas: dict[str, Cells]

    def num_formulas(self) -> int:
        """How many cells have a formula."""
        return sum(map(len, self.formulas.values()))

    def with_formulas(self) -> Iterator[tuple[str, str]]:
        """Give every cell that has a formula, as (sheet, cell)."""
        return ((sheet, cell) for sheet, cells in self.formulas.items() for cell in cells)

    def text(self, sheet: str, cell: str) -> str:
        """Return what a cell shows."""
        return self.shown[sheet][cell]

    def typed(self, sheet: str, cell: str, text: str) -> Sheets:
        """Return the sheets with something typed into a cell, over its formula if it has one."""
        others = {name: own for name, own in self.formulas[sheet].items() if name != cell}
        return Sheets(
            {**self.shown, sheet: {**self.shown[sheet], cell: text}}, {**self.formulas, sheet: others}
        )

    def value(self, sheet: str, cell: str) -> Value:
        """Compute a cell from what is typed alone."""
        formula = self.formulas[sheet].get(cell)
        if formula is None:
            return figure(self.text(sheet, cell))
        named: list[tuple[str, ...]] = []

        def name(found: re.Match[str]) -> str:
            named.append(found.groups(default=""))
            return f"cells[{len(named) - 1}]"

        code = _TEXT_OR_REFERENCE.sub(lambda found: found[0] if found[0][0] == '"' else name(found), formula)
        return self._computed(ast.parse(code.removeprefix("="), mode="eval").body, sheet, named)

    def _computed(self, node: ast.expr, sheet: str, named: list[tuple[str, ...]]) -> Value:
        def of(part: ast.expr) -> Value:
            return self._computed(part, sheet, named)

        match node:
            case ast.Constant(value=bool() | int() | str() as constant):
                return constant if isinstance(constant, str) else Fraction(constant)
            case ast.BinOp(left=left, op=op, right=right):
                return _OPERATORS[type(op)](of(left), of(right))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return _OPERATORS[type(op)](of(left), of(right))
            case ast.Subscript(slice=ast.Constant(value=int() as number)):
                (value,) = self._range(sheet, named[number])
                return value
            case ast.Call(func=ast.Name(id=function), args=arguments):
                ranges = [
                    self._range(sheet, named[part.slice.value])
                    if isinstance(part, ast.Subscript) and isinstance(part.slice, ast.Constant)
                    else [of(part)]
                    for part in arguments
                ]
                return _called(function, ranges)
        raise ValueError(ast.dump(node))

    def _range(self, sheet: str, named: tuple[str, ...]) -> list[Value]:
        other, column, first, last_column, last = named
        assert last_column in ("", column)
        rows = range(int(first), int(last or first) + 1)
        values = [self.value(other or sheet, f"{column}{row}") for row in rows]
        return values if last == "" else [value for value in values if value != ""]


def _called(function: str, ranges: list[list[Value]]) -> Value:
    values = [value for part in ranges for value in part]
    match function:
        case "SUM":
            return sum((Fraction(value) for value in values), Fraction(0))
        case "MAX":
            return max(values)
        case "AND":
            return all(values)
        case "IF":
            is_so, yes, no = values
            return yes if is_so else no
        case "MAXIFS":
            among, marks, (wanted,) = ranges
            return max(value for value, mark in zip(among, marks, strict=True) if mark == wanted)
        case "ROUND":
            number, digits = map(Fraction, values)
            return Fraction(round(number * 10 ** int(digits)), 10 ** int(digits))
        case "FLOOR":
            number, unit = map(Fraction, values)
            return floor(number / unit) * unit
    raise ValueError(function)
