"""Every way in which a plan folder can be wrong has its finding, and none ends in a traceback."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from models.codes import Severity
from models.codes.plans import CODES
from optimizer.verify import Verification, verify
from tests.verify.folders import (
    TINY_CERTIFICATE,
    TINY_PLAN,
    TINY_SUMMARY,
    altered,
    rows_of,
    write_instance,
    write_plan,
)

PLAN, LIMITS = TINY_PLAN["plan.csv"], TINY_PLAN["limits.csv"]
LEAF = TINY_CERTIFICATE["leaves"][0]
CASH = {"rule": "pool:cash", "group": "", "price": "0.3"}
FLOOR = {"rule": "small-floor", "group": "", "price": "0.1"}


@dataclass(frozen=True)
class Wrong:
    """The tiny plan with something wrong, and the code that must be among the findings."""

    code: str
    plan: str = PLAN
    limits: str = LIMITS
    more: dict[str, bytes] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)
    certificate: dict[str, Any] = field(default_factory=dict)
    instance: dict[str, str] = field(default_factory=dict)
    after: Callable[[Path, Path], object] = lambda _instance, _plan: None

    def verified(self, home: Path) -> Verification:
        """Write the folders and verify."""
        instance = write_instance(home / "instance", **self.instance)
        tables = {"plan.csv": self.plan, "limits.csv": self.limits}
        summary = altered(TINY_SUMMARY, **self.summary)
        plan = write_plan(
            home / "plan", instance, tables, summary, altered(TINY_CERTIFICATE, **self.certificate)
        )
        for name, data in self.more.items():
            (plan / name).write_bytes(data)
        self.after(instance, plan)
        return verify(instance, plan)


def leaves(*wheres: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return leaves of the tiny certificate's prices, one for each list of decisions."""
    return [{**copy.deepcopy(LEAF), "where": where} for where in wheres]


def decide(option: str, is_taken: bool, merchant: str = "M1") -> dict[str, Any]:
    """Return a decision about a cell of the tiny instance."""
    slot = {"category": "toys", "slot": "S2"} if merchant == "M3" else {"category": "food", "slot": "S1"}
    return {"merchant": merchant, **slot, "option": option, "taken": is_taken}


def _without_key(_: Path, plan: Path) -> None:
    summary = json.loads((plan / "summary.json").read_text())
    del summary["counts"]["cells"]
    (plan / "summary.json").write_text(json.dumps(summary))


def _as_parquet(_: Path, plan: Path) -> None:
    (plan / "plan.csv").rename(plan / "plan.parquet")


PINS = "merchant,category,slot,option\n"
TOP = "rule,kind,measure,sense,value,k\nsmall-floor,top,cash,at_most,90,2\n"
SOFT = "rule,measure,sense,value,enforcement,penalty\nsmall-floor,cash,at_most,200,soft,0.05\n"
IF_FUNDED = "rule,measure,sense,value,applies\nsmall-floor,cash,at_least,10,if_funded\n"
MERCHANTS = "rule,measure,by,sense,value\nsmall-floor,cash,merchant,at_most,70\n"
DIVISIBLE = "divisible = true\n"
MIX = PLAN.replace("conversions\n", "conversions,fraction\n").replace(",15\n", ",15,1\n")
SLOTS = "slot,start\nS1,2026-11-01T00:00:00Z\nS2,2026-11-09T00:00:00Z\n"
CAMPAIGN: dict[str, Any] = {
    "now": "2026-11-02T00:00:00+08:00",
    "frozen": [],
    "incumbent": None,
    "max_change": None,
}
BOOKED = "merchant,category,slot,option,cash,conversions\nM2,food,S1,A,30.00,12\n"

BY_CERTIFICATE = {
    "status": "stopped",
    "bound": "44",
    "gap": "0.257142857143",
    "bound_by": "certificate",
    "claimed_bound": None,
}
UNBOUNDED = dict.fromkeys(("bound", "gap", "bound_by", "claimed_bound", "certified_bound", "certified_gap"))
FORGED = UNBOUNDED | {"best_effort": True, "status": "stopped"}
BROKEN = "rule,measure,sense,value\nsmall-floor,cash,at_least,91\n"  # and 100 yuan could be spent
OPEN = {"kind": "infeasible", "bound": "50", "leaves": [{"where": [], "prices": []}]}

