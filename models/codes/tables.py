"""Findings about files, tables, settings, pins and actuals (FIL, TAB, POO, OPT, KEY, SET, PIN, ACT)."""

from __future__ import annotations

from models.codes.code import Code, Severity
from models.language import mark as _

CODES: dict[str, Code] = {}
