"""One allocation problem as its planner states it: tables as columns, texts clean, amounts exact."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.file_rows import FileRows, Rows
from models.rule import Rule
from models.settings import Settings

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Codes = NDArray[np.signedinteger[Any]]
"""Indices into distinct texts: the narrowest of int8, int16 and int32 that holds them (`code_type`)."""


@dataclass(frozen=True)
class Pool:
    """A fixed resource to give out.

    Attributes
    ----------
    amount
        In smallest units: `amount / 10**decimals` is the written amount.
    is_unused
        Stated as unused: no cost column is expected, every cost is zero.
    """

    name: str
    amount: int
    unit: str = ""
    decimals: int = 2
    is_unused: bool = False


def code_type(count: int) -> np.dtype[np.signedinteger[Any]]:
    """Return the narrowest type that numbers `count` distinct texts from zero."""
    return np.dtype(next(kind for kind in (np.int8, np.int16, np.int32) if count <= np.iinfo(kind).max + 1))


@dataclass(frozen=True, eq=False)
class KeyColumn:
    """A key column: `texts[codes[i]]` is the key of row i; `texts` are distinct, sorted by code point.

    Codes are narrow: compare them and index with them, but widen them before any arithmetic.
    """

    texts: tuple[str, ...]
    codes: Codes


@dataclass(frozen=True, eq=False)
class Options:
    """The n rows of `options.csv`, sorted by (merchant, category, slot, segment, option) in code-point order.

    Attributes
    ----------
    keys
        `merchant`, `category`, `slot` and, where the file has it, `segment`, in this order.
    option
        Name of the option, shape (n,), as a KeyColumn.
    costs
        Pool name -> smallest units, int64 of shape (n,), zero or more; every pool, in the order of
        `pools.csv`.
    values
        Value column -> integers of 1e-6, int64 of shape (n,); `conversions` first, then in order of the name.
    texts
        Further text columns, carried along.
    rows
        Row of the file, shape (n,), for findings.
    """

    keys: dict[str, KeyColumn]
    option: KeyColumn
    costs: dict[str, Int64]
    values: dict[str, Int64]
    texts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rows: Rows = field(default_factory=lambda: FileRows(2, 0))

    def __len__(self) -> int:
        return len(self.option.codes)


@dataclass(frozen=True, eq=False)
class Attributes:
    """Attributes of one key: `columns[name][i]` is the text of `keys[i]`; blank where the file has none."""

    keys: tuple[str, ...]
    columns: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Pin:
    """A forced option, or with option `none` a forbidden cell; then a key may be `*`.

    Keys stand in the order of `Options.keys`; `file` and `row` say who asks for it.
    """

    keys: tuple[str, ...]
    option: str
    row: int
    file: str = "pins.csv"


@dataclass(frozen=True)
class Kept:
    """What `--keep` holds on to: the options of an earlier plan, which are pins of this run.

    Attributes
    ----------
    file, sha256
        The table of the earlier plan folder, and the SHA-256 of its bytes.
    pins
        One per cell kept, sorted by keys; every one forces an option of this instance.
    """

    file: str
    sha256: str
    pins: tuple[Pin, ...]


@dataclass(frozen=True, eq=False)
class Campaign:
    """How far a running campaign has come, and what of its instance can no longer change.

    In an instance that has one, every cell that holds something has one option: what it holds.

    Attributes
    ----------
    now
        The moment that splits the campaign, ISO 8601 with offset.
    begun
        Slots that have begun: their cells hold what they hold.
    frozen
        Slots that have not begun and stay as the incumbent has them.
    pinned
        Like `Problem.pinned`, for the cells of both; -1 leaves a cell to its pins; shape (cells,).
    num_options
        Rows of `options.csv`.
    incumbent
        SHA-256 of the table of the plan in force; blank: none is.
    max_change
        By what share of the incumbent's amounts the plan could move (text); blank: by any.
    """

    now: str
    begun: frozenset[str]
    frozen: tuple[str, ...]
    pinned: Int64
    num_options: int
    incumbent: str = ""
    max_change: str = ""


@dataclass(frozen=True)
class Actual:
    """What has happened in one cell so far, its rows added up.

    `spent`: pool -> smallest units; `values`: value column -> integers of 1e-6.
    """

    keys: tuple[str, ...]
    spent: dict[str, int]
    values: dict[str, int]
    option: str = ""


@dataclass(frozen=True)
class SlotTimes:
    """When a slot begins, ends and is settled; None where the file does not say."""

    start: datetime | None = None
    end: datetime | None = None
    settled: datetime | None = None


@dataclass(frozen=True, eq=False)
class Instance:
    """One allocation problem.

    Attributes
    ----------
    tables
        `merchants`, `categories`, `slots`, `segments` -> attributes; empty tables where the folder has none.
    slots
        Every slot (of `slots.csv` and of options) in the slot order of CONTRACT.md 2.
    inputs
        File name -> SHA-256 of its bytes, for every file that was read.
    overrides
        What `--set` changed: (key as given, value as given), in the order given.
    kept
        What `--keep` holds on to; None without it.
    campaign
        What of a running campaign can no longer change; None where nothing has begun yet.
    """

    name: str
    pools: tuple[Pool, ...]
    options: Options
    tables: dict[str, Attributes]
    slots: tuple[str, ...]
    slot_times: dict[str, SlotTimes]
    rules: tuple[Rule, ...]
    pins: tuple[Pin, ...]
    actuals: tuple[Actual, ...]
    settings: Settings
    inputs: dict[str, str]
    overrides: tuple[tuple[str, str], ...] = ()
    kept: Kept | None = None
    campaign: Campaign | None = None

    @property
    def all_pins(self) -> tuple[Pin, ...]:
        """The pins of `pins.csv`, then those of the plan that is kept."""
        return self.pins if self.kept is None else (*self.pins, *self.kept.pins)
