"""Same inputs, same bytes: whatever the order of rows, the threads and the hash seed."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path
from random import Random

from tests.cli.running import ROOT
from tests.search.making import write

NAMES = ("plan.csv", "limits.csv", "certificate.json")


def _market(folder: Path) -> Path:
    """Write an instance with ties, rules of every kind and slots that state their start."""
    rng = Random(1)
    rows = ["merchant,category,slot,option,cash,traffic,conversions"]
    for cell in range(40):
        cost = 0
        for name in "ABC":
            cost += rng.randint(1, 40)
            rows.append(
                f"M{cell % 9},{['tea', 'toys'][cell % 2]},S{cell % 5},{name},{cost},{cost % 7},{cost // 9}"
            )
    merchants = ["merchant,tier,cap", *(f"M{i},{['small', 'mid', 'big'][i % 3]},{60 + i}" for i in range(9))]
    slots = ["slot,start", *(f"S{i},2027-06-{9 - i:02d}T20:00" for i in range(5))]
    rules = """rule,kind,measure,where,by,sense,value,basis,k
    cap,limit,cash,,merchant,at_most,1,merchants.cap,
    mid,limit,cash,tier=mid,,at_least,25%,total,
    few,top,cash,,merchant,at_most,60%,pool,3
    flow,window,traffic,,tier,at_most,30,,2
    wide,limit,merchants,,category,at_least,3,,"""
    pools = "pool,amount / cash,400 / traffic,90"
    texts = {"merchants": "\n".join(merchants), "slots": "\n".join(slots)}
    return write(folder, pools=pools, options="\n".join(rows), rules=rules, **texts)


def _shuffled(folder: Path, to: Path, rng: Random) -> Path:
    """Copy an instance, the rows and columns of every table in another order."""
    to.mkdir()
    for file in folder.iterdir():
        if file.suffix != ".csv":
            (to / file.name).write_bytes(file.read_bytes())
            continue
        with file.open(encoding="utf-8-sig", newline="") as text:
            rows = list(csv.DictReader(text))
        columns = list(rows[0])
        is_keyed = file.stem in ("merchants", "categories", "slots", "segments")  # the key stays first
        order = columns[: int(is_keyed)] + rng.sample(columns[int(is_keyed) :], len(columns) - is_keyed)
        if file.stem == "pools":  # file order says which pool goes before which
            order = columns
        else:
            rng.shuffle(rows)
        with (to / file.name).open("w", encoding="utf-8", newline="") as text:
            writer = csv.DictWriter(text, order)
            writer.writeheader()
            writer.writerows(rows)
    return to


def _solve(folder: Path, out: Path, threads: int, hash_seed: str) -> dict[str, bytes]:
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import cli; cli.main()"
    arguments = [
        sys.executable,
        "-c",
        program,
        "solve",
        str(folder),
        "--out",
        str(out),
        "--threads",
        str(threads),
    ]
    done = subprocess.run(
        arguments,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return {name: (out / name).read_bytes() for name in NAMES}


def test_same_bytes(tmp_path):
    """Shuffled rows and columns, one or two threads, any hash seed: not a byte of the plan differs."""
    _market(tmp_path / "market")
    rng = Random(4)
    again = _shuffled(tmp_path / "market", tmp_path / "again", rng)
    once_more = _shuffled(again, tmp_path / "more", rng)
    first = _solve(tmp_path / "market", tmp_path / "plan-0", 1, "0")
    assert _solve(again, tmp_path / "plan-1", 2, "1") == first
    assert _solve(once_more, tmp_path / "plan-2", 1, "random") == first
    assert first["plan.csv"].count(b"\n") > 9