WRONG = [
    Wrong("PLN-02", after=lambda _, plan: (plan / "plan.csv").unlink()),
    Wrong("PLN-02", after=lambda _, plan: (plan / "limits.csv").unlink()),
    Wrong("PLN-02", after=lambda _, plan: (plan / "certificate.json").unlink()),
    Wrong("PLN-02", after=lambda _, plan: (plan / "summary.json").unlink()),
    Wrong("PLN-03", more={"notes.txt": b""}),
    Wrong("PLN-03", after=lambda _, plan: (plan / "plans").mkdir()),
    Wrong("PLN-04", more={"plan.parquet": b""}),
    Wrong("PLN-05", more={"plan.csv": PLAN.encode()}),
    Wrong("PLN-06", plan=PLAN + 'M4,"food'),
    Wrong("PLN-06", more={"limits.csv": b"\xef\xbb\xbf\xff\xfe"}),
    Wrong("PLN-06", more={"limits.csv": b"\xef\xbb\xbf"}),
    Wrong("PLN-06", plan=PLAN + "x" * 200_000 + "\n"),
    Wrong("PLN-06", after=_as_parquet),
    Wrong("PLN-07", plan=PLAN.replace("cash,conversions", "conversions,cash")),
    Wrong("PLN-07", plan=PLAN.replace("cash", "Cash", 1)),
    Wrong("PLN-08", more={"summary.json": b"{"}),
    Wrong("PLN-08", more={"summary.json": b"[]"}),
    Wrong("PLN-08", more={"certificate.json": b"[" * 10_000 + b"]" * 10_000}),
    Wrong("PLN-08", more={"certificate.json": b'{"a":' * 10_000 + b"1" + b"}" * 10_000}),
    Wrong("PLN-08", more={"certificate.json": b"[" * 65 + b"]" * 65}),
    Wrong("PLN-08", more={"certificate.json": b'{"contract": NaN}'}),
    Wrong("PLN-08", more={"certificate.json": b'{"contract": 1e999}'}),
    Wrong("PLN-08", more={"certificate.json": b'{"contract": ' + b"9" * 10_000 + b"}"}),
    Wrong("PLN-08", more={"certificate.json": b'{"contract": 1, "contract": 1}'}),
    Wrong("PLN-08", more={"certificate.json": b"\xff"}),
    Wrong("PLN-09", summary={"counts": []}),
    Wrong("PLN-09", summary={"pools": {}}),
    Wrong("PLN-09", summary={"overrides": "x"}),
    Wrong("PLN-09", summary={"reproducible": "true"}),
    Wrong("PLN-13", summary={"options": {}}),
    Wrong("PLN-14", summary={"options__certified": True}),
    *(
        Wrong("PLN-09", summary={f"options__{key}": value})
        for key, value in (
            ("gap", "-0.1"),
            ("gap", "1e-4"),
            ("gap", None),
            ("time_limit", "-1"),
            ("time_limit", 600),
            ("threads", 0),
            ("threads", "1"),
            ("threads", True),
            ("seed", -1),
            ("seed", "0"),
            ("seed", None),
        )
    ),
    Wrong("PLN-09", summary={"method": "guess"}),
    Wrong("PLN-09", summary={"method": ["monolithic"]}),
    Wrong("PLN-09", summary={"reproducible": None}),
    Wrong("PLN-09", summary={"versions": {"fairpool": 1}}),
    Wrong("PLN-09", summary={"timings": {"read_seconds": "soon"}}),
    Wrong("VER-15", summary={"claimed_bound": "34"}),
    Wrong("VER-15", summary={"claimed_bound": "36"}),
    Wrong("VER-15", summary={"claimed_bound": None}),
    Wrong("VER-15", summary={"claimed_bound": 35}),
    Wrong("VER-15", summary=BY_CERTIFICATE | {"claimed_bound": "44"}),
    Wrong("VER-15", summary=BY_CERTIFICATE | {"claimed_bound": "45"}),
    Wrong("PLN-09", certificate={"leaves": []}),
    Wrong("PLN-09", certificate={"leaves": {}}),
    Wrong("PLN-09", certificate={"leaves": [[]]}),
    Wrong("PLN-09", certificate={"kind": "proof"}),
    Wrong("PLN-09", certificate={"leaves__0__prices": [FLOOR, CASH]}),
    Wrong("PLN-09", certificate={"leaves__0__prices": [CASH, CASH]}),
    Wrong("PLN-09", certificate={"leaves__0__prices__0__price": 1}),
    *(
        Wrong("PLN-09", certificate={"leaves__0__prices__0__price": price})
        for price in ("0", "-1", "0.30", "00.3", "3e-1", "1234567890.123", "NaN", "０.3", "9" * 5000, "")
    ),
    Wrong("PLN-10", more={"plan.csv": b"\xef\xbb\xbf" + PLAN.replace("\n", "\r\n").encode()}),
    Wrong("PLN-11", plan=PLAN + "M4,food\n"),
    Wrong("PLN-12", plan=PLAN.replace("M1", "'M1")),
    Wrong("PLN-12", plan=PLAN.replace("M1", "＝M1")),
    Wrong("PLN-13", after=_without_key),
    Wrong("PLN-14", summary={"path": "/tmp"}),
    Wrong("PLN-14", certificate={"time": "1"}),
    Wrong("PLN-20", instance={"rules": "rule,measure,sense,value\nr,nothing,at_most,1\n"}),
    Wrong("PLN-20", instance={"pools": "pool,amount\ncash,1.005\n"}),
    Wrong("PLN-20", instance={"settings": "divisible = 3\n"}),
    Wrong("PLN-20", instance={"settings": 'timezone = "../x"\n'}),
    Wrong("PLN-20", instance={"options": ""}),
    Wrong("PLN-20", summary={"overrides": [{"key": "pools.gold", "value": "1"}]}),
    Wrong("PLN-20", summary={"overrides": [{"key": "files.gold", "value": "1"}]}),
    Wrong("VER-01", after=lambda instance, _: (instance / "pins.csv").write_text(PINS)),
    Wrong("VER-01", after=lambda instance, _: (instance / "merchants.csv").unlink()),
    Wrong("VER-01", after=lambda instance, _: write_instance(instance, pools="pool,amount\ncash,101\n")),
    Wrong("VER-02", plan=PLAN + "M4,food,S1,A,40.00,20\n"),
    Wrong("VER-02", certificate={"leaves": leaves([decide("A", True) | {"slot": "S9"}])}),
    Wrong("VER-03", plan=PLAN.replace("S2,A", "S2,C")),
    Wrong("VER-03", certificate={"leaves": leaves([decide("C", True)])}),
    Wrong("VER-04", plan=PLAN.replace("M3", "M1,food,S1,B,60.00,26\nM3")),
    Wrong(
        "VER-05",
        plan=MIX.replace(",20\n", ",20,1.0\n").replace(",15\n", ",15,1\n"),
        instance={"settings": DIVISIBLE},
    ),
    Wrong(
        "VER-05",
        plan=MIX.replace(",20\n", ",20,0\n").replace(",15\n", ",15,1\n"),
        instance={"settings": DIVISIBLE},
    ),
    Wrong(
        "VER-05",
        plan=MIX.replace(",20\n", ",20,1\n"),
        instance={"settings": 'divisible = ["toys"]\n'},
    ),
    Wrong("VER-06", plan=PLAN.replace("50.00", "50")),
    Wrong("VER-06", plan=PLAN.replace(",15\n", ",15.0\n")),
    Wrong("VER-06", plan=PLAN.replace("40.00", "40.01")),
    Wrong("VER-07", instance={"pins": PINS + "M2,food,S1,A\n"}),
    Wrong("VER-07", instance={"pins": PINS + "*,*,S2,none\n"}),
    Wrong("VER-07", instance={"pins": PINS + "M1,food,S1,B\n"}),
    Wrong("VER-08", plan="".join(PLAN.splitlines(keepends=True)[i] for i in (0, 2, 1))),
    Wrong("VER-08", plan=PLAN + "M3,toys,S2,A,50.00,15\n"),
    Wrong("VER-09", plan=MIX.replace("S1,A,40.00,20", "S1,B,30.00,13,0.5"), instance={"settings": DIVISIBLE}),
    Wrong(
        "VER-09",
        plan=MIX.replace("S1,A,40.00,20\n", "S1,A,8.00,4,0.2\nM1,food,S1,B,12.00,5.2,0.2\n"),
        instance={"settings": DIVISIBLE},
    ),
    Wrong("VER-10", instance={"rules": "rule,measure,sense,value\nsmall-floor,cash,at_least,91\n"}),
    Wrong("VER-11", limits="".join(LIMITS.splitlines(keepends=True)[:2])),
    Wrong("VER-12", limits=LIMITS + "more,,cash,at_most,1.00,0.00,1.00,met,0\n"),
    Wrong("VER-13", limits="".join(LIMITS.splitlines(keepends=True)[i] for i in (0, 2, 1))),
    Wrong("VER-14", limits=LIMITS.replace("36.00", "36")),
    Wrong("VER-14", limits=LIMITS.replace("binding,0.3", "met,0.3")),
    Wrong("VER-15", summary={"objective": "35.0"}),
    Wrong("VER-15", summary={"contract": True}),
    Wrong("VER-15", summary={"instance": "other"}),
    Wrong("VER-15", summary={"best_effort": True}),
    Wrong("VER-15", summary={"fairness__gini": "0.3703703704"}),
    Wrong("VER-15", summary={"status": "within_gap"}),
    Wrong("VER-15", summary={"settings__currency": "\ud800"}),
    Wrong("VER-16", certificate={"leaves__0__prices": [{"rule": "other", "group": "", "price": "1"}]}),
    Wrong("VER-16", certificate={"leaves__0__prices__0__group": "tier=small"}),
    Wrong("VER-16", certificate={"inside": [{"rule": "other", "group": ""}]}),
    Wrong("VER-17", instance={"rules": SOFT}),
    Wrong("VER-17", instance={"rules": IF_FUNDED}),
    Wrong("VER-17", instance={"rules": SOFT.replace("soft,0.05", "report,")}),
    Wrong("VER-17", certificate={"inside": [{"rule": "small-floor", "group": ""}]}),
    Wrong("VER-18", certificate={"bound": "45"}, summary={"certified_bound": "45"}),
    Wrong("VER-18", certificate={"bound": "44.2"}),
    Wrong(
        "VER-19",
        plan=MIX.replace(",20\n", ",20,1\n"),
        certificate={"leaves": leaves([decide("A", True)], [decide("A", False)])},
        instance={"settings": DIVISIBLE},
    ),
    Wrong(
        "VER-20",
        plan=PLAN.replace("M3", "M2,food,S1,A,30.00,12\nM3"),
        certificate={"leaves__0__prices": [CASH]},
    ),
    Wrong("VER-21", more={"booked.csv": b"\xef\xbb\xbf" + BOOKED.replace("M2", "M1").encode()}),
    Wrong("VER-22", more={"booked.csv": b"\xef\xbb\xbf" + BOOKED.encode()}),
    Wrong("VER-23", more={"booked.csv": b"\xef\xbb\xbf" + BOOKED.encode()}),
    Wrong("VER-34", instance={"slots": SLOTS}, summary={"campaign": CAMPAIGN}),
    Wrong("VER-35", instance={"slots": SLOTS}, summary={"campaign": CAMPAIGN | {"frozen": ["S1"]}}),
    Wrong(
        "VER-35",
        instance={"slots": SLOTS},
        summary={"campaign": CAMPAIGN | {"now": "2026-10-01T00:00:00Z"}},
        more={"booked.csv": b"\xef\xbb\xbf" + BOOKED.encode()},
    ),
    Wrong("VER-22", summary={"campaign": CAMPAIGN}),
    Wrong("PLN-09", instance={"slots": SLOTS}, summary={"campaign": CAMPAIGN | {"now": "2026-11-01"}}),
    Wrong("PLN-09", instance={"slots": SLOTS}, summary={"campaign": CAMPAIGN | {"frozen": ["S9"]}}),
    Wrong("PLN-14", instance={"slots": SLOTS}, summary={"campaign": CAMPAIGN | {"more": "1"}}),
    Wrong("VER-24", instance={"pools": "pool,amount\ncash,89.99\n"}),
    Wrong("VER-25", certificate={"kind": "infeasible"}),
    Wrong(
        "VER-26", certificate={"leaves": leaves([decide("A", True), decide("B", True)], [decide("A", False)])}
    ),
    Wrong("VER-26", certificate={"leaves": leaves([decide("A", True), decide("A", False)], [])}),
    Wrong("VER-27", certificate={"leaves": leaves([decide("A", True)])}),
    Wrong(
        "VER-27", certificate={"leaves": leaves([decide("A", True)], [decide("A", False), decide("B", True)])}
    ),
    Wrong("VER-28", certificate={"kind": "infeasible"}),
    Wrong("VER-30", summary={"best_effort": True}),
    Wrong("VER-30", summary=FORGED, instance={"rules": BROKEN}),
    Wrong("VER-30", summary=FORGED, instance={"rules": BROKEN}, certificate=OPEN | {"bound": "0"}),
    Wrong("VER-30", summary=FORGED, instance={"rules": BROKEN}, certificate=OPEN | {"bound": "-1"}),
    Wrong("VER-30", summary=FORGED, instance={"rules": BROKEN}, certificate=OPEN | {"leaves": [{}]}),
    Wrong("VER-29", certificate={"leaves": leaves([], [])}),
    Wrong(
        "VER-29",
        certificate={"leaves": leaves([decide("A", False)], [decide("B", False)], [decide("B", True)])},
    ),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.code)
