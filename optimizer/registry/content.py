"""What a plan is, to the registry: the bytes of its folder, all of them, under one digest.

The digest of a plan folder is what these commands print, in any folder of regular files:
`cd PLAN && LC_ALL=C sha256sum * | sha256sum`.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from models.finding import shown
from models.language import _
from models.refusal import Reason, Refused
from optimizer.folder import write_synced
from optimizer.registry.schema import FILES

_PIECE = 1 << 20
_LEVEL = 6
SUMMARY = "summary.json"


@dataclass(frozen=True)
class Content:
    """The digests of a plan folder.

    Attributes
    ----------
    sha256
        The plan's identity.
    files
        Name -> SHA-256 of its bytes, in code-point order of the names.
    """

    sha256: str
    files: Mapping[str, str]


def content_of_folder(folder: Path) -> Content:
    """Digest a plan folder.

    Raises
    ------
    OSError
        If it or a file in it cannot be read.
    Refused
        If it holds anything that is no regular file.
    """
    found = {}
    for path in sorted(folder.iterdir(), key=lambda path: os.fsencode(path.name)):
        if not stat.S_ISREG(path.lstat().st_mode):
            message = _("{file} is no regular file; a plan folder holds nothing else")
            raise Refused(Reason.invalid, message.format(file=shown(str(path), 500)))
        found[path.name] = _sha256(path)
    return Content(digest(found), found)


def digest(files: Mapping[str, str]) -> str:
    """Return the digest of a folder whose files have these digests."""
    lines = [
        f"{sha256}  {name}\n" for name, sha256 in sorted(files.items(), key=lambda one: os.fsencode(one[0]))
    ]
    return hashlib.sha256(b"".join(map(os.fsencode, lines))).hexdigest()


def read_summary(folder: Path) -> dict[str, Any]:
    """Return the summary of a plan that has been verified."""
    document = json.loads((folder / SUMMARY).read_bytes())
    assert isinstance(document, dict)
    return document


def store_files(connection: Connection, folder: Path, content: Content) -> None:
    """Keep the files of a plan, compressed.

    Raises
    ------
    Refused
        If a file has changed since it was digested.
    """
    for name, sha256 in content.files.items():
        data = (folder / name).read_bytes()
        if hashlib.sha256(data).hexdigest() != sha256:
            message = _("{file} changed while it was being registered; nothing was changed. Try again.")
            raise Refused(Reason.unverified, message.format(file=folder / name))
        values = {
            "content": content.sha256,
            "name": name,
            "sha256": sha256,
            "packed": zlib.compress(data, _LEVEL),
        }
        connection.execute(FILES.insert().values(values))


def stored_file(connection: Connection, sha256: str, name: str) -> bytes | None:
    """Return the bytes of one file of a plan; None: it has no such file.

    Raises
    ------
    Refused
        If they are no longer those that were registered.
    """
    query = select(FILES.c.sha256, FILES.c.packed).where(FILES.c.content == sha256, FILES.c.name == name)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    data = unpacked(row.packed)
    if data is None or hashlib.sha256(data).hexdigest() != row.sha256:
        message = _("the registry's copy of {name} of plan {plan} is damaged; `fairpool registry audit`")
        raise Refused(Reason.unverified, message.format(name=name, plan=sha256[:12]))
    return data


def write_files(connection: Connection, sha256: str, folder: Path) -> None:
    """Write the files of a plan to a folder, as they were registered.

    Raises
    ------
    Refused
        If they are no longer those that were registered.
    OSError
        If the disk refuses.
    """
    names = connection.scalars(select(FILES.c.name).where(FILES.c.content == sha256).order_by(FILES.c.name))
    digests = {}
    for name in names.all():
        data = stored_file(connection, sha256, name)
        assert data is not None
        write_synced(folder / name, data)
        digests[name] = hashlib.sha256(data).hexdigest()
    if digest(digests) != sha256:
        message = _("the registry's copy of plan {plan} is damaged; `fairpool registry audit`")
        raise Refused(Reason.unverified, message.format(plan=sha256[:12]))


def unpacked(packed: bytes) -> bytes | None:
    """Return the bytes that were compressed; None: they are damaged."""
    try:
        return zlib.decompress(packed)
    except zlib.error:
        return None


def _sha256(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            found.update(piece)
    return found.hexdigest()
