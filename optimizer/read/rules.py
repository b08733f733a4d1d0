"""`rules.csv` -> rules: every clause of contract 3 checked, every name resolved, every number exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from models.amount import MAX_UNITS
from models.finding import Finding, finding
from models.headers import APPLIES, ENFORCEMENTS, KEY_TABLES, KINDS, RULE_COLUMNS, SENSES
from models.rule import Basis, Column, Condition, Rule
from optimizer.read.expression import attributes_of, check_numbers, read_basis, read_measure
from optimizer.read.rules_context import RuleContext
from optimizer.read.rules_legal import Draft, check_combination
from optimizer.read.rules_report import RuleReport
from optimizer.read.rules_text import did_you_mean, number_problem, quantity, word
from optimizer.read.scope import read_where
from optimizer.read.scope_cells import is_empty
from optimizer.read.scope_columns import EVERY, read_columns
from optimizer.read.table import Table

__all__ = ["KEY_LACKING", "RuleContext", "read_rules"]

KEY_LACKING = "KEY-05"
"""Code of the finding (error) on a key that its own table lacks, where a rule uses the table.

Its fact `table` is the table's file, its place the first cell with the key. A table without such a finding is
used by no rule: whoever reads tables warns.
"""

_RESERVED = {"pool:": "RUL-03", "stage:": "RUL-39"}
_WORDS = {"kind": KINDS, "sense": SENSES, "applies": APPLIES, "enforcement": ENFORCEMENTS}
_DEFAULTS = {"kind": "limit", "applies": "always", "enforcement": "hard"}


def read_rules(table: Table, context: RuleContext) -> tuple[tuple[Rule, ...], list[Finding]]:
    """Return the rules in code-point order of their ids, and all findings; rules with an error are left out.

    Columns that the table lacks count as blank: whoever reads the table reports those that must be there.
    """
    rules, reports, first_rows = [], [], dict[str, int]()
    for i, row in enumerate(table.rows):
        cells = {name: table.columns[name][i] if name in table.columns else "" for name in RULE_COLUMNS}
        report = RuleReport(table, row, cells["rule"])
        _check_id(cells["rule"], first_rows, report)
        rule = _read_rule(cells, report, context)
        if rule is not None and not report.has_error:
            rules.append(rule)
        reports.append(report)
    found = [one for report in reports for one in report.findings]
    return tuple(sorted(rules, key=lambda rule: rule.rule)), found + lacking_keys(reports, context)


def _check_id(rule: str, first_rows: dict[str, int], report: RuleReport) -> None:
    if not rule and "rule" in report.table.columns:
        report.add("RUL-01", "rule")
    elif code := next((code for start, code in _RESERVED.items() if rule.startswith(start)), ""):
        report.add(code, "rule", rule)
    elif rule in first_rows:
        report.add("RUL-02", "rule", rule, first=str(first_rows[rule]))
    elif report.row is not None:
        first_rows[rule] = report.row


def _read_rule(cells: Mapping[str, str], report: RuleReport, context: RuleContext) -> Rule | None:
    draft = _draft(cells, report, context)
    pools = frozenset(pool.name for pool in context.pools)
    check_combination(draft, pools, report, has_every_pool=context.has_every_pool)
    k = _read_k(draft, report)
    penalty = _read_penalty(draft, report)
    _check_value(draft, report, context)
    where = _read_scope(draft, report, context)
    if report.has_error or draft.value is None:
        return None
    return Rule.model_validate(
        {
            **{name: cells[name] for name in ("rule", "label", "owner")},
            **{name: getattr(draft, name) for name in (*_WORDS, "measure", "basis", "by", "of")},
            "where": where,
            "value": draft.value[0],
            "k": k[0] if k else None,
            "k_is_share": bool(k and k[1]),
            "penalty": penalty,
            "row": report.row,
        }
    )


def _draft(cells: Mapping[str, str], report: RuleReport, context: RuleContext) -> Draft:
    words = {name: _read_word(name, cells[name], report) for name in _WORDS}
    for name in ("measure", "sense", "value"):
        if not cells[name] and name in report.table.columns:
            report.add("RUL-04", name)
    measure = read_measure(cells["measure"], "measure", report, context) if cells["measure"] else None
    if cells["basis"]:
        basis = read_basis(cells["basis"], report, context)
    else:
        basis = Basis(kind="per_merchant") if words["kind"] == "ratio" else Basis()
    by = read_columns(cells["by"], "by", report, context)
    if not cells["by"] and words["kind"] == "top":
        by = (Column(key="merchant", label="merchant"),)
    of = None
    if cells["of"]:
        of = () if word(cells["of"]) == EVERY else read_columns(cells["of"], "of", report, context)
    value = _read_quantity("value", cells["value"], report)
    return Draft(dict(cells), **words, measure=measure, basis=basis, by=by, of=of, value=value)


def _read_word(name: str, text: str, report: RuleReport) -> str | None:
    if not text:
        return _DEFAULTS.get(name)
    read = word(text)
    if read in _WORDS[name]:
        return read
    report.add("RUL-05", name, text, hint=did_you_mean(read, _WORDS[name]), allowed=", ".join(_WORDS[name]))
    return None


def _read_quantity(name: str, text: str, report: RuleReport) -> tuple[Fraction, bool] | None:
    if not text:
        return None
    read = quantity(text)
    if read is None:
        report.add(number_problem(text), name, text, count=str(len(text)))
    elif abs(read[0]) > MAX_UNITS:
        report.add("RUL-07", name, text)
    return read


def _read_k(draft: Draft, report: RuleReport) -> tuple[Fraction, bool] | None:
    text = draft.cells["k"]
    if draft.kind not in ("top", "window") or not text:
        return None
    read = quantity(text)
    if read is None:
        report.add(number_problem(text), "k", text, count=str(len(text)))
        return None
    k, is_share = read
    is_legal = (draft.kind == "top" and 0 < k <= 1) if is_share else (k >= 1 and k.denominator == 1)
    if not is_legal or k > MAX_UNITS:
        report.add("RUL-36", "k", text)
    return read


def _read_penalty(draft: Draft, report: RuleReport) -> Fraction | None:
    text = draft.cells["penalty"]
    if draft.enforcement != "soft" or not text:
        return None
    read = _read_quantity("penalty", text, report)
    if read is not None and read[1]:
        report.add("RUL-06", "penalty", text)
    elif read is not None and read[0] < 0:
        report.add("RUL-08", "penalty", text)
    return read[0] if read else None


def _check_value(draft: Draft, report: RuleReport, context: RuleContext) -> None:
    if draft.value is None:
        return
    value, text = draft.value[0], draft.cells["value"]
    if draft.kind == "ratio" and value < 1:
        report.add("RUL-35", "value", text)
    if draft.basis is None or draft.basis.kind != "absolute" or draft.measure is None:
        return
    decimals = {pool.name: pool.decimals for pool in context.pools}.get(draft.measure.name, 0)
    if abs(value) <= MAX_UNITS < abs(value) * 10**decimals:
        report.add("RUL-07", "value", text)


def _read_scope(draft: Draft, report: RuleReport, context: RuleContext) -> tuple[Condition, ...]:
    num_before = len(report.findings)
    where = read_where(draft.cells["where"], report, context)
    if not context.is_complete or any(one.severity.rank == 0 for one in report.findings[num_before:]):
        return where
    if is_empty(where, context):
        code = "RUL-21" if draft.sense == "at_least" else "RUL-22"
        report.add(code, "where", draft.cells["where"], rule=report.rule)
    basis = draft.basis or Basis()
    for column in attributes_of(draft.measure):
        check_numbers("measure", column, where, report, context)
    for column in attributes_of(basis.measure):
        check_numbers("basis", column, where, report, context)
    if basis.attribute is not None:
        is_divisor = draft.kind == "ratio"
        check_numbers("basis", basis.attribute, where, report, context, is_divisor=is_divisor)
    return where


def lacking_keys(reports: Sequence[RuleReport], context: RuleContext) -> list[Finding]:
    """Return a finding for every key that cells have and a table that a rule uses lacks."""
    users: dict[str, str] = {}
    for report in reports:
        for table in sorted(report.tables):
            users.setdefault(table, report.rule)
    found = []
    for table, rule in sorted(users.items()):
        lacking = context.lacking(table) if table not in context.unread else ()
        if not lacking:
            continue
        key, facts = KEY_TABLES[table], {"table": context.file(table), "rule": rule}
        rows = context.first_rows(key) if context.first_rows else dict.fromkeys(lacking)
        found += [
            finding(KEY_LACKING, context.options_file, rows[text], key, text, **facts)
            for text in lacking
            if text in rows
        ]
    return found
