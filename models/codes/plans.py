"""Findings about plan folders: unreadable ones (PLN) and those that fail verification (VER)."""

from __future__ import annotations

from models.codes.code import Code, Severity
from models.language import mark as _

CODES: dict[str, Code] = {}
