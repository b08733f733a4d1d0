"""A folder that appears whole or not at all: written beside, synced, renamed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from models.language import _

_PLAN_FILES = frozenset(
    f"{name}{end}"
    for name, ends in {
        "plan": (".csv", ".parquet"),
        "booked": (".csv", ".parquet"),
        "limits": (".csv", ".parquet"),
        "summary": (".json",),
        "certificate": (".json",),
    }.items()
    for end in ends
)


def is_plan_folder(folder: Path) -> bool:
    """Say whether a folder may be replaced by a plan: an empty one, or one with a plan's files and no others."""
    names = {entry.name for entry in folder.iterdir()}
    return not names or ("summary.json" in names and names <= _PLAN_FILES)


def refuse_other_folder(folder: Path) -> None:
    """Make sure that a plan may be written to `folder`.

    Raises
    ------
    FileExistsError
        If it exists and is not a plan folder.
    """
    if folder.is_symlink() or (folder.exists() and not (folder.is_dir() and is_plan_folder(folder))):
        text = _("{folder} exists and is not a plan folder; name a new one")
        raise FileExistsError(text.format(folder=folder))


def replace_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write `files` as `folder`; an existing plan folder is replaced whole.

    Raises
    ------
    FileExistsError
        If `folder` exists and is not a plan folder; nothing is written.
    OSError
        If the disk refuses; what was there before is still there.
    """
    refuse_other_folder(folder)
    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".new", dir=folder.parent))
    try:
        for name, content in files.items():
            _write_synced(beside / name, content)
        beside.chmod(0o777 & ~_umask())
        _sync(beside)
        _exchange(beside, folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def _exchange(new: Path, folder: Path) -> None:
    """Put `new` in the place of `folder`. Between the two renames the old folder stands beside, under a name of its own."""
    old = new.with_suffix(".old")
    if folder.exists():
        folder.rename(old)
    try:
        new.rename(folder)
    except BaseException:
        if old.exists():
            old.rename(folder)
        raise
    _sync(folder.parent)
    shutil.rmtree(old, ignore_errors=True)


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
