"""Write the Chinese headers and words that tables may use into docs/instance.md, from models/headers.py.

Usage: `python scripts/chinese_words.py` after a change of the lists.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from models.headers import CHINESE_HEADERS, CHINESE_WORDS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "instance.md"
TABLES = {"header": CHINESE_HEADERS, "word": CHINESE_WORDS}


def with_tables(page: str) -> str:
    """Return the page with its two tables as the lists have them."""
    for head, words in TABLES.items():
        start = f"| {head} | stands for |\n|---|---|\n"
        rows = re.escape(start) + r"(\|.*\n)*"
        page = re.sub(rows, (start + _rows(words)).replace("\\", r"\\"), page)
    return page


def _rows(words: Mapping[str, str]) -> str:
    """Write one row for each English word, in the order of the list."""
    chinese: dict[str, list[str]] = {}
    for word, english in words.items():
        chinese.setdefault(english, []).append(word)
    return "".join(f"| {'、'.join(names)} | `{english}` |\n" for english, names in chinese.items())


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
