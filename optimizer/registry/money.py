"""What moves money apart from plans: adjustments, transfers, drawbacks, and the booking of what was spent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from models.finding import shown
from models.language import _
from models.refusal import Reason, Refused
from optimizer.registry.actuals import ReadInstance, has_actuals, read_spent
from optimizer.registry.amounts import units_of
from optimizer.registry.committing import booking
from optimizer.registry.events import Event, Said, append
from optimizer.registry.ledger import Line, PoolLedger, pool_named, pools, post
from optimizer.registry.plans import in_force
from optimizer.registry.store import Store, Turn


@dataclass(frozen=True)
class Moved:
    """What a movement of money ended with.

    Attributes
    ----------
    event
        None: there was nothing to do.
    pools
        The pools that it is about, as they are now.
    """

    event: Event | None
    pools: list[PoolLedger]


def adjust(store: Store, pool: str, amount: str, said: Said, *, is_taken: bool = False) -> Moved:
    """Add to a pool what it is given beyond its initial amount, or take away what it is to have no longer.

    Raises
    ------
    Refused
        If the amount is none, or more is taken than is left.
    """
    debit, credit = ("removed", "left") if is_taken else ("left", "added")
    return _move(store, "adjust", said, lambda turn: [_line(turn, pool, amount, debit, credit)])


def drawback(store: Store, pool: str, amount: str, said: Said) -> Moved:
    """Enter money that had been spent and came back: it may be given out again.

    Raises
    ------
    Refused
        If the amount is none, or more comes back than was booked.
    """

    def lines(turn: Turn) -> list[Line]:
        line, own = _line(turn, pool, amount, "left", "returned"), pool_named(turn.connection, pool)
        if own.balances["returned"] + line.units > own.balances["booked"]:
            message = _("of {pool} {booked} were booked and {returned} came back; {units} more cannot")
            facts = {kind: own.text(own.balances[kind]) for kind in ("booked", "returned")}
            text = message.format(pool=shown(own.pool), units=own.text(line.units), **facts)
            raise Refused(Reason.guard, text)
        return [line]

    return _move(store, "drawback", said, lines)


def transfer(store: Store, source: str, target: str, amount: str, said: Said) -> Moved:
    """Move what is left of one pool to another of the same unit, of the same instance or another.

    Raises
    ------
    Refused
        If the amount is none, the pools differ in unit or decimals, or less is left.
    """

    def lines(turn: Turn) -> list[Line]:
        one, other = (pool_named(turn.connection, name) for name in (source, target))
        if (one.instance, one.pool) == (other.instance, other.pool):
            raise Refused(Reason.invalid, _("a transfer is between two pools"))
        if (one.unit, one.decimals) != (other.unit, other.decimals):
            message = _("{one} and {other} are not kept in the same unit; nothing can be moved between them")
            raise Refused(Reason.invalid, message.format(one=shown(one.pool), other=shown(other.pool)))
        away = _line(turn, source, amount, "moved_out", "left")
        return [away, Line(other.instance, other.pool, "left", "moved_in", away.units)]

    return _move(store, "transfer", said, lines)


def book(store: Store, folder: Path, said: Said, read: ReadInstance) -> Moved:
    """Book what `actuals.csv` says has been spent: the difference to what is booked already.

    The same actuals again change nothing.

    Raises
    ------
    Refused
        If the instance is invalid or unknown, or more was spent than there is.
    OSError
        If it cannot be read.
    """
    if not has_actuals(folder):
        raise Refused(Reason.invalid, _("{folder} has no actuals.csv to book").format(folder=folder))
    spent = read_spent(folder, read)
    totals = spent.totals()
    with store.writing() as turn:
        ledgers = pools(turn.connection, spent.instance)
        _refuse_unknown({pool.pool: pool.decimals for pool in ledgers}, dict(spent.decimals), spent.instance)
        for pool in ledgers:
            totals.setdefault(pool.pool, pool.balances["booked"])  # a pool that the instance has no longer
            _refuse_below_returned(pool, totals[pool.pool])
        plan = in_force(turn.connection, spent.instance)
        lines = booking(ledgers, plan, totals)
        if not lines:
            return Moved(None, ledgers)
        details = {"actuals": spent.sha256, "lines": [line.to_json() for line in lines]}
        content = plan.content if plan else ""
        turn, event = append(turn, said, "book", plan=content, instance=spent.instance, **details)
        post(turn, event.seq, lines)
        return Moved(event, pools(turn.connection, spent.instance))


def _refuse_unknown(known: dict[str, int], stated: dict[str, int], instance: str) -> None:
    if not known:
        message = _("the ledger knows no instance {instance}; its pools enter it with its first plan")
        raise Refused(Reason.invalid, message.format(instance=shown(instance)))
    for pool, decimals in stated.items():
        if known.get(pool) != decimals:
            message = _("the ledger does not have pool {pool} of {instance} with {decimals} decimals")
            facts = {"pool": shown(pool), "instance": shown(instance), "decimals": decimals}
            raise Refused(Reason.invalid, message.format(**facts))


def _refuse_below_returned(pool: PoolLedger, spent: int) -> None:
    if spent < pool.balances["returned"]:
        message = _(
            "actuals.csv says that {spent} of {pool} was spent, and {returned} of it came back as drawbacks: "
            "a correction in the actuals and a drawback are the same money only once"
        )
        returned = pool.text(pool.balances["returned"])
        text = message.format(spent=pool.text(spent), pool=shown(pool.pool), returned=returned)
        raise Refused(Reason.guard, text)


def _line(turn: Turn, name: str, amount: str, debit: str, credit: str) -> Line:
    pool = pool_named(turn.connection, name)
    return Line(pool.instance, pool.pool, debit, credit, units_of(amount, pool))


def _move(store: Store, action: str, said: Said, lines_of: Callable[[Turn], list[Line]]) -> Moved:
    with store.writing() as turn:
        lines = lines_of(turn)
        details = [line.to_json() for line in lines]
        turn, event = append(turn, said, action, instance=lines[0].instance, lines=details)
        post(turn, event.seq, lines)
        keys = {(line.instance, line.pool) for line in lines}
        return Moved(event, [one for one in pools(turn.connection) if (one.instance, one.pool) in keys])
