"""A table of texts as one CSV file: whole or not at all, written beside and renamed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from models.language import _
from optimizer.folder import folder_beside, sync
from optimizer.write.cells import strings
from optimizer.write.table import Column, write_csv

_NUMBERS = frozenset({"lacks"})


def write_sentences(file: Path, columns: Mapping[str, Sequence[str]]) -> None:
    """Write columns of texts; what stood at `file` before stands there still if anything fails.

    Raises
    ------
    OSError
        If the disk refuses, or `file` is a folder.
    """
    if file.is_dir():
        raise IsADirectoryError(_("{file} is a folder; name a file").format(file=file))
    cells = [
        Column(name, strings(texts), "number" if name in _NUMBERS else "text")
        for name, texts in columns.items()
    ]
    with folder_beside(file, ".new") as beside:
        new = beside / file.name
        write_csv(new, cells)
        new.replace(file)
        sync(file.absolute().parent)
