"""`fairpool registry`: its commands, put together under one name."""

from __future__ import annotations

import click

from optimizer.commands.registry.books import audit, export, init, listing, log, show
from optimizer.commands.registry.money import adjust, book, drawback, ledger, transfer
from optimizer.commands.registry.plans import apply, approve, register, reject, rollback, submit, withdraw

COMMANDS = (
    init,
    register,
    submit,
    approve,
    reject,
    apply,
    rollback,
    withdraw,
    listing,
    show,
    export,
    log,
    audit,
    ledger,
    transfer,
    adjust,
    drawback,
    book,
)


class _Ordered(click.Group):
    """Commands in the order of their use, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click gives it
        """Return the names as they were added."""
        return list(self.commands)


@click.group(cls=_Ordered, epilog="fairpool registry init --registry registry.sqlite")
def registry() -> None:
    """Plans registered, approved and applied, and the money of their pools. Who, when and why, provably."""


for _command in COMMANDS:
    registry.add_command(_command)
