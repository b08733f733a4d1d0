"""The bytes of a file, if it is one: a pipe or a device may never end."""

from __future__ import annotations

import errno
import stat
from pathlib import Path

from models.language import _


def content(path: Path) -> bytes:
    """Return the bytes of a file.

    Raises
    ------
    OSError
        If it cannot be read, or is a pipe, a socket or a device.
    """
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise OSError(errno.EINVAL, _("a pipe, socket or device stands where a file should"), str(path))
    return path.read_bytes()
