"""`fairpool registry init`, `list`, `show`, `export`, `log` and `audit`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from models.language import _, mark
from optimizer.commands.frame import command, print_json, wrote
from optimizer.commands.parameters import Folder
from optimizer.commands.registry.options import (
    address_given,
    named_plan_argument,
    registry_option,
    store_at,
)
from optimizer.show.ending import UNVERIFIED
from optimizer.show.output import console_of, named


@command("fairpool registry init --registry registry.sqlite")
@registry_option
def init(where: str | None, as_json: bool) -> int:
    """Make a registry, or bring an old one up to date. What it holds is kept."""
    from optimizer.registry.migrating import newest
    from optimizer.registry.store import make

    address = address_given(where)
    is_new = make(address)
    if as_json:
        print_json(0, {"registry": str(address), "is_changed": is_new, "version": newest()})
        return 0
    text = _("{registry} is ready") if is_new else _("{registry} is ready; there was nothing to do")
    click.echo(text.format(registry=named(str(address))))
    return 0


@command("fairpool registry list --registry registry.sqlite", name="list")
@click.option("--instance", default="", metavar="NAME", help=mark("Only plans of this instance."))
@registry_option
def listing(instance: str, where: str | None, as_json: bool) -> int:
    """List the plans, and which of them is in force."""
    from optimizer.registry.plans import all_plans
    from optimizer.registry.reporting import plan_json
    from optimizer.show.registry import show_plans

    store = store_at(where)
    with store.reading() as connection:
        plans = [plan_json(connection, plan) for plan in all_plans(connection, instance)]
    if as_json:
        print_json(0, {"plans": plans})
    else:
        show_plans(console_of(sys.stdout), plans)
    return 0


@command("fairpool registry show plans/tiny --registry registry.sqlite")
@named_plan_argument
@registry_option
def show(plan: str, where: str | None, as_json: bool) -> int:
    """Show one plan and its history. What it gives out, its approvals and mandate."""
    from optimizer.registry.events import events
    from optimizer.registry.plans import found_plan
    from optimizer.registry.reporting import plan_json
    from optimizer.show.registry import show_events, show_plan

    store = store_at(where)
    with store.reading() as connection:
        found = found_plan(connection, plan)
        document = plan_json(connection, found)
        history = [event.to_json() for event in events(connection, plan=found.content)]
    if as_json:
        print_json(0, {"plan": document, "events": history})
        return 0
    console = console_of(sys.stdout)
    show_plan(console, document)
    show_events(console, history)
    return 0


@command("fairpool registry export plans/tiny --out plans/copy --registry registry.sqlite")
@named_plan_argument
@click.option("--out", type=Folder(), required=True, help=mark("The plan folder to write."))
@registry_option
def export(plan: str, out: Path, where: str | None, as_json: bool) -> int:
    """Write a plan folder as it was registered, byte for byte."""
    from optimizer.registry.content import write_files
    from optimizer.registry.plans import found_plan
    from optimizer.write import published

    store = store_at(where)
    with store.reading() as connection:
        found = found_plan(connection, plan)
        with published(out) as beside:
            write_files(connection, found.content, beside)
    wrote(out)
    if as_json:
        print_json(0, {"plan": found.content, "folder": str(out)})
    else:
        click.echo(_("plan {plan} was written to {folder}").format(plan=found.id, folder=named(out)))
    return 0


@command("fairpool registry log --registry registry.sqlite")
@click.option("--last", type=click.IntRange(1), metavar="N", help=mark("Only the last N events."))
@click.option("--plan", default="", metavar="PLAN", help=mark("Only events of this plan."))
@registry_option
def log(last: int | None, plan: str, where: str | None, as_json: bool) -> int:
    """Show what happened: who, when and why."""
    from optimizer.registry.events import events
    from optimizer.registry.plans import found_plan
    from optimizer.show.registry import show_events

    store = store_at(where)
    with store.reading() as connection:
        content = found_plan(connection, plan).content if plan else ""
        found = [event.to_json() for event in events(connection, plan=content, last=last)]
    if as_json:
        print_json(0, {"events": found})
    else:
        show_events(console_of(sys.stdout), found)
    return 0


@command("fairpool registry audit --registry registry.sqlite")
@click.argument("folders", metavar="[PLAN]...", type=Folder(), nargs=-1)
@click.option("--expect", metavar="SEQ:HASH", help=mark("An event and its hash, as noted earlier."))
@registry_option
def audit(folders: tuple[Path, ...], expect: str | None, where: str | None, as_json: bool) -> int:
    """Prove that nothing was changed or left out. Hashes, states, ledger and bytes are recomputed."""
    from optimizer.registry.audit import audit as prove
    from optimizer.show.registry import show_audit

    expected = _expected(expect)
    store = store_at(where)
    found = prove(store, folders, expected)
    code = 0 if found.is_sound else UNVERIFIED
    if as_json:
        print_json(code, found.to_json())
    else:
        show_audit(console_of(sys.stdout), found.to_json())
    return code


def _expected(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    seq, _colon, digits = text.partition(":")
    is_hash = len(digits) >= _LEAST_DIGITS and set(digits) <= set("0123456789abcdef")
    if not (seq.isdecimal() and seq.isascii() and is_hash):
        text = _("--expect takes the number of an event, a colon, and 8 to 64 digits of its hash")
        raise click.UsageError(text)
    return int(seq), digits


_LEAST_DIGITS = 8
