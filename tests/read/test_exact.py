"""Exact integers by way of floats: right, or left to the careful reading."""

import io

import pyarrow as pa
import pyarrow.csv as pa_csv
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.amount import VALUE_DIGITS
from optimizer.read import number_text
from optimizer.read.exact import exact_units

PLAIN = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "0", "00", "-"]),
    st.integers(0, 10**12) | st.integers(2**48, 2**54),
    st.from_regex(r"\A(\.[0-9]{0,9}|\.[0-9]{5}[0-9]?(49999|50000|50001|5)0{0,12}|)\Z"),
)
ODD = st.sampled_from(
    ["nan", "inf", "-0", "1e3", "1E-7", "5e-7", "306981e-1375", "1e400", "0x1A", ".", "", "1_0", "１"]
)


@settings(deadline=None)
@given(texts=st.lists(PLAIN | ODD, min_size=1, max_size=3), decimals=st.integers(0, 6))
@example(texts=["."], decimals=2)
@example(texts=["0.29", "1.005", "4503599627370.49"], decimals=2)
def test_amounts_are_right_or_left(texts: list[str], decimals: int) -> None:
    """Texts of amounts become what the careful reading makes of them, or nothing at all."""
    units = exact_units(pa.chunked_array([pa.array(texts, pa.string())]), decimals)
    if units is not None:
        assert [(one, "") for one in units.tolist()] == [number_text.amount(text, decimals) for text in texts]


@settings(deadline=None)
@given(text=PLAIN | ODD)
@example(text="0.0000005")
@example(text="0.00000050000000000000000001")
@example(text="549755813.8875001")
@example(text="2251799813.000001")
@example(text="2251799813.6852")
def test_values_are_right_or_left(text: str) -> None:
    """Floats that pyarrow reads become what the careful reading makes of their texts, or nothing at all."""
    try:
        column = pa_csv.read_csv(
            io.BytesIO(f"{text},x\n".encode()),
            read_options=pa_csv.ReadOptions(column_names=["value", "text"]),
            convert_options=pa_csv.ConvertOptions(column_types={"value": pa.float64()}, null_values=[]),
        )["value"]
    except pa.ArrowInvalid:
        return
    units = exact_units(column, VALUE_DIGITS)
    if units is not None:
        assert (units[0], "") == number_text.value(text)


@pytest.mark.parametrize(
    ("text", "decimals"),
    [("12.50", 2), ("7", 0), ("-0.137", 3), ("2000000000.000001", 6), ("5.", 2), (".5", 2)],
)
def test_plain_amounts_are_taken(text: str, decimals: int) -> None:
    """What planners mostly write is not left to the careful reading."""
    units = exact_units(pa.chunked_array([pa.array([text, text], pa.string())]), decimals)
    assert units is not None
    assert [(one, "") for one in units.tolist()] == [number_text.amount(text, decimals)] * 2
