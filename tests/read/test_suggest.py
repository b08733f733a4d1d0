"""What may have been meant."""

import pytest

from optimizer.read.suggest import hint, is_one_letter_off, nearest


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
