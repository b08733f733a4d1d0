"""What people decide on a plan: to submit it, to approve or reject it, to withdraw its mandate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import Connection

from models.finding import shown
from models.language import _
from models.refusal import Reason, Refused
from optimizer.registry.approvals import Approval, approval_of
from optimizer.registry.events import Said, append, printable, time_text
from optimizer.registry.mandate import Mandate
from optimizer.registry.plans import Plan, found_plan, move, plan_at
from optimizer.registry.registering import Done
from optimizer.registry.schema import APPROVALS
from optimizer.registry.store import Store, Turn


@dataclass(frozen=True)
class Asked:
    """The mandate that an approval is to carry, as it is asked for.

    Attributes
    ----------
    pools
        Pools that it covers; none: all that the plan has.
    """

    per_run: Fraction
    total: Fraction
    pools: Sequence[str]
    until: datetime


def submit(store: Store, named: str, said: Said) -> Done:
    """Lay a plan before those who approve.

    Raises
    ------
    Refused
        If it cannot be submitted in the state that it is in.
    """
    return _decide(store, named, lambda turn, plan: _moved(turn, plan, "submit", said))


def reject(store: Store, named: str, said: Said) -> Done:
    """Reject a plan, or take back the approval of one that was never applied.

    Raises
    ------
    Refused
        If it has been applied, or was rejected before.
    """

    def do(turn: Turn, plan: Plan) -> Done:
        approval = approval_of(turn.connection, plan.content)
        done = _moved(turn, plan, "reject", said)
        if approval is not None and done.event is not None:
            _mark(turn, approval, void=done.event.seq)
        return done

    return _decide(store, named, do)


def approve(store: Store, named: str, said: Said, asked: Asked | None = None) -> Done:
    """Approve a submitted plan: exactly the bytes that were registered.

    Raises
    ------
    Refused
        If it is not submitted, or whoever approves is its author; or the mandate makes no sense.
    """

    def do(turn: Turn, plan: Plan) -> Done:
        _refuse_approved(turn.connection, plan)
        _refuse_author(turn, plan, said)
        mandate = _mandate(turn, plan, asked)
        kept = None if mandate is None else mandate.to_json()
        move(turn, plan, "approve")
        head = {"plan": plan.content, "instance": plan.instance}
        after, event = append(turn, said, "approve", **head, mandate=kept)
        approval = Approval(event.seq, plan.content, mandate)
        after.connection.execute(APPROVALS.insert().values(approval.to_row()))
        return Done(plan, event)

    return _decide(store, named, do)


def withdraw(store: Store, named: str, said: Said) -> Done:
    """End the mandate of an approved plan; the plan stays what it is.

    Raises
    ------
    Refused
        If it has none, or none any more.
    """

    def do(turn: Turn, plan: Plan) -> Done:
        approval = approval_of(turn.connection, plan.content)
        if approval is None or approval.mandate is None or approval.is_ended:
            message = _("plan {plan} has no mandate that could be withdrawn")
            raise Refused(Reason.invalid, message.format(plan=plan.id))
        done = _moved(turn, plan, "withdraw", said)
        assert done.event is not None
        _mark(turn, approval, ended=done.event.seq)
        return done

    return _decide(store, named, do)


def end_mandate(turn: Turn, approval: Approval, seq: int) -> None:
    """End the mandate of an approval, if it has one that is not over."""
    if approval.mandate is not None and not approval.is_ended:
        _mark(turn, approval, ended=seq)


def _decide(store: Store, named: str, do: Callable[[Turn, Plan], Done]) -> Done:
    """Do something to a plan in a turn of one's own, and return the plan as it is after that."""
    with store.reading() as connection:
        content = found_plan(connection, named).content
    with store.writing() as turn:
        done = do(turn, plan_at(turn.connection, content))
        return Done(plan_at(turn.connection, content), done.event)


def _moved(turn: Turn, plan: Plan, action: str, said: Said) -> Done:
    move(turn, plan, action)
    _turn, event = append(turn, said, action, plan=plan.content, instance=plan.instance)
    return Done(plan, event)


def _mark(turn: Turn, approval: Approval, **changes: int) -> None:
    here = APPROVALS.c.seq == approval.seq
    turn.connection.execute(APPROVALS.update().where(here).values(**changes))


def _refuse_approved(connection: Connection, plan: Plan) -> None:
    """Say who was quicker, where somebody was."""
    approval = approval_of(connection, plan.content)
    if approval is not None:
        message = _("plan {plan} is approved already (event {seq}); there is nothing left to approve")
        raise Refused(Reason.invalid, message.format(plan=plan.id, seq=approval.seq))


def _refuse_author(turn: Turn, plan: Plan, said: Said) -> None:
    facts, claim = plan.facts, printable(said.claim)
    if turn.who == facts.author:
        message = _("{who} registered plan {plan}, and the author cannot approve; somebody else has to")
        raise Refused(Reason.guard, message.format(who=shown(turn.who), plan=plan.id))
    if claim and claim == facts.claim:
        message = _(
            "plan {plan} was registered as {who}, and the author cannot approve; somebody else has to"
        )
        raise Refused(Reason.guard, message.format(who=shown(claim), plan=plan.id))


def _mandate(turn: Turn, plan: Plan, asked: Asked | None) -> Mandate | None:
    if asked is None:
        return None
    own = plan.facts.pools
    for pool in asked.pools:
        if pool not in own:
            message = _("the plan has no pool {pool}; it has {pools}")
            names = ", ".join(map(shown, own))
            raise Refused(Reason.invalid, message.format(pool=shown(pool), pools=names))
    if asked.until <= turn.now:
        message = _("the mandate would end at {until}, and that is past")
        raise Refused(Reason.invalid, message.format(until=time_text(asked.until)))
    if asked.per_run > asked.total:
        message = _("one run may not change more than all runs together: lower --mandate-per-run")
        raise Refused(Reason.invalid, message)
    pools = tuple(pool for pool in own if pool in asked.pools or not asked.pools)
    return Mandate(asked.per_run, asked.total, pools, asked.until)
