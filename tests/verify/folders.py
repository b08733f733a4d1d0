"""Instance and plan folders written out by hand, small enough to be checked on paper."""

from __future__ import annotations

import copy
import csv
import hashlib
import io
import json
from pathlib import Path
from typing import Any

LIMIT_HEADER = "rule,group,measure,sense,limit,used,slack,status,price"

TINY_INSTANCE = {
    "pools.csv": "pool,amount,unit,decimals\ncash,100,yuan,2\n",
    "options.csv": (
        "merchant,category,slot,option,cash,conversions\n"
        "M1,food,S1,A,40,20\n"
        "M1,food,S1,B,60,26\n"
        "M2,food,S1,A,30.00,12\n"
        "M3,toys,S2,A,50,15\n"
    ),
    "merchants.csv": "merchant,tier\nM1,big\nM2,small\nM3,small\n",
    "rules.csv": "rule,measure,where,sense,value,basis\nsmall-floor,cash,tier=small,at_least,40%,total\n",
    "settings.toml": 'name = "tiny"\ncurrency = "CNY"\n',
}

# The best: A for M1 and A for M3, 90 yuan for 35; of 90 yuan the small ones must get 36 and get 50.
# The certificate prices cash at 0.3 and the floor at 0.1: 100 x 0.3 + 6.4 (M1, A) + 4.8 (M2) + 3 (M3) = 44.2;
# as all conversions are whole numbers, 44.
TINY_PLAN = {
    "plan.csv": (
        "merchant,category,slot,option,cash,conversions\nM1,food,S1,A,40.00,20\nM3,toys,S2,A,50.00,15\n"
    ),
    "limits.csv": (
        f"{LIMIT_HEADER}\n"
        "pool:cash,,cash,at_most,100.00,90.00,10.00,binding,0.3\n"
        "small-floor,,cash,at_least,36.00,50.00,14.00,binding,0.1\n"
    ),
}

TINY_CERTIFICATE: dict[str, Any] = {
    "contract": 1,
    "kind": "bound",
    "bound": "44",
    "inside": [],
    "leaves": [
        {
            "where": [],
            "prices": [
                {"rule": "pool:cash", "group": "", "price": "0.3"},
                {"rule": "small-floor", "group": "", "price": "0.1"},
            ],
        }
    ],
}

TINY_SUMMARY: dict[str, Any] = {
    "contract": 1,
    "instance": "tiny",
    "status": "optimal",
    "best_effort": False,
    "objective": "35",
    "bound": "35",
    "gap": "0",
    "bound_by": "solver",
    "claimed_bound": "35",
    "certified_bound": "44",
    "certified_gap": "0.257142857143",
    "reproducible": True,
    "pools": [
        {
            "pool": "cash",
            "unit": "yuan",
            "decimals": 2,
            "amount": "100.00",
            "used": "90.00",
            "left": "10.00",
            "why_left": "indivisible",
            "price": "0.3",
            "cost_per_conversion": "2.571429",
            "marginal_cost_per_conversion": "3.333333",
        }
    ],
    "values": {"conversions": "35"},
    "penalties": "0",
    "counts": {
        "merchants": 3,
        "funded_merchants": 2,
        "cells": 3,
        "funded_cells": 2,
        "options": 4,
        "rules": 1,
        "limits": 2,
        "met": 0,
        "binding": 2,
        "broken": 0,
        "limits_not_listed": 0,
    },
    "fairness": {
        "measure": "cash",
        "shares": [
            {
                "column": "tier",
                "groups": [
                    {
                        "group": "big",
                        "used": "40.00",
                        "share": "0.444444444444",
                        "merchants": 1,
                        "funded_merchants": 1,
                    },
                    {
                        "group": "small",
                        "used": "50.00",
                        "share": "0.555555555556",
                        "merchants": 2,
                        "funded_merchants": 1,
                    },
                ],
            }
        ],
        "top_shares": {"1": "0.555555555556", "5": "0.555555555556", "10": "0.555555555556"},
        "gini": "0.37037037037",
        "coverage": "0.666666666667",
    },
    "method": "monolithic",
    "options": {"gap": "0.0001", "time_limit": "600", "threads": 1, "seed": 0},
    "settings": {
        "name": "tiny",
        "currency": "CNY",
        "timezone": "Asia/Shanghai",
        "objective": {"maximise": {"conversions": "1"}, "caution": "0"},
        "measures": {},
        "divisible": False,
    },
    "overrides": [],
    "versions": {"fairpool": "0.1.0"},
    "inputs": {},
    "timings": {"read_seconds": "0.1"},
}


def write_instance(folder: Path, **changed: str | None) -> Path:
    """Write the tiny instance, files replaced or (None) left out; `rules` stands for `rules.csv`."""
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, str | None] = dict(TINY_INSTANCE)
    for stem, text in changed.items():
        files["settings.toml" if stem == "settings" else f"{stem}.csv"] = text
    for name, text in files.items():
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8", newline="")
    return folder


def write_plan(
    folder: Path,
    instance: Path,
    tables: dict[str, str] = TINY_PLAN,
    summary: dict[str, Any] = TINY_SUMMARY,
    certificate: dict[str, Any] = TINY_CERTIFICATE,
) -> Path:
    """Write a plan folder; the hashes of the inputs are filled in."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in tables.items():
        (folder / name).write_bytes(b"\xef\xbb\xbf" + text.encode("utf-8"))
    (folder / "certificate.json").write_text(json.dumps(certificate), encoding="utf-8")
    hashed = copy.deepcopy(summary)
    names = [path for path in instance.iterdir() if path.suffix in (".csv", ".parquet", ".toml")]
    hashed["inputs"] = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in names}
    (folder / "summary.json").write_text(json.dumps(hashed), encoding="utf-8")
    return folder


def altered(document: dict[str, Any], **changes: object) -> dict[str, Any]:
    """Return a copy of a document with values replaced; `pools__0__used` is the path pools[0].used."""
    result = copy.deepcopy(document)
    for path, value in changes.items():
        *parts, last = [int(part) if part.isdigit() else part for part in path.split("__")]
        place: Any = result
        for part in parts:
            place = place[part]
        place[last] = value
    return result


def rows_of(text: str) -> list[list[str]]:
    """Return the rows of a table of a plan folder, header first."""
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def guarded(text: str) -> str:
    """Return a text as plan files hold it: an apostrophe before what a spreadsheet takes for a formula."""
    return "'" + text if text.startswith(tuple("=+-@'\t\r＝＋－＠＇")) else text


def text_of(rows: list[list[str]]) -> str:
    """Return a table as plan folders hold it, without the byte-order mark."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()
