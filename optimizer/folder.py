"""A folder that appears whole or not at all: written beside, synced, renamed."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.language import _

_REFUSED = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""What a disk answers that takes no more."""

_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of renameat2(2)


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """Give a new folder beside `target` to write to; at the end it is synced and takes the place of `target`.

    Whatever fails, what stood at `target` before stands there still. The caller has made sure that it may go.

    Raises
    ------
    OSError
        If the disk refuses.
    """
    target = target.absolute()
    with folder_beside(target, ".new") as beside:
        yield beside
        beside.chmod(0o777 & ~_umask())  # temporary folders are private; this one is as open as any
        sync(beside)
        _publish(beside, target)


@contextmanager
def folder_beside(target: Path, suffix: str) -> Iterator[Path]:
    """Give a new folder beside `target` that is gone at the end; errors about it name `target`."""
    target = target.absolute()
    start = str(target.parent / f".{target.name}.")
    beside = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=suffix, dir=target.parent))
        yield beside
    except OSError as error:
        if error.filename is None and error.errno in _REFUSED:  # what writes to an open file names none
            error.filename = str(target)
        if not isinstance(error.filename, str) or not error.filename.startswith(start):
            raise
        named = target / error.filename.removeprefix(start).partition("/")[2]
        raise OSError(error.errno, error.strerror, str(named)) from error
    finally:
        if beside is not None:
            shutil.rmtree(beside, ignore_errors=True)


@contextmanager
def whole_new(target: Path) -> Iterator[Path]:
    """Like `whole`, but nothing that exists is ever replaced.

    Raises
    ------
    FileExistsError
        If `target` is anything but a new name or an empty folder, before or after the writing.
    """
    _refuse_existing(target)
    with whole(target) as folder:
        yield folder
        _refuse_existing(target)


def write_synced(file: Path, content: bytes) -> None:
    """Write a file that will be there after a power cut."""
    with file.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def sync(folder: Path) -> None:
    """Make the names in a folder last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refuse_existing(target: Path) -> None:
    is_taken = target.is_symlink() or (target.exists() and not target.is_dir())
    if is_taken or (target.is_dir() and any(target.iterdir())):
        message = _("{folder} exists already and is not an empty folder. Name a new one, or remove it first.")
        raise FileExistsError(message.format(folder=target))


def _publish(new: Path, folder: Path) -> None:
    """Put `new` in the place of `folder`; if that cannot be made to last, undo it."""
    is_first = not folder.exists()
    move = _rename if is_first else _swap
    move(new, folder)
    try:
        sync(folder.parent)
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


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
