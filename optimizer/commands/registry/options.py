"""Options that the commands of the registry share, and what they mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from models.language import _, mark
from models.refusal import Reason, Refused

if TYPE_CHECKING:
    from optimizer.registry.address import Address
    from optimizer.registry.events import Said
    from optimizer.registry.standing import Tools
    from optimizer.registry.store import Store

Function = Callable[..., Any]

registry_option = click.option(
    "--registry",
    "where",
    envvar="FAIRPOOL_REGISTRY",
    metavar="FILE|URL",
    help=mark("A file, or postgresql://USER@HOST/DATABASE (default: FAIRPOOL_REGISTRY)."),
)
named_plan_argument = click.argument("plan")


def saying(*, needs_reason: bool) -> Callable[[Function], Function]:
    """Give a command `--as` and `--reason`."""
    # a default of its own, be it None, would make an option that is required one that is given
    demand: dict[str, Any] = {"required": True, "callback": _not_blank} if needs_reason else {"default": ""}

    def give(function: Function) -> Function:
        function = click.option(
            "--reason",
            "why",
            metavar="TEXT",
            help=mark("Why; kept in the log."),
            **demand,
        )(function)
        return click.option(
            "--as",
            "claim",
            default="",
            metavar="NAME",
            help=mark("For whom; a claim, kept beside who it really was."),
        )(function)

    return give


def _not_blank(_context: click.Context, _param: click.Parameter, text: str) -> str:
    if not text.strip():
        raise click.BadParameter(_("a reason says something"))
    return text


def said_of(claim: str, why: str) -> Said:
    """Return what `--as` and `--reason` say."""
    from optimizer.registry.events import Said

    if len(claim) > _MOST or len(why) > _MOST:
        message = _("--as and --reason take up to {most} characters").format(most=_MOST)
        raise click.UsageError(message)
    return Said(claim.strip(), why.strip())


_MOST = 2_000


def address_given(where: str | None) -> Address:
    """Return what `--registry` names; there is no default, as two people with two registries have none."""
    from optimizer.registry.address import address_of

    if not where:
        message = _("name the registry: --registry FILE|URL, or set FAIRPOOL_REGISTRY")
        raise click.UsageError(message)
    try:
        return address_of(where)
    except Refused as refused:
        if refused.reason is Reason.usage:
            raise click.UsageError(str(refused)) from None
        raise


def store_at(where: str | None) -> Store:
    """Open the registry that `--registry` names."""
    from optimizer.registry.store import Store

    return Store(address_given(where))


def tools() -> Tools:
    """Return what other stages do for the registry."""
    from optimizer.read import read_instance
    from optimizer.registry.standing import Tools
    from optimizer.verify import verify

    return Tools(verify, read_instance)
