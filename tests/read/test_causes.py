"""Causes, not symptoms: what leans on something that could not be read is not called wrong."""

from pathlib import Path

import pytest

from tests.read.reading import codes, found

OPTIONS = "merchant,category,slot,option,cash,conversions\nM1,C1,S1,A,10,1\nM2,C1,S1,A,5,0.5\n"
MERCHANTS = "merchant,tier,cash_cap\nM1,big,9\nM2,mid,9\n"
RULES = "rule,measure,where,by,sense,value,basis\n"
TIERS = RULES + "R1,cash,,tier,at_most,50,\n"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("1.2E+17,C1,S1,A,1,1", "KEY-02"),
        (",C1,S1,A,1,1", "KEY-01"),
        ("*,C1,S1,A,1,1", "KEY-06"),
        ("合计,,,,15,1.5", "KEY-01"),
    ],
)
def test_a_key_that_is_wrong_itself_is_not_lacking(tmp_path: Path, row: str, code: str) -> None:
    """A key that Excel damaged, a blank, `*` or a row of totals is one cause: its table does not lack it."""
    files = {"options.csv": OPTIONS + row + "\n", "merchants.csv": MERCHANTS}
    assert set(codes(found(tmp_path / "ruled", {**files, "rules.csv": TIERS}))) == {code}
    assert set(codes(found(tmp_path / "unruled", files))) == {code}


def test_a_lacking_key_is_found_where_it_is_used(tmp_path: Path) -> None:
    """A key that its table lacks is found at its first row of options, by the header of that file."""
    options = OPTIONS.replace("merchant", "商家") + "M3,C1,S1,A,1,1\nM3,C1,S2,A,1,1\n"
    files = {"options.csv": options, "merchants.csv": MERCHANTS, "rules.csv": TIERS}
    one = found(tmp_path, files)[0]
    assert (one.code, one.file, one.row, one.column, one.value) == ("KEY-05", "options.csv", 4, "商家", "M3")


@pytest.mark.parametrize("text", ["mrchant,tier,cash_cap\nM1,big,9\n", "tier,cash_cap\nbig,9\n"])
def test_a_table_without_its_key_lacks_no_key(tmp_path: Path, text: str) -> None:
    """A mistyped header of the key is one finding, not one for every merchant."""
    found_codes = set(codes(found(tmp_path, {"merchants.csv": text, "rules.csv": TIERS})))
    assert found_codes in ({"TAB-05"}, {"TAB-05", "TAB-07"})


@pytest.mark.parametrize(
    "rule",
    [
        "R1,cash,tier=big,,at_most,50,",
        "R1,cash,merchants.tier=big,,at_most,50,",
        "R1,cash,,merchants.tier,at_most,50,",
        "R1,cash,,,at_most,50%,merchants.cash_cap",
        "R1,cash,,,at_most,50%,cash_cap",
        "R1,merchants(cash>=cash_cap),,,at_most,5,",
    ],
)
def test_a_table_that_cannot_be_read_is_there(tmp_path: Path, rule: str) -> None:
    """Rules that name columns of a table whose bytes are no text are not blamed for it."""
    files = {"options.csv": OPTIONS, "merchants.csv": b"merchant\xff\xff\n", "rules.csv": RULES + rule + "\n"}
    assert codes(found(tmp_path, files)) == ["FIL-05"]


def test_other_names_are_blamed_still(tmp_path: Path) -> None:
    """A rule that names a table which the folder does not have is wrong whatever else is."""
    rule = "R1,cash,slots.start>2026-01-01,,at_most,50,\n"
    files = {"options.csv": OPTIONS, "merchants.csv": b"merchant\xff\xff\n", "rules.csv": RULES + rule}
    assert codes(found(tmp_path, files)) == ["FIL-05", "RUL-12"]


@pytest.mark.parametrize("rule", ["R1,cash,,,at_most,50%,pool", "R1,ca sh,,,at_most,50,"])
def test_a_bad_name_of_a_pool_is_one_cause(tmp_path: Path, rule: str) -> None:
    """Rules, settings and bases that lean on a pool whose name cannot stand are not blamed."""
    files = {
        "pools.csv": "pool,amount\nca sh,100\ntraffic,5\n",
        "options.csv": OPTIONS.replace("\n", ",1\n").replace("conversions,1", "conversions,traffic"),
        "rules.csv": RULES + rule + "\n",
        "settings.toml": "[measures]\nsupport = {'ca sh' = 1}\n",
    }
    assert codes(found(tmp_path, files)) == ["POO-01"]


def test_rows_that_are_all_wrong_are_rows(tmp_path: Path) -> None:
    """Where every row has too few fields, the table is not said to have none, nor its cells to be missing."""
    files = {
        "options.csv": "merchant,category,slot,option,cash,conversions\nM1,C1,S1,A\nM2,C1,S1\n",
        "pins.csv": "merchant,category,slot,option\nM1,C1,S1,A\n",
        "actuals.csv": "merchant,category,slot,cash,conversions\nM1,C1,S1,1,1\n",
        "settings.toml": "divisible = ['C1']\n",
    }
    assert codes(found(tmp_path, files)) == ["TAB-02", "TAB-02"]
