"""From an instance folder to an Instance; it is assumed to be one that `check` passes."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from models.headers import EVERY_KEY, KEY_TABLES, NO_OPTION, SLOT_TIMES
from models.language import _
from optimizer.verify.arrays import Flags
from optimizer.verify.content import content
from optimizer.verify.decimals import loose
from optimizer.verify.instance import Attributes, Cells, Instance, Options, Pins, Pool
from optimizer.verify.options import read_options
from optimizer.verify.rewards import rewards_of
from optimizer.verify.settings import Settings, read_settings
from optimizer.verify.stages import check_stages
from optimizer.verify.table import Table, read_table
from optimizer.verify.texts import clean, header, moment, truth, word

_SETTINGS = "settings.toml"
_OPTIONS = "options."
_NUM_THREADS = 2
_TABLES = ("pools", "options", *KEY_TABLES, "rules", "pins", "actuals")
_RULE_KEY = re.compile(r'rules\.(?:"(?P<quoted>.*)"|(?P<bare>.*))\.(?P<column>[^."]+)', re.DOTALL)

Override = tuple[str, str]


def read_inputs(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file of an instance folder that says something, by name.

    Raises
    ------
    OSError
        If the folder or a file in it cannot be read.
    """
    names = [f"{stem}{suffix}" for stem in _TABLES for suffix in (".csv", ".parquet")]
    there = {path.name for path in folder.iterdir()}
    return {name: content(folder / name) for name in (*names, _SETTINGS) if name in there}


def in_order(overrides: tuple[Override, ...]) -> tuple[Override, ...]:
    """Return overrides as a summary lists them: by key, or as given where one undoes part of another."""
    targets = sorted(re.sub(r'["\s]', "", key) + "." for key, _ in overrides)
    is_free = not any(after.startswith(before) for before, after in pairwise(targets))
    return tuple(sorted(overrides)) if is_free else overrides


def load(
    folder: Path,
    overrides: tuple[Override, ...],
    inputs: dict[str, bytes] | None = None,
    found: dict[str, str] | None = None,
) -> Instance:
    """Return the instance of a folder, with overrides applied.

    Parameters
    ----------
    inputs
        What `read_inputs` returned for the folder, if that was asked already.
    found
        Their hashes, if they are known.

    Raises
    ------
    OSError
        If a file cannot be read.
    ValueError
        If the folder is not a valid instance, or an override fits nothing in it.
    """
    inputs = read_inputs(folder) if inputs is None else inputs
    _check_names(inputs)
    tables = _tables({name: data for name, data in inputs.items() if not name.startswith(_OPTIONS)})
    keyed = [
        (key.removeprefix("settings."), value) for key, value in overrides if key.startswith("settings.")
    ]
    settings = read_settings(inputs.get(_SETTINGS), keyed)
    zone = ZoneInfo(settings.timezone)
    pools = _pools(tables["pools"], overrides)
    file = next(name for name in inputs if name.startswith(_OPTIONS))
    cells, options = read_options(file, inputs[file], pools)
    settings = settings.split({*options.costs, *options.values})
    _check_terms(settings, {*options.costs, *options.values})
    attributes = {key: _attributes(tables.get(name), key, cells) for name, key in KEY_TABLES.items()}
    slots, starts = _slots(tables.get("slots"), cells, zone)
    instance = Instance(
        name=settings.name or folder.resolve().name,
        pools=pools,
        cells=cells,
        options=options,
        tables=attributes,
        slots=slots,
        slot_starts=starts,
        rules=_rules(tables.get("rules"), overrides),
        pins=_pins(tables.get("pins"), cells, options),
        spent=_actuals(tables.get("actuals"), cells, pools),
        settings=settings,
        inputs=hashes(inputs) if found is None else found,
        zone=zone,
    )
    rewards_of(instance)  # what the objective counts must be counts
    check_stages(instance)
    return instance


def hashes(inputs: dict[str, bytes]) -> dict[str, str]:
    """Return the SHA-256 of every input, in hexadecimal."""
    with ThreadPoolExecutor(_NUM_THREADS) as pool:
        digests = pool.map(lambda data: hashlib.sha256(data).hexdigest(), inputs.values())
        return dict(zip(inputs, digests, strict=True))


def _check_names(inputs: dict[str, bytes]) -> None:
    stems = Counter(name.partition(".")[0] for name in inputs)
    for stem, count in stems.items():
        if count > 1:
            raise ValueError(f"{stem}.csv, {stem}.parquet")
    for stem in ("pools", "options"):
        if stem not in stems:
            raise ValueError(f"{stem}.csv")


def _tables(inputs: dict[str, bytes]) -> dict[str, Table]:
    tables: dict[str, Table] = {}
    for name, data in inputs.items():
        if name == _SETTINGS:
            continue
        try:
            tables[name.partition(".")[0]] = read_table(name, data)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
    return tables


def _check_terms(settings: Settings, known: set[str]) -> None:
    """Check that every measure of the settings adds up columns that are there."""
    aims = (stage.objective for stage in settings.stages)
    for terms in (settings.objective, *aims, *settings.measures.values()):
        if unknown := set(terms) - known:
            raise ValueError(f"{_SETTINGS}: {min(unknown)}")
    if settings.caution and "conversions_se" not in known and "conversions" in settings.objective:
        raise ValueError(f"{_SETTINGS}: caution")


