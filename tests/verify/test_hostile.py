"""Whatever stands in either folder, verification ends with findings and never with a traceback."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path
from random import Random
from typing import Any

import pytest

from optimizer.verify import verify
from tests.verify.folders import (
    TINY_CERTIFICATE,
    TINY_PLAN,
    TINY_SUMMARY,
    altered,
    write_instance,
    write_plan,
)

MALFORMED = sorted((Path(__file__).parents[2] / "instances" / "malformed").iterdir())
HOSTILE: list[Any] = [
    *(None, True, -1, 0, 10**17, [], [[]], {}, {"": {}}),
    *("", "-", "1e400", "9" * 300, "0." + "0" * 300 + "1", "1/3", "\x00", "\ud800", "NaN", "１", "x" * 5000),
    *("tier=small", "pool:cash", "small-floor", "../../etc/passwd", "=1+1", "'" * 9),
]
RULE_COLUMNS = (
    "value",
    "kind",
    "measure",
    "basis",
    "by",
    "k",
    "sense",
    "of",
    "enforcement",
    "penalty",
    "applies",
)
SETTINGS = (
    "timezone",
    "divisible",
    "objective",
    "objective.maximise",
    "objective.caution",
    "gap",
    "measures",
)
KEYS = [
    *(
        "",
        "pools",
        "pools.",
        "pools.cash",
        "rules.",
        "rules.x.y.z",
        "settings",
        "settings.",
        "settings.name.x",
    ),
    *(f"rules.small-floor.{column}" for column in RULE_COLUMNS),
    'rules."small-floor".where',
    *(f"settings.{key}" for key in (*SETTINGS, "measures.x")),
]
VALUES = [
    *(
        "",
        "0",
        "-1",
        "1",
        "1e400",
        "15%",
        "nan",
        "true",
        "[1, 2]",
        "{x = 1}",
        "{cash = {y = 1}}",
        "[" * 5000,
        "'",
    ),
    *("Asia", "../x", "a\x00b", "2020-01-01", "cash", "total", "pool", "cell", "merchant", "all", "cells"),
    *(
        "merchants(cash>=1)",
        "merchants(cash>=tier)",
        "merchants(merchants>=1)",
        "tier>1",
        "tier=",
        "tier",
        "a;b;c",
    ),
    *("top", "ratio", "window", "soft", "if_funded", "category.merchant", "merchants.tier", "per_merchant"),
]


def _places(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, part in below for place in _places(part, (*path, key)))]


def _replaced(rng: Random, document: dict[str, Any]) -> dict[str, Any]:
    """Return a copy with one to three places replaced by something hostile."""
    result: Any = copy.deepcopy(document)
    for _ in range(rng.randint(1, 3)):
        path = rng.choice(_places(result)[1:])
        place = result
        for part in path[:-1]:
            place = place[part]
        place[path[-1]] = copy.deepcopy(rng.choice(HOSTILE))
    return result


@pytest.mark.parametrize("seed", range(4))
def test_hostile_documents(seed: int, tmp_path: Path) -> None:
    """JSON files with anything anywhere must be refused with findings, unless what was changed is exempt."""
    rng = Random(seed)
    instance = write_instance(tmp_path / "instance")
    plan = write_plan(tmp_path / "plan", instance)
    honest = json.loads((plan / "summary.json").read_text())
    for _ in range(100):
        summary = _replaced(rng, honest) if rng.random() < 0.5 else honest
        certificate = _replaced(rng, TINY_CERTIFICATE) if summary is honest else TINY_CERTIFICATE
        (plan / "summary.json").write_text(json.dumps(summary))
        (plan / "certificate.json").write_text(json.dumps(certificate))
        found = verify(instance, plan)
        assert all(str(finding).encode() for finding in found.findings)
        exempt = ("versions", "timings", "options", "method", "reproducible", "claimed_bound")
        told = [{key: part for key, part in s.items() if key not in exempt} for s in (summary, honest)]
        if told[0] != told[1] or certificate != TINY_CERTIFICATE:
            assert not found.is_verified, (summary, certificate)


@pytest.mark.parametrize("key", KEYS)
def test_hostile_overrides(key: str, tmp_path: Path) -> None:
    """Overrides of any key and value must end in findings, or in the very same plan under another name."""
    instance = write_instance(tmp_path / "instance")
    for value in VALUES:
        summary = altered(TINY_SUMMARY, overrides=[{"key": key, "value": value}])
        found = verify(instance, write_plan(tmp_path / "plan", instance, summary=summary))
        assert found.is_verified or found.exit_code in (3, 6)


@pytest.mark.parametrize("seed", range(3))
def test_hostile_tables(seed: int, tmp_path: Path) -> None:
    """Bytes changed anywhere in a table must end in findings."""
    rng = Random(seed)
    instance = write_instance(tmp_path / "instance")
    plan = write_plan(tmp_path / "plan", instance)
    for _ in range(100):
        name = rng.choice(sorted(TINY_PLAN))
        honest = (plan / name).read_bytes()
        data = bytearray(honest)
        for _ in range(rng.randint(1, 3)):
            data[rng.randrange(len(data))] = rng.choice(b"\x00\r\n\",;\t'=0123456789\xff-.e")
        (plan / name).write_bytes(data)
        found = verify(instance, plan)
        assert found.is_verified == (bytes(data) == honest), bytes(data)
        (plan / name).write_bytes(honest)


@pytest.mark.parametrize("folder", MALFORMED, ids=lambda folder: folder.name)
def test_malformed_instances(folder: Path, tmp_path: Path) -> None:
    """An instance that `check` refuses must end in findings, too."""
    if not folder.is_dir():
        return
    instance = tmp_path / "instance"
    shutil.copytree(folder, instance)
    plan = write_plan(tmp_path / "plan", instance)
    assert not verify(instance, plan).is_verified
