"""The registry for people: plans, events, money, audits. All is made from what `--json` prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from models.amount import exact, units_to_text
from models.finding import shown
from models.language import _, ngettext
from models.registry_words import account_name, state_name
from optimizer.show.numbers import grouped, percent
from optimizer.show.table import show_table

_ID_DIGITS = 12
_SECONDS_DIGITS = 19
_LONG = 500

Document = Mapping[str, Any]


def show_done(console: Console, plan: Document, event: Document | None) -> None:
    """Say in one line what a plan is now."""
    facts = {"plan": plan["id"], "instance": shown(plan["instance"]), "state": state_name(plan["state"])}
    if event is None:
        text = _("plan {plan} of {instance} is {state} already; nothing was changed")
        console.print(Text(text.format(**facts)))
        return
    text = _("plan {plan} of {instance} is {state} now (event {event}, by {who})")
    console.print(Text(text.format(**facts, event=event["seq"], who=shown(event["who"]))))
    for pool, changes in event["details"].get("changes", {}).items():
        text = _("  by mandate: {pool} changes by {run}, {total} in all since the approval")
        run, total = (percent(exact(changes[name]), 4) for name in ("per_run", "total"))
        console.print(Text(text.format(pool=shown(pool), run=run, total=total)))


def show_plans(console: Console, plans: Sequence[Document]) -> None:
    """List plans, one a row."""
    if not plans:
        console.print(_("no plans"))
        return
    columns = [
        (_("plan"), False),
        (_("instance"), False),
        (_("state"), False),
        (_("author"), False),
        (_("registered (UTC)"), False),
        (_("objective"), True),
        (_("gives out"), False),
    ]
    rows = [
        [
            plan["id"],
            plan["instance"],
            state_name(plan["state"]),
            plan["author"],
            _time(plan["registered"]),
            grouped(plan["objective"]),
            ", ".join(f"{pool['pool']} {grouped(pool['used'])}" for pool in plan["pools"]),
        ]
        for plan in plans
    ]
    show_table(console, _("Plans"), columns, rows)


def show_plan(console: Console, plan: Document) -> None:
    """Show what is known of one plan."""
    text = _("plan {plan} of {instance}: {state}")
    facts = {"plan": plan["id"], "instance": shown(plan["instance"]), "state": state_name(plan["state"])}
    console.print(Text(text.format(**facts), style="bold"))
    lines = [
        (_("content"), plan["content"]),
        (_("folder"), plan["folder"]),
        (_("objective"), grouped(plan["objective"])),
    ]
    if plan["best_effort"]:
        lines.append((_("best effort"), _("it breaks hard rules, as proven to be unavoidable")))
    lines += [(_("approval"), _approval_text(approval)) for approval in plan["approvals"]]
    for name, value in lines:
        console.print(Text(f"  {name}: {shown(value, _LONG)}"))
    columns = [(_("pool"), False), (_("amount"), True), (_("gives out"), True)]
    rows = [[pool["pool"], grouped(pool["amount"]), grouped(pool["used"])] for pool in plan["pools"]]
    show_table(console, _("Pools"), columns, rows)


def _approval_text(approval: Document) -> str:
    seq, mandate = approval["event"], approval["mandate"]
    if approval["void"] is not None:
        return _("event {seq}, withdrawn by event {void}").format(seq=seq, void=approval["void"])
    if mandate is None:
        return _("event {seq}, without a mandate").format(seq=seq)
    text = _("event {seq}; a job may change {pools} by {per_run} a run and {total} in all, until {until}")
    shares = {name: percent(exact(mandate[name]), 4) for name in ("per_run", "total")}
    said = text.format(
        seq=seq, pools=", ".join(mandate["pools"]), until=_time(mandate["until"]) + " UTC", **shares
    )
    if approval["mandate_ended"] is not None:
        said += _(" (ended by event {seq})").format(seq=approval["mandate_ended"])
    return said


def show_events(console: Console, events: Sequence[Document]) -> None:
    """List events, the first one first."""
    if not events:
        console.print(_("no events"))
        return
    columns = [
        (_("event"), True),
        (_("when (UTC)"), False),
        (_("who"), False),
        (_("did"), False),
        (_("plan or pools"), False),
        (_("why"), False),
        (_("hash"), False),
    ]
    rows = [
        [
            str(event["seq"]),
            _time(event["at"]),
            event["who"] + (_(" (as {claim})").format(claim=event["claim"]) if event["claim"] else ""),
            action_name(event["action"]),
            event["plan"][:_ID_DIGITS] or _pools_of(event),
            event["why"],
            event["hash"][:_ID_DIGITS],
        ]
        for event in events
    ]
    show_table(console, _("Log"), columns, rows)


def _pools_of(event: Document) -> str:
    names = dict.fromkeys(f"{line['instance']}:{line['pool']}" for line in event["details"].get("lines", ()))
    return ", ".join(names)


def show_moved(console: Console, event: Document | None) -> None:
    """Say in one line whether money was moved."""
    if event is None:
        console.print(_("everything is booked already; nothing was changed"))
        return
    text = _("{action}: event {seq}, by {who}")
    facts = {"action": action_name(event["action"]), "seq": event["seq"], "who": shown(event["who"])}
    console.print(Text(text.format(**facts)))


def show_pools(console: Console, pools: Sequence[Document]) -> None:
    """Show the money of pools: every row adds up to what is left."""
    if not pools:
        console.print(_("the ledger has no pools yet; the first plan of an instance brings them"))
        return
    columns = [
        (_("pool"), False),
        (_("unit"), False),
        (_("initial"), True),
        (_("adjusted"), True),
        (_("transferred"), True),
        (_("drawn back"), True),
        (_("committed"), True),
        (_("booked"), True),
        (_("left"), True),
    ]
    rows = [
        [
            f"{pool['instance']}:{pool['pool']}",
            pool["unit"],
            grouped(pool["initial"]),
            _net(pool, "added", "removed"),
            _net(pool, "moved_in", "moved_out"),
            grouped(pool["returned"]),
            grouped(pool["committed"]),
            grouped(pool["booked"]),
            grouped(pool["left"]),
        ]
        for pool in pools
    ]
    show_table(
        console,
        _("Ledger"),
        columns,
        rows,
        _("left = initial + adjusted + transferred + drawn back - committed - booked"),
    )


def _net(pool: Document, up: str, down: str) -> str:
    """Return the difference of two accounts with the pool's decimals."""
    units = int((exact(pool[up]) - exact(pool[down])) * 10 ** pool["decimals"])
    return ("+" if units > 0 else "") + grouped(units_to_text(units, pool["decimals"]))


