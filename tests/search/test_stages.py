"""Stages of the objective: against enumeration, and what their plan folders say."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

from optimizer.verify import verify
from tests import oracle
from tests.oracle import Stage
from tests.search.making import out_of, solve

MOST = '"conversions"'
LEAST = [Stage(worst=(("measure", "cash"), ("by", "merchant"))), Stage(maximise='"conversions"')]


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


def _fair(folder: Path) -> Path:
    """Write an instance of two stages: the worst-off merchant's cash, then conversions."""
    files = {
        "pools.csv": "pool,amount\ncash,30\n",
        "options.csv": "merchant,category,slot,option,cash,conversions\n"
        "M1,tea,S1,A,10,1\nM1,tea,S1,B,20,2\nM2,tea,S1,A,10,9\nM2,tea,S1,B,20,20\n",
        "rules.csv": "rule,measure,sense,value\nsome,cash,at_least,10\n",
        "settings.toml": "",
    }
    return _write(
        folder, files, [Stage(worst=(("measure", "cash"), ("by", "merchant"))), Stage(maximise=MOST)]
    )


def test_what_a_stage_claims_is_recomputed(tmp_path):
    """A changed figure, plan or proof of a stage is found; as they were written they are right."""
    folder, out = _fair(tmp_path / "i"), out_of(tmp_path / "i")
    solve(folder)
    assert verify(folder, out).is_verified
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert [(one["objective"], one["certified_bound"], one["floor"]) for one in summary["stages"]] == [
        ("10", "10", "10")
    ]
    proof = json.loads((out / "certificate-1.json").read_text(encoding="utf-8"))
    keys = ("objective", "bound", "certified_bound", "floor", "gap", "step")
    within = ("settings", "objective", "stages", 0, "within")
    figures = [_changed(summary, ("stages", 0, key), "9") for key in keys]
    wrong = {
        "summary.json": [*figures, {**summary, "stages": []}, _changed(summary, within, "1")],
        "certificate-1.json": [
            {**proof, "kind": "bound"},
            {**proof, "bound": "-1"},
            _changed(proof, ("leaves", 0, "prices"), []),
        ],
    }
    for name, documents in wrong.items():
        before = (out / name).read_bytes()
        for document in documents:
            (out / name).write_text(json.dumps(document), encoding="utf-8")
            assert not verify(folder, out).is_verified, (name, document)
        (out / name).write_bytes(before)
    rows = (out / "plan-1.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (out / "plan-1.csv").write_text("".join(rows[:-1]), encoding="utf-8")
    assert not verify(folder, out).is_verified
    (out / "plan-1.csv").unlink()
    assert verify(folder, out).exit_code == 3


def _changed(document: dict, path: tuple, value: object) -> dict:
    """Return a document with one value changed."""
    copy = json.loads(json.dumps(document))
    inner = copy
    for part in path[:-1]:
        inner = inner[part]
    assert inner[path[-1]] != value
    inner[path[-1]] = value
    return copy


def test_rules_that_cannot_hold_are_proven_as_ever(tmp_path):
    """Where no plan exists the proof is of the hard rules alone, and a best effort has no stages."""
    files = {
        "pools.csv": "pool,amount\ncash,30\n",
        "options.csv": "merchant,category,slot,option,cash,conversions\nM1,tea,S1,A,10,1\nM2,tea,S1,A,10,1\n",
        "rules.csv": "rule,measure,by,sense,value\na,conversions,,at_least,2\nb,cells,merchant,at_most,1\n"
        "c,cells,,at_most,1\n",
        "settings.toml": "",
    }
    folder = _write(tmp_path / "i", files, LEAST)
    solved = solve(folder)
    assert solved.plan is None
    effort = solve(folder, is_best_effort=True)
    assert effort.plan is not None
    assert effort.written.summary["stages"] == []
    assert verify(folder, out_of(folder)).is_verified


def test_one_stage_is_the_objective(tmp_path):
    """A list of one stage says what `maximise` says: the same plan, limits and proof, to the byte."""
    files = _market(5)
    one = _write(tmp_path / "a", files, [Stage(maximise=MOST)])
    other = _write(tmp_path / "b", files, [])
    (other / "settings.toml").write_text(
        'name = "drawn"\n[objective]\nmaximise = "conversions"\n', encoding="utf-8"
    )
    for folder in (one, other):
        assert solve(folder).plan is not None
    for name in ("plan.csv", "limits.csv", "certificate.json"):
        assert (out_of(one) / name).read_bytes() == (out_of(other) / name).read_bytes()
    assert {path.name for path in out_of(one).iterdir()} == {path.name for path in out_of(other).iterdir()}


def test_penalties_count_in_the_last_stage(tmp_path):
    """A soft rule is reported before the last stage, and costs there."""
    files = _market(5) | {
        "rules.csv": "rule,measure,sense,value,enforcement,penalty\nsoft,cells,at_most,0,soft,100\n"
    }
    stages = [Stage(maximise=MOST, within=Fraction(1, 2)), Stage(maximise=MOST)]
    solved = solve(_write(tmp_path / "i", files, stages))
    reached, _ = oracle.lexicographic(files, stages)
    assert [solved.solution.stages[0].objective, solved.plan.objective] == reached
    assert solved.plan.penalties > 0
    assert solved.solution.stages[0].plan.penalties == 0
