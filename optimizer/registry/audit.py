"""The proof that nothing in the registry was changed, left out or added: all is recomputed from the log.

The chain of hashes, from the first event to the last; then the log is gone through again, and plans,
approvals, entries and balances must be what it says; then the files of every plan are digested anew. Somebody
who may write to the database could make a whole new log. That shows only against a hash noted elsewhere:
`--expect`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, select

from models.finding import shown
from models.language import _
from models.refusal import Reason, Refused
from optimizer.registry.content import digest, unpacked
from optimizer.registry.events import Event, event_of, hash_of, rows
from optimizer.registry.ledger import pools
from optimizer.registry.plans import ID_DIGITS, found_plan
from optimizer.registry.replay import AccountKey, ImpossibleError, Posting, Replayed
from optimizer.registry.schema import ACCOUNTS, APPROVALS, CHAIN, ENTRIES, FILES, PLANS, SOURCES, USES
from optimizer.registry.store import GENESIS, Store

K = TypeVar("K", str, int, AccountKey)


@dataclass
class Audit:
    """What an audit found.

    Attributes
    ----------
    faults
        What is wrong, the first broken link first; none: all is as it was recorded.
    num_events, num_plans, num_entries
        What was looked at.
    head
        Hash of the last event that was read.
    """

    faults: list[str] = field(default_factory=list)
    num_events: int = 0
    num_plans: int = 0
    num_entries: int = 0
    head: str = GENESIS

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def to_json(self) -> dict[str, Any]:
        """Return the audit as `--json` prints it."""
        return {
            "is_sound": self.is_sound,
            "faults": self.faults,
            "events": self.num_events,
            "plans": self.num_plans,
            "entries": self.num_entries,
            "head": {"seq": self.num_events, "hash": self.head},
        }


def audit(store: Store, folders: tuple[Path, ...] = (), expected: tuple[int, str] | None = None) -> Audit:
    """Recompute the registry from its log.

    Parameters
    ----------
    folders
        Plan folders to hold against what is registered.
    expected
        Number and hash (or its first digits) of an event, as noted earlier; (0, ...) is not one.

    Raises
    ------
    Refused
        If a folder is not there.
    OSError
        If it cannot be read.
    """
    result = Audit()
    with store.reading() as connection:
        replayed = _follow(connection, result, expected)
        if result.is_sound:  # beyond a broken link there is nothing to compare with
            result.faults += _plan_faults(connection, replayed)
            result.faults += _approval_faults(connection, replayed)
            result.faults += _entry_faults(connection, replayed, result)
            result.faults += _balance_faults(connection, replayed)
            result.faults += _file_faults(connection, result)
        for folder in folders:
            result.faults += _folder_faults(connection, folder)
    return result


def _follow(connection: Connection, result: Audit, expected: tuple[int, str] | None) -> Replayed:
    """Follow the chain to its end, or to its first broken link."""
    replayed = Replayed()
    for row in rows(connection):
        fault = _link_fault(row, result) or _event_fault(row, replayed)
        if fault:
            result.faults.append(fault)
            return replayed
        result.num_events, result.head = row.seq, row.hash
        if expected is not None and expected[0] == row.seq and not row.hash.startswith(expected[1]):
            message = _("event {seq} is not the one that was noted: its hash is {hash}")
            result.faults.append(message.format(seq=row.seq, hash=row.hash))
    head = connection.execute(select(CHAIN.c.seq, CHAIN.c.hash)).one_or_none()
    if head is None or (head.seq, head.hash) != (result.num_events, result.head):
        message = _("the log ends with event {seq}, and that is not the last one that was written")
        result.faults.append(message.format(seq=result.num_events))
    if expected is not None and not 0 < expected[0] <= result.num_events:
        message = _("the log has no event {seq}: it ends with event {last}")
        result.faults.append(message.format(seq=expected[0], last=result.num_events))
    return replayed


def _link_fault(row: Any, result: Audit) -> str:  # noqa: ANN401 - a row of the database
    if row.seq != result.num_events + 1:
        message = _("event {seq} is missing: the log goes on with event {next}")
        return message.format(seq=result.num_events + 1, next=row.seq)
    if row.previous != result.head:
        return _("event {seq} does not follow the one before it").format(seq=row.seq)
    if hash_of(row.previous, row.body) != row.hash:
        return _("event {seq} was changed: its hash is not that of its text").format(seq=row.seq)
    return ""


def _event_fault(row: Any, replayed: Replayed) -> str:  # noqa: ANN401 - a row of the database
    try:
        event: Event = event_of(row.body, row.previous, row.hash)
        if event.seq != row.seq:
            raise ImpossibleError(str(event.seq))
        replayed.take(event)
    except (ImpossibleError, ValueError) as error:
        message = _("event {seq} could not have happened: {why}")
        return message.format(seq=row.seq, why=shown(str(error), 200))
    return ""


def _plan_faults(connection: Connection, replayed: Replayed) -> Iterator[str]:
    stored = {
        row.content: (row.instance, row.state, row.facts, row.basis, row.applied)
        for row in connection.execute(select(PLANS))
    }
    logged = {
        content: (plan.instance, plan.state, plan.facts, plan.basis, plan.applied)
        for content, plan in replayed.plans.items()
    }
    for content in _different(stored, logged):
        yield _("plan {plan} is not what the log says").format(plan=content[:ID_DIGITS])


def _approval_faults(connection: Connection, replayed: Replayed) -> Iterator[str]:
    stored = {
        row.seq: (row.content, row.mandate, row.ended, row.void)
        for row in connection.execute(select(APPROVALS))
    }
    logged = {seq: (one.content, one.mandate, one.ended, one.void) for seq, one in replayed.approvals.items()}
    for seq in _different(stored, logged):
        yield _("the approval of event {seq} is not what the log says").format(seq=seq)


def _entry_faults(connection: Connection, replayed: Replayed, result: Audit) -> Iterator[str]:
    accounts = _accounts(connection)
    stored: list[Posting] = [
        (row.seq, row.line, accounts[row.debit], accounts[row.credit], row.units)
        for row in connection.execute(select(ENTRIES).order_by(ENTRIES.c.seq, ENTRIES.c.line))
    ]
    result.num_entries = len(stored)
    for seq, line in sorted({entry[:2] for entry in set(stored) ^ set(replayed.postings)}):
        message = _("line {line} of event {seq} in the ledger is not what the log says")
        yield message.format(line=line, seq=seq)


def _balance_faults(connection: Connection, replayed: Replayed) -> Iterator[str]:
    stored = {
        (row.instance, row.pool, row.kind): row.balance
        for row in connection.execute(select(ACCOUNTS))
        if row.balance
    }
    logged = {key: balance for key, balance in replayed.balances.items() if balance}
    for instance, pool, kind in _different(stored, logged):
        message = _("the balance {account} of {pool} is not what its entries add up to")
        yield message.format(account=kind, pool=shown(f"{instance}:{pool}"))
    ledgers = pools(connection)
    for one in ledgers:
        if not one.is_balanced or min(one.balances.values()) < 0 or set(one.balances) != {*SOURCES, *USES}:
            yield _("the accounts of {pool} do not balance").format(pool=shown(f"{one.instance}:{one.pool}"))
    units = {(one.unit, one.decimals) for one in ledgers}
    for unit in sorted(units):
        own = [one.balances for one in ledgers if (one.unit, one.decimals) == unit]
        if sum(one["moved_in"] for one in own) != sum(one["moved_out"] for one in own):
            yield _("transfers in {unit} do not balance").format(unit=shown(unit[0]) or "-")


def _file_faults(connection: Connection, result: Audit) -> Iterator[str]:
    """Digest the files of every plan anew, one at a time."""
    plans = sorted(connection.scalars(select(PLANS.c.content)))
    result.num_plans = len(plans)
    for content in plans:
        digests = {}
        for row in connection.execute(select(FILES.c.name, FILES.c.packed).where(FILES.c.content == content)):
            data = unpacked(row.packed)
            digests[row.name] = "" if data is None else hashlib.sha256(data).hexdigest()
        if digest(digests) != content:
            message = _("the files kept of plan {plan} are not those that were registered")
            yield message.format(plan=content[:ID_DIGITS])


def _folder_faults(connection: Connection, folder: Path) -> Iterator[str]:
    try:
        found_plan(connection, str(folder))
    except Refused as refused:
        if refused.reason is Reason.unreadable:
            raise
        yield str(refused)


def _accounts(connection: Connection) -> dict[int, AccountKey]:
    return {row.id: (row.instance, row.pool, row.kind) for row in connection.execute(select(ACCOUNTS))}


def _different(one: Mapping[K, object], other: Mapping[K, object]) -> list[K]:
    """Return the keys under which two tables differ, sorted."""
    return sorted(key for key in one.keys() | other.keys() if one.get(key) != other.get(key))
