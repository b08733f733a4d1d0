"""The synthetic marketplace: the same bytes again, a policy that can be met, and shapes that are real."""

import csv
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from models.headers import CONTRACT_WORDS, POOL_COLUMNS, RULE_COLUMNS
from optimizer.generate import generate, market
from optimizer.read import read_instance

FILES = {
    "categories.csv",
    "merchants.csv",
    "options.csv",
    "pools.csv",
    "rules.csv",
    "segments.csv",
    "settings.toml",
    "slots.csv",
}
CELL = ["merchant", "category", "slot", "segment"]


def _bytes(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def _table(folder, name):
    return pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")


@pytest.fixture(scope="module")
def market_of_600(tmp_path_factory):
    """An instance of 600 merchants."""
    folder = tmp_path_factory.mktemp("generate") / "market"
    generate(folder, merchants=600, seed=3)
    return folder


def test_same_arguments_give_the_same_bytes(market_of_600, tmp_path):
    """The same arguments and seed give the same bytes, another seed gives another market."""
    generate(tmp_path / "again", merchants=600, seed=3)
    generate(tmp_path / "other", merchants=600, seed=4)
    assert _bytes(tmp_path / "again") == _bytes(market_of_600)
    assert _bytes(tmp_path / "other")["options.csv"] != _bytes(market_of_600)["options.csv"]


def test_the_folder_holds_the_contract_s_files(market_of_600):
    """The folder holds tables and settings of the contract, and nothing else."""
    assert set(_bytes(market_of_600)) == FILES


def test_text_is_utf_8_with_a_mark_and_line_feeds(market_of_600):
    """Every table begins with a byte-order mark, so that spreadsheets read Chinese names, and has no CR."""
    for name, content in _bytes(market_of_600).items():
        assert content.startswith(b"\xef\xbb\xbf") == name.endswith(".csv")
        assert b"\r" not in content
        content.decode("utf-8")


def test_headers_are_the_contract_s(market_of_600):
    """Pools and rules have only columns of the contract; each key table begins with its key."""
    assert set(_table(market_of_600, "pools")) <= set(POOL_COLUMNS)
    assert list(_table(market_of_600, "rules")) == list(RULE_COLUMNS)
    assert list(_table(market_of_600, "options"))[:7] == [*CELL, "option", "cash", "traffic"]
    for table, key in zip(("merchants", "categories", "slots", "segments"), CELL, strict=True):
        assert _table(market_of_600, table).columns[0] == key


def test_no_attribute_is_mistaken_for_a_word_of_the_contract(market_of_600):
    """No header of a free column is one letter away from a word of the contract or a pool."""
    words = {*CONTRACT_WORDS, "cash", "traffic"}
    for table in ("options", "merchants", "categories", "slots", "segments"):
        for header in set(_table(market_of_600, table)) - words:
            assert not [word for word in words if _is_one_letter_off(header, word)], header


def _is_one_letter_off(one, other):
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) == len(longer):
        return sum(a != b for a, b in zip(one, other, strict=True)) == 1
    return any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer)))


def test_keys_are_unique_and_known(market_of_600):
    """An option stands once, and every key of a cell stands once in its table."""
    options = _table(market_of_600, "options")
    assert not options.duplicated([*CELL, "option"]).any()
    for table, key in zip(("merchants", "categories", "slots", "segments"), CELL, strict=True):
        keys = _table(market_of_600, table)[key]
        assert keys.is_unique
        assert set(options[key]) <= set(keys)
    assert set(options["merchant"]) == set(_table(market_of_600, "merchants")["merchant"])


def test_options_of_a_cell(market_of_600):
    """A cell has three to five options; larger ones cost more cash, no less traffic, and none is free."""
    options = _table(market_of_600, "options")
    cells = options.groupby(CELL, sort=False)
    assert set(cells.size()) == {3, 4, 5}
    cash = options["cash"].astype(float)
    traffic = options["traffic"].astype(int)
    is_first = ~options.duplicated(CELL)
    assert (cash.diff()[~is_first] > 0).all()
    assert (traffic.diff()[~is_first] >= 0).all()
    assert (traffic >= 1).all()


