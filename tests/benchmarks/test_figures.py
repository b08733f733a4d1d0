"""Figures are kept newest only, in the order of their keys; best values are read from READMEs."""

from pathlib import Path

import pytest

from benchmarks._best_known import best_known
from benchmarks._figures import keep, load
from benchmarks.peer.run import run_peer
from benchmarks.peer.stated import Asked
from benchmarks.peers import compact

INSTANCES = Path(__file__).resolve().parents[2] / "instances"


def test_newer_figures_replace_older_ones(tmp_path):
    """A record of the same keys gives way, others stay, and the order does not depend on when they came."""
    file = tmp_path / "figures.json"
    keep(
        file,
        [{"size": 10, "peer": "b", "seconds": 1.0}, {"size": 9, "peer": "a", "seconds": 2.0}],
        ("size", "peer"),
    )
    keep(file, [{"size": 10, "peer": "b", "seconds": 3.0}], ("size", "peer"))
    assert [(record["size"], record["seconds"]) for record in load(file)] == [(9, 2.0), (10, 3.0)]


def test_no_file_is_no_figures(tmp_path):
    """A file that does not exist holds nothing, and is no error."""
    assert load(tmp_path / "none.json") == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mmkp/I05", 3905.7),
        ("mckp/strong", 58204),
        ("double-hundred", 2013058037.29),
        ("complete-journey-cut", 24162.978),
    ],
)
def test_best_known_values_are_read(name, value):
    """The figure after "Best known" in a README is found, thousands separators and all."""
    assert best_known(INSTANCES / name) == value


def test_an_absent_peer_is_named_and_skipped(tmp_path, capfd):
    """A library that is not installed makes a run `absent`, and the words say which peer."""
    asked = Asked(1e-4, 1.0, 1, tmp_path / "model.npz", tmp_path)
    run = run_peer("scip", None, asked)
    if run.status != "failed":  # where pyscipopt is installed, the empty folder is what fails
        assert run.status == "absent"
        assert "scip is ABSENT" in capfd.readouterr().err


def test_the_compact_table_says_how_far_each_is_below_the_best():
    """A line holds the best objective, what the others lack of it, and no plan that breaks a rule counts."""
    common = {
        "instance": "i",
        "time_limit": 5,
        "best_known": None,
        "bound": 101.0,
        "seconds": 2.0,
        "status": "s",
    }
    records = [
        common | {"peer": "highs", "objective": 100.0, "is_feasible": True, "gap": 0.01},
        common | {"peer": "scip", "objective": 90.0, "is_feasible": True, "gap": 0.12},
        common | {"peer": "scipy milp", "objective": 102.0, "is_feasible": False, "gap": None},
        common | {"peer": "cp-sat", "objective": None, "is_feasible": None, "gap": None},
    ]
    head, __, line = compact(records)
    shown = dict(zip(head.split(" | "), line.split(" | "), strict=True))
    assert shown["best objective"] == "100"
    assert shown["highs"] == "best; gap 1.0e-02; 2.0 s"
    assert shown["scip"].startswith("-1.0e-01; gap 1.2e-01")
    assert shown["scipy milp"] == "breaks a rule; 2.0 s"
    assert shown["cp-sat |"].startswith("bound +1.0e-02")
