"""The folder that a job lives in: a lock, its plans, which of them is in force, how the last run ended."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from models.language import _
from optimizer.folder import sync, write_synced

PLANS, CURRENT, STATUS, METRICS, LOCK = "plans", "current", "status.json", "metrics.prom", "lock"


class LockedError(Exception):
    """Another run holds the lock."""


@contextmanager
def locked(state: Path) -> Iterator[None]:
    """Hold the folder's lock; the system lets go of it when the process ends, however it ends.

    Raises
    ------
    LockedError
        If another run holds it.
    OSError
        If the folder cannot be made or the lock not be opened.
    """
    state.mkdir(parents=True, exist_ok=True)
    handle = os.open(state / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(str(state)) from None
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())  # for people
        _sweep(state)
        yield
    finally:
        os.close(handle)


def _sweep(state: Path) -> None:
    """Clear away what runs that were killed have left; whoever holds the lock is alone."""
    for folder in (state, state / PLANS):
        if folder.is_dir():
            for path in folder.iterdir():
                if path.name.startswith(".") and path.suffix in (".new", ".old", ".work", ".next"):
                    if path.is_dir() and not path.is_symlink():
                        shutil.rmtree(path, ignore_errors=True)
                    else:
                        path.unlink(missing_ok=True)


def in_force(state: Path) -> Path | None:
    """Return the folder of the plan in force; None where none has ever been.

    Raises
    ------
    OSError
        If what is in force cannot be found.
    """
    link = state / CURRENT
    if not os.path.lexists(link):
        return None
    target = state / link.readlink()
    if not target.is_dir():
        message = _("{folder} is in force, and is not there any more")
        raise FileNotFoundError(message.format(folder=target))
    return target


def in_force_since(state: Path) -> float:
    """Return when the plan in force was put there, in seconds since 1970."""
    return os.lstat(state / CURRENT).st_mtime


def put_in_force(state: Path, name: str) -> None:
    """Switch to a plan in one step that lasts.

    Raises
    ------
    OSError
        If the disk refuses; what was in force is so still.
    """
    beside = state / f".{CURRENT}.next"
    beside.unlink(missing_ok=True)
    beside.symlink_to(Path(PLANS) / name)
    beside.replace(state / CURRENT)
    sync(state)


def write_whole(state: Path, name: str, content: bytes) -> None:
    """Write a file that is there whole, or as it was.

    Raises
    ------
    OSError
        If the disk refuses.
    """
    beside = state / f".{name}.next"
    write_synced(beside, content)
    beside.replace(state / name)
    sync(state)


def write_status(state: Path, document: Mapping[str, Any]) -> None:
    """Write how a run ended.

    Raises
    ------
    OSError
        If the disk refuses.
    """
    write_whole(state, STATUS, (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode())


def read_json(file: Path) -> dict[str, Any]:
    """Return the object that a file holds; an empty one where it is not there, or none."""
    try:
        document = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def moment(seconds: float) -> str:
    """Write seconds since 1970 as ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
