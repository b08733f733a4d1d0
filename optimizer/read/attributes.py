"""`merchants.csv`, `categories.csv`, `slots.csv`, `segments.csv` -> attributes of keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from models.headers import KEY_TABLES, KEYS, SLOT_TIMES
from models.instance import Attributes, KeyColumn, Options, Pool
from optimizer.read.findings import Findings
from optimizer.read.keys import has_damaged, is_damaged
from optimizer.read.layout import Layout
from optimizer.read.table import Table

_RESERVED = frozenset((*KEYS, "cell", "all"))


def layout(name: str, pools: Sequence[Pool]) -> Layout:
    """Return the columns of the table of attributes `name`."""
    key = KEY_TABLES[name]
    words = (key, *(SLOT_TIMES if name == "slots" else ()))
    return Layout(
        known=(*words, "name", "note"),
        required=(key,),
        is_open=True,
        similar=(*words, *(pool.name for pool in pools)),
        reserved=_RESERVED - {key},
    )


def read_attributes(name: str, table: Table, findings: Findings) -> tuple[Attributes, tuple[int, ...]]:
    """Return the attributes of every key of the table, in the order of the file, and the keys' rows."""
    key = KEY_TABLES[name]
    columns = {name: texts for name, texts in table.columns.items() if name != key}
    texts = table.columns.get(key, ())
    if _are_sound(texts):
        return Attributes(texts, columns), table.rows
    first: dict[str, int] = {}
    header = table.headers.get(key, key)
    for index, text in enumerate(texts):
        row = table.rows[index]
        if not text:
            findings.add("KEY-01", table.file, row, header)
        elif text == "*":
            findings.add("KEY-06", table.file, row, header, text)
        elif is_damaged(text):
            findings.add("KEY-02", table.file, row, header, text)
        if text in first:
            findings.add("KEY-03", table.file, row, header, text, other=table.rows[first[text]])
        first.setdefault(text, index)
    if len(first) == len(table.rows):
        return Attributes(tuple(first), columns), table.rows
    kept = list(first.values())
    columns = {name: tuple(texts[i] for i in kept) for name, texts in columns.items()}
    return Attributes(tuple(first), columns), tuple(table.rows[i] for i in kept)


def _are_sound(keys: Sequence[str]) -> bool:
    """Whether nothing is to be said of any key: a quick look, as there may be millions."""
    distinct = set(keys)
    return len(distinct) == len(keys) and distinct.isdisjoint(("", "*")) and not has_damaged(keys)


def report_missing_keys(
    options: Options,
    options_file: str,
    tables: Mapping[str, Attributes],
    files: Mapping[str, str],
    findings: Findings,
) -> None:
    """Warn of every key of options that its own table (those of `files`) does not have."""
    for name, file in files.items():
        key: KeyColumn | None = options.keys.get(KEY_TABLES[name])
        if key is None:
            continue
        known = set(tables[name].keys)
        missing = [text for text in key.texts if text not in known]
        if not missing:
            continue
        rows = first_rows(key, options, findings.rows_of(options_file, "KEY-01"))
        for text in missing:
            if text in rows:
                findings.add("KEY-04", options_file, rows[text], KEY_TABLES[name], text, table=file)


def first_rows(key: KeyColumn, options: Options, without: Sequence[int]) -> dict[str, int]:
    """Return the first row of each key, other than in the rows `without`; damaged keys are none.

    A key that only stands where another one is blank (a row of totals) is left out.
    """
    all_rows = options.rows[:]
    is_kept = ~np.isin(all_rows, np.array(without, np.int64))
    none = np.iinfo(np.int64).max
    rows = np.full(len(key.texts), none, np.int64)
    np.minimum.at(rows, key.codes[is_kept], all_rows[is_kept])
    found = zip(key.texts, rows.tolist(), strict=True)
    return {
        text: row for text, row in found if row != none and text not in ("", "*") and not is_damaged(text)
    }
