"""A folder that appears whole or not at all: written beside, synced, renamed."""

from __future__ import annotations

import ctypes
import errno
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
_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of renameat2(2)


def is_plan_folder(folder: Path) -> bool:
    """Say whether a plan may replace a folder: an empty one, or one with a plan's files and no others."""
    names = {entry.name for entry in folder.iterdir()}
    return not names or ("summary.json" in names and names <= _PLAN_FILES)


def refuse_other_folder(folder: Path) -> None:
    """Make sure that a plan may be written to `folder`.

    Raises
    ------
    FileExistsError
        If it exists and is not a plan folder.
    OSError
        If nothing can be written there.
    """
    if folder.is_symlink() or (folder.exists() and not (folder.is_dir() and is_plan_folder(folder))):
        text = _("{folder} exists and is not a plan folder; name a new one")
        raise FileExistsError(text.format(folder=folder))
    above = next(parent for parent in folder.absolute().parents if os.path.lexists(parent))
    if not above.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(above))
    if not os.access(above, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(above))


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
        _publish(beside, folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def _publish(new: Path, folder: Path) -> None:
    """Put `new` in the place of `folder`; if that cannot be made to last, undo it."""
    is_first = not folder.exists()
    move = _rename if is_first else _swap
    move(new, folder)
    try:
        _sync(folder.parent)
    except BaseException:
        move(folder, new)
        raise
    shutil.rmtree(new, ignore_errors=True)  # what stood there before


def _rename(old: Path, new: Path) -> None:
    old.rename(new)


def _swap(new: Path, folder: Path) -> None:
    """Exchange two folders: in one step where the system can, else `folder` stands aside for a moment."""
    if _exchanged(new, folder):
        return
    aside = new.with_suffix(".old")
    folder.rename(aside)
    try:
        new.rename(folder)
        try:
            aside.rename(new)
        except BaseException:
            folder.rename(new)
            raise
    except BaseException:
        aside.rename(folder)
        raise


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two names by renameat2(2) of Linux; say whether system and disk know it."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    failed = rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE)
    return not failed


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
