"""Conflicts proven by arithmetic (INF), and policies that are legal but surely not meant (POL)."""

from __future__ import annotations

from models.codes.code import Code, Severity
from models.language import mark as _

CODES: dict[str, Code] = {}
