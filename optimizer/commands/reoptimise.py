"""`fairpool reoptimise`."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.language import _, mark
from optimizer.commands.frame import command, print_json, say, wrote
from optimizer.commands.parameters import (
    Codes,
    Folder,
    Moment,
    Number,
    Share,
    instance_argument,
    set_option,
)
from optimizer.show.ending import LOCKED
from optimizer.show.output import console_of, named

if TYPE_CHECKING:
    from models.operation import Asked
    from optimizer.job import Ran

_LONGEST = 7 * 24 * 3600


@command("fairpool reoptimise instances/tiny --state job --max-change 5%")
@instance_argument
@click.option("--state", type=Folder(), help=mark("The job's home: what is in force there is bettered."))
@click.option("--incumbent", type=Folder(), metavar="PLAN", help=mark("By hand: the plan now in force."))
@click.option("--out", type=Folder(), metavar="PLAN", help=mark("By hand: the plan folder to write."))
@click.option("--now", type=Moment(), help=mark("The moment that splits the campaign (default: the clock)."))
@click.option("--max-change", type=Share(), help=mark("Most that a pool's amounts may move: 5%."))
@click.option("--min-gain", type=Share(), help=mark("Keep the plan unless another is better by this share."))
@click.option(
    "--freeze-next",
    type=click.IntRange(0, 1000),
    default=0,
    metavar="N",
    help=mark("Leave the next N slots as they are."),
)
@click.option("--gap", type=Number(), help=mark("Stop once the gap is at most this (default 1e-4)."))
@click.option(
    "--deadline",
    type=Number(),
    default=Fraction(600),
    show_default="600",
    metavar="SECONDS",
    help=mark("All of the run ends by then."),
)
@click.option(
    "--threads",
    type=click.IntRange(1, 256),
    default=lambda: len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
    help=mark("Processors to use (default: all there are); nothing proven depends on it."),
)
@click.option("--trust-inputs", is_flag=True, help=mark("What changed out of measure is meant."))
@click.option("--dry-run", "is_dry", is_flag=True, help=mark("Say what would be done, and do nothing."))
@click.option("--ok", type=Codes(), default=frozenset(), help=mark("Exit codes to report as 0: 5,7."))
@set_option
def reoptimise(as_json: bool, **options: Any) -> int:
    """Better the rest of a running campaign. What has begun stays; only a verified plan replaces another."""
    from optimizer.operate.state import LockedError

    accepted, is_dry = options.pop("ok"), options.pop("is_dry")
    state, out = options.pop("state"), options.pop("out")
    _refuse_mixture(state, options["incumbent"], out)
    asked = _asked(options)
    try:
        ran = _run(asked, state, out, is_dry)
    except LockedError:
        text = _("{folder}: another run is at it; try again later").format(folder=named(state))
        code = 0 if LOCKED in accepted else LOCKED
        if as_json:
            print_json(code, {"outcome": "locked", "error": text})
        return say(text, code)
    if ran.plan is not None and not is_dry:
        wrote(ran.plan)
    code = 0 if ran.code in accepted else ran.code
    _tell(ran, asked, code, as_json=as_json)
    return code


def _refuse_mixture(state: Path | None, incumbent: Path | None, out: Path | None) -> None:
    if state is not None and (incumbent is not None or out is not None):
        raise click.UsageError(_("--state stands alone: it knows the plan in force, and where the next goes"))
    if state is None and (incumbent is None or out is None):
        raise click.UsageError(_("give --state DIR, or both --incumbent PLAN and --out PLAN"))


def _asked(options: dict[str, Any]) -> Asked:
    from models.operation import Asked

    seconds = float(options["deadline"])
    if not 1 <= seconds <= _LONGEST:
        raise click.UsageError(_("--deadline is from 1 second to a week"))
    return Asked(
        folder=options["instance"],
        incumbent=options["incumbent"],
        workspace=Path(),
        now=options["now"] or datetime.now(UTC).replace(microsecond=0),
        seconds=seconds,
        overrides=options["overrides"],
        gap=options["gap"],
        max_change=options["max_change"],
        freeze_next=options["freeze_next"],
        min_gain=options["min_gain"],
        is_trusted=options["trust_inputs"],
        threads=options["threads"],
    )


def _run(asked: Asked, state: Path | None, out: Path | None, is_dry: bool) -> Ran:
    from optimizer import job

    if state is not None:
        return job.run_in_state(asked, state, is_dry=is_dry)
    assert out is not None
    return job.run_by_hand(asked, out, is_dry=is_dry)


def _tell(ran: Ran, asked: Asked, code: int, *, as_json: bool) -> None:
    from optimizer.show.operation import outcome_json, show_outcome

    plan = None if ran.plan is None else str(ran.plan)
    if as_json:
        print_json(code, outcome_json(ran.outcome, plan, is_dry=ran.is_dry, message=ran.message))
        return
    show_outcome(console_of(sys.stdout), ran.outcome, plan, named(asked.folder), is_dry=ran.is_dry)
    if ran.message:
        say(ran.message, 0)
