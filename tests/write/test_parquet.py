"""Plans as Parquet: the same figures, verified like CSV."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq

from optimizer import pipeline
from optimizer.verify import verify

TINY = Path(__file__).resolve().parents[2] / "instances" / "tiny"


def test_the_same_figures_as_csv(tmp_path):
    """A plan written as Parquet must verify, and hold exactly the texts and amounts of the CSV plan."""
    pipeline.solve(TINY, tmp_path / "typed", is_parquet=True)
    pipeline.solve(TINY, tmp_path / "plain")
    assert verify(TINY, tmp_path / "typed").is_verified
    for stem in ("plan", "limits"):
        typed = pq.read_table(tmp_path / "typed" / f"{stem}.parquet")
        text = (tmp_path / "plain" / f"{stem}.csv").read_text(encoding="utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
        assert typed.column_names == list(rows[0])
        for row, expected in zip(typed.to_pylist(), rows, strict=True):
            for name, value in row.items():
                assert value == (Decimal(expected[name]) if isinstance(value, Decimal) else expected[name])
    assert not list((tmp_path / "typed").glob("*.csv"))


def test_the_same_bytes_twice(tmp_path):
    """Solving twice must give the same Parquet bytes."""
    for name in ("one", "two"):
        pipeline.solve(TINY, tmp_path / name, is_parquet=True)
    for file in ("plan.parquet", "limits.parquet"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
