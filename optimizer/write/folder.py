"""Plan folders: what may be replaced by a plan, and its replacement in one step."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.finding import shown
from models.language import _
from optimizer.folder import whole

_PLAN_FILE = re.compile(
    r"(?:plan(?:-[1-9][0-9]*)?|booked|limits)\.(?:csv|parquet)|(?:summary|certificate(?:-[1-9][0-9]*)?)\.json"
)
"""Those with a number are of the stages of an objective."""


def refuse_other_folder(folder: Path) -> None:
    """Make sure that a plan may be written to `folder`.

    Raises
    ------
    FileExistsError
        If it exists and is not a plan folder.
    OSError
        If nothing can be written there.
    """
    if why := _why_not(folder):
        raise FileExistsError(why)
    above = next(parent for parent in folder.absolute().parents if os.path.lexists(parent))
    if not above.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(above))
    if not os.access(above, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(above))


def _why_not(folder: Path) -> str:
    """Say why a plan may not replace what is there; blank where it may."""
    if folder.is_symlink():
        return _("{folder} is a symbolic link; name the folder itself, or a new one").format(folder=folder)
    if not folder.exists():
        return ""
    if not folder.is_dir():
        return _("{folder} is a file; name a new folder").format(folder=folder)
    names = {entry.name for entry in folder.iterdir()}
    others = [name for name in sorted(names) if _PLAN_FILE.fullmatch(name) is None]
    if not names or ("summary.json" in names and not others):
        return ""
    if "summary.json" not in names:
        return _("{folder} exists and is not a plan folder; name a new one").format(folder=folder)
    text = _("{folder} holds {extra}, which is no file of a plan; move it away, or name a new folder")
    return text.format(folder=folder, extra=shown(others[0]))


@contextmanager
def published(folder: Path) -> Iterator[Path]:
    """Give a folder to write a plan to; at the end it takes the place of `folder`, a plan or nothing, whole.

    If the caller raises, nothing is published and what was written is gone.

    Raises
    ------
    FileExistsError
        If `folder` exists and is not a plan folder; nothing is written.
    OSError
        If the disk refuses; what was there before is still there.
    """
    refuse_other_folder(folder)
    with whole(folder) as beside:
        yield beside
