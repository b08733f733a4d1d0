"""The log: every event holds the hash of the one before it, so that none can be changed or left out later.

`hash` = SHA-256 of `previous` (64 hex digits) followed by `body`, both as UTF-8. `body` is canonical JSON:
keys in code-point order, no blanks, nothing escaped that need not be, times in UTC to the microsecond.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from models.language import _
from models.refusal import Reason, Refused
from optimizer.registry.schema import CHAIN, EVENTS
from optimizer.registry.store import Turn


@dataclass(frozen=True)
class Said:
    """What a person adds to what they do.

    Attributes
    ----------
    claim
        Whom they say they act for (`--as`); nothing vouches for it.
    why
        Their reason; may be blank.
    """

    claim: str = ""
    why: str = ""


@dataclass(frozen=True)
class Event:
    """One event of the log.

    Attributes
    ----------
    plan, instance
        What it is about, or blank. `plan` is the SHA-256 of its content.
    details
        What else is needed to do it again: postings, mandates, files.
    """

    seq: int
    at: str
    who: str
    said: Said
    action: str
    plan: str
    instance: str
    details: Mapping[str, Any]
    previous: str
    hash: str

    def to_json(self) -> dict[str, Any]:
        """Return the event as `--json` prints it."""
        return {**json.loads(body_of(self)), "previous": self.previous, "hash": self.hash}


def append(
    turn: Turn, said: Said, action: str, *, plan: str = "", instance: str = "", **details: Any
) -> tuple[Turn, Event]:
    """Add an event to the log; return the turn as it goes on, and the event."""
    said = Said(printable(said.claim), printable(said.why))
    event = Event(
        turn.seq + 1, time_text(turn.now), turn.who, said, action, plan, instance, details, turn.last, ""
    )
    body = body_of(event)
    event = replace(event, hash=hash_of(turn.last, body))
    values = {"seq": event.seq, "body": body, "previous": event.previous, "hash": event.hash}
    turn.connection.execute(EVENTS.insert().values(values))
    turn.connection.execute(CHAIN.update().values(seq=event.seq, hash=event.hash))
    return replace(turn, seq=event.seq, last=event.hash), event


def events(connection: Connection, *, plan: str = "", last: int | None = None) -> list[Event]:
    """Return the events in order: all, those of one plan, or the last few.

    Raises
    ------
    Refused
        If one of them cannot be read.
    """
    query = select(EVENTS).order_by(EVENTS.c.seq.desc())
    if plan:
        query = query.where(EVENTS.c.body.contains(plan))
    if last is not None and not plan:
        query = query.limit(last)
    found = [_readable(row) for row in connection.execute(query)]
    wanted = [event for event in found if not plan or plan in (event.plan, event.details.get("superseded"))]
    return wanted[:last][::-1]


def _readable(row: Any) -> Event:  # noqa: ANN401 - a row of the database
    try:
        return event_of(row.body, row.previous, row.hash)
    except ValueError as error:
        message = _("event {seq} is damaged; `fairpool registry audit`")
        raise Refused(Reason.unverified, message.format(seq=row.seq)) from error


def rows(connection: Connection) -> Iterator[Any]:
    """Go through the log as it is stored, without taking any of it for granted."""
    return iter(connection.execute(select(EVENTS).order_by(EVENTS.c.seq)))


def body_of(event: Event) -> str:
    """Return the canonical text that is hashed."""
    body = {
        "seq": event.seq,
        "at": event.at,
        "who": event.who,
        "claim": event.said.claim,
        "why": event.said.why,
        "action": event.action,
        "plan": event.plan,
        "instance": event.instance,
        "details": event.details,
    }
    return canonical(body)


def event_of(body: str, previous: str, own: str) -> Event:
    """Return the event that a stored row says.

    Raises
    ------
    ValueError
        If the body is no event; `audit` reports it.
    """
    read = json.loads(body)
    try:
        said = Said(read["claim"], read["why"])
        names = ("seq", "at", "who", "action", "plan", "instance", "details")
        seq, at, who, action, plan, instance, details = (read[name] for name in names)
    except (KeyError, TypeError) as error:
        raise ValueError(body) from error
    return Event(seq, at, who, said, action, plan, instance, details, previous, own)


def canonical(document: Mapping[str, Any]) -> str:
    """Return a document as the text that is hashed."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def hash_of(previous: str, body: str) -> str:
    """Return the hash of an event."""
    return hashlib.sha256((previous + body).encode("utf-8")).hexdigest()


def time_text(moment: datetime) -> str:
    """Write a time as the log does: `2027-06-17T12:00:00.000000Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def printable(text: str) -> str:
    """Return a text that every database can hold: bytes that are no text are escaped."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\0")
