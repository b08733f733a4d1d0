"""The money of every pool, in double entry: where it comes from on one side, where it is on the other.

Sources: `initial` + `added` + `moved_in` + `returned`. Uses: `left` + `committed` + `booked` + `removed` +
`moved_out`. Every line debits one account and credits another of the same pool by the same amount, so the two
sides are always equal, and no balance is ever below zero: the database itself refuses one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from models.amount import units_to_text
from models.finding import shown
from models.language import _
from models.refusal import Reason, Refused
from models.registry_words import account_name
from optimizer.registry.schema import ACCOUNTS, ENTRIES, POOLS, SOURCES, USES
from optimizer.registry.store import Turn

_MOST_UNITS = 2**62
Key = tuple[str, str]
"""Instance and pool."""


@dataclass(frozen=True)
class Line:
    """One movement inside a pool: `units` from the account `credit` to the account `debit`."""

    instance: str
    pool: str
    debit: str
    credit: str
    units: int

    def to_json(self) -> dict[str, Any]:
        """Return the line as the log holds it."""
        return dict(vars(self))


@dataclass(frozen=True)
class PoolLedger:
    """The accounts of one pool.

    Attributes
    ----------
    balances
        Kind of account -> smallest units, zero or more; every kind.
    """

    instance: str
    pool: str
    place: int
    unit: str
    decimals: int
    balances: Mapping[str, int]

    @property
    def funds(self) -> int:
        """What may be given out in all: sources less what was taken away, in smallest units."""
        return self._sum(SOURCES) - self.balances["removed"] - self.balances["moved_out"]

    @property
    def is_balanced(self) -> bool:
        """Whether both sides are equal."""
        return self._sum(SOURCES) == self._sum(USES)

    def text(self, units: int) -> str:
        """Write an amount of this pool."""
        return units_to_text(units, self.decimals)

    def to_json(self) -> dict[str, Any]:
        """Return the pool as `--json` prints it, amounts as decimal texts."""
        head = {"instance": self.instance, "pool": self.pool, "unit": self.unit, "decimals": self.decimals}
        accounts = {kind: self.text(self.balances[kind]) for kind in SOURCES + USES}
        return {**head, **accounts, "funds": self.text(self.funds)}

    def _sum(self, kinds: Iterable[str]) -> int:
        return sum(self.balances[kind] for kind in kinds)


def pools(connection: Connection, instance: str = "") -> list[PoolLedger]:
    """Return the ledgers of the pools, of one instance or all, in the order of `pools.csv`."""
    balances: dict[Key, dict[str, int]] = {}
    for row in connection.execute(select(ACCOUNTS)):
        balances.setdefault((row.instance, row.pool), {})[row.kind] = row.balance
    found = [
        PoolLedger(
            row.instance, row.pool, row.place, row.unit, row.decimals, balances[row.instance, row.pool]
        )
        for row in connection.execute(select(POOLS))
        if not instance or row.instance == instance
    ]
    return sorted(found, key=lambda one: (one.instance, one.place, one.pool))


def pool_named(connection: Connection, address: str) -> PoolLedger:
    """Return the ledger of `POOL`, or of `INSTANCE:POOL` where several instances have such a pool.

    Raises
    ------
    Refused
        If there is none, or more than one.
    """
    every = pools(connection)
    instance, _colon, name = address.rpartition(":")
    found = [one for one in every if one.pool == name and (not instance or one.instance == instance)]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(f"{one.instance}:{one.pool}" for one in found)
        message = _("several instances have a pool {pool}; write one of {names}")
        raise Refused(Reason.invalid, message.format(pool=shown(name), names=shown(names, 500)))
    names = ", ".join(f"{one.instance}:{one.pool}" for one in every) or "-"
    message = _("the ledger has no pool {pool} (it has: {names}); a pool enters it with the first plan")
    raise Refused(Reason.invalid, message.format(pool=shown(address), names=shown(names, 500)))


def open_pool(turn: Turn, pool: PoolLedger) -> None:
    """Open the accounts of a pool, all at zero."""
    head = {"instance": pool.instance, "pool": pool.pool}
    more = {"place": pool.place, "unit": pool.unit, "decimals": pool.decimals}
    turn.connection.execute(POOLS.insert().values(**head, **more))
    accounts = [{**head, "kind": kind, "balance": 0} for kind in SOURCES + USES]
    turn.connection.execute(ACCOUNTS.insert(), accounts)


def post(turn: Turn, seq: int, lines: Sequence[Line]) -> None:
    """Enter lines into the ledger, under the event that causes them.

    Raises
    ------
    Refused
        If a balance would fall below zero; the transaction must then end without being kept.
    """
    for number, line in enumerate(lines, 1):
        if not 0 < line.units <= _MOST_UNITS:
            raise Refused(Reason.invalid, _("an amount has to be above zero, and no larger than 2^62 units"))
        debit = _change(turn, line, line.debit, line.units if line.debit in USES else -line.units)
        credit = _change(turn, line, line.credit, -line.units if line.credit in USES else line.units)
        values = {"seq": seq, "line": number, "debit": debit, "credit": credit, "units": line.units}
        turn.connection.execute(ENTRIES.insert().values(values))


def _change(turn: Turn, line: Line, kind: str, change: int) -> int:
    """Change one balance and return the account's number."""
    here = (ACCOUNTS.c.instance == line.instance) & (ACCOUNTS.c.pool == line.pool) & (ACCOUNTS.c.kind == kind)
    account = turn.connection.execute(select(ACCOUNTS.c.id, ACCOUNTS.c.balance).where(here)).one()
    balance = account.balance + change
    if balance < 0:
        raise Refused(Reason.guard, _short(turn, line, kind, account.balance))
    if balance > _MOST_UNITS:
        raise Refused(Reason.invalid, _("an amount has to be above zero, and no larger than 2^62 units"))
    turn.connection.execute(ACCOUNTS.update().where(here).values(balance=balance))
    return int(account.id)


def _short(turn: Turn, line: Line, kind: str, balance: int) -> str:
    pool = pool_named(turn.connection, f"{line.instance}:{line.pool}")
    message = _(
        '{pool}: {units} are needed, and the account "{account}" holds {balance}; nothing was changed. '
        "`fairpool registry ledger` shows the accounts."
    )
    return message.format(
        pool=shown(f"{line.instance}:{line.pool}"),
        units=pool.text(line.units),
        account=account_name(kind),
        balance=pool.text(balance),
    )
