"""`fairpool registry ledger`, `transfer`, `adjust`, `drawback` and `book`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from models.language import _, mark
from optimizer.commands.frame import command, print_json
from optimizer.commands.parameters import instance_argument
from optimizer.commands.registry.options import registry_option, said_of, saying, store_at, tools
from optimizer.show.output import console_of

if TYPE_CHECKING:
    from optimizer.registry.money import Moved


@command("fairpool registry ledger --registry registry.sqlite")
@click.option("--entries", "has_entries", is_flag=True, help=mark("Also list every entry."))
@registry_option
def ledger(has_entries: bool, where: str | None, as_json: bool) -> int:
    """Show the money of every pool. Where it came from, where it is, what is left."""
    from optimizer.registry.ledger import pools
    from optimizer.registry.reporting import entries_json
    from optimizer.show.registry import show_entries, show_pools

    store = store_at(where)
    with store.reading() as connection:
        found = [pool.to_json() for pool in pools(connection)]
        entries = entries_json(connection) if has_entries else None
    if as_json:
        print_json(0, {"pools": found} | ({} if entries is None else {"entries": entries}))
        return 0
    console = console_of(sys.stdout)
    show_pools(console, found)
    if entries is not None:
        show_entries(console, entries)
    return 0


@command("fairpool registry transfer cash coupons 20.00 --reason June --registry registry.sqlite")
@click.argument("source")
@click.argument("target")
@click.argument("amount")
@registry_option
@saying(needs_reason=True)
def transfer(source: str, target: str, amount: str, where: str | None, as_json: bool, **said: str) -> int:
    """Move money from one pool to another. Of what is left, in the same unit; POOL or INSTANCE:POOL."""
    from optimizer.registry.money import transfer as do

    words = said_of(**said)
    return _report(do(store_at(where), source, target, amount, words), as_json)


@command("fairpool registry adjust cash --add 20.00 --reason top-up --registry registry.sqlite")
@click.argument("pool")
@click.option("--add", metavar="AMOUNT", help=mark("What the pool is given in addition."))
@click.option("--remove", metavar="AMOUNT", help=mark("What is taken away of what is left."))
@registry_option
@saying(needs_reason=True)
def adjust(
    pool: str, add: str | None, remove: str | None, where: str | None, as_json: bool, **said: str
) -> int:
    """Add to a pool or take from it, beyond its initial amount. POOL, or INSTANCE:POOL."""
    from optimizer.registry.money import adjust as do

    if (add is None) == (remove is None):
        raise click.UsageError(_("write either --add or --remove"))
    amount, is_taken = (add, False) if add is not None else (remove or "", True)
    words = said_of(**said)
    return _report(do(store_at(where), pool, amount, words, is_taken=is_taken), as_json)


@command("fairpool registry drawback cash 5.00 --reason returned-by-an_tea --registry registry.sqlite")
@click.argument("pool")
@click.argument("amount")
@registry_option
@saying(needs_reason=True)
def drawback(pool: str, amount: str, where: str | None, as_json: bool, **said: str) -> int:
    """Enter money that had been booked and came back. It may be given out again."""
    from optimizer.registry.money import drawback as do

    words = said_of(**said)
    return _report(do(store_at(where), pool, amount, words), as_json)


@command("fairpool registry book instances/tiny --registry registry.sqlite")
@instance_argument
@registry_option
@saying(needs_reason=False)
def book(instance: Path, where: str | None, as_json: bool, **said: str) -> int:
    """Book what actuals.csv says was spent. What is booked already is not booked twice."""
    from optimizer.registry.money import book as do

    words, store = said_of(**said), store_at(where)
    os.scandir(instance).close()
    return _report(do(store, instance, words, tools().read), as_json)


def _report(moved: Moved, as_json: bool) -> int:
    """Print the pools that changed, as they are now, and the event if there was one."""
    from optimizer.show.registry import show_moved, show_pools

    pools = [pool.to_json() for pool in moved.pools]
    event = None if moved.event is None else moved.event.to_json()
    if as_json:
        print_json(0, {"pools": pools, "event": event})
        return 0
    console = console_of(sys.stdout)
    show_moved(console, event)
    show_pools(console, pools)
    return 0
