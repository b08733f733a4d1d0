"""What may have been meant."""

from pathlib import Path

import pytest

from optimizer.read.suggest import hint, is_one_letter_off, nearest
from tests.read.reading import found


@pytest.mark.parametrize(
    ("text", "is_near"),
    [
        ("cast", True),
        ("cas", True),
        ("cashh", True),
        ("csah", True),
        ("cash2", False),
        ("cash", False),
        ("cats", False),
        ("money", False),
        ("ca-h", False),
        ("", False),
        ("case", True),
    ],
)
def test_one_letter(text: str, is_near: bool) -> None:
    """One letter changed, missing, added or swapped is a slip; a digit or a sign is another name."""
    assert is_one_letter_off(text, "cash") is is_near


def test_short_names_are_never_near() -> None:
    """Names of one or two letters are all near one another, so none is."""
    assert not is_one_letter_off("of", "on")


def test_the_nearest_name_is_hinted_at() -> None:
    """The nearest name is suggested whatever its case and width, and none where nothing is near."""
    assert nearest("ＣＡＳＨ", ["traffic", "cash"]) == "cash"
    assert hint("optoins.csv", ["options.csv", "pools.csv"]) == ' (did you mean "options.csv"?)'
    assert hint("zzz", ["options.csv"]) == ""


def test_a_name_with_its_table_is_compared_with_such_names(tmp_path: Path) -> None:
    """`merchants.cash_cp` is near to merchants.cash_cap, also where two tables share a name."""
    files = {
        "merchants.csv": "merchant,name,cash_cap\nM1,a,1\nM2,b,1\n",
        "categories.csv": "category,name\nC1,a\n",
    }
    for line in ("r,cash,,at_most,1,merchants.cash_cp", "r,cash,merchants.cash_cp=1,at_most,1,"):
        rules = f"rule,measure,where,sense,value,basis\n{line}\n"
        (one,) = found(tmp_path, {**files, "rules.csv": rules})
        assert (one.code, "merchants.cash_cap" in one.what) == ("RUL-10", True)
    rules = "rule,measure,sense,value\nr,merchants(cash>=merchants.cash_cp),at_most,1\n"
    (one,) = found(tmp_path, {**files, "rules.csv": rules})
    assert (one.code, "merchants.cash_cap" in one.what) == ("RUL-25", True)
