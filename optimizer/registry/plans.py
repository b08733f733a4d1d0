"""The plans of the registry: found by folder or by the first digits of their content's hash, and moved on."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from models.finding import shown
from models.language import _
from models.refusal import Reason, Refused
from optimizer.registry.content import Content, content_of_folder
from optimizer.registry.events import canonical
from optimizer.registry.schema import PLANS
from optimizer.registry.states import after
from optimizer.registry.store import Turn

ID_DIGITS = 12
"""Digits of a plan's hash that people are shown."""

_ID = re.compile(r"[0-9a-f]{6,64}")


@dataclass(frozen=True)
class PlanFacts:
    """What the registry knows of a plan from its verified summary, and of its registration.

    Attributes
    ----------
    folder
        Where it was when it was registered.
    pools
        Pool -> `amount` and `used` (plan and booked together), in smallest units.
    """

    author: str
    claim: str
    at: str
    folder: str
    name: str
    objective: str
    is_best_effort: bool
    pools: dict[str, dict[str, int]]
    files: dict[str, str]


@dataclass(frozen=True)
class Plan:
    """A registered plan.

    Attributes
    ----------
    content
        SHA-256 of its folder.
    basis
        Event of the approval under which it is, or last was, in force.
    applied
        Event by which it last came into force.
    """

    content: str
    instance: str
    state: str
    basis: int | None
    applied: int | None
    facts: PlanFacts

    @property
    def id(self) -> str:
        """The digits that people are shown."""
        return self.content[:ID_DIGITS]


def insert_plan(turn: Turn, content: Content, instance: str, facts: PlanFacts) -> Plan:
    """Enter a plan that is not there yet."""
    state = after("register", "", content.sha256)
    values = {
        "content": content.sha256,
        "instance": instance,
        "state": state,
        "facts": canonical(vars(facts)),
    }
    turn.connection.execute(PLANS.insert().values(values))
    return Plan(content.sha256, instance, state, None, None, facts)


def move(turn: Turn, plan: Plan, action: str, **changes: Any) -> None:
    """Take a plan to the state that an action leads to.

    Raises
    ------
    Refused
        If the action cannot be done in the state that the plan is in.
    """
    state = after(action, plan.state, plan.content)
    here = (PLANS.c.content == plan.content) & (PLANS.c.state == plan.state)
    done = turn.connection.execute(PLANS.update().where(here).values(state=state, **changes))
    assert done.rowcount == 1  # there is one writer, and it has read the plan in this very transaction


def all_plans(connection: Connection, instance: str = "") -> list[Plan]:
    """Return the plans, those of one instance or all, in order of their registration."""
    query = select(PLANS) if not instance else select(PLANS).where(PLANS.c.instance == instance)
    found = [_plan(row) for row in connection.execute(query)]
    return sorted(found, key=lambda plan: (plan.facts.at, plan.content))


def plan_of(connection: Connection, content: str) -> Plan | None:
    """Return the plan of a content; None: it is not registered."""
    row = connection.execute(select(PLANS).where(PLANS.c.content == content)).one_or_none()
    return None if row is None else _plan(row)


def plan_at(connection: Connection, content: str) -> Plan:
    """Return a plan that is known to be registered."""
    plan = plan_of(connection, content)
    assert plan is not None  # plans are never taken out
    return plan


def in_force(connection: Connection, instance: str) -> Plan | None:
    """Return the plan of an instance that is applied; None: there is none."""
    here = (PLANS.c.instance == instance) & (PLANS.c.state == "applied")
    row = connection.execute(select(PLANS).where(here)).one_or_none()
    return None if row is None else _plan(row)


def found_plan(connection: Connection, named: str) -> Plan:
    """Return the plan that is named: by its folder, whose bytes decide, or by the first digits of its hash.

    Raises
    ------
    Refused
        If there is none, or more than one, or the folder is not as it was registered.
    OSError
        If the folder cannot be read.
    """
    folder = Path(named)
    if named and folder.is_dir():
        return _plan_in(connection, folder)
    if not _ID.fullmatch(named):
        message = _("{plan} is neither a folder nor a plan's id (6 to 64 digits of 0-9a-f)")
        raise Refused(Reason.unreadable, message.format(plan=shown(named, 500)))
    rows = connection.execute(select(PLANS).where(PLANS.c.content.startswith(named))).all()
    if not rows:
        message = _("no plan {plan} is registered; `fairpool registry list` shows those that are")
        raise Refused(Reason.invalid, message.format(plan=named))
    if len(rows) > 1:
        ids = ", ".join(sorted(row.content[: max(ID_DIGITS, len(named) + 4)] for row in rows))
        message = _("several plans begin with {plan}: {ids}. Write more digits.")
        raise Refused(Reason.invalid, message.format(plan=named, ids=ids))
    return _plan(rows[0])


def _plan_in(connection: Connection, folder: Path) -> Plan:
    content = content_of_folder(folder)
    plan = plan_of(connection, content.sha256)
    if plan is not None:
        return plan
    where = str(folder.resolve())
    before = [plan for plan in all_plans(connection) if plan.facts.folder == where]
    if not before:
        message = _("{folder} is not registered; `fairpool registry register INSTANCE {folder}` does that")
        raise Refused(Reason.invalid, message.format(folder=folder))
    last = before[-1]
    names = sorted(content.files.keys() | last.facts.files.keys())
    changed = [name for name in names if content.files.get(name) != last.facts.files.get(name)]
    message = _(
        "{folder} is not what was registered as plan {plan}: {files} changed. Whatever was decided on that "
        "plan is void for this one; register it anew."
    )
    files = ", ".join(shown(name) for name in changed)
    raise Refused(Reason.unverified, message.format(folder=folder, plan=last.id, files=files))


def _plan(row: Any) -> Plan:  # noqa: ANN401 - a row of the database
    try:
        facts = PlanFacts(**json.loads(row.facts))
    except (TypeError, ValueError) as error:
        message = _("what the registry knows of plan {plan} is damaged; `fairpool registry audit`")
        raise Refused(Reason.unverified, message.format(plan=row.content[:ID_DIGITS])) from error
    return Plan(row.content, row.instance, row.state, row.basis, row.applied, facts)
