"""Tables for people: texts wrap, numbers never do while there is room, and no digit is ever left out."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from models.finding import shown

_MOST_CHARACTERS = 120
_LEAST_TEXT = 8
_BORDER = 3


def show_table(
    console: Console,
    title: str,
    columns: Sequence[tuple[str, bool]],
    rows: Sequence[Sequence[str]],
    caption: str = "",
) -> None:
    """Print a blank line and a table; what files hold is no markup here, has no control characters, and ends.

    Parameters
    ----------
    columns
        (header, whether it holds numbers) pairs; headers are shown as texts of files are.
    """
    texts = [[_text(cell) for cell in row] for row in rows]
    headers = [_text(header).plain for header, _is_number in columns]
    are_numbers = [is_number for _header, is_number in columns]
    widths = [max((cell_len(row[index].plain) for row in texts), default=0) for index in range(len(columns))]
    if _least_width(headers, widths, are_numbers) > console.width:  # headers of numbers may take more lines
        headers = [
            _wrapped(header, width) if is_number else header
            for header, width, is_number in zip(headers, widths, are_numbers, strict=True)
        ]
    has_room = _least_width(headers, widths, are_numbers) <= console.width
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        caption=caption or None,
        caption_justify="left",
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
    )
    for header, is_number in zip(headers, are_numbers, strict=True):
        table.add_column(
            Text(header),
            justify="right" if is_number else "left",
            no_wrap=is_number and has_room,
            overflow="fold",
        )
    for row in texts:
        table.add_row(*row)
    console.print()
    console.print(table)


def _least_width(headers: Sequence[str], widths: Sequence[int], are_numbers: Sequence[bool]) -> int:
    """Return the width that the table takes with its numbers whole and its texts wrapped."""
    total = -_BORDER
    for header, width, is_number in zip(headers, widths, are_numbers, strict=True):
        of_header = max(map(cell_len, header.splitlines()), default=0)
        total += _BORDER + (max(width, of_header) if is_number else _LEAST_TEXT)
    return total


def _wrapped(header: str, width: int) -> str:
    words = header.split()
    return (
        "\n".join(wrap(header, max(width, 1, *map(len, words)), break_long_words=False)) if words else header
    )


def _text(text: str) -> Text:
    return Text(shown(text, _MOST_CHARACTERS))
