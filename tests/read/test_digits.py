"""More digits than `decimals` are an error, be they zeros: whoever writes 5.000 means thousandths."""

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from optimizer.read import read_instance
from tests.read.reading import OPTIONS, POOLS, folder_of, found, read

LONG = [("5.000", True), ("5.00", False), ("5", False), ("5.", False), (".500", True), ("-5.000", True)]


@pytest.mark.parametrize(("text", "is_long"), LONG)
@pytest.mark.parametrize("way", ["quick", "careful"])
def test_costs(tmp_path: Path, text: str, is_long: bool, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cost with a digit too many is NUM-10 on both ways of reading, wherever in the file it stands."""
    if way == "careful":
        monkeypatch.setattr("optimizer.read.source.read_quickly", lambda *__: None)
    for cost in ("10", "20", "5"):
        files = {"options.csv": OPTIONS.replace(f",{cost},", f",{text},")}
        longer = [one.value for one in found(tmp_path, files) if one.code == "NUM-10"]
        assert longer == ([text] if is_long else [])


@pytest.mark.parametrize(("text", "is_long"), LONG)
def test_pools_and_actuals(tmp_path: Path, text: str, is_long: bool) -> None:
    """Amounts of pools, and what was spent, are read to the letter too."""
    files = {
        "pools.csv": POOLS.replace("100", text),
        "actuals.csv": f"merchant,category,slot,cash,conversions\nM1,C1,S1,{text},1\n",
    }
    longer = sorted((one.file, one.value) for one in found(tmp_path, files) if one.code == "NUM-10")
    assert longer == ([("actuals.csv", text), ("pools.csv", text)] if is_long else [])


def test_whole_units(tmp_path: Path) -> None:
    """A pool without decimals takes no digit behind the point, on either way of reading."""
    for text, expected in (("5.0", ["NUM-10"]), (".0", ["NUM-10"]), ("5.", [])):
        files = {
            "pools.csv": "pool,amount,decimals\ncash,100,0\n",
            "options.csv": OPTIONS.replace(",5,", f",{text},"),
        }
        assert [one.code for one in found(tmp_path, files)] == expected


def test_values_may_be_longer(tmp_path: Path) -> None:
    """Values round, so digits beyond the sixth are no error."""
    instance = read(tmp_path, {"options.csv": OPTIONS.replace("1.5", "1.50000000")})
    assert instance.options.values["conversions"].tolist() == [1_000_000, 1_500_000, 500_000]


def test_stored_decimals_count_by_value(tmp_path: Path) -> None:
    """A column of decimals in Parquet has one scale, so there only digits other than zero are too many."""
    folder = folder_of(tmp_path, {})
    (folder / "options.csv").unlink()
    keys = {"merchant": ["M1", "M2"], "category": ["C1", "C1"], "slot": ["S1", "S1"], "option": ["A", "A"]}
    for last, expected in (("7.5000", []), ("7.5001", ["NUM-10"])):
        cash = pa.array([Decimal("5.0000"), Decimal(last)], pa.decimal128(9, 4))
        pq.write_table(
            pa.table({**keys, "cash": cash, "conversions": [1.0, 2.0]}), folder / "options.parquet"
        )
        instance, findings = read_instance(folder)
        assert [one.code for one in findings] == expected
        assert expected or (instance and instance.options.costs["cash"].tolist() == [500, 750])


def test_what_if_amounts_count_by_value(tmp_path: Path) -> None:
    """An amount given with `--set` may be written in any way that its pool can hold exactly."""
    folder = folder_of(tmp_path, {})
    for text, units in (("5.000", 500), ("5e0", 500), ("5.001", None)):
        instance, findings = read_instance(folder, (("pools.cash", text),))
        assert (instance and instance.pools[0].amount) == units
        assert [one.code for one in findings] == ([] if units else ["NUM-10"])