def test_wrong_plan(wrong: Wrong, tmp_path: Path) -> None:
    """The finding must be there, with a text that can be printed, and the exit code that goes with it."""
    found = wrong.verified(tmp_path)
    assert wrong.code in {finding.code for finding in found.findings}
    assert all(str(finding).encode() for finding in found.findings)
    if CODES[wrong.code].severity is Severity.error:
        assert not found.is_verified
        assert found.exit_code == (3 if any(f.code.startswith("PLN") for f in found.findings) else 6)


def test_every_code_is_found_by_some_case() -> None:
    """No code about plans may be without a case above."""
    elsewhere = {"PLN-01", "VER-31", "VER-32", "VER-33"}  # the last two: tests/cli/test_keep.py
    assert {wrong.code for wrong in WRONG} | elsewhere == set(CODES)


@pytest.mark.parametrize("missing", ["instance", "plan"])
def test_missing_folder(missing: str, tmp_path: Path) -> None:
    """A folder that is not there must be a finding of its own, with the exit code of unreadable files."""
    instance = write_instance(tmp_path / "instance")
    plan = write_plan(tmp_path / "plan", instance)
    (tmp_path / missing).rename(tmp_path / "elsewhere")
    found = verify(instance, plan)
    assert [finding.code for finding in found.findings] == ["PLN-01"]
    assert found.exit_code == 74


