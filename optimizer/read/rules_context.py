"""What rules are read against: the names and texts of the rest of the instance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.headers import KEY_TABLES, KEYS
from models.instance import Attributes, KeyColumn, Pool
from models.rule import Column, Condition
from models.scope import canonical, is_number, matches

TABLE_OF = {key: table for table, key in KEY_TABLES.items()}
"""Key -> its table of attributes."""


@dataclass(frozen=True, eq=False)
class RuleContext:
    """What rules are read against.

    Attributes
    ----------
    pools
        Every pool, in the order of `pools.csv`.
    values
        Names of the value columns of `options.csv` (`conversions`, `gmv`, ...).
    measures
        Names of the settings' named sums.
    keys
        `Options.keys`: the key columns that cells have (`segment` only where options have it), one code a row
        of options. Rows of one cell may repeat; the order of rows does not matter.
    tables
        `merchants`, `categories`, `slots`, `segments` -> attributes, for the tables that the folder *has*
        (absent: the folder lacks the table). `columns` holds every column but the key: `start` and `end` too.
    files
        Table -> name of its file (`merchants.csv`, `merchants.parquet`).
    rows
        Table -> row of its file for each of `Attributes.keys`, for findings; may lack tables.
    timezone
        Of times without an offset: `zoneinfo.ZoneInfo(settings.timezone)`.
    is_complete
        False where `options.csv` could not be read whole: then nothing is said of scopes and what is in them.
    unread
        Tables that the folder has and whose columns or keys could not be read: nothing is said of names that
        may be theirs, or of keys that they lack.
    has_every_pool
        False where a pool could not be read: then nothing is said of names that may be its own.
    options_file, first_rows
        Where cells are stated, and for a key the first row of each text, without those that are findings
        themselves.
    """

    pools: tuple[Pool, ...]
    values: tuple[str, ...]
    measures: tuple[str, ...]
    keys: Mapping[str, KeyColumn]
    tables: Mapping[str, Attributes]
    timezone: tzinfo
    files: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    is_complete: bool = True
    unread: frozenset[str] = frozenset()
    has_every_pool: bool = True
    options_file: str = "options.csv"
    first_rows: Callable[[str], Mapping[str, int]] | None = None

    @property
    def key_names(self) -> tuple[str, ...]:
        """Keys of cells, in the contract's order; every key where `options.csv` could not be read."""
        return tuple(key for key in KEYS if key in self.keys) or KEYS

    @property
    def amounts(self) -> tuple[str, ...]:
        """Names of the measures that are amounts: pools, value columns, named sums."""
        return (*(pool.name for pool in self.pools), *self.values, *self.measures)

    def file(self, table: str) -> str:
        """Return the name of a table's file."""
        return self.files.get(table, f"{table}.csv")

    def may_be_unread(self, name: str, table: str) -> bool:
        """Whether a name that is not known may be that of an attribute which could not be read."""
        unread = self.unread - self.tables.keys()
        return table in unread if table else bool(unread) and name not in KEYS

    def row(self, table: str, key: str) -> int | None:
        """Return the row of a key in its table's file, None where it is not known."""
        return self._rows[table].get(key) if table in self._rows else None

    def texts(self, column: Column) -> tuple[str, ...]:
        """Return the column's text for each of `keys[column.key].texts`; blank where the table has no row."""
        if column not in self._texts:
            keys = self.keys[column.key].texts if column.key in self.keys else ()
            self._texts[column] = self._attribute(column, keys) if column.attribute else keys
        return self._texts[column]

    def coded(self, column: Column) -> KeyColumn:
        """Return `texts` as distinct texts (in no order) and codes: what holds for a text is asked once."""
        if column not in self._coded:
            index: dict[str, int] = {}
            codes = [index.setdefault(text, len(index)) for text in self.texts(column)]
            self._coded[column] = KeyColumn(tuple(index), np.array(codes, np.int32))
        return self._coded[column]

    def numeric(self, column: Column) -> NDArray[np.bool_]:
        """Return which of the texts of `coded` are plain numbers."""
        if column not in self._numeric:
            texts = self.coded(column).texts
            self._numeric[column] = np.array([is_number(text) for text in texts], np.bool_)
        return self._numeric[column]

    def held(self, condition: Condition) -> NDArray[np.bool_]:
        """Return which of `keys[condition.column.key].texts` satisfy a condition."""
        if condition not in self._held:
            column = self.coded(condition.column)
            self._held[condition] = matches(condition, column.texts, self.timezone)[column.codes]
        return self._held[condition]

    def known(self, column: Column) -> frozenset[str]:
        """Return every text that some row has in the column, attributes as they are compared."""
        if column not in self._known:
            table = self.tables.get(TABLE_OF[column.key])
            if column.attribute and table is not None:
                texts = frozenset(map(canonical, set(table.columns[column.attribute]))) - {""}
            else:
                texts = frozenset(self.texts(column)) | frozenset(table.keys if table else ())
            self._known[column] = texts
        return self._known[column]

    def lacking(self, table: str) -> tuple[str, ...]:
        """Return the keys that cells have and the table lacks."""
        if table not in self._lacking:
            listed, key = frozenset(self.tables[table].keys), KEY_TABLES[table]
            used = self.keys[key].texts if key in self.keys else ()
            self._lacking[table] = tuple(text for text in used if text not in listed)
        return self._lacking[table]

    def _attribute(self, column: Column, keys: tuple[str, ...]) -> tuple[str, ...]:
        table = self.tables[TABLE_OF[column.key]]
        if table.keys == keys:
            return table.columns[column.attribute]
        known = dict(zip(table.keys, table.columns[column.attribute], strict=True))
        return tuple(known.get(key, "") for key in keys)

    @cached_property
    def _rows(self) -> dict[str, dict[str, int]]:
        tables = self.tables.items()
        return {t: dict(zip(a.keys, self.rows[t], strict=True)) for t, a in tables if t in self.rows}

    @cached_property
    def _texts(self) -> dict[Column, tuple[str, ...]]:
        return {}  # filled as columns are asked for: many rules name the same few columns

    @cached_property
    def _coded(self) -> dict[Column, KeyColumn]:
        return {}

    @cached_property
    def _lacking(self) -> dict[str, tuple[str, ...]]:
        return {}

    @cached_property
    def _numeric(self) -> dict[Column, NDArray[np.bool_]]:
        return {}

    @cached_property
    def _held(self) -> dict[Condition, NDArray[np.bool_]]:
        return {}

    @cached_property
    def _known(self) -> dict[Column, frozenset[str]]:
        return {}
