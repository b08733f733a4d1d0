"""Plan folders: what may be replaced by a plan, and its replacement in one step."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from pathlib import Path

from models.language import _
from optimizer.folder import whole, write_synced

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
    with whole(folder) as beside:
        for name, content in files.items():
            write_synced(beside / name, content)
