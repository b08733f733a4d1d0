"""What is said at the edge: any text to any standard output, even one whose reader has had enough."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from models.finding import shown

if TYPE_CHECKING:
    from rich.console import Console

_LONGEST = 5_000
_WIDTH = 120


class PrintError(OSError):
    """Standard output cannot be written to."""


class Output:
    """Wraps a stream; once its reader is gone (`| head -1`) the rest goes nowhere.

    Raises
    ------
    PrintError
        From the moment on that the stream cannot be written to for any other cause, such as a full disk.
    """

    def __init__(self, stream: Any) -> None:  # noqa: ANN401 - whatever stands for standard output
        self._stream = stream
        self._error: PrintError | None = None
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")

    def write(self, text: str) -> int:
        """Write a text."""
        with self._going_on():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Hand on what has been written."""
        with self._going_on():
            self._stream.flush()

    @contextmanager
    def _going_on(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
            if not isinstance(error, BrokenPipeError):
                self._error = PrintError(error.strerror)
        if self._error is not None:  # again and again: click swallows what its first probes raise
            raise self._error

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the stream's own attributes
        return getattr(self._stream, name)


def named(text: str | Path) -> str:
    """Return a path or message fit for one line: control characters escaped."""
    return shown(str(text), _LONGEST)


def os_error_text(error: OSError) -> str:
    """Say which file, and what the system says of it."""
    if error.filename is None or error.strerror is None:
        return str(error)
    return f"{os.fsdecode(error.filename)}: {error.strerror}"


def json_text(document: Mapping[str, object], encoding: str | None) -> str:
    """Write a JSON document that `encoding` can hold."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    try:
        text.encode(encoding or "utf-8")
    except UnicodeEncodeError:  # an old encoding, or a path that is no text
        return json.dumps(document, indent=2)
    return text


def console_of(stream: TextIO) -> Console:
    """Return what tables are printed with; texts are data, never markup."""
    from rich.console import Console

    return Console(width=_width_of(stream), highlight=False, markup=False, emoji=False)


def _width_of(stream: TextIO) -> int | None:
    """Return how many columns to write for; None where the terminal says it."""
    if stream.isatty():
        return None
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdecimal() and int(columns) else _WIDTH
