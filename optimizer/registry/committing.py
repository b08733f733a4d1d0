"""What a plan in force promises, as money: committed is what it gives out less what has been booked of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from optimizer.registry.ledger import Line, PoolLedger
from optimizer.registry.plans import Plan


def commitment(ledgers: Sequence[PoolLedger], plan: Plan | None) -> list[Line]:
    """Return the lines that bring `committed` to what a plan promises beyond what is booked."""
    lines = []
    for pool in ledgers:
        change = _promised(pool, plan, pool.balances["booked"]) - pool.balances["committed"]
        lines += _committed(pool, change)
    return lines


def booking(ledgers: Sequence[PoolLedger], plan: Plan | None, totals: Mapping[str, int]) -> list[Line]:
    """Return the lines that bring `booked` to what has been spent, in smallest units per pool.

    Money is taken from what is committed, and beyond that from what is left. What a correction takes back is
    committed again as far as the plan in force promises it.
    """
    lines = []
    for pool in ledgers:
        spent, booked, committed = totals[pool.pool], pool.balances["booked"], pool.balances["committed"]
        of_committed = min(max(0, spent - booked), committed)
        of_left = spent - booked - of_committed
        if of_committed:
            lines.append(Line(pool.instance, pool.pool, "booked", "committed", of_committed))
        if of_left > 0:
            lines.append(Line(pool.instance, pool.pool, "booked", "left", of_left))
        if of_left < 0:
            lines.append(Line(pool.instance, pool.pool, "left", "booked", -of_left))
        lines += _committed(pool, _promised(pool, plan, spent) - (committed - of_committed))
    return lines


def _promised(pool: PoolLedger, plan: Plan | None, booked: int) -> int:
    used = plan.facts.pools.get(pool.pool, {}).get("used", 0) if plan else 0
    return max(0, used - booked)


def _committed(pool: PoolLedger, change: int) -> list[Line]:
    if change > 0:
        return [Line(pool.instance, pool.pool, "committed", "left", change)]
    if change < 0:
        return [Line(pool.instance, pool.pool, "left", "committed", -change)]
    return []
