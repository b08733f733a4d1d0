"""A plan enters the registry: verified, made without overrides, its files kept byte for byte."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from models.amount import exact
from models.codes import Severity
from models.finding import Finding, shown
from models.language import _
from models.refusal import Reason, Refused
from optimizer.registry.content import Content, content_of_folder, read_summary, store_files
from optimizer.registry.events import Event, Said, append, printable, time_text
from optimizer.registry.ledger import Line, PoolLedger, open_pool, pools, post
from optimizer.registry.plans import Plan, PlanFacts, insert_plan, plan_of
from optimizer.registry.schema import SOURCES, USES
from optimizer.registry.store import Store, Turn


class Verified(Protocol):
    """What a verification says; see `optimizer.verify.Verification`."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong."""

    @property
    def is_verified(self) -> bool:
        """Whether nothing is wrong."""

    @property
    def exit_code(self) -> int:
        """0 verified, 74 unreadable, 3 invalid, 6 failed."""

    @property
    def overrides(self) -> tuple[tuple[str, str], ...]:
        """What the plan was made with."""

    @property
    def is_best_effort(self) -> bool:
        """Whether the plan breaks hard rules."""


Verify = Callable[[Path, Path], Verified]


@dataclass(frozen=True)
class Done:
    """What an action on a plan ended with.

    Attributes
    ----------
    event
        None: there was nothing to do.
    """

    plan: Plan
    event: Event | None


def register(store: Store, instance: Path, folder: Path, said: Said, verify: Verify) -> Done:
    """Register a plan folder, and open the ledger of the instance's pools if this is its first plan.

    The same content again changes nothing.

    Parameters
    ----------
    verify
        Recomputes a plan from its two folders.

    Raises
    ------
    Refused
        If the plan fails verification, was made with overrides, or gives out more than the ledger has.
    OSError
        If a folder cannot be read.
    """
    content = content_of_folder(folder)
    with store.reading() as connection:
        known = plan_of(connection, content.sha256)
    if known is not None:
        return Done(known, None)
    verified = verify(instance, folder)
    refuse_unverified(verified.findings, verified.exit_code, folder)
    if verified.overrides:
        keys = ", ".join(shown(key) for key, _value in verified.overrides)
        message = _(
            "{folder} was made with --set ({keys}), so it is a plan of another instance. "
            "Change the instance's files and solve again."
        )
        raise Refused(Reason.invalid, message.format(folder=folder, keys=keys))
    summary = read_summary(folder)
    if content_of_folder(folder) != content:
        message = _("{file} changed while it was being registered; nothing was changed. Try again.")
        raise Refused(Reason.unverified, message.format(file=folder))
    with store.writing() as turn:
        known = plan_of(turn.connection, content.sha256)
        if known is not None:  # another writer was quicker
            return Done(known, None)
        return _enter(turn, folder, content, summary, said)


def refuse_unverified(findings: Sequence[Finding], code: int, folder: Path | str) -> None:
    """Refuse a plan that failed verification.

    Raises
    ------
    Refused
        If there is an error among the findings.
    """
    errors = tuple(found for found in findings if found.severity is Severity.error)
    if errors:
        message = _("{folder} failed verification; nothing was changed")
        raise Refused(Reason(code), message.format(folder=folder), errors)


def _enter(turn: Turn, folder: Path, content: Content, summary: Mapping[str, Any], said: Said) -> Done:
    instance = summary["instance"]
    ledgers = [_ledger(instance, place, pool) for place, pool in enumerate(summary["pools"])]
    facts = PlanFacts(
        author=turn.who,
        claim=printable(said.claim),
        at=time_text(turn.now),
        folder=printable(str(folder.resolve())),
        name=printable(folder.resolve().name),
        objective=summary["objective"],
        is_best_effort=summary["best_effort"],
        pools={
            ledger.pool: {"amount": ledger.balances["initial"], "used": ledger.balances["committed"]}
            for ledger in ledgers
        },
        files=dict(content.files),
    )
    plan = insert_plan(turn, content, instance, facts)
    store_files(turn.connection, folder, content)
    lines = _opening(turn, ledgers)
    lines_json = [line.to_json() for line in lines]
    turn, event = append(
        turn,
        said,
        "register",
        plan=plan.content,
        instance=instance,
        facts=vars(facts),
        pools=[_opened(one) for one in ledgers],
        lines=lines_json,
    )
    post(turn, event.seq, lines)
    return Done(plan, event)


def _opened(pool: PoolLedger) -> dict[str, Any]:
    return {"pool": pool.pool, "unit": pool.unit, "decimals": pool.decimals}


def _ledger(instance: str, place: int, pool: Mapping[str, Any]) -> PoolLedger:
    """Return what a summary says of a pool, as the accounts `initial` and `committed`."""
    scale = 10 ** pool["decimals"]
    zero = dict.fromkeys(SOURCES + USES, 0)
    stated = {"initial": int(exact(pool["amount"]) * scale), "committed": int(exact(pool["used"]) * scale)}
    return PoolLedger(instance, pool["pool"], place, pool["unit"], pool["decimals"], zero | stated)


def _opening(turn: Turn, stated: Sequence[PoolLedger]) -> list[Line]:
    """Open the accounts of pools that the ledger does not know, and hold the others against it.

    Raises
    ------
    Refused
        If a pool has changed its decimals or unit, or is to give out more than the ledger has.
    """
    known = {one.pool: one for one in pools(turn.connection, stated[0].instance)} if stated else {}
    lines = []
    for one in stated:
        own, amount = known.get(one.pool), one.balances["initial"]
        if own is None:
            open_pool(turn, one)
            if amount:
                lines.append(Line(one.instance, one.pool, "left", "initial", amount))
        elif (own.decimals, own.unit) != (one.decimals, one.unit):
            message = _("{pool} is kept in {unit} with {decimals} decimals; pools.csv now says otherwise")
            facts = {"pool": shown(one.pool), "unit": shown(own.unit) or "-", "decimals": own.decimals}
            raise Refused(Reason.invalid, message.format(**facts))
        elif amount > own.funds:
            message = _(
                "pools.csv gives out {amount} of {pool}, and the ledger has {funds}. Enter what has been "
                "added (fairpool registry adjust {pool} --add .. --reason .., or transfer), or correct "
                "pools.csv."
            )
            facts = {"amount": one.text(amount), "pool": shown(one.pool), "funds": own.text(own.funds)}
            raise Refused(Reason.guard, message.format(**facts))
    return lines
