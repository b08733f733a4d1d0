"""A certificate of the product as `verify` recomputes it."""

from __future__ import annotations

import json
from pathlib import Path

from models.certificate import Certificate
from models.problem import Problem
from optimizer.lagrangian.certify import printed_bound
from optimizer.lagrangian.prove import Proof
from optimizer.verify.bound import Bound, bound_of
from optimizer.verify.certificate import CertificateReader
from optimizer.verify.family import families_of
from optimizer.verify.holdings import Holdings
from optimizer.verify.loading import load
from optimizer.verify.report import Report
from optimizer.write.certificate import certificate_json
from tests.verify.publishing import _write_rows


def certificate_of(problem: Problem, proof: Proof) -> Certificate:
    """Return the certificate that a search would publish."""
    return Certificate("bound", printed_bound(problem, proof.leaf.bound), (proof.leaf,), proof.inside)


def recomputed(instance_folder: Path, problem: Problem, certificate: Certificate, beside: Path) -> Bound:
    """Return what `verify` makes of a certificate; it must find nothing wrong with how it is written."""
    instance = load(instance_folder, ())
    families = families_of(instance)
    beside.mkdir(parents=True, exist_ok=True)
    holdings: Holdings = _write_rows(instance, {}, beside)
    report = Report()
    document = json.loads(json.dumps(certificate_json(problem, certificate)))
    read = CertificateReader(report, instance, families).read(document)
    assert not report.findings, [str(finding) for finding in report.findings]
    has_soft = any(family.rule.enforcement == "soft" for family in families)
    return bound_of(instance, holdings.plan, read, has_soft)
