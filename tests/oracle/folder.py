"""An instance folder as plain Python: the csv module, Fractions, nothing shared with the product."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.words import HEADERS, clean, folded, truth, word

KEYS = ("merchant", "category", "slot", "segment")
TABLES = {"merchants": "merchant", "categories": "category", "slots": "slot", "segments": "segment"}
Cell = tuple[str, ...]
Amounts = dict[str, Fraction]
Row = dict[str, str]


@dataclass(frozen=True)
class Pool:
    """A pool: its amount as written, and its digits."""

    amount: Fraction
    decimals: int


@dataclass(frozen=True)
class Folder:
    """One instance. Every number is a Fraction in written units.

    Attributes
    ----------
    options
        Cell -> option -> column -> amount: pools, value columns and the named sums of the settings alike.
    tables
        Table -> key -> attribute -> text.
    forced, forbidden
        What the pins say, cell by cell.
    objective, counts
        Weights of columns, and of counts of cells or merchants (as a rule's measure writes them).
    """

    keys: tuple[str, ...]
    pools: dict[str, Pool]
    values: tuple[str, ...]
    options: dict[Cell, dict[str, Amounts]]
    tables: dict[str, dict[str, Row]]
    slots: tuple[str, ...]
    rules: tuple[Row, ...]
    forced: dict[Cell, set[str]]
    forbidden: frozenset[Cell]
    measures: dict[str, Amounts]
    objective: Amounts
    counts: Amounts
    caution: Fraction
    divisible: bool | tuple[str, ...]
    zone: str

    def is_divisible(self, cell: Cell) -> bool:
        """Whether a cell may mix options."""
        return self.divisible if isinstance(self.divisible, bool) else cell[1] in self.divisible

    def column(self, name: str) -> tuple[str, str, str]:
        """Return (key, attribute or blank, label) of a column that a rule names."""
        name = HEADERS.get(name, name)
        if name in self.keys:
            return name, "", name
        table, dot, attribute = name.partition(".")
        owners = [t for t, rows in self.tables.items() if any(name in row for row in rows.values())]
        if dot and table in TABLES:
            shared = [t for t, rows in self.tables.items() if any(attribute in row for row in rows.values())]
            return TABLES[table], attribute, name if len(shared) > 1 else attribute
        if len(owners) != 1:
            raise ValueError(f"column {name}: in {owners}")
        return TABLES[owners[0]], name, name

    def text(self, cell: Cell, column: tuple[str, str, str]) -> str:
        """Return the text that a cell has in a column."""
        key, attribute, _ = column
        own = cell[self.keys.index(key)]
        if not attribute:
            return own
        table = next(t for t, k in TABLES.items() if k == key)
        return truth(self.tables[table].get(own, {}).get(attribute, ""))

    def worth(self, amounts: Amounts) -> Fraction:
        """Return what amounts add to the objective."""
        caution = self.caution * amounts.get("conversions_se", Fraction(0))
        return sum(
            (
                w * (amounts[name] - (caution if name == "conversions" else 0))
                for name, w in self.objective.items()
            ),
            Fraction(0),
        )


def read(path: Path) -> Folder:
    """Read an instance folder (UTF-8 with or without a byte-order mark, commas)."""
    return parse({file.name: file.read_bytes().decode("utf-8-sig") for file in path.glob("*.[ct]*")})


def parse(files: Mapping[str, str]) -> Folder:
    """Read an instance from the texts of its files."""
    settings = tomllib.loads(files.get("settings.toml", ""), parse_float=Decimal)
    pool_rows = _rows(files, "pools.csv")
    pools = {row["pool"]: Pool(Fraction(row["amount"]), int(row.get("decimals") or 2)) for row in pool_rows}
    option_rows = _rows(files, "options.csv")
    keys = tuple(key for key in KEYS if key in option_rows[0])
    named = {name: _weights(terms, {}) for name, terms in settings.get("measures", {}).items()}
    values = tuple(
        column
        for column in option_rows[0]
        if column not in (*keys, "option", "note", *pools) and _is_numeric(option_rows, column)
    )
    options: dict[Cell, dict[str, Amounts]] = {}
    for row in option_rows:
        amounts = {name: Fraction(row.get(name) or 0) for name in pools}
        amounts |= {name: Fraction(round(Fraction(row[name]) * 10**6), 10**6) for name in values}
        amounts |= {
            name: sum((w * amounts[term] for term, w in terms.items()), Fraction(0))
            for name, terms in named.items()
        }
        options.setdefault(tuple(row[key] for key in keys), {})[row["option"]] = amounts
    tables = {table: _table(_rows(files, f"{table}.csv"), key) for table, key in TABLES.items()}
    forced, forbidden = _pins(_rows(files, "pins.csv"), keys, options)
    zone = settings.get("timezone", "Asia/Shanghai")
    aims = settings.get("objective", {})
    weights = _weights(aims.get("maximise", "conversions"), named)
    divisible = settings.get("divisible", False)
    return Folder(
        keys=keys,
        pools=pools,
        values=values,
        options=dict(sorted(options.items())),
        tables=tables,
        slots=_slot_order(tables["slots"], sorted({cell[2] for cell in options}), zone),
        rules=tuple(sorted(_rows(files, "rules.csv"), key=lambda row: row["rule"])),
        forced=forced,
        forbidden=forbidden,
        measures=named,
        objective={name: weight for name, weight in weights.items() if name in (*pools, *values)},
        counts={name: weight for name, weight in weights.items() if name not in (*pools, *values)},
        caution=Fraction(aims.get("caution", 0)),
        divisible=divisible
        if isinstance(divisible, bool)
        else tuple(clean(category) for category in divisible),
        zone=zone,
    )


def moment(text: str, zone: str) -> float:
    """Return a time as seconds; one without an offset is in `zone`."""
    time = datetime.fromisoformat(text)
    return (time if time.tzinfo else time.replace(tzinfo=ZoneInfo(zone))).timestamp()


def _rows(files: Mapping[str, str], name: str) -> list[Row]:
    lines = [[clean(field) for field in line] for line in csv.reader(io.StringIO(files.get(name, "")))]
    lines = [line for line in lines if any(line)]
    header = [HEADERS.get(title, title) for title in lines[0]] if lines else []
    return [dict(zip(header, line, strict=True)) for line in lines[1:]]


def _table(rows: list[Row], key: str) -> dict[str, Row]:
    return {row[key]: {name: text for name, text in row.items() if name != key} for row in rows}


def _is_numeric(rows: list[Row], column: str) -> bool:
    try:
        return bool([Fraction(row[column]) for row in rows])
    except ValueError:
        return False


def _weights(terms: str | dict[str, Any], named: dict[str, Amounts]) -> Amounts:
    """Return column -> weight of a weighted sum; a named measure is replaced by its terms."""
    written = {terms: 1} if isinstance(terms, str) else terms
    weights: Amounts = {}
    for name, weight in written.items():
        for column, part in named.get(name, {name: Fraction(1)}).items():
            weights[column] = weights.get(column, Fraction(0)) + part * Fraction(weight)
    return weights


def _slot_order(table: dict[str, Row], used: list[str], zone: str) -> tuple[str, ...]:
    def place(slot: str) -> tuple[int, float, str]:
        if slot not in table:
            return 2, 0.0, slot
        start = table[slot].get("start", "")
        return (0, moment(start, zone), slot) if start else (1, float(list(table).index(slot)), slot)

    return tuple(sorted({*table, *used}, key=place))


def _pins(
    rows: list[Row], keys: tuple[str, ...], options: dict[Cell, dict[str, Amounts]]
) -> tuple[dict[Cell, set[str]], frozenset[Cell]]:
    forced: dict[Cell, set[str]] = {}
    forbidden: set[Cell] = set()
    for row in rows:
        wanted, option = [row[key] for key in keys], row["option"]
        if word(folded(option)) == "none":
            forbidden |= {
                cell for cell in options if all(w in ("*", own) for w, own in zip(wanted, cell, strict=True))
            }
        else:
            forced.setdefault(tuple(wanted), set()).add(option)
    return forced, frozenset(forbidden)
