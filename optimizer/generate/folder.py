"""A folder that appears whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.language import _


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Give a new folder beside `target` to write to; at the end it is synced and takes the name of `target`.

    Raises
    ------
    FileExistsError
        If `target` is anything but a new name or an empty folder: nothing that exists is ever replaced.
    """
    refuse_existing(target)
    target = target.absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        yield beside
        beside.chmod(0o777 & ~_umask())
        _sync(beside)
        refuse_existing(target)
        if target.exists():
            target.rmdir()
        beside.rename(target)
        _sync(target.parent)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def refuse_existing(target: Path) -> None:
    """Raise FileExistsError unless `target` is a new name or an empty folder."""
    is_taken = target.is_symlink() or (target.exists() and not target.is_dir())
    if is_taken or (target.is_dir() and any(target.iterdir())):
        message = _("{folder} exists already and is not an empty folder. Name a new one, or remove it first.")
        raise FileExistsError(message.format(folder=target))


def _umask() -> int:
    # Temporary folders are private; the finished one is as open as any that is made by mkdir.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
