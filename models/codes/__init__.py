"""Every finding code: its severity, what it says and how to mend it.

One module a subject; a code is never given a new meaning, and a retired one is never used again.
"""

from __future__ import annotations

from models.codes import choices, conflicts, kept, operation, plans, rules, studies, tables, why
from models.codes.code import Code, Severity

__all__ = ["CODES", "Code", "Severity"]

_SUBJECTS = (tables, rules, conflicts, plans, kept, choices, studies, why, operation)

CODES: dict[str, Code] = {name: code for subject in _SUBJECTS for name, code in subject.CODES.items()}