def show_entries(console: Console, entries: Sequence[Document]) -> None:
    """List every entry."""
    columns = [
        (_("event"), True),
        (_("pool"), False),
        (_("debit"), False),
        (_("credit"), False),
        (_("amount"), True),
    ]
    rows = [
        [
            str(entry["event"]),
            f"{entry['instance']}:{entry['pool']}",
            account_name(entry["debit"]),
            account_name(entry["credit"]),
            grouped(entry["amount"]),
        ]
        for entry in entries
    ]
    show_table(console, _("Entries"), columns, rows)


def show_audit(console: Console, audit: Document) -> None:
    """Say what was proven, or what is wrong."""
    for fault in audit["faults"]:
        console.print(Text.assemble((_("fault") + " ", "red"), shown(fault, _LONG)))
    counts = {
        "events": ngettext("{n} event", "{n} events", audit["events"]).format(n=grouped(audit["events"])),
        "plans": ngettext("{n} plan", "{n} plans", audit["plans"]).format(n=grouped(audit["plans"])),
        "entries": ngettext("{n} entry", "{n} entries", audit["entries"]).format(n=grouped(audit["entries"])),
    }
    if audit["is_sound"]:
        text = _("SOUND: {events}, {plans}, {entries} recomputed; all is as it was recorded")
        console.print(Text(text.format(**counts), style="bold green"))
    else:
        n = len(audit["faults"])
        text = ngettext("NOT SOUND: {n} fault", "NOT SOUND: {n} faults", n)
        console.print(Text(text.format(n=n), style="bold red"))
    if audit["is_sound"] and audit["events"]:
        text = _("note this elsewhere: --expect {seq}:{hash} then proves that nothing before it was replaced")
        console.print(Text(text.format(**audit["head"]), style="dim"), soft_wrap=True)


def action_name(action: str) -> str:
    """Return an action as people read it."""
    return {
        "register": _("registered"),
        "submit": _("submitted"),
        "approve": _("approved"),
        "reject": _("rejected"),
        "withdraw": _("mandate withdrawn"),
        "apply": _("applied"),
        "apply_by_mandate": _("applied by mandate"),
        "rollback": _("rolled back to"),
        "adjust": _("adjusted"),
        "transfer": _("transferred"),
        "drawback": _("drawn back"),
        "book": _("booked"),
    }[action]


def _time(text: str) -> str:
    return text[:_SECONDS_DIGITS].replace("T", " ")
