"""Which columns of a rule go together: the combinations that contract 3 names, and no others."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from models.headers import APPLIES, BASES, ENFORCEMENTS, SENSES
from models.rule import Basis, Column, Measure
from optimizer.read.rules_report import RuleReport

ATTRIBUTE, MEASURE = "attribute", "measure"


@dataclass(frozen=True)
class Legal:
    """What goes with a kind."""

    senses: tuple[str, ...] = ("at_most",)
    bases: tuple[str, ...] = ("absolute", "pool")
    applies: tuple[str, ...] = ("always",)
    enforcements: tuple[str, ...] = ENFORCEMENTS
    needs: tuple[str, ...] = ()


LEGAL = {
    "limit": Legal(senses=SENSES, bases=(*BASES, MEASURE, ATTRIBUTE), applies=APPLIES),
    "top": Legal(bases=("absolute", "pool", "total"), needs=("k",)),
    "ratio": Legal(
        bases=("per_merchant", ATTRIBUTE), applies=APPLIES, enforcements=("hard", "report"), needs=("by",)
    ),
    "window": Legal(needs=("k",)),
}


@dataclass(frozen=True)
class Draft:
    """A rule on the way: what could be read of it; None where a finding says why not.

    Attributes
    ----------
    cells
        Column -> text as the file has it; blank where the file lacks the column.
    value
        The number, and whether it is written as a percentage.
    """

    cells: dict[str, str]
    kind: str | None
    sense: str | None
    applies: str | None
    enforcement: str | None
    measure: Measure | None
    basis: Basis | None
    by: tuple[Column, ...]
    of: tuple[Column, ...] | None
    value: tuple[Fraction, bool] | None


def check_combination(
    draft: Draft, pools: frozenset[str], report: RuleReport, *, has_every_pool: bool = True
) -> None:
    """Add a finding for every two columns of the rule that do not go together.

    Without `has_every_pool` another amount may be a pool, too.
    """
    if draft.kind is None:
        return
    legal, other = LEGAL[draft.kind], f"kind {draft.kind}"
    basis = draft.basis.kind if draft.basis else None
    words = (
        ("sense", draft.sense, legal.senses),
        ("basis", basis, legal.bases),
        ("applies", draft.applies, legal.applies),
        ("enforcement", draft.enforcement, legal.enforcements),
    )
    refused = {cell: allowed for cell, word, allowed in words if word is not None and word not in allowed}
    for cell, allowed in refused.items():
        report.add("RUL-31", cell, draft.cells[cell], other=other, allowed=", ".join(allowed))
    for cell in ("by", "k"):
        if cell in legal.needs and not draft.cells[cell]:
            report.add("RUL-33", cell, other=other)
    if draft.cells["k"] and "k" not in legal.needs:
        report.add("RUL-32", "k", draft.cells["k"], other=other)
    if "enforcement" not in refused:
        _check_penalty(draft, report)
    if "basis" not in refused and _check_basis(draft, pools, report, has_every_pool):
        _check_of(draft, report)


def _check_penalty(draft: Draft, report: RuleReport) -> None:
    other = f"enforcement {draft.enforcement}"
    if draft.enforcement == "soft" and not draft.cells["penalty"]:
        report.add("RUL-33", "penalty", other=other)
    if draft.enforcement in ("hard", "report") and draft.cells["penalty"]:
        report.add("RUL-32", "penalty", draft.cells["penalty"], other=other)


def _check_basis(draft: Draft, pools: frozenset[str], report: RuleReport, has_every_pool: bool) -> bool:
    # Whether the basis itself may stay: if not, nothing is said of what depends on it.
    if draft.basis is None:
        return False
    kind, measure = draft.basis.kind, draft.measure
    if kind == "absolute" and draft.value is not None and draft.value[1]:
        report.add("RUL-30", "value", draft.cells["value"])
    if measure is None:
        return True
    is_refused = {
        "pool": measure.kind != "amount" or (measure.name not in pools and has_every_pool),
        "eligible": measure.kind == "amount",
        # Its own amount over the group would say nothing, or force it to zero.
        "measure": measure == draft.basis.measure and not draft.cells["of"],
    }
    if is_refused.get(kind, False):
        allowed = ", ".join(
            basis for basis in LEGAL["limit"].bases[: len(BASES)] if not is_refused.get(basis)
        )
        facts = {"other": f"measure {measure.text}", "allowed": allowed}
        report.add("RUL-31", "basis", draft.cells["basis"], **facts)
    return not is_refused.get(kind, False)


def _check_of(draft: Draft, report: RuleReport) -> None:
    text = draft.cells["of"]
    if not text or draft.basis is None:
        return
    if not draft.basis.is_in_plan:
        report.add("RUL-32", "of", text, other=f"basis {draft.basis.kind}")
    elif draft.kind == "top" and draft.of:
        report.add("RUL-31", "of", text, other="kind top", allowed="all")
    for column in draft.of or ():
        if column not in draft.by and draft.kind == "limit" and draft.basis.is_in_plan:
            report.add("RUL-34", "of", text, name=column.label)
