"""What the registry says of plans and entries to programs; tables for people are made from the same."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from models.amount import units_to_text
from optimizer.registry.approvals import approvals_of
from optimizer.registry.ledger import pools
from optimizer.registry.plans import Plan
from optimizer.registry.schema import ACCOUNTS, ENTRIES


def plan_json(connection: Connection, plan: Plan) -> dict[str, Any]:
    """Return a plan with its approvals, amounts as decimal texts."""
    facts = plan.facts
    decimals = {one.pool: one.decimals for one in pools(connection, plan.instance)}
    return {
        "id": plan.id,
        "content": plan.content,
        "instance": plan.instance,
        "state": plan.state,
        "folder": facts.folder,
        "author": facts.author,
        "claim": facts.claim,
        "registered": facts.at,
        "objective": facts.objective,
        "best_effort": facts.is_best_effort,
        "pools": [
            {"pool": pool, **{name: units_to_text(units, decimals[pool]) for name, units in amounts.items()}}
            for pool, amounts in facts.pools.items()
        ],
        "files": facts.files,
        "basis": plan.basis,
        "applied": plan.applied,
        "approvals": [approval.to_json() for approval in approvals_of(connection, plan.content)],
    }


def entries_json(connection: Connection) -> list[dict[str, Any]]:
    """Return every entry of the ledger in order, amounts as decimal texts."""
    decimals = {(one.instance, one.pool): one.decimals for one in pools(connection)}
    accounts = {row.id: row for row in connection.execute(select(ACCOUNTS))}
    found = []
    for row in connection.execute(select(ENTRIES).order_by(ENTRIES.c.seq, ENTRIES.c.line)):
        debit, credit = accounts[row.debit], accounts[row.credit]
        found.append(
            {
                "event": row.seq,
                "instance": debit.instance,
                "pool": debit.pool,
                "debit": debit.kind,
                "credit": credit.kind,
                "amount": units_to_text(row.units, decimals[debit.instance, debit.pool]),
            }
        )
    return found
