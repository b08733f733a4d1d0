"""`certificate.json`: prices from which anyone can recompute the bound."""

from __future__ import annotations

from models.amount import exact_text
from models.certificate import Certificate, Decision, Price
from models.problem import Limits, Problem
from optimizer.write.limits import Prices


def certificate_json(problem: Problem, certificate: Certificate) -> dict[str, object]:
    """Return a certificate as `docs/files.md` writes it."""
    return {
        "contract": 1,
        "kind": certificate.kind,
        "bound": exact_text(certificate.bound),
        "inside": [
            {"rule": problem.limits[limits].rule.rule, "group": problem.limits[limits].label(limit)}
            for limits, limit in certificate.inside
        ],
        "leaves": [
            {
                "where": [_decision(problem, decision) for decision in leaf.where],
                "prices": [_price(problem, price) for price in leaf.prices],
            }
            for leaf in certificate.leaves
        ],
    }


def _decision(problem: Problem, decision: Decision) -> dict[str, object]:
    options = problem.instance.options
    keys = {name: column.texts[column.codes[decision.option]] for name, column in options.keys.items()}
    name = options.option.texts[options.option.codes[decision.option]]
    return {**keys, "option": name, "taken": decision.is_taken}


def prices_of(certificate: Certificate) -> Prices:
    """Return the prices of the leaf whose bound is the certificate's: the first of the largest.

    The prices of a proof that no plan exists say nothing about what the limits are worth: there are none.
    """
    if certificate.kind == "infeasible":
        return {}
    leaf = max(certificate.leaves, key=lambda leaf: leaf.bound)
    return {(price.limits, price.limit): price.price for price in leaf.prices}


def _price(problem: Problem, price: Price) -> dict[str, object]:
    if price.limits < 0:
        return {
            "rule": f"pool:{problem.instance.pools[price.limit].name}",
            "group": "",
            "price": exact_text(price.price),
        }
    limits = problem.limits[price.limits]
    if price.pairs:
        return {"rule": limits.rule.rule, "group": "", "pairs": _pairs(limits, price)}
    written: dict[str, object] = {
        "rule": limits.rule.rule,
        "group": limits.label(price.limit),
        "price": exact_text(price.price),
    }
    if price.weights:
        weights = sorted(price.weights)
        written["weights"] = [
            {"group": limits.groups.label(group), "weight": exact_text(weight)} for group, weight in weights
        ]
    return written


def _pairs(limits: Limits, price: Price) -> list[dict[str, str]]:
    label = limits.groups.label
    return [
        {"high": label(high), "low": label(low), "price": exact_text(own)} for high, low, own in price.pairs
    ]
