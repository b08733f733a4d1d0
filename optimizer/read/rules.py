"""`rules.csv` -> rules: every clause of contract 3 validated, every name resolved, every number exact."""

from __future__ import annotations

from models.finding import Finding
from models.rule import Rule
from optimizer.read.rules_context import RuleContext
from optimizer.read.table import Table

__all__ = ["KEY_LACKING", "RuleContext", "read_rules"]

KEY_LACKING = "RUL-40"
"""Code of the finding (error) on a key that its own table lacks, where a rule uses the table.

`Finding.file` is the table's. A table without such a finding is used by no rule: whoever reads tables warns.
"""


def read_rules(table: Table, context: RuleContext) -> tuple[tuple[Rule, ...], list[Finding]]:
    """Return the rules in code-point order of their ids, and every finding; rules with an error are left out."""
    raise NotImplementedError
