"""The instance as verification holds it: cells and their options as sorted exact arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from optimizer.verify.arrays import Codes, Flags, Ints, plus, product
from optimizer.verify.settings import Settings
from optimizer.verify.texts import truth

if TYPE_CHECKING:
    from optimizer.verify.rule import Rule


@dataclass(frozen=True)
class Pool:
    """A pool; `amount` is in smallest units."""

    name: str
    amount: int
    unit: str
    decimals: int
    is_unused: bool


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells, sorted by their keys in code-point order; those of one merchant are neighbours.

    Attributes
    ----------
    texts
        Key -> its distinct texts, sorted.
    codes
        Key -> place among the texts, per cell.
    """

    texts: dict[str, tuple[str, ...]]
    codes: dict[str, Codes]

    @property
    def keys(self) -> tuple[str, ...]:
        """The key columns of the instance."""
        return tuple(self.texts)

    def __len__(self) -> int:
        return len(self.codes["merchant"])

    @property
    def merchant(self) -> Codes:
        """Merchant of every cell, ascending."""
        return self.codes["merchant"]

    @cached_property
    def composite(self) -> Ints:
        """All keys of every cell as one number, ascending."""
        result: Ints = np.zeros(len(self), np.int64)
        for key, texts in self.texts.items():
            result = plus(product(result, len(texts)), self.codes[key])
        return result

    def key(self, cell: int) -> tuple[str, ...]:
        """Return the keys of a cell."""
        return tuple(self.texts[name][self.codes[name][cell]] for name in self.texts)


@dataclass(frozen=True, eq=False)
class Options:
    """The options, sorted by cell and name.

    Attributes
    ----------
    starts
        First option of every cell, and one past the last option at the end.
    names, name_codes
        Distinct names, sorted, and the place of every option's among them.
    costs, values
        Pool -> smallest units; value column -> integers of 1e-6, `conversions` first, the others in order.
    """

    starts: Codes
    names: tuple[str, ...]
    name_codes: Codes
    costs: dict[str, Ints]
    values: dict[str, Ints]

    def __len__(self) -> int:
        return len(self.name_codes)

    @cached_property
    def cell(self) -> Codes:
        """Cell of every option."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def name(self, option: int) -> str:
        """Return the name of an option."""
        return self.names[int(self.name_codes[option])]


@dataclass(frozen=True, eq=False)
class Attributes:
    """Attributes of one key, aligned with `Cells.texts`; blank where the table has no such key."""

    columns: dict[str, tuple[str, ...]]
    _words: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def words(self, name: str) -> tuple[str, ...]:
        """Return a column in which the words for true and false are one."""
        if name not in self._words:
            self._words[name] = tuple(map(truth, self.columns[name]))
        return self._words[name]


@dataclass(frozen=True, eq=False)
class Pins:
    """Per cell: the option that is forced (-1: none), and whether the cell is forbidden."""

    forced: Codes
    is_forbidden: Flags


@dataclass(frozen=True, eq=False)
class Instance:
    """One allocation problem.

    Attributes
    ----------
    tables
        Key -> attributes.
    slots
        Places of every slot's text in the slot order; slots without a cell are named as well.
    slot_starts
        When slots start, those that state it.
    rules
        Rows of `rules.csv`: column -> text, and the row's number under `#`.
    spent
        Cell keys -> pool -> smallest units, from `actuals.csv`.
    inputs
        File -> SHA-256 of its bytes.
    floors
        Rules beside those of `rules.csv`: what stages of the objective have reached.
    """

    name: str
    pools: tuple[Pool, ...]
    cells: Cells
    options: Options
    tables: dict[str, Attributes]
    slots: tuple[str, ...]
    slot_starts: dict[str, datetime]
    rules: tuple[dict[str, str], ...]
    pins: Pins
    spent: dict[tuple[str, ...], dict[str, int]]
    settings: Settings
    inputs: dict[str, str]
    zone: ZoneInfo
    floors: tuple[Rule, ...] = ()

    def is_divisible_at(self, first: int, last: int) -> Flags:
        """Whether each cell from `first` to `last`, one past the end, is divisible."""
        chosen = self.settings.divisible
        if isinstance(chosen, bool):
            return np.full(last - first, chosen)
        flags = np.array([text in chosen for text in self.cells.texts["category"]], np.bool_)
        return flags[self.cells.codes["category"][first:last]] if len(flags) else np.zeros(0, np.bool_)

    @cached_property
    def every_cell(self) -> Codes:
        """All cells, one array for whoever needs it."""
        return np.arange(len(self.cells), dtype=np.int32)

    def cells_where(self, flags: Flags) -> Codes:
        """Return the cells that are flagged, ascending."""
        return self.every_cell if bool(flags.all()) else np.flatnonzero(flags).astype(np.int32)

    @property
    def is_divisible(self) -> Flags:
        """Whether each cell is divisible."""
        return self.is_divisible_at(0, len(self.cells))
