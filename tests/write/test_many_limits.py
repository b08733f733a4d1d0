"""Over a million limits only those that bind or are broken are listed, and the summary counts the rest."""

from __future__ import annotations

import csv
import io
import json
from fractions import Fraction

import pytest

from optimizer import pipeline
from optimizer.verify import limits as verify_limits
from optimizer.verify import summary as verify_summary
from optimizer.verify import verify
from optimizer.write import limits as module
from tests.cli.running import TINY


def _rows(folder):
    return list(csv.DictReader(io.StringIO((folder / "limits.csv").read_text(encoding="utf-8-sig"))))


@pytest.mark.parametrize(("most", "is_long"), [(6, True), (7, False)])
def test_met_limits_are_left_out_beyond_the_most(most, is_long, tmp_path, monkeypatch):
    """The rows left out must be exactly those that are met, and every count of the summary must stay."""
    pipeline.solve(TINY, tmp_path / "whole")
    monkeypatch.setattr(module, "MAX_LISTED", most)
    monkeypatch.setattr(verify_limits, "MOST_LISTED", most)
    monkeypatch.setattr(verify_summary, "MOST_LISTED", most)
    solved = pipeline.solve(TINY, tmp_path / "few")
    whole, few = _rows(tmp_path / "whole"), _rows(tmp_path / "few")
    assert len(whole) == 7
    assert few == ([row for row in whole if row["status"] != "met"] if is_long else whole)
    counts = json.loads((tmp_path / "few" / "summary.json").read_text(encoding="utf-8"))["counts"]
    assert counts["limits"] == 7
    assert counts["limits_not_listed"] == len(whole) - len(few)
    assert solved.written is not None
    assert sum(len(one) for one in solved.written.limits) == 7  # for the screen all are there


def test_the_tightest_of_a_rule(tmp_path):
    """Of each rule the screen must show a broken limit first, then the dearest, then the fullest."""
    solved = pipeline.solve(TINY, tmp_path / "plan")
    assert solved.written is not None
    for figures in solved.written.limits:
        rows = [figures.row(limit) for limit in range(len(figures))]
        sign = 1 if figures.sense == "at_most" else -1
        ranks = [
            (row[7] == "broken", Fraction(row[8]), sign * Fraction(row[5]) / Fraction(row[4])) for row in rows
        ]
        assert figures.tightest == ranks.index(max(ranks))


def test_verified_where_it_is_published_from(tmp_path, monkeypatch):
    """The files that were verified must be the ones that are published, not others like them."""
    seen = {}

    def look(instance, plan):
        seen.update({file.name: (file.stat().st_ino, file.read_bytes()) for file in plan.iterdir()})
        return verify(instance, plan)

    monkeypatch.setattr(pipeline, "verify", look)
    pipeline.solve(TINY, tmp_path / "plan")
    assert seen.keys() == {file.name for file in (tmp_path / "plan").iterdir()}
    for name, (number, content) in seen.items():
        if name != "summary.json":  # into which the seconds are written
            assert ((tmp_path / "plan" / name).stat().st_ino, (tmp_path / "plan" / name).read_bytes()) == (
                number,
                content,
            )