def test_tiny_plan_is_verified(tmp_path: Path) -> None:
    """The plan worked by hand must pass, and say what was recomputed."""
    instance = write_instance(tmp_path / "instance")
    found = verify(instance, write_plan(tmp_path / "plan", instance))
    assert found.findings == ()
    assert (found.exit_code, found.objective, found.bound, found.certified_bound) == (0, "35", "35", "44")
    assert found.num_checked == {"rows": 2, "cells": 3, "options": 4, "limits": 2, "leaves": 1}


def test_parquet_plan_is_verified(tmp_path: Path) -> None:
    """A plan written as Parquet must pass like the same plan as CSV, numbers as texts or as decimals."""
    instance = write_instance(tmp_path / "instance")
    plan = write_plan(tmp_path / "plan", instance)
    for stem in ("plan", "limits"):
        header, *rows = rows_of((plan / f"{stem}.csv").read_text(encoding="utf-8"))
        columns = dict(zip(header, map(list, zip(*rows, strict=True)), strict=True))
        arrays = {name: pa.array(texts) for name, texts in columns.items()}
        if stem == "plan":
            arrays["conversions"] = arrays["conversions"].cast(pa.decimal128(18, 6))
        pa.parquet.write_table(pa.table(arrays), plan / f"{stem}.parquet")
        (plan / f"{stem}.csv").unlink()
    assert [str(finding) for finding in verify(instance, plan).findings] == []


