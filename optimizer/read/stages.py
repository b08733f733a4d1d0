"""`[[objective.stages]]` of the settings: what comes before the objective, in order of rank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from models.finding import Finding
from models.language import _
from models.rule import Rule
from models.settings import Stage
from optimizer.read.columns import clean
from optimizer.read.findings import Findings
from optimizer.read.folder import SETTINGS_FILE
from optimizer.read.objective import read_counts
from optimizer.read.rules import read_rules
from optimizer.read.rules_context import RuleContext
from optimizer.read.rules_text import quantity
from optimizer.read.settings import MAXIMISE, Names, Weights, exact_number, read_weights
from optimizer.read.suggest import hint
from optimizer.read.table import Table

_KEY = "objective.stages"
_STAGE_KEYS = ("maximise", "worst", "within")
_WORST_KEYS = ("measure", "by", "where", "basis", "k")
_BASES = ("absolute", "pool", "per_merchant", "eligible")
_BASES_OF_SEVERAL = ("absolute",)


@dataclass(frozen=True, eq=False)
class _Known:
    """What stages are read against."""

    names: Names
    measures: Mapping[str, Weights]
    context: RuleContext | None
    findings: Findings

    def report_kind(self, key: str, value: object, expected: str) -> None:
        self.findings.add("SET-03", SETTINGS_FILE, None, key, str(value), expected=expected)


def read_stages(
    objective: Mapping[str, object],
    names: Names,
    measures: Mapping[str, Weights],
    context: RuleContext | None,
    findings: Findings,
) -> tuple[tuple[Stage, ...], list[Finding]]:
    """Return the stages before the last one, whose aim `read_settings` has read as the objective.

    Parameters
    ----------
    objective
        The table `[objective]`, with `stages`.
    context
        None where too little could be read: stages that raise the worst-off are then left out.

    Returns
    -------
    The stages, and findings of `read_rules`' kind on keys that a table lacks.
    """
    known = _Known(names, measures, context, findings)
    stated = objective["stages"]
    if "maximise" in objective:
        findings.add("SET-09", SETTINGS_FILE, None, MAXIMISE)
    if not isinstance(stated, list) or not stated or not all(isinstance(one, dict) for one in stated):
        known.report_kind(_KEY, stated, _("a list of stages, each a table [[objective.stages]]"))
        return (), []
    lacking: list[Finding] = []
    stages: list[Stage] = []
    for number, one in enumerate(stated, 1):
        key = f"{_KEY}[{number}]"
        if _is_stage(one, key, is_last=number == len(stated), known=known) and number < len(stated):
            stage, found = _stage(one, key, number, known)
            lacking += found
            stages += [stage] if stage is not None else []
    return tuple(stages), lacking


def _is_stage(stated: Mapping[str, object], key: str, *, is_last: bool, known: _Known) -> bool:
    """Say whether a stage states what it must, and report what it must not."""
    findings = known.findings
    for name in stated:
        if name not in _STAGE_KEYS:
            findings.add("SET-02", SETTINGS_FILE, None, f"{key}.{name}", hint=hint(name, _STAGE_KEYS))
    if ("maximise" in stated) == ("worst" in stated):
        findings.add("SET-10", SETTINGS_FILE, None, key)
        return False
    if is_last and "worst" in stated:
        findings.add("SET-11", SETTINGS_FILE, None, key)
    if is_last and "within" in stated:
        findings.add("SET-12", SETTINGS_FILE, None, f"{key}.within", str(stated["within"]))
    return True


def _stage(
    stated: Mapping[str, object], key: str, number: int, known: _Known
) -> tuple[Stage | None, list[Finding]]:
    within = _within(stated.get("within", 0), f"{key}.within", known)
    if "worst" in stated:
        return _worst(stated["worst"], f"{key}.worst", number, within, known)
    aim, at = stated["maximise"], f"{key}.maximise"
    weights = read_weights(aim, at, known.names, known.measures, known.findings)
    if known.context is None:
        return Stage(weights=weights, within=within), []
    counts, lacking = read_counts(aim, at, known.context, known.findings)
    if len(counts) + bool(weights) > 1:
        known.findings.add("SET-13", SETTINGS_FILE, None, at)
    return Stage(weights=weights, counts=counts, within=within), lacking


def _within(stated: object, key: str, known: _Known) -> Fraction:
    """Return a share from 0 to 1, a number or a text such as `1%`."""
    if isinstance(stated, str):
        read = quantity(stated)
        share = read[0] if read else None
    else:
        share = exact_number(stated, key, Findings())
    if share is None or not 0 <= share <= 1:
        known.report_kind(key, stated, _('a percentage such as "1%", or a number from 0 to 1'))
        return Fraction(0)
    return share


def _worst(
    stated: object, key: str, number: int, within: Fraction, known: _Known
) -> tuple[Stage | None, list[Finding]]:
    """Read the floor that is raised, with all the checks of a rule."""
    texts = (
        {name: clean(str(stated.get(name, ""))) for name in _WORST_KEYS} if isinstance(stated, dict) else {}
    )
    if not isinstance(stated, dict) or not texts["measure"] or not texts["by"]:
        known.report_kind(key, stated, _('a table such as {measure = "cash", by = "tier"}'))
        return None, []
    for name in stated:
        if name not in _WORST_KEYS:
            known.findings.add("SET-02", SETTINGS_FILE, None, f"{key}.{name}", hint=hint(name, _WORST_KEYS))
    several = exact_number(stated.get("k", 1), f"{key}.k", Findings())
    if several is None or several < 1 or several.denominator != 1:
        known.report_kind(f"{key}.k", stated["k"], _("a whole number from 1 on"))
        several = Fraction(1)
    if known.context is None:
        return None, []
    columns = {name: (texts[name],) for name in ("measure", "by", "where", "basis")}
    fixed = {"rule": (key,), "sense": ("at_least",), "value": ("1",)}
    rules, found = read_rules(Table(SETTINGS_FILE, {}, {**columns, **fixed}, (1,)), known.context)
    lacking = [one for one in found if one.file != SETTINGS_FILE]
    for one in found:
        if one.file == SETTINGS_FILE:
            facts = dict(one.facts)
            known.findings.add(one.code, SETTINGS_FILE, None, f"{key}.{one.column}", one.value, **facts)
    if not rules or not _is_legal(rules[0], int(several), key, known):
        return None, lacking
    rule = rules[0].model_copy(update={"rule": f"stage:{number}", "row": None})
    where, num_smallest = texts["where"], int(several)
    return Stage(worst=rule, where=where, num_smallest=num_smallest, within=within), lacking


def _is_legal(rule: Rule, num_smallest: int, key: str, known: _Known) -> bool:
    """Say whether such a floor can be raised: its bases are above zero whatever the plan."""
    bases: Sequence[str] = _BASES if num_smallest == 1 else _BASES_OF_SEVERAL
    if num_smallest > 1 and rule.measure.kind != "amount":
        facts = {
            "other": f"k {num_smallest}",
            "allowed": ", ".join(known.context.amounts if known.context else ()),
        }
        known.findings.add("RUL-31", SETTINGS_FILE, None, f"{key}.measure", rule.measure.text, **facts)
        return False
    if rule.basis.kind not in bases:
        facts = {"other": f"worst, k {num_smallest}", "allowed": ", ".join(bases)}
        known.findings.add("RUL-31", SETTINGS_FILE, None, f"{key}.basis", rule.basis.kind, **facts)
        return False
    return True
