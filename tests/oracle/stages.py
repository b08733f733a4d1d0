"""Stages of an objective by enumeration: the plans that are left after each, in Fractions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tests.oracle.brute import plans_of
from tests.oracle.evaluation import Holding, amount, excess, worth_of
from tests.oracle.folder import Cell, Folder, parse
from tests.oracle.rule import limits


@dataclass(frozen=True)
class Stage:
    """One stage: what it maximises (TOML), or the columns of the floor that it raises (the k smallest)."""

    maximise: str = ""
    worst: tuple[tuple[str, str], ...] = ()
    k: int = 1
    within: Fraction = Fraction(0)


def lexicographic(
    files: Mapping[str, str], stages: Sequence[Stage]
) -> tuple[list[Fraction], list[dict[Cell, str]]]:
    """Return what each stage reaches at best (its last one less penalties), and the plans that are left.

    Parameters
    ----------
    files
        Name -> text; `settings.toml` states no objective.
    """
    left = _feasible(parse(files))
    reached: list[Fraction] = []
    for number, stage in enumerate(stages, 1):
        is_last = number == len(stages)
        worths = [_worth(files, stage, chosen, is_last=is_last) for chosen in left]
        if not worths:
            return reached, []
        best = max(worths)
        reached.append(best)
        lowest = best - stage.within * abs(best)
        left = [chosen for chosen, worth in zip(left, worths, strict=True) if worth >= lowest]
    return reached, left


def _feasible(folder: Folder) -> list[dict[Cell, str]]:
    hard = [limit for limit in limits(folder) if limit.rule.enforcement == "hard"]
    found = []
    for chosen in plans_of(folder):
        holding = _holding(folder, chosen)
        drawn = {pool: sum((h[pool] for h in holding.values()), Fraction(0)) for pool in folder.pools}
        is_within = all(drawn[name] <= pool.amount for name, pool in folder.pools.items())
        if is_within and not any(excess(limit, holding) for limit in hard):
            found.append(chosen)
    return found


def _holding(folder: Folder, chosen: Mapping[Cell, str]) -> Holding:
    return {cell: folder.options[cell][option] for cell, option in chosen.items()}


def _worth(files: Mapping[str, str], stage: Stage, chosen: Mapping[Cell, str], *, is_last: bool) -> Fraction:
    if stage.worst:
        return _least(files, stage, chosen)
    settings = files.get("settings.toml", "") + f"\n[objective]\nmaximise = {stage.maximise}\n"
    folder = _parsed({**files, "settings.toml": settings})
    holding = _holding(folder, chosen)
    soft = [limit for limit in limits(folder) if limit.rule.enforcement == "soft"] if is_last else []
    lost = sum((excess(limit, holding) * limit.rule.penalty for limit in soft), Fraction(0))
    return worth_of(folder, holding) - lost


def _least(files: Mapping[str, str], stage: Stage, chosen: Mapping[Cell, str]) -> Fraction:
    """Return what the k smallest groups get together, per unit of their basis."""
    columns = dict(stage.worst) | {"rule": "zz", "sense": "at_least", "value": "1", "enforcement": "report"}
    rules = ",".join(columns) + "\n" + ",".join(columns.values()) + "\n"
    folder = _parsed({**files, "rules.csv": rules})
    holding = _holding(folder, chosen)
    shares = []
    for limit in limits(folder):
        (group,) = limit.groups
        assert limit.constant
        shares.append(amount(limit.rule.measure, group.cells, holding) / limit.constant)
    return sum(sorted(shares)[: stage.k], Fraction(0))


_PARSED: dict[tuple[tuple[str, str], ...], Folder] = {}


def _parsed(files: Mapping[str, str]) -> Folder:
    key = tuple(sorted(files.items()))
    if key not in _PARSED:
        _PARSED.clear()
        _PARSED[key] = parse(dict(files))
    return _PARSED[key]