@pytest.mark.parametrize(
    ("key", "value", "old"),
    [
        ("pools.cash", "1e2", {"pools": "pool,amount,unit\ncash,500,yuan\n"}),
        (
            'rules."small-floor".value',
            "40%",
            {"rules": "rule,measure,where,sense,value,basis\nsmall-floor,cash,tier=small,at_least,0,total\n"},
        ),
        (
            "rules.small-floor.where",
            "tier=small",
            {"rules": "rule,measure,where,sense,value,basis\nsmall-floor,cash,,at_least,40%,total\n"},
        ),
        ("settings.currency", "CNY", {"settings": 'name = "tiny"\n'}),
        (
            "settings.objective.maximise",
            "{conversions = 1}",
            {"settings": 'name = "tiny"\ncurrency = "CNY"\nobjective = {maximise = "cash"}\n'},
        ),
    ],
)
def test_overrides_are_applied_first(key: str, value: str, old: dict[str, str], tmp_path: Path) -> None:
    """A plan made under an override must be verified under it, and refused without it."""
    instance = write_instance(tmp_path / "instance", **old)
    summary = altered(TINY_SUMMARY, overrides=[{"key": key, "value": value}])
    found = verify(instance, write_plan(tmp_path / "plan", instance, summary=summary))
    assert [str(finding) for finding in found.findings] == []
    assert found.overrides == ((key, value),)
    assert not verify(instance, write_plan(tmp_path / "plan", instance)).is_verified