def test_amounts_are_plain_decimals(market_of_600):
    """Amounts are written plainly, with no more digits than the pool has, and none is over 2^53 units."""
    options = _table(market_of_600, "options")
    assert options["cash"].str.fullmatch(r"\d+\.\d\d").all()
    assert options["traffic"].str.fullmatch(r"\d+").all()
    for column, digits in (("conversions", 2), ("conversions_se", 2), ("gmv", 0), ("new_buyers", 1)):
        assert options[column].str.fullmatch(r"\d+" + (rf"\.\d{{{digits}}}" if digits else "")).all()
        assert (options[column].astype(float) * 1e6 <= 2**53).all()


def test_response_is_concave_in_the_mean(market_of_600):
    """The next package adds less for its cash than the one before, in most cells."""
    options = _table(market_of_600, "options").astype({"cash": float, "conversions": float})
    cells = options.groupby(CELL, sort=False)
    slope = cells["conversions"].diff() / cells["cash"].diff()
    change = slope.groupby([options[key] for key in CELL], sort=False).diff().dropna()
    assert (change < 0).mean() > 0.7


def test_sizes_are_heavy_tailed(market_of_600):
    """The largest tenth of merchants could take most of the cash; the median could take little."""
    options = _table(market_of_600, "options").astype({"cash": float})
    largest = options.groupby(CELL)["cash"].max().groupby("merchant").sum().sort_values(ascending=False)
    assert largest.iloc[:60].sum() > 0.6 * largest.sum()
    assert largest.median() < 0.1 * largest.mean()
    followers = _table(market_of_600, "merchants")["followers"].astype(int)
    assert followers.max() > 100 * followers.median()


def test_pools_are_scarce(market_of_600):
    """The pools are a hundred of cash and a hundred of traffic, and the cells could take twice as much."""
    pools = _table(market_of_600, "pools").set_index("pool")
    assert pools.loc["cash", "amount"] == "10000000000.00"
    assert pools.loc["traffic", "amount"] == "10000000"
    options = _table(market_of_600, "options").astype({"cash": float, "traffic": float})
    largest = options.groupby(CELL)[["cash", "traffic"]].max().sum()
    assert (largest > 1.9 * pools["amount"].astype(float)).all()


def test_tiers_agree_with_followers(market_of_600):
    """A merchant's tier is the one that its followers say, and all five tiers occur."""
    merchants = _table(market_of_600, "merchants")
    followers = merchants["followers"].astype(int)
    for tier in market.TIERS:
        inside = followers[merchants["tier"] == tier.tier]
        assert len(inside) > 0
        assert inside.between(tier.lowest, tier.highest, inclusive="left").all()


def test_slots_fill_the_year():
    """Slots follow one another without a gap, from new year to new year."""
    assert [slot.start for slot in market.SLOTS[1:]] == [slot.end for slot in market.SLOTS[:-1]]
    assert market.SLOTS[0].start[5:] == market.SLOTS[-1].end[5:] == "01-01T00:00"
    assert {"618", "double_11"} <= {slot.season for slot in market.SLOTS}


def test_policy_says_what_the_story_says(market_of_600):
    """The policy has its floors, caps, top share, window, soft and report rules, with labels and owners."""
    rules = _table(market_of_600, "rules").set_index("rule")
    assert rules.index.is_unique
    assert (rules[["label", "owner"]] != "").all(axis=None)
    assert (rules.loc["middle-tiers", ["sense", "value", "basis"]] == ["at_least", "40%", "pool"]).all()
    assert rules.loc["new-merchants", "measure"].startswith("merchants(cash>=")
    assert set(rules["kind"]) == {"limit", "top", "window", "ratio"}
    assert set(rules["enforcement"]) == {"hard", "soft", "report"}
    assert {"merchant", "provider", "category", "slot", "belt"} <= set(rules["by"])
    assert ((rules["enforcement"] == "soft") == (rules["penalty"] != "")).all()
    shares = [Fraction(value[:-1]) for value in rules["value"] if value.endswith("%")]
    assert all(0 < share < 100 for share in shares)


@pytest.mark.parametrize("merchants", [1, 2, 3, 7, 20, 60])
def test_small_markets_are_whole(tmp_path, merchants):
    """A market of a few merchants has every merchant, and is read without an error or a warning."""
    generate(tmp_path / "small", merchants=merchants, seed=merchants)
    assert len(_table(tmp_path / "small", "merchants")) == merchants
    instance, findings = read_instance(tmp_path / "small")
    assert instance is not None
    assert [str(finding) for finding in findings if finding.severity.value != "note"] == []


