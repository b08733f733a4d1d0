"""A certificate read and its bound recomputed."""

from __future__ import annotations

from pathlib import Path

from optimizer.verify.bound import Bound, bound_of
from optimizer.verify.certificate import FILE as CERTIFICATE
from optimizer.verify.certificate import Certificate, CertificateReader
from optimizer.verify.document import read_document
from optimizer.verify.family import Family
from optimizer.verify.instance import Instance
from optimizer.verify.leaves import OverlapError, TooManyStepsError, contradicts, cover
from optimizer.verify.plan import Plan
from optimizer.verify.report import Report, UnverifiableError
from optimizer.verify.search import OverBudgetError


def proven(
    report: Report,
    folder: Path,
    instance: Instance,
    plan: Plan,
    families: list[Family],
    file: str = CERTIFICATE,
) -> tuple[Certificate | None, Bound | None]:
    """Read a certificate and recompute its bound; None where that fails, which is a finding."""
    report = report.under({CERTIFICATE: file})
    document = read_document(report, folder, file)
    try:
        certificate = CertificateReader(report, instance, families).read(document)
    except UnverifiableError:
        return None, None
    has_soft = any(family.rule.enforcement == "soft" for family in families)
    try:
        _check_leaves(report, instance, plan, certificate)
        bound = bound_of(instance, plan, certificate, has_soft)
    except (OverBudgetError, TooManyStepsError):
        report.add("VER-19", CERTIFICATE)
        return certificate, None
    if certificate.bound != bound.text:
        report.add("VER-18", CERTIFICATE, column="bound", value=certificate.bound, expected=bound.text)
    if certificate.is_infeasible and (bound.value is None or bound.value >= 0):
        report.add("VER-25", CERTIFICATE, value=bound.text)
    return certificate, bound


def _check_leaves(report: Report, instance: Instance, plan: Plan, certificate: Certificate) -> None:
    is_closed = instance.is_divisible.copy()
    is_closed[plan.cell[plan.is_booked]] = True
    for number, leaf in enumerate(certificate.leaves):
        if any(is_closed[decision.cell] for decision in leaf.where):
            raise OverBudgetError  # a decision says nothing exact about a mix, or about what is held
        if contradicts(leaf.where):
            report.add("VER-26", CERTIFICATE, column=f"leaves[{number}].where")
    try:
        is_covered = cover(certificate.leaves)
    except OverlapError:
        report.add("VER-29", CERTIFICATE, column="leaves")
    else:
        if not is_covered:
            report.add("VER-27", CERTIFICATE, column="leaves")
