"""Whether a registered plan still stands: its bytes verified anew against the instance as it is today."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from models.codes import Severity
from models.finding import shown
from models.language import _, ngettext
from models.refusal import Reason, Refused
from optimizer.registry.actuals import FILES, ReadInstance, Spent, has_actuals, read_spent
from optimizer.registry.content import write_files
from optimizer.registry.holdings import Holding, Keys, holdings
from optimizer.registry.plans import Plan
from optimizer.registry.registering import Verify, refuse_unverified
from optimizer.registry.store import Store

_CHANGED = "VER-01"


@dataclass(frozen=True)
class Tools:
    """What other stages do for the registry.

    Attributes
    ----------
    verify
        Recomputes a plan from its two folders.
    read
        Reads an instance.
    """

    verify: Verify
    read: ReadInstance


def check_standing(store: Store, plan: Plan, folder: Path, tools: Tools) -> Spent | None:
    """Verify a plan as it was registered against an instance as it is today; return what has been spent.

    Of the instance only the actuals may have changed since the plan was made, and what has been spent in a
    cell must lie within what the plan gives it: then every limit that was verified counts all of it.

    Raises
    ------
    Refused
        If the plan does not stand any more.
    OSError
        If the instance cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="fairpool-") as made:
        copy = Path(made) / "plan"
        copy.mkdir()
        with store.reading() as connection:  # and no longer: on SQLite who reads keeps writers waiting
            write_files(connection, plan.content, copy)
        verified = tools.verify(folder, copy)
    found = [one for one in verified.findings if not (one.code == _CHANGED and one.file in FILES)]
    if any(one.severity is Severity.error for one in found):
        code = verified.exit_code or Reason.unverified.value
        refuse_unverified(found, code, _("plan {plan}").format(plan=plan.id))
    if not has_actuals(folder):
        return None
    spent = read_spent(folder, tools.read)
    with store.reading() as connection:
        _check_spent(holdings(connection, plan.content, spent.decimals), spent, plan)
    return spent


def _check_spent(cells: Mapping[Keys, Holding], spent: Spent, plan: Plan) -> None:
    beyond = []
    for keys, units in sorted(spent.cells.items()):
        held = cells[keys].units if keys in cells else [0] * len(units)
        if any(one > most for one, most in zip(units, held, strict=True)):
            beyond.append(", ".join(key for key in keys if key))
    if beyond:
        message = ngettext(
            "{n} cell has spent more than plan {plan} gives it ({cell}); the plan does not stand any more",
            "{n} cells have spent more than plan {plan} gives them (first: {cell}); "
            "the plan does not stand any more",
            len(beyond),
        )
        facts = {"n": len(beyond), "plan": plan.id, "cell": shown(beyond[0])}
        raise Refused(Reason.unverified, message.format(**facts))
