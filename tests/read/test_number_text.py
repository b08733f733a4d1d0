"""Numbers as planners write them."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.amount import MAX_UNITS, VALUE_UNIT
from optimizer.read import number_text


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("12.5", 1250),
        ("0012.50", 1250),
        (".5", 50),
        ("5.", 500),
        ("-3", -300),
        ("-.5", -50),
        ("5.00", 500),
        ("90071992547409.92", MAX_UNITS),
        (" 7 ", 700),
        ("0", 0),
        ("-0.00", 0),
    ],
)
def test_an_amount_is_exact(text: str, units: int) -> None:
    """A plain decimal text is an amount in smallest units, to the last one."""
    assert number_text.amount(text, 2) == (units, "")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "NUM-01"),
        ("ten", "NUM-02"),
        ("1 2", "NUM-02"),
        ("1.2.3", "NUM-02"),
        (".", "NUM-02"),
        ("-", "NUM-05"),
        ("1,000", "NUM-03"),
        ("1,234,567.89", "NUM-03"),
        ("1'000", "NUM-03"),
        ("1 000", "NUM-03"),
        ("1.000.000", "NUM-03"),
        ("￥5", "NUM-04"),
        ("¥1,000", "NUM-04"),
        ("5元", "NUM-04"),
        ("CNY 5", "NUM-04"),
        ("$5", "NUM-04"),
        ("NaN", "NUM-05"),
        ("-inf", "NUM-05"),
        ("#DIV/0!", "NUM-05"),
        ("#N/A", "NUM-05"),
        ("null", "NUM-05"),
        ("1e3", "NUM-06"),
        ("1.2E+11", "NUM-06"),
        ("12,5", "NUM-07"),
        ("1.234,56", "NUM-07"),
        ("１２", "NUM-08"),
        ("１２．５", "NUM-08"),
        ("+5", "NUM-09"),
        ("0.001", "NUM-10"),
        ("5.000", "NUM-10"),
        ("-.000", "NUM-10"),
        ("90071992547409.93", "NUM-11"),
        ("9" * 500, "NUM-12"),
        ("-." + "9" * 6000, "NUM-12"),
        ("x" * 500, "NUM-02"),
    ],
)
def test_what_is_no_amount_says_why(text: str, code: str) -> None:
    """A text that is no amount is told apart by what is wrong with it."""
    assert number_text.amount(text, 2) == (0, code)


@given(st.decimals(-(10**9), 10**9, places=12), st.booleans())
def test_values_round_half_to_even(number: object, has_exponent: bool) -> None:
    """A value is rounded to 1e-6, half to even, from its exact text, exponent or not."""
    text = f"{number:E}" if has_exponent else str(number)
    if "E+" in text and not has_exponent:
        text = f"{number:f}"
    assert number_text.value(text) == (round(Fraction(text) * VALUE_UNIT), "")


@pytest.mark.parametrize(
    ("text", "code"), [("1e400", "NUM-11"), ("9007199254.740993", "NUM-11"), ("1e99999", "NUM-02")]
)
def test_values_are_bounded(text: str, code: str) -> None:
    """A value over 2^53 units is refused, however it is written."""
    assert number_text.value(text) == (0, code)


def test_tiny_exponents_are_zero() -> None:
    """A value far below 1e-6 is zero, at no cost of digits."""
    assert number_text.value("1e-9999") == (0, "")
