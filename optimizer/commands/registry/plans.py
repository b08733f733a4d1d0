"""`fairpool registry register`, `submit`, `approve`, `reject`, `apply`, `rollback` and `withdraw`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.language import _, mark
from optimizer.commands.frame import command, print_json
from optimizer.commands.parameters import Folder, Moment, Share, instance_argument
from optimizer.commands.registry.options import (
    named_plan_argument,
    registry_option,
    said_of,
    saying,
    store_at,
    tools,
)
from optimizer.show.output import console_of

if TYPE_CHECKING:
    from optimizer.registry.deciding import Asked
    from optimizer.registry.events import Said
    from optimizer.registry.registering import Done
    from optimizer.registry.store import Store


@command("fairpool registry register instances/tiny plans/tiny --registry registry.sqlite")
@instance_argument
@click.argument("plan", type=Folder())
@registry_option
@saying(needs_reason=False)
def register(instance: Path, plan: Path, where: str | None, claim: str, why: str, as_json: bool) -> int:
    """Verify a plan folder and register its bytes. The first plan of an instance opens its ledger."""
    from optimizer.registry.registering import register as enter

    said, store, own = said_of(claim, why), store_at(where), tools()
    for folder in (instance, plan):
        os.scandir(folder).close()
    return _report(store, enter(store, instance, plan, said, own.verify), as_json)


@command("fairpool registry submit plans/tiny --registry registry.sqlite")
@named_plan_argument
@registry_option
@saying(needs_reason=False)
def submit(plan: str, where: str | None, claim: str, why: str, as_json: bool) -> int:
    """Lay a registered plan before those who approve."""
    from optimizer.registry.deciding import submit as do

    return _decide(do, plan, where, said_of(claim, why), as_json)


@command("fairpool registry approve plans/tiny --registry registry.sqlite")
@named_plan_argument
@registry_option
@click.option(
    "--mandate-per-run", "per_run", type=Share(), help=mark("A job may change this much by itself, a run.")
)
@click.option(
    "--mandate-total", "total", type=Share(), help=mark("... and this much in all, from the approved plan.")
)
@click.option("--pools", metavar="POOL,..", help=mark("... in these pools (default: all)."))
@click.option("--until", type=Moment(), help=mark("... until this time, written with its offset."))
@saying(needs_reason=False)
def approve(plan: str, where: str | None, claim: str, why: str, as_json: bool, **mandate: Any) -> int:
    """Approve a submitted plan: its bytes, and nothing else. Its author cannot."""
    from optimizer.registry.deciding import approve as do

    asked = _asked(**mandate)
    return _decide(
        lambda store, named, said: do(store, named, said, asked), plan, where, said_of(claim, why), as_json
    )


def _asked(
    per_run: Fraction | None, total: Fraction | None, pools: str | None, until: datetime | None
) -> Asked | None:
    from optimizer.registry.deciding import Asked

    if per_run is None and total is None and pools is None and until is None:
        return None
    if per_run is None or total is None or until is None:
        raise click.UsageError(_("a mandate needs --mandate-per-run, --mandate-total and --until"))
    names = () if pools is None else tuple(name.strip() for name in pools.split(","))
    return Asked(per_run, total, names, until)


@command('fairpool registry reject plans/tiny --reason "cap-too-low" --registry registry.sqlite')
@named_plan_argument
@registry_option
@saying(needs_reason=True)
def reject(plan: str, where: str | None, claim: str, why: str, as_json: bool) -> int:
    """Reject a plan, or take back an approval before it is applied."""
    from optimizer.registry.deciding import reject as do

    return _decide(do, plan, where, said_of(claim, why), as_json)


@command('fairpool registry withdraw plans/tiny --reason "sale-is-over" --registry registry.sqlite')
@named_plan_argument
@registry_option
@saying(needs_reason=True)
def withdraw(plan: str, where: str | None, claim: str, why: str, as_json: bool) -> int:
    """End the mandate of an approved plan. The plan stays as it is."""
    from optimizer.registry.deciding import withdraw as do

    return _decide(do, plan, where, said_of(claim, why), as_json)


@command("fairpool registry apply instances/tiny plans/tiny --registry registry.sqlite")
@instance_argument
@named_plan_argument
@registry_option
@saying(needs_reason=False)
def apply(instance: Path, plan: str, where: str | None, claim: str, why: str, as_json: bool) -> int:
    """Put a plan into force and commit its money. Approved, or within the mandate of the one in force."""
    from optimizer.registry.applying import apply as do

    said, store = said_of(claim, why), store_at(where)
    os.scandir(instance).close()
    return _report(store, do(store, plan, instance, said, tools()), as_json)


@command('fairpool registry rollback instances/tiny --reason "complaints" --registry registry.sqlite')
@instance_argument
@registry_option
@saying(needs_reason=True)
def rollback(instance: Path, where: str | None, claim: str, why: str, as_json: bool) -> int:
    """Go back to the last approved plan. Only if it still verifies against today's actuals."""
    from optimizer.registry.applying import rollback as do

    said, store = said_of(claim, why), store_at(where)
    os.scandir(instance).close()
    return _report(store, do(store, instance, said, tools()), as_json)


def _decide(
    do: Callable[[Store, str, Said], Done], plan: str, where: str | None, said: Said, as_json: bool
) -> int:
    store = store_at(where)
    return _report(store, do(store, plan, said), as_json)


def _report(store: Store, done: Done, as_json: bool) -> int:
    """Print the plan as it is now, and the event if there was one."""
    from optimizer.registry.reporting import plan_json
    from optimizer.show.registry import show_done

    with store.reading() as connection:
        document = plan_json(connection, done.plan)
    event = None if done.event is None else done.event.to_json()
    if as_json:
        print_json(0, {"plan": document, "event": event})
    else:
        show_done(console_of(sys.stdout), document, event)
    return 0
