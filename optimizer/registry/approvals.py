"""Approvals: bound to a plan's content, with or without a mandate, withdrawn or not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from optimizer.registry.events import canonical
from optimizer.registry.mandate import Mandate
from optimizer.registry.schema import APPROVALS


@dataclass(frozen=True)
class Approval:
    """An approval.

    Attributes
    ----------
    seq
        The event by which it was given.
    content
        SHA-256 of the plan folder that was approved.
    ended, void
        The events that ended its mandate, and that withdrew it altogether; None: none did.
    """

    seq: int
    content: str
    mandate: Mandate | None = None
    ended: int | None = None
    void: int | None = None

    @property
    def is_ended(self) -> bool:
        """Whether its mandate was ended before its time."""
        return self.ended is not None or self.void is not None

    def to_row(self) -> dict[str, Any]:
        """Return the approval as it is kept."""
        mandate = None if self.mandate is None else canonical(self.mandate.to_json())
        return {**vars(self), "mandate": mandate}

    def to_json(self) -> dict[str, Any]:
        """Return the approval as `--json` prints it."""
        mandate = None if self.mandate is None else self.mandate.to_json()
        return {"event": self.seq, "mandate": mandate, "mandate_ended": self.ended, "void": self.void}


def approval_of(connection: Connection, content: str) -> Approval | None:
    """Return the approval of a plan that is in force; None: there is none."""
    valid = [approval for approval in approvals_of(connection, content) if approval.void is None]
    return valid[0] if valid else None


def approvals_of(connection: Connection, content: str) -> list[Approval]:
    """Return every approval that a plan ever had."""
    query = select(APPROVALS).where(APPROVALS.c.content == content).order_by(APPROVALS.c.seq)
    return [_approval(row) for row in connection.execute(query)]


def approval_at(connection: Connection, seq: int) -> Approval:
    """Return the approval of an event."""
    return _approval(connection.execute(select(APPROVALS).where(APPROVALS.c.seq == seq)).one())


def _approval(row: Any) -> Approval:  # noqa: ANN401 - a row of the database
    mandate = None if row.mandate is None else Mandate.of_json(json.loads(row.mandate))
    return Approval(row.seq, row.content, mandate, row.ended, row.void)
