"""One run of a job that can be left alone: it publishes a verified plan whole, or leaves what is in force."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from models.operation import Asked, End, Failure, Outcome
from optimizer.folder import folder_beside
from optimizer.operate import state as home
from optimizer.operate.metrics import metrics_text
from optimizer.operate.supervise import supervised
from optimizer.show.ending import GUARDED, IMPOSSIBLE, INVALID, STOPPED, UNVERIFIED
from optimizer.write.folder import published, refuse_other_folder

_NEW, _REPAIRED = "new", "repaired"
_CODES = {
    End.same: 0,
    End.not_better: 0,
    End.repaired: STOPPED,
    End.suspicious: GUARDED,
    End.too_far: GUARDED,
    End.invalid: INVALID,
    End.impossible: IMPOSSIBLE,
    End.unverified: UNVERIFIED,
    End.stopped: STOPPED,
}


@dataclass(frozen=True)
class Ran:
    """How a run ended.

    Attributes
    ----------
    plan
        The folder that was written, or with `is_dry` would have been; None: the plan in force stays.
    message
        What failed, where something did.
    """

    outcome: Outcome
    code: int
    plan: Path | None = None
    is_dry: bool = False
    message: str = ""


def run_by_hand(asked: Asked, out: Path, *, is_dry: bool = False) -> Ran:
    """Re-optimise from one plan folder to another; `out` is written only if another plan is found.

    Raises
    ------
    OSError
        If a folder cannot be read or written; what was there is there still.
    """
    refuse_other_folder(out)
    _refuse_missing(asked)
    with _workspace(out, is_dry) as workspace:
        asked = replace(asked, workspace=workspace)
        ran = _ended(supervised(asked), workspace, asked)
        found = ran.plan
        if found is None or is_dry:
            return replace(ran, plan=None if found is None else out, is_dry=is_dry)
        with published(out) as beside:
            _move(found, beside)
    return replace(ran, plan=out)


def run_in_state(asked: Asked, state: Path, *, is_dry: bool = False) -> Ran:
    """Re-optimise what is in force in a state folder, and put a better plan in force.

    Raises
    ------
    LockedError
        If another run is at it.
    OSError
        If a folder cannot be read or written; what was in force is so still.
    """
    if is_dry:
        asked = replace(asked, incumbent=home.in_force(state))
        _refuse_missing(asked)
        with _workspace(state, is_dry) as workspace:
            ran = _ended(supervised(replace(asked, workspace=workspace)), workspace, asked)
            name = None if ran.plan is None else state / home.PLANS / _name_of(ran.plan, asked.now)
        return replace(ran, plan=name, is_dry=True)
    began = time.time()
    with home.locked(state):
        try:
            ran = _run_locked(replace(asked, incumbent=home.in_force(state)), state)
        except OSError as error:
            with suppress(OSError):
                _tell(state, Ran(Outcome(End.failed), 74, message=str(error)), began)
            raise
        with suppress(OSError):  # the plan is in force, whatever a dashboard can see of it
            _tell(state, ran, began)
        return ran


def _run_locked(asked: Asked, state: Path) -> Ran:
    _refuse_missing(asked)
    (state / home.PLANS).mkdir(exist_ok=True)
    with _workspace(state / "run", is_dry=False) as workspace:
        ran = _ended(supervised(replace(asked, workspace=workspace)), workspace, asked)
        if ran.plan is None:
            return ran
        name = _name_of(ran.plan, asked.now)
        target = state / home.PLANS / name
        with published(target) as beside:
            _move(ran.plan, beside)
    home.put_in_force(state, name)
    return replace(ran, plan=target)


def _refuse_missing(asked: Asked) -> None:
    """Make sure that both folders can be looked into: a job should not wait for a child to say so."""
    for folder in (asked.folder, asked.incumbent):
        if folder is not None:
            os.scandir(folder).close()


@contextmanager
def _workspace(target: Path, is_dry: bool) -> Iterator[Path]:
    """Give a folder for candidates on the disk where they will stand; for a dry run, elsewhere."""
    if is_dry:
        with TemporaryDirectory(prefix="fairpool.") as folder:
            yield Path(folder)
    else:
        with folder_beside(target, ".work") as folder:
            yield folder


def _ended(result: Outcome | Failure | None, workspace: Path, asked: Asked) -> Ran:
    """Return how the work ended and which candidate it leaves: new plan, mended one, or none."""
    if isinstance(result, Failure):
        return Ran(Outcome(End.failed), result.code, message=result.message)
    outcome = Outcome(End.stopped) if result is None else result
    new, repaired = workspace / _NEW, workspace / _REPAIRED
    if result is None and new.is_dir():  # killed between the plan and its answer
        outcome = Outcome(End.new)
    elif outcome.end is End.stopped and repaired.is_dir():
        outcome = replace(outcome, end=End.repaired)
    if outcome.end is End.new:
        return Ran(outcome, 0 if outcome.meets_gap else STOPPED, new)
    plan = repaired if outcome.end is End.repaired and asked.incumbent is not None else None
    return Ran(outcome, _CODES[outcome.end], plan)


def _name_of(plan: Path, now: datetime) -> str:
    """Name a plan by its moment and what it says: the same inputs give the same name."""
    digest = hashlib.sha256((plan / "summary.json").read_bytes()).hexdigest()
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{digest[:8]}"


def _move(source: Path, target: Path) -> None:
    for file in sorted(source.iterdir()):
        file.replace(target / file.name)


def _tell(state: Path, ran: Ran, began: float) -> None:
    """Write what dashboards read: how the run ended, and what is in force."""
    ended = time.time()
    current = home.in_force(state)
    since = home.in_force_since(state) if current is not None else None
    status: dict[str, Any] = {
        "contract": 1,
        "began": home.moment(began),
        "ended": home.moment(ended),
        "ended_seconds": f"{ended:.3f}",
        "seconds": f"{ended - began:.3f}",
        "exit": ran.code,
        "outcome": ran.outcome.word,
        "is_changed": ran.plan is not None,
        "message": ran.message or ran.outcome.remark,
        "findings": [one.to_json() for one in ran.outcome.findings[:20]],
        "current": None if current is None else current.name,
        "since": None if since is None else home.moment(since),
    }
    summary = {} if current is None else home.read_json(current / "summary.json")
    for key in ("status", "objective", "bound", "gap"):
        status[key] = summary.get(key)
    names = ("pool", "unit", "amount", "used", "left")
    status["pools"] = [{name: pool[name] for name in names} for pool in summary.get("pools", [])]
    home.write_status(state, status)
    home.write_whole(state, home.METRICS, metrics_text(summary, status, since).encode())