@pytest.mark.parametrize("is_parquet", [False, True])
def test_the_product_reads_it(tmp_path, is_parquet):
    """The folder is read without a finding, as CSV and as Parquet."""
    generate(tmp_path / "market", merchants=300, seed=1, parquet=is_parquet)
    instance, findings = read_instance(tmp_path / "market")
    assert instance is not None
    assert findings == []


def test_parquet_says_the_same(market_of_600, tmp_path):
    """With `parquet`, merchants and options hold the same figures as the CSV does."""
    generate(tmp_path / "parquet", merchants=600, seed=3, parquet=True)
    assert {file.name for file in (tmp_path / "parquet").glob("*.parquet")} == {
        "merchants.parquet",
        "options.parquet",
    }
    for name in ("merchants", "options"):
        assert not (tmp_path / "parquet" / f"{name}.csv").exists()
        got = pd.read_parquet(tmp_path / "parquet" / f"{name}.parquet").astype(str)
        expected = _table(market_of_600, name)
        assert list(got) == list(expected)
        assert (got.to_numpy() == expected.to_numpy()).all()


def test_number_of_cells_and_options(tmp_path):
    """Cells per merchant come out as asked for on average, options exactly."""
    generate(tmp_path / "many", merchants=1500, seed=1, cells_per_merchant=8, options=2)
    options = _table(tmp_path / "many", "options")
    cells = options.groupby(CELL).size()
    assert 0.9 * 8 * 1500 < len(cells) < 1.1 * 8 * 1500
    assert set(cells) == {2}


@pytest.mark.parametrize(
    "arguments",
    [
        {"merchants": 0},
        {"merchants": 20_000_001},
        {"merchants": 5, "seed": -1},
        {"merchants": 5, "cells_per_merchant": 0.5},
        {"merchants": 5, "cells_per_merchant": float("nan")},
        {"merchants": 5, "options": 0},
        {"merchants": 5, "options": 21},
    ],
)
def test_arguments_out_of_range_are_refused(tmp_path, arguments):
    """An argument out of its range is refused by name, and nothing is written."""
    with pytest.raises(ValueError, match="must be from"):
        generate(tmp_path / "none", **arguments)
    assert not list(tmp_path.iterdir())


def test_what_exists_is_never_replaced(tmp_path):
    """A full folder, a file and a link are refused and stay as they are; an empty folder is used."""
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("full", "file", "link"):
        with pytest.raises(FileExistsError, match=name):
            generate(tmp_path / name, merchants=2)
    assert {path.name for path in tmp_path.iterdir()} == {"full", "file", "link"}
    assert [path.name for path in full.iterdir()] == ["mine.txt"]
    (tmp_path / "empty").mkdir()
    generate(tmp_path / "empty", merchants=2)
    assert {path.name for path in (tmp_path / "empty").iterdir()} == FILES


def test_a_failure_leaves_nothing(tmp_path, monkeypatch):
    """When writing fails half-way, neither the folder nor what was written beside it is left."""

    def fail(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("optimizer.generate.tables.write_text", fail)
    with pytest.raises(OSError, match="No space"):
        generate(tmp_path / "out", merchants=5)
    assert not list(tmp_path.iterdir())


def test_large_markets_count_single_impressions(tmp_path):
    """Over 20,000 merchants, traffic is held in single impressions, for shares of it are small."""
    generate(tmp_path / "large", merchants=20_001, seed=1, cells_per_merchant=1, options=1)
    with (tmp_path / "large" / "pools.csv").open(encoding="utf-8-sig", newline="") as file:
        traffic = {row["pool"]: row for row in csv.DictReader(file)}["traffic"]
    assert (traffic["amount"], traffic["decimals"]) == ("10000000.000", "3")
    options = _table(tmp_path / "large", "options")
    assert options["traffic"].str.fullmatch(r"\d+\.\d{3}").all()
    assert options["merchant"].nunique() == 20_001
    assert np.isclose(options["cash"].astype(float).sum(), 2.5e10, rtol=0.05)
