"""Columns of keys: distinct texts, and which of them each row has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from models.headers import EVERY_KEY
from models.instance import KeyColumn, code_type
from optimizer.read.columns import Columns, all_clean, encoded, is_text, written
from optimizer.read.findings import MOST_OF_A_CODE, Findings

_DIGITS = frozenset("+-0123456789")
_EXCEL = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]*[eE][+-]?[0-9]+|[eE][+-][0-9]+)")


def is_damaged(key: str) -> bool:
    """Whether a key is a number with an exponent, as Excel shows long numbers."""
    return key[:1] in _DIGITS and _EXCEL.fullmatch(key) is not None


def has_damaged(keys: Sequence[str]) -> bool:
    """Whether any of many keys is damaged."""
    together = "\n".join(keys)
    return ("e" in together or "E" in together) and any(map(is_damaged, keys))


def key_column(columns: Columns, name: str) -> KeyColumn:
    """Return a column as distinct clean texts and codes; nothing is judged, a missing cell is blank."""
    texts, codes = encoded(_texts_only(columns.arrays[name]))
    cleaned = all_clean(texts)
    if all(a < b for a, b in pairwise(cleaned)):
        return KeyColumn(tuple(cleaned), codes.astype(code_type(len(cleaned)), copy=False))
    distinct = sorted(set(cleaned))
    ranks = {text: rank for rank, text in enumerate(distinct)}
    order = np.array([ranks[text] for text in cleaned], code_type(len(distinct)))
    return KeyColumn(tuple(distinct), order.take(codes))


def _texts_only(array: Any) -> Any:  # noqa: ANN401 - pyarrow has no types
    if pa.types.is_dictionary(array.type) or is_text(array.type):
        return array
    return pa.chunked_array([[written(cell) for cell in array.to_pylist()]], pa.string())


def report_keys(
    columns: Columns, name: str, keys: KeyColumn, findings: Findings, *, blank: str = "KEY-01"
) -> None:
    """Make findings of blank keys, of `*`, and of numbers whose digits Excel has lost (once a key)."""
    if "" not in keys.texts and EVERY_KEY not in keys.texts and not has_damaged(keys.texts):
        return
    for code, text in enumerate(keys.texts):
        if text and text != EVERY_KEY and not is_damaged(text):
            continue
        found = np.flatnonzero(keys.codes == code)
        kind = blank if not text else "KEY-06" if text == EVERY_KEY else "KEY-02"
        shown = found[:MOST_OF_A_CODE] if not text else found[:1]
        for index in shown:
            findings.add(kind, columns.file, columns.row(index), columns.header(name), text)
        findings.count(kind, columns.file, 0 if text else len(found) - len(shown))
