"""What a text means to a rule: numbers, times, true and false, and single conditions."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.amount import exact_text
from models.rule import Column, Condition
from models.scope import canonical, matches, number, time

SHANGHAI = ZoneInfo("Asia/Shanghai")
TIER = Column(key="merchant", attribute="tier", label="tier")
SLOT = Column(key="slot", label="slot")


def held(column, operator, values, texts):
    """Return the texts that a condition holds for."""
    found = matches(Condition(column=column, operator=operator, values=values), texts, SHANGHAI)
    return [text for text, is_held in zip(texts, found, strict=True) if is_held]


@given(st.integers(-(10**20), 10**20), st.integers(0, 12))
def test_numbers_are_exact(units, digits):
    """A plain decimal text is read as exactly the number that it is."""
    value = Fraction(units, 10**digits)
    assert number(exact_text(value)) == value


@pytest.mark.parametrize(
    "text", ["", " ", "+1", "1e3", "1,000", "１", "٣", "1 ", "--1", ".", "-", "nan", "5%", "9" * 201]
)
def test_texts_that_are_no_numbers(text):
    """Everything but a plain decimal is no number, and no text is too long to say so."""
    assert number(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-01", (2026, 10, 31, 16, 0)),
        ("2026-11-01T20:00", (2026, 11, 1, 12, 0)),
        ("2026-11-01 20:00:00", (2026, 11, 1, 12, 0)),
        ("2026/11/1 8:00", (2026, 11, 1, 0, 0)),
        ("2026/11/1", (2026, 10, 31, 16, 0)),
        ("2026年11月1日 8:00", (2026, 11, 1, 0, 0)),
        ("2026-11-01T24:00", (2026, 11, 1, 16, 0)),
        ("2026-11-01T20:00Z", (2026, 11, 1, 20, 0)),
        ("2026-11-01T20:00+08:00", (2026, 11, 1, 12, 0)),
        ("2026-11-01T20:00-0530", (2026, 11, 2, 1, 30)),
        ("2026-11-01T20:00:00.250+08", (2026, 11, 1, 12, 0, 0, 250_000)),
    ],
)
def test_times(text, expected):
    """ISO 8601 and what Excel writes are times; without an offset they are in the time zone given."""
    assert time(text, SHANGHAI) == datetime(*expected, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "S1",
        "2026",
        "2026-13-01",
        "2026-02-30",
        "2026-11-01T25:00",
        "20:00",
        "9999-12-31T24:00",
        "2026-11-01T20:00+99:00",
    ],
)
def test_texts_that_are_no_times(text):
    """Everything else, and what no calendar has, is no time."""
    assert time(text, SHANGHAI) is None


def test_true_and_false():
    """True, 是 and their like in any case are one text, and likewise false; every other text is itself."""
    assert {canonical(text) for text in ("true", "TRUE", "True", "是")} == {"true"}
    assert {canonical(text) for text in ("false", "FALSE", "否")} == {"false"}
    assert [canonical(text) for text in ("yes", "1", "", "Tea")] == ["yes", "1", "", "Tea"]


def test_equality():
    """= holds for any value and != for none; true and 是 are equal as attributes, keys only as they are."""
    texts = ["small", "mid", "", "TRUE", "是"]
    assert held(TIER, "=", ("small", "mid"), texts) == ["small", "mid"]
    assert held(TIER, "!=", ("small",), texts) == ["mid", "", "TRUE", "是"]
    assert held(TIER, "=", ("true",), texts) == ["TRUE", "是"]
    assert held(SLOT, "=", ("是",), ["TRUE", "是"]) == ["是"]


@pytest.mark.parametrize("operator", ["=", "<", "<=", ">", ">="])
def test_blank_attributes(operator):
    """A blank attribute satisfies no condition but !=."""
    value = "" if operator == "=" else "5"
    assert held(TIER, operator, (value,), [""]) == []
    assert held(TIER, "!=", ("5",), [""]) == [""]


def test_comparison():
    """More and less compare numbers as numbers and times as times, and hold for no other text."""
    numbers = ["9", "10", "10.0", "-1", "x", ""]
    assert held(TIER, "<", ("10",), numbers) == ["9", "-1"]
    assert held(TIER, "<=", ("10",), numbers) == ["9", "10", "10.0", "-1"]
    assert held(TIER, ">", ("9.5",), numbers) == ["10", "10.0"]
    assert held(TIER, ">=", ("10",), numbers) == ["10", "10.0"]
    times = ["2026-11-01", "2026/11/1 8:00", "2026-11-01T00:00Z", "x"]
    assert held(TIER, ">=", ("2026-11-01T08:00",), times) == ["2026/11/1 8:00", "2026-11-01T00:00Z"]


def test_no_texts():
    """No text gives an empty array."""
    assert matches(Condition(column=SLOT, operator=">", values=("5",)), [], SHANGHAI).shape == (0,)
