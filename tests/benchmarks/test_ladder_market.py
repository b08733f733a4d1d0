"""The ladder's market: the same bytes again, the sizes asked for, and a plan that is known to be possible."""

import csv
import hashlib
from fractions import Fraction

import numpy as np
import pyarrow.parquet as pq
import pytest

from benchmarks.ladder_market import LadderMarket, write_market
from benchmarks.market.merchants import MOST_CELLS, blocks_of, merchants_of
from benchmarks.market.mixes import MIXES
from models.amount import FRACTION_UNIT
from models.plan import Choice
from optimizer import pipeline
from optimizer.decode import evaluate

CELLS = 2_000


def _digests(folder):
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


def _witness(folder, asked, *, is_parquet=False):
    options = write_market(folder, asked, is_parquet=is_parquet)
    checked = pipeline.check(folder)
    assert checked.findings == ()
    assert checked.problem is not None
    choice = Choice(options, np.full(len(options), FRACTION_UNIT, np.int64))
    return checked.problem, evaluate(checked.problem, choice)


@pytest.mark.parametrize("mix", MIXES)
def test_the_witness_holds(mix, tmp_path):
    """The plan that the limits are drawn around meets every one of them, and no finding is raised."""
    __, plan = _witness(tmp_path / "market", LadderMarket(CELLS, mix))
    assert plan.is_feasible


@pytest.mark.parametrize("mix", MIXES)
def test_the_pool_and_many_limits_are_tight(mix, tmp_path):
    """The witness leaves under a thousandth of the first pool and of many groups (`caps`: of some)."""
    problem, plan = _witness(tmp_path / "market", LadderMarket(CELLS, mix))
    amount = problem.instance.pools[0].amount
    assert 0 <= amount - plan.used[0] < amount / 1_000
    shared = [use for use in plan.uses if use.limits.rule.rule != "merchant-cash" and use.limits.count > 5]
    tight, count = 0, 0
    for use in shared:
        if use.limits.rule.kind != "limit" or use.limits.rule.applies != "always" or use.limits.rule.of:
            continue
        for limit, bound in enumerate(use.limit):
            tight += abs(use.excess(limit)) <= abs(bound) * Fraction(1, 1_000) + 1
            count += 1
    assert count == 0 or tight >= count / (20 if mix == "caps" else 5)


def test_the_same_arguments_give_the_same_bytes(tmp_path):
    """Two runs write the same files byte for byte; another seed, mix or size writes others."""
    asked = LadderMarket(CELLS, "caps", 3)
    for name in ("one", "other"):
        write_market(tmp_path / name, asked)
    assert _digests(tmp_path / "one") == _digests(tmp_path / "other")
    for number, changed in enumerate((LadderMarket(CELLS, "caps", 4), LadderMarket(CELLS + 1, "caps", 3))):
        write_market(tmp_path / str(number), changed)
        assert _digests(tmp_path / "one")["options.csv"] != _digests(tmp_path / str(number))["options.csv"]


def test_parquet_and_csv_hold_the_same(tmp_path):
    """The tables are the same market in either format."""
    asked = LadderMarket(CELLS, "pools")
    __, plain = _witness(tmp_path / "csv", asked)
    __, packed = _witness(tmp_path / "parquet", asked, is_parquet=True)
    assert plain.objective == packed.objective
    assert plain.used == packed.used
    assert pq.ParquetFile(tmp_path / "parquet" / "options.parquet").metadata.num_rows == CELLS * 5


@pytest.mark.parametrize("num_cells", [100, 999, 12_345])
def test_sizes_are_those_asked_for(num_cells, tmp_path):
    """There are exactly so many cells, of five options each, and a merchant for every ten."""
    folder = tmp_path / "market"
    write_market(folder, LadderMarket(num_cells))
    problem = pipeline.check(folder).problem
    assert problem.num_cells == num_cells
    assert (np.diff(problem.option_start) == 5).all()
    assert problem.num_merchants == num_cells // 10


def test_merchants_are_heavy_tailed():
    """The largest merchant has 3 % of ten thousand cells, the median four or fewer, and none over 1,200."""
    small, large = merchants_of(10_000, 1), merchants_of(3_000_000, 1)
    assert small.num_cells.max() == 300
    assert np.median(small.num_cells) <= 5
    assert large.num_cells.max() == MOST_CELLS
    assert small.num_cells.sum() == 10_000
    assert large.num_cells.sum() == 3_000_000
    assert set(small.tier.tolist()) == {0, 1, 2, 3, 4}


def test_blocks_cover_every_merchant_once():
    """Blocks are side by side, begin at the first merchant and end at the last, and none is very large."""
    merchants = merchants_of(1_000_000, 2)
    blocks = blocks_of(merchants)
    assert [block[0] for block in blocks[1:]] == [block[1] for block in blocks[:-1]]
    assert (blocks[0][0], blocks[-1][1]) == (0, len(merchants.num_cells))
    assert max(merchants.num_cells[a:b].sum() for a, b in blocks) < 250_000


def test_caps_bite_on_whole_options(tmp_path):
    """Under half of the merchants could take their best options all at once."""
    folder = tmp_path / "market"
    write_market(folder, LadderMarket(CELLS))
    with (folder / "merchants.csv").open(encoding="utf-8-sig", newline="") as stream:
        caps = {row["merchant"]: Fraction(row["cash_cap"]) for row in csv.DictReader(stream)}
    largest = dict.fromkeys(caps, Fraction(0))
    with (folder / "options.csv").open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            if row["option"] == "P5":
                largest[row["merchant"]] += Fraction(row["cash"])
    assert sum(largest[merchant] > cap for merchant, cap in caps.items()) > len(caps) / 2


@pytest.mark.parametrize("asked", [LadderMarket(99), LadderMarket(1_000, "none")])
def test_what_cannot_be_is_refused(asked, tmp_path):
    """Too few cells and a mix that does not exist are refused, and nothing is written."""
    with pytest.raises(ValueError, match="100 to"):
        write_market(tmp_path / "market", asked)
    assert not (tmp_path / "market").exists()