def _pools(table: Table, overrides: tuple[Override, ...]) -> tuple[Pool, ...]:
    amounts = dict(zip(table.texts("pool"), table.texts("amount"), strict=True))
    for key, value in overrides:
        if key.startswith("pools."):
            name = clean(key.removeprefix("pools.").strip('"'))
            if name not in amounts:
                raise ValueError(key)
            amounts[name] = value
    pools = []
    rows = zip(*(table.texts(name) for name in ("pool", "unit", "decimals", "unused")), strict=True)
    for name, unit, decimals, unused in rows:
        digits = int(decimals) if decimals else 2
        amount = loose(clean(amounts[name]))
        if amount is None or (amount * 10**digits).denominator != 1 or amount < 0:
            raise ValueError(f"pools.{name}")
        pools.append(Pool(name, int(amount * 10**digits), unit, digits, truth(unused) == "true"))
    if not pools or len(amounts) != len(pools):
        raise ValueError("pools")
    return tuple(pools)


def _attributes(table: Table | None, key: str, cells: Cells) -> Attributes:
    if table is None or key not in cells.texts:
        return Attributes({})
    rows = {text: row for row, text in enumerate(table.texts(key))}
    columns = {}
    for name in table.columns:
        if name != key:
            texts = table.texts(name)
            columns[name] = tuple(texts[rows[k]] if k in rows else "" for k in cells.texts[key])
    return Attributes(columns)


def _slots(table: Table | None, cells: Cells, zone: ZoneInfo) -> tuple[tuple[str, ...], dict[str, datetime]]:
    """Return the slots in slot order: by start (ties by text), else by row, then the unlisted by text."""
    listed = table.texts("slot") if table is not None else []
    times = {name: table.texts(name) if table is not None else [] for name in SLOT_TIMES}
    starts = [moment(text, zone) if text else None for text in times["start"]]
    if any(text and start is None for text, start in zip(times["start"], starts, strict=True)):
        raise ValueError("slots: start")
    timed = sorted((start, slot) for start, slot in zip(starts, listed, strict=True) if start is not None)
    untimed = [slot for start, slot in zip(starts, listed, strict=True) if start is None]
    known = set(listed)
    unlisted = [slot for slot in cells.texts["slot"] if slot not in known]
    return (*(slot for _, slot in timed), *untimed, *unlisted), {slot: start for start, slot in timed}


def _rules(table: Table | None, overrides: tuple[Override, ...]) -> tuple[dict[str, str], ...]:
    rows: dict[str, dict[str, str]] = {}
    if table is not None:
        columns = {
            name: [clean(text) for text in column.to_pylist()] for name, column in table.columns.items()
        }
        for place in range(table.num_rows):
            row = {name: texts[place] for name, texts in columns.items()}
            if row.get("rule", "") in rows:
                raise ValueError(_("rules: a rule stands twice"))
            rows[row["rule"]] = row | {"#": str(place + 2)}
    for key, value in overrides:
        if key.startswith("rules."):
            match = _RULE_KEY.fullmatch(key)
            name = match["bare"] or (match["quoted"] or "").replace('""', '"') if match else ""
            if match is None or clean(name) not in rows:
                raise ValueError(key)
            rows[clean(name)][header(match["column"])] = clean(value)
        elif not key.startswith(("pools.", "settings.")):
            raise ValueError(key)
    return tuple(rows[name] for name in sorted(rows))


def _pins(table: Table | None, cells: Cells, options: Options) -> Pins:
    forced = np.full(len(cells), -1, np.int64)
    forbidden = np.zeros(len(cells), np.bool_)
    if table is None:
        return Pins(forced, forbidden)
    rows = zip(*(table.texts(name) for name in (*cells.keys, "option")), strict=True)
    for *keys, option in rows:
        matches = _matching(cells, keys)
        if word(option) == NO_OPTION:
            forbidden[matches] = True
            continue
        cell = int(np.flatnonzero(matches)[0]) if matches.any() else -1
        if cell < 0 or option not in options.names:
            raise ValueError("pins: " + ", ".join((*keys, option)))
        first, last = options.starts[cell], options.starts[cell + 1]
        at = np.flatnonzero(options.name_codes[first:last] == options.names.index(option))
        if not len(at):
            raise ValueError("pins: " + ", ".join((*keys, option)))
        forced[cell] = first + at[0]
    return Pins(forced, forbidden)


def _matching(cells: Cells, keys: list[str]) -> Flags:
    matches: Flags = np.ones(len(cells), np.bool_)
    for key, text in zip(cells.keys, keys, strict=True):
        if text != EVERY_KEY:
            code = cells.texts[key].index(text) if text in cells.texts[key] else -1
            matches &= cells.codes[key] == code
    return matches


def _actuals(
    table: Table | None, cells: Cells, pools: tuple[Pool, ...]
) -> dict[tuple[str, ...], dict[str, int]]:
    spent: dict[tuple[str, ...], dict[str, int]] = {}
    if table is None:
        return spent
    keys = list(zip(*(table.texts(name) for name in cells.keys), strict=True))
    for pool in pools:
        for cell, text in zip(keys, table.texts(pool.name), strict=True):
            amount = loose(text) if text else Fraction(0)
            if amount is None:
                raise ValueError(f"actuals: {pool.name}")
            held = spent.setdefault(cell, {})
            held[pool.name] = held.get(pool.name, 0) + int(amount * 10**pool.decimals)
    return spent
