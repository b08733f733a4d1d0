"""A plan comes into force: approved by a person, within a mandate, or back again after another one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from models.finding import shown
from models.language import _
from models.refusal import Reason, Refused
from optimizer.registry.actuals import Spent, read_spent
from optimizer.registry.approvals import Approval, approval_at, approval_of
from optimizer.registry.committing import commitment
from optimizer.registry.deciding import end_mandate
from optimizer.registry.events import Event, Said, append
from optimizer.registry.holdings import Holding, Keys, holdings
from optimizer.registry.ledger import pools, post
from optimizer.registry.mandate import Mandate, Step, check_mandate, check_until
from optimizer.registry.plans import Plan, all_plans, found_plan, in_force, move, plan_at
from optimizer.registry.registering import Done
from optimizer.registry.standing import Tools, check_standing
from optimizer.registry.states import after
from optimizer.registry.store import Store, Turn


@dataclass(frozen=True)
class _Way:
    """How a plan is to come into force.

    Attributes
    ----------
    action
        `apply`, `apply_by_mandate` or `rollback`.
    before
        The plan in force, as it was when all was checked.
    changes
        What the mandate was asked to allow, pool by pool.
    """

    action: str
    plan: Plan
    before: Plan | None
    approval: Approval
    changes: dict[str, dict[str, str]] | None = None


def apply(store: Store, named: str, instance: Path, said: Said, tools: Tools) -> Done:
    """Put a plan into force, and commit its money; the plan in force before is superseded.

    A plan that is in force already stays so, and nothing is recorded.

    Raises
    ------
    Refused
        If it is neither approved nor within the mandate of the plan in force; if its bytes or the instance
        have changed so that it does not verify; or if the ledger has too little left.
    OSError
        If a folder cannot be read.
    """
    with store.reading() as connection:
        plan = found_plan(connection, named)
        if plan.state == "applied":
            return Done(plan, None)
        way = _way(connection, plan)
    spent = check_standing(store, plan, instance, tools)
    if way.action == "apply_by_mandate":
        with store.reading() as connection:
            way = _allowed(connection, way, spent)
    return _bring(store, way, said)


def rollback(store: Store, instance: Path, said: Said, tools: Tools) -> Done:
    """Put the last approved plan into force again, if it still verifies against today's actuals.

    Its mandate, if it had one, ends: after a rollback a person decides.

    Raises
    ------
    Refused
        If there is no plan to go back to, or it does not stand any more.
    OSError
        If the instance cannot be read.
    """
    spent = read_spent(instance, tools.read)
    with store.reading() as connection:
        way = _way_back(connection, spent.instance)
    check_standing(store, way.plan, instance, tools)
    return _bring(store, way, said)


def _way(connection: Connection, plan: Plan) -> _Way:
    """Find out what allows a plan to come into force."""
    before, approval = in_force(connection, plan.instance), approval_of(connection, plan.content)
    if plan.state not in ("registered", "submitted"):
        after("apply", plan.state, plan.content)
        assert approval is not None
        return _Way("apply", plan, before, approval)
    basis = None if before is None or before.basis is None else approval_at(connection, before.basis)
    if basis is None or basis.mandate is None:
        after("apply", plan.state, plan.content)
    assert basis is not None
    if basis.is_ended:
        message = _("the mandate of the plan in force was ended (event {seq}); a person has to approve")
        raise Refused(Reason.guard, message.format(seq=basis.ended or basis.void))
    if plan.facts.is_best_effort:
        message = _("plan {plan} breaks hard rules (best effort); a mandate does not cover that")
        raise Refused(Reason.guard, message.format(plan=plan.id))
    return _Way("apply_by_mandate", plan, before, basis)


def _way_back(connection: Connection, instance: str) -> _Way:
    before = in_force(connection, instance)
    if before is None or before.basis is None:
        message = _("no plan of {instance} is in force; there is nothing to go back from")
        raise Refused(Reason.invalid, message.format(instance=shown(instance)))
    found: list[tuple[int, Plan, Approval]] = []
    for plan in all_plans(connection, instance):
        approval = approval_of(connection, plan.content)
        if plan.state == "superseded" and approval is not None and approval.seq <= before.basis:
            found.append((approval.seq, plan, approval))
    if not found:
        message = _("no plan of {instance} was approved and in force before plan {plan}")
        raise Refused(Reason.invalid, message.format(instance=shown(instance), plan=before.id))
    _seq, plan, approval = max(found, key=lambda one: one[0])
    return _Way("rollback", plan, before, approval)


def _allowed(connection: Connection, way: _Way, spent: Spent | None) -> _Way:
    """Hold a plan against the mandate of the approval under which the plan in force is.

    Raises
    ------
    Refused
        If it goes beyond.
    """
    before, mandate = way.before, way.approval.mandate
    assert before is not None
    assert mandate is not None
    ledgers = pools(connection, way.plan.instance)
    decimals = {one.pool: one.decimals for one in ledgers}
    step = Step(
        tuple(decimals),
        holdings(connection, way.approval.content, decimals),
        holdings(connection, before.content, decimals),
        holdings(connection, way.plan.content, decimals),
    )
    _refuse_made_up(step, spent)
    changes = check_mandate(mandate, step)
    return _Way(way.action, way.plan, before, way.approval, changes)


def _refuse_made_up(step: Step, spent: Spent | None) -> None:
    """Refuse cells that claim to hold, beyond change, more than was promised and more than was spent."""
    for keys, one in sorted(step.after.items()):
        if one.is_booked:
            _check_booked(keys, one, step, spent)


def _check_booked(keys: Keys, one: Holding, step: Step, spent: Spent | None) -> None:
    before = step.before[keys].units if keys in step.before else [0] * len(step.pools)
    places = {pool: place for place, pool in enumerate(spent.decimals)} if spent else {}
    for place, pool in enumerate(step.pools):
        own = spent.cells.get(keys) if spent else None
        most = max(before[place], own[places[pool]] if own and pool in places else 0)
        if one.units[place] > most:
            message = _(
                "booked.csv gives {cell} more of {pool} than the plan in force promised it and more than it "
                "has spent; a mandate does not cover that"
            )
            cell = ", ".join(key for key in keys if key)
            raise Refused(Reason.guard, message.format(cell=shown(cell), pool=shown(pool)))


def _bring(store: Store, way: _Way, said: Said) -> Done:
    """Put a plan into force in one turn; what it was checked against must still be so."""
    with store.writing() as turn:
        plan = plan_at(turn.connection, way.plan.content)
        if plan.state == "applied":  # another writer was quicker
            return Done(plan, None)
        _refuse_overtaken(turn, way)
        if way.action == "apply_by_mandate":
            assert way.approval.mandate is not None
            check_until(way.approval.mandate, turn.now)
        event = _record(turn, way, plan, said)
        return Done(plan_at(turn.connection, plan.content), event)


def _record(turn: Turn, way: _Way, plan: Plan, said: Said) -> Event:
    before, seq = way.before, turn.seq + 1
    lines = commitment(pools(turn.connection, plan.instance), plan)
    details: dict[str, Any] = {
        "approval": way.approval.seq,
        "superseded": None if before is None else before.content,
        "lines": [line.to_json() for line in lines],
    }
    if way.changes is not None:
        details["changes"] = way.changes
    if before is not None:
        move(turn, before, "supersede")
    move(turn, plan, way.action, basis=way.approval.seq, applied=seq)
    turn, event = append(turn, said, way.action, plan=plan.content, instance=plan.instance, **details)
    post(turn, event.seq, lines)
    if way.action == "rollback":
        end_mandate(turn, way.approval, event.seq)
    return event


def _refuse_overtaken(turn: Turn, way: _Way) -> None:
    """Refuse where another plan came into force, or the approval was withdrawn, during the checks."""
    before = in_force(turn.connection, way.plan.instance)
    is_same = (before and before.content) == (way.before and way.before.content)
    if not is_same or approval_at(turn.connection, way.approval.seq) != way.approval:
        message = _("what is in force changed while plan {plan} was checked; nothing was changed. Try again.")
        raise Refused(Reason.locked, message.format(plan=way.plan.id))


def mandate_in_force(connection: Connection, instance: str) -> Mandate | None:
    """Return the mandate under which a job may publish plans of an instance; None: it may not."""
    before = in_force(connection, instance)
    basis = None if before is None or before.basis is None else approval_at(connection, before.basis)
    return None if basis is None or basis.is_ended else basis.mandate