OVERRIDES = [{"key": "pools.cash", "value": "100"}, {"key": "settings.currency", "value": "CNY"}]


def test_overrides_stand_in_order(tmp_path: Path) -> None:
    """Overrides that do not touch each other must stand by key; others as they were given."""
    instance = write_instance(tmp_path / "instance")

    def verified(overrides: list[dict[str, str]]) -> Verification:
        summary = altered(TINY_SUMMARY, overrides=overrides)
        return verify(instance, write_plan(tmp_path / "plan", instance, summary=summary))

    assert verified(OVERRIDES).is_verified
    found = verified(OVERRIDES[::-1])
    assert [(f.code, f.column, f.value) for f in found.findings] == [
        ("VER-15", "overrides", "settings.currency")
    ]
    twice = [OVERRIDES[1], {"key": "pools.cash", "value": "7"}, OVERRIDES[0]]
    assert verified(twice).is_verified
    nested = [
        {"key": "settings.objective.maximise.cash", "value": "-1"},
        {"key": "settings.objective", "value": '{maximise = "conversions"}'},
    ]
    assert verified(nested).is_verified


def test_changed_inputs_come_first(tmp_path: Path) -> None:
    """That an input has changed must be said first: it explains whatever else is found."""
    instance = write_instance(tmp_path / "instance")
    plan = write_plan(tmp_path / "plan", instance)
    write_instance(instance, pools="pool,amount,unit\ncash,80,yuan\n")
    codes = [finding.code for finding in verify(instance, plan).findings]
    assert codes[0] == "VER-01"
    assert len(codes) > 3


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"best_effort": "false"}, '"false (a text)" is written where "false (true or false, no text)"'),
        ({"contract": "1"}, '"1 (a text)" is written where "1 (an integer)"'),
        ({"counts__cells": False}, '"false (true or false, no text)" is written where "3 (an integer)"'),
        ({"objective": 35}, '"35 (an integer)" is written where "35 (a text)"'),
        ({"objective": ["35"]}, '"a list" is written where "35 (a text)"'),
        ({"penalties": None}, '"null" is written where "0 (a text)"'),
    ],
)
def test_types_are_told_apart(changes: dict[str, object], what: str, tmp_path: Path) -> None:
    """Where only the type is wrong, the message must say the types: "false" looks like false."""
    instance = write_instance(tmp_path / "instance")
    plan = write_plan(tmp_path / "plan", instance, summary=altered(TINY_SUMMARY, **changes))
    assert any(finding.what.startswith(what) for finding in verify(instance, plan).findings)
