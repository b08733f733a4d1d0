"""Stages of the objective: against enumeration, and what their plan folders say."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

from tests import oracle
from tests.oracle import Stage
from tests.search.making import solve

MOST = '"conversions"'


def _market(seed: int) -> dict[str, str]:
    """Draw two pools, three or four merchants in tiers, and a rule or two."""
    rng = Random(seed)
    rows, merchants = ["merchant,category,slot,option,cash,hours,conversions,gmv"], ["merchant,tier,cap"]
    for number in range(rng.randint(3, 4)):
        merchants.append(f"M{number},{rng.choice(['low', 'mid', 'top'])},{rng.randint(15, 60)}")
        for slot in range(rng.randint(1, 2)):
            cost = 0
            for name in "AB"[: rng.randint(1, 2)]:
                cost += rng.randint(1, 20)
                worth, gmv = rng.randint(0, 12), rng.choice([0, 1.5, 2.25, 4])
                rows.append(
                    f"M{number},C{number % 2},S{slot},{name},{cost},{rng.randint(0, 3)},{worth},{gmv}"
                )
    rules = ["rule,measure,where,by,sense,value,basis,enforcement,penalty"]
    if rng.random() < 0.6:
        rules.append("own,cash,,merchant,at_most,1,merchants.cap,,")
    if rng.random() < 0.4:
        rules.append(f"few,cash,,slot,at_most,{rng.randint(15, 60)},,,")
    if rng.random() < 0.4:
        rules.append(f"some,cells,,category,at_least,{rng.randint(1, 2)},,soft,{rng.choice(['1', '2.5'])}")
    return {
        "pools.csv": f"pool,amount\ncash,{rng.randint(20, 90)}\nhours,{rng.randint(2, 9)}\n",
        "options.csv": "\n".join(rows) + "\n",
        "merchants.csv": "\n".join(merchants) + "\n",
        "rules.csv": "\n".join(rules) + "\n",
        "settings.toml": 'name = "drawn"\n',
    }


def _stages(seed: int) -> list[Stage]:
    """Draw one or two stages before a last one."""
    rng = Random(1000 + seed)
    worst = [
        Stage(worst=(("measure", "cash"), ("by", "tier"))),
        Stage(worst=(("measure", "cash"), ("by", "tier"), ("basis", "per_merchant"))),
        Stage(worst=(("measure", "cash"), ("by", "merchant"), ("basis", "pool"))),
        Stage(worst=(("measure", "conversions"), ("by", "category"), ("where", "tier!=top"))),
        Stage(worst=(("measure", "cells"), ("by", "merchant"), ("basis", "eligible"))),
        Stage(worst=(("measure", "cash"), ("by", "merchant")), k=2),
        Stage(worst=(("measure", "gmv"), ("by", "merchant")), k=3),
    ]
    most = ['"conversions"', '"gmv"', "{gmv = 2, cash = -0.1}", "{cash = -1}", '"merchants"', "{cells = -2}"]
    within = ["0", "0", "0.01", "0.1", "0.5"]
    drawn = [
        Stage(
            maximise=""
            if (stage := rng.choice(worst)) and (is_worst := rng.random() < 0.6)
            else rng.choice(most),
            worst=stage.worst if is_worst else (),
            k=stage.k if is_worst else 1,
            within=Fraction(rng.choice(within)),
        )
        for _ in range(rng.randint(1, 2))
    ]
    return [*drawn, Stage(maximise=rng.choice(most[:4]))]


def _toml(stages: list[Stage]) -> str:
    """Write stages as the settings state them."""
    lines = []
    for number, stage in enumerate(stages, 1):
        lines.append("[[objective.stages]]")
        if stage.worst:
            columns = [f'{name} = "{text}"' for name, text in stage.worst]
            columns += [f"k = {stage.k}"] if stage.k > 1 else []
            lines.append(f"worst = {{{', '.join(columns)}}}")
        else:
            lines.append(f"maximise = {stage.maximise}")
        if number < len(stages):
            lines.append(f'within = "{float(stage.within * 100):g}%"')
    return "\n".join(lines) + "\n"


def _write(folder: Path, files: dict[str, str], stages: list[Stage]) -> Path:
    folder.mkdir()
    for name, text in (files | {"settings.toml": files["settings.toml"] + _toml(stages)}).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("seed", range(12))
def test_stages_reach_what_enumeration_does(tmp_path, seed):
    """Each stage reaches the most that is left to it, and the plan is one of those left in the end."""
    files, stages = _market(seed), _stages(seed)
    reached, left = oracle.lexicographic(files, stages)
    solved = solve(_write(tmp_path / "i", files, stages))
    assert not solved.rejected
    if not left:
        assert solved.plan is None
        return
    ended = [stage.objective for stage in solved.solution.stages]
    steps = [stage.step for stage in solved.solution.stages]
    for found, step, best in zip(
        [*ended, solved.plan.objective], [*steps, Fraction(0)], reached, strict=True
    ):
        assert found == (best // step * step if step else best)
    assert all(stage.gap == 0 for stage in solved.solution.stages)
