"""An instance folder: which tables it has, and whether its checksums hold."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from models.headers import KEY_TABLES
from models.language import _
from optimizer.read.findings import Findings
from optimizer.read.suggest import hint
from optimizer.read.survey import sha256

SETTINGS_FILE = "settings.toml"
CHECKSUMS_FILE = "SHA256SUMS"
TABLES = ("pools", "options", *KEY_TABLES, "rules", "pins", "actuals")
REQUIRED = ("pools", "options")
_SUFFIXES = (".csv", ".parquet")
_MOST_PROBLEMS = 20
_LINE = re.compile(r"([0-9a-fA-F]{64}) [ *](?:\./)?(.+)")


class ChecksumError(OSError):
    """A file does not match SHA256SUMS."""


def find_tables(folder: Path, findings: Findings) -> dict[str, Path]:
    """Return table -> file; names that no table has, two files of one table and missing tables are findings.

    Raises
    ------
    OSError
        If the folder does not exist, is no folder or cannot be listed; if a table is no file of bytes.
    """
    tables: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.casefold() not in _SUFFIXES:
            continue
        if path.stem not in TABLES or path.suffix not in _SUFFIXES:
            names = [table + path.suffix.casefold() for table in TABLES]
            name = path.name.encode(errors="backslashreplace").decode()  # a name may be no text at all
            findings.add("FIL-03", name, hint=hint(name, names))
        elif path.stem in tables:
            findings.add("FIL-02", path.name, name=tables[path.stem].name)
        else:
            tables[path.stem] = regular(path)
    for table in REQUIRED:
        if table not in tables:
            findings.add("FIL-01", f"{table}.csv", name=f"{table}.csv")
    return tables


def regular(path: Path) -> Path:
    """Return a path that leads to a file of bytes: a pipe or a device may never end.

    Raises
    ------
    OSError
        If it leads to nothing, or to anything else.
    """
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, _("a folder stands where a file should"), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, _("a pipe, socket or device stands where a file should"), str(path))
    return path


def check_sums(folder: Path, hashes: Mapping[str, str]) -> None:
    """Compare the hashes of the files that were read, and of every other that SHA256SUMS lists, with it.

    Parameters
    ----------
    hashes
        Name of every file that was read -> SHA-256 of its bytes.

    Raises
    ------
    ChecksumError
        If a file differs, is missing, or was read but is not listed; or if a line is not sha256sum's.
    OSError
        If SHA256SUMS or a file that it lists cannot be read.
    """
    path = folder / CHECKSUMS_FILE
    if not os.path.lexists(path):
        return
    problems: list[str] = []
    listed: dict[str, str] = {}
    for number, line in enumerate(
        regular(path).read_text(encoding="utf-8", errors="replace").splitlines(), 1
    ):
        found = _LINE.fullmatch(line)
        if found is not None:
            listed[found[2]] = found[1].lower()
        elif line.strip():
            problems.append(_("line {number} is not a line of sha256sum").format(number=number))
    unlisted = sorted(hashes.keys() - listed.keys())
    problems += [_("it does not list {name}").format(name=name) for name in unlisted]
    for name, expected in sorted(listed.items()):
        own = _hash(folder, name, hashes)
        if own is None:
            problems.append(_("{name} is not in the folder").format(name=name))
        elif own != expected:
            problems.append(_("{name} does not match").format(name=name))
    if problems:
        raise ChecksumError(f"{path}: {_few(problems)}")


def _few(problems: Sequence[str]) -> str:
    more = len(problems) - _MOST_PROBLEMS
    rest = [_("{more} more").format(more=more)] if more > 0 else []
    return "; ".join([*problems[:_MOST_PROBLEMS], *rest])


def _hash(folder: Path, name: str, hashes: Mapping[str, str]) -> str | None:
    """Return the hash of a file of the folder, None if it has none of this name."""
    if name in hashes:
        return hashes[name]
    if Path(name).name != name or not (folder / name).is_file():
        return None
    return sha256(folder / name)
