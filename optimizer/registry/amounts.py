"""Amounts as people type them -> exact numbers."""

from __future__ import annotations

import re
from fractions import Fraction

from models.amount import MAX_UNITS, exact
from models.finding import shown
from models.language import _
from models.refusal import Reason, Refused
from optimizer.registry.ledger import PoolLedger

_AMOUNT = re.compile(r"[0-9]{1,20}(\.[0-9]+)?")


def units_of(text: str, pool: PoolLedger) -> int:
    """Return an amount in the pool's smallest units.

    Raises
    ------
    Refused
        If it is no plain amount above zero, or has more digits than the pool.
    """
    number = exact(text) if _AMOUNT.fullmatch(text) else Fraction(0)
    units = number * 10**pool.decimals
    if units <= 0 or units > MAX_UNITS or units.denominator != 1:
        message = _(
            "{text} is no amount of {pool}: write digits above zero, with at most {decimals} decimals "
            "and no separators"
        )
        raise Refused(
            Reason.invalid, message.format(text=shown(text), pool=shown(pool.pool), decimals=pool.decimals)
        )
    return int(units)
