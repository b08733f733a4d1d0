"""The log gone through again: what plans, approvals and accounts must be if it all happened so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from optimizer.registry.events import Event, canonical
from optimizer.registry.ledger import Line
from optimizer.registry.schema import USES
from optimizer.registry.states import TRANSITIONS

AccountKey = tuple[str, str, str]
"""Instance, pool and kind."""

Posting = tuple[int, int, AccountKey, AccountKey, int]
"""Event, line, debit, credit and units."""


class ImpossibleError(Exception):
    """An event could not have happened after those before it."""


@dataclass
class ReplayedPlan:
    """What the log says of a plan; `facts` as canonical JSON."""

    instance: str
    state: str
    facts: str
    basis: int | None = None
    applied: int | None = None


@dataclass
class ReplayedApproval:
    """What the log says of an approval; `mandate` as canonical JSON."""

    content: str
    who: str
    claim: str
    mandate: str | None
    ended: int | None = None
    void: int | None = None


@dataclass
class Replayed:
    """What the tables of the registry must hold.

    Attributes
    ----------
    plans
        Content -> plan.
    approvals
        Event -> approval.
    """

    plans: dict[str, ReplayedPlan] = field(default_factory=dict)
    approvals: dict[int, ReplayedApproval] = field(default_factory=dict)
    balances: dict[AccountKey, int] = field(default_factory=dict)
    postings: list[Posting] = field(default_factory=list)
    authors: dict[str, tuple[str, str]] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Let one more event happen.

        Raises
        ------
        ImpossibleError
            If it cannot.
        """
        try:
            self._take(event)
            self._post(event)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ImpossibleError(repr(error)) from error

    def _take(self, event: Event) -> None:
        if event.action == "register":
            self._move(event.plan, "register", event)
        elif event.action in TRANSITIONS:
            superseded = event.details.get("superseded")
            if superseded is not None:
                self._move(superseded, "supersede", event)
            self._move(event.plan, event.action, event)
        if event.action == "approve":
            self._approve(event)
        if event.action in ("apply", "apply_by_mandate", "rollback"):
            self._apply(event)
        if event.action in ("reject", "withdraw"):
            valid = [one for one in self.approvals.values() if one.content == event.plan and one.void is None]
            for one in valid:
                setattr(one, "void" if event.action == "reject" else "ended", event.seq)

    def _move(self, content: str, action: str, event: Event) -> None:
        before = self.plans[content].state if content in self.plans else ""
        after = TRANSITIONS[action].get(before)
        if after is None:
            raise ImpossibleError(f"{action}: {before or None}")
        if action == "register":
            facts: Mapping[str, Any] = event.details["facts"]
            self.authors[content] = (event.who, event.said.claim)
            self.plans[content] = ReplayedPlan(event.instance, after, canonical(facts))
        self.plans[content].state = after

    def _approve(self, event: Event) -> None:
        author, claim = self.authors[event.plan]
        if event.who == author or (claim and event.said.claim == claim):
            raise ImpossibleError(f"{event.action}: {event.who}")
        mandate = event.details["mandate"]
        kept = None if mandate is None else canonical(mandate)
        self.approvals[event.seq] = ReplayedApproval(event.plan, event.who, event.said.claim, kept)

    def _apply(self, event: Event) -> None:
        plan, approval = self.plans[event.plan], self.approvals[event.details["approval"]]
        is_by_mandate = event.action == "apply_by_mandate"
        is_allowed = (
            approval.mandate is not None and approval.ended is None
            if is_by_mandate
            else (approval.content == event.plan)
        )
        if approval.void is not None or not is_allowed:
            raise ImpossibleError(f"{event.action}: {event.details['approval']}")
        plan.basis, plan.applied = event.details["approval"], event.seq
        if event.action == "rollback" and approval.mandate is not None and approval.ended is None:
            approval.ended = event.seq

    def _post(self, event: Event) -> None:
        for number, raw in enumerate(event.details.get("lines", ()), 1):
            line = Line(**raw)
            debit = (line.instance, line.pool, line.debit)
            credit = (line.instance, line.pool, line.credit)
            if line.units <= 0 or debit == credit:
                raise ImpossibleError(f"line {number}")
            for key, sign in ((debit, 1), (credit, -1)):
                change = line.units * (sign if key[2] in USES else -sign)
                self.balances[key] = self.balances.get(key, 0) + change
            self.postings.append((event.seq, number, debit, credit, line.units))
        lowest = min(self.balances.values(), default=0)
        if lowest < 0:
            raise ImpossibleError(f"balance {lowest}")
