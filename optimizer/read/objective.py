"""The counts that `maximise` of the settings weighs: funded cells, and merchants that are funded or reach."""

from __future__ import annotations

from fractions import Fraction

from models.finding import Finding
from models.rule import Measure
from models.settings import Counts
from optimizer.read.expression import attributes_of, check_numbers, is_count, read_measure
from optimizer.read.findings import Findings
from optimizer.read.folder import SETTINGS_FILE
from optimizer.read.rules import lacking_keys
from optimizer.read.rules_context import RuleContext
from optimizer.read.rules_report import RuleReport
from optimizer.read.settings import exact_number
from optimizer.read.table import Table

_OWNER = "[objective]"
"""Stands for the rule in findings that name the rule which uses a table."""


def read_counts(
    aim: object, key: str, context: RuleContext, findings: Findings
) -> tuple[Counts, list[Finding]]:
    """Return (measure, weight) pairs, sorted by the measure's text; a measure named twice is added up.

    Parameters
    ----------
    aim, key
        What is maximised, as `settings.toml` states it, and where it does; `read_weights` has said what is
        wrong with its other weights.

    Returns
    -------
    The pairs, and findings of `read_rules`' kind on keys that a table lacks.
    """
    weights: dict[str, Fraction] = {}
    measures: dict[str, Measure] = {}
    lacking: list[Finding] = []
    aim = {aim: 1} if isinstance(aim, str) else aim
    for text, value in aim.items() if isinstance(aim, dict) else ():
        if text in context.amounts or not is_count(text):
            continue
        report = RuleReport(Table(SETTINGS_FILE, {}, {}, ()), None, _OWNER)
        measure = read_measure(text, key, report, context)
        for column in attributes_of(measure):
            check_numbers(key, column, (), report, context)
        lacking += lacking_keys([report], context)
        for one in report.findings:
            findings.add(one.code, one.file, None, one.column, one.value, **dict(one.facts))
        weight = exact_number(value, f"{key}.{text}", findings)
        if measure is not None and weight is not None and not report.has_error:
            measures.setdefault(measure.text, measure)
            weights[measure.text] = weights.get(measure.text, Fraction(0)) + weight
    return tuple((measures[text], weight) for text, weight in sorted(weights.items()) if weight), lacking
