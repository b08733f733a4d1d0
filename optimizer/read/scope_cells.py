"""Which keys have cells in a scope."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.rule import Condition
from optimizer.read.rules_context import RuleContext

_CHUNK = 1 << 16


def is_empty(where: Sequence[Condition], context: RuleContext) -> bool:
    """Return whether no cell satisfies every condition."""
    held = _keys_held(where, context)
    if not all(mask.any() for mask in held.values()):
        return True
    num_rows = len(next(iter(context.keys.values())).codes)
    return not any(_rows_held(held, context, at).any() for at in range(0, num_rows, _CHUNK))


def keys_in_scope(where: Sequence[Condition], key: str, context: RuleContext) -> NDArray[np.bool_]:
    """Return which of `context.keys[key].texts` have a cell that satisfies every condition."""
    held, column = _keys_held(where, context), context.keys[key]
    if set(held) <= {key}:
        return held.get(key, np.ones(len(column.texts), np.bool_))
    found = np.zeros(len(column.texts), np.bool_)
    for at in range(0, len(column.codes), _CHUNK):
        found[column.codes[at : at + _CHUNK][_rows_held(held, context, at)]] = True
    return found


def _keys_held(where: Sequence[Condition], context: RuleContext) -> dict[str, NDArray[np.bool_]]:
    held: dict[str, NDArray[np.bool_]] = {}
    for condition in where:
        key, mask = condition.column.key, context.held(condition)
        held[key] = held[key] & mask if key in held else mask
    return held


def _rows_held(held: dict[str, NDArray[np.bool_]], context: RuleContext, at: int) -> NDArray[np.bool_]:
    rows = len(next(iter(context.keys.values())).codes[at : at + _CHUNK])
    found = np.ones(rows, np.bool_)
    for key, mask in held.items():
        found &= mask[context.keys[key].codes[at : at + _CHUNK]]
    return found
