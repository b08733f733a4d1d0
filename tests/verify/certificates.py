"""Random certificates of an instance, to be recomputed."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Any

from optimizer.verify.certificate import Funded, may_be_priced
from optimizer.verify.decimals import exact_text
from optimizer.verify.family import Family
from optimizer.verify.instance import Instance


def random_leaf(rng: Random, instance: Instance, families: list[Family], density: float) -> dict[str, Any]:
    """Return a leaf without decisions, about that share of the limits at a random price."""
    prices: list[dict[str, Any]] = []
    for family in families:
        for group, text in enumerate(family.limit_texts):
            if rng.random() < density and (
                family.is_single or may_be_priced(instance, family, group, Funded())
            ):
                part = _priced(rng, instance, family, text)
                prices += [part] if part else []
    return {"where": [], "prices": prices}


def random_inside(rng: Random, instance: Instance, families: list[Family]) -> list[dict[str, str]]:
    """Return some of the limits whose cells belong to one merchant."""
    inside = []
    for family in families:
        rule = family.rule
        if family.is_pool or rule.kind not in ("limit", "window") or rule.enforcement != "hard":
            continue
        counts = {rule.measure.kind, rule.basis_measure.kind if rule.basis_measure else ""}
        if rule.is_in_plan + rule.is_if_funded + ("merchants" in counts) > 1:
            continue  # said to be not checked
        for group, text in enumerate(family.texts):
            merchants = set(instance.cells.merchant[family.cells[family.group == group]].tolist())
            if rule.is_in_plan:
                of_cells = family.of_cells[family.of_group == family.of_code[group]]
                merchants |= set(instance.cells.merchant[of_cells].tolist())
            if len(merchants) == 1 and rng.random() < 0.7:
                inside.append({"rule": family.name, "group": text})
    return inside


def _priced(rng: Random, instance: Instance, family: Family, text: str) -> dict[str, Any] | None:
    rule = family.rule
    part: dict[str, Any] = {"rule": family.name, "group": text}
    if rule.kind == "ratio":
        groups = [group for group, basis in enumerate(family.bases) if basis]
        if len(groups) < 2 or not may_be_priced(instance, family, 0, Funded()):
            return None
        chosen = sorted({tuple(rng.sample(groups, 2)) for _ in range(rng.randint(1, 3))})
        pairs = [
            {"high": family.texts[h], "low": family.texts[low], "price": _price(rng)} for h, low in chosen
        ]
        return part | {"pairs": pairs}
    part["price"] = _price(rng)
    if rule.enforcement == "soft":
        part["price"] = exact_text(min(Fraction(part["price"]), rule.penalty))
        if part["price"] == "0":
            return None
    if rule.kind == "top":
        if not family.texts or not may_be_priced(instance, family, 0, Funded()):
            return None
        chosen_groups = sorted(rng.sample(range(len(family.texts)), family.num_largest))
        part["weights"] = [{"group": family.texts[group], "weight": "1"} for group in chosen_groups]
    return part


def _price(rng: Random) -> str:
    return exact_text(Fraction(rng.randint(1, 999), 10 ** rng.randint(1, 4)))
