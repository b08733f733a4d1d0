"""The same tables are the same instance, whatever order, dialect, encoding or format they come in."""

import csv
import io
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from optimizer.read import quick_csv, read_instance
from tests.read.reading import OPTIONS, folder_of, instances_equal, read

ROOT = Path(__file__).parents[2]
HEADERS = {
    "merchant": "商家",
    "category": "类目",
    "slot": "时段",
    "option": "档位",
    "conversions": "转化",
    "name": "名称",
}
KEY = st.sampled_from(
    ["M1", "m1", "店铺", "café", "cafe\u0301", "a b", 'say "so"', "x;y", "p,q", "1E5", "-7", "0", "Ω"]
)
CENTS = st.decimals(0, 10**9, places=2).map(str) | st.sampled_from(["5", "5.", ".5", "0012.50", "7.10"])
GAIN = st.decimals(0, 10**6, places=6).map(str) | st.sampled_from(
    ["1e-3", "0.1234565", "2.5E2", "12.00000049", ".25"]
)
POOLS = [["pool", "amount", "decimals"], ["cash", "1000.00", "2"], ["traffic", "50", "0"]]


@dataclass
class Form:
    """How tables are written down."""

    separator: str = ","
    encoding: str = "utf-8"
    end: str = "\n"
    quoting: int = csv.QUOTE_MINIMAL
    is_chinese: bool = False
    blanks: bool = False


FORMS = st.builds(
    Form,
    separator=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    is_chinese=st.booleans(),
    blanks=st.booleans(),
)


@st.composite
def options_tables(draw: st.DrawFn) -> list[list[str]]:
    """Draw an options table without repeats."""
    keys = st.tuples(
        KEY, st.sampled_from(["C1", "茶"]), st.sampled_from(["S1", "S2"]), st.sampled_from("ABC")
    )
    normal = draw(
        st.lists(
            keys, min_size=1, max_size=8, unique_by=lambda key: (key[0].replace("e\u0301", "é"), *key[1:])
        )
    )
    rows = [[*key, draw(CENTS), str(draw(st.integers(0, 10**6))), draw(GAIN), draw(GAIN)] for key in normal]
    return [["merchant", "category", "slot", "option", "cash", "traffic", "conversions", "gmv"], *rows]


def written(table: list[list[str]], form: Form) -> bytes:
    """Write a table down."""
    header, *rows = table
    if form.is_chinese:
        header = [HEADERS.get(name, name) for name in header]
    lines = [header, *rows]
    if form.blanks:
        lines = [[*lines[0], ""], *([*line, ""] for line in lines[1:]), [""] * (len(header) + 1)]
        lines.insert(2, [" "] * (len(header) + 1))
    text = io.StringIO()
    csv.writer(text, delimiter=form.separator, lineterminator=form.end, quoting=form.quoting).writerows(lines)
    return text.getvalue().encode(form.encoding)


@settings(max_examples=25, deadline=None)
@given(table=options_tables(), form=FORMS, data=st.data())
@example(table=list(csv.reader(OPTIONS.splitlines())), form=Form(encoding="gb18030"), data=None)
def test_rows_columns_dialects_and_encodings_change_nothing(table: list[list[str]], form: Form, data) -> None:
    """Any order of rows and columns, any dialect and encoding of the same tables is the same instance."""
    order = list(range(len(table[0])))
    rows = table[1:]
    if data is not None:
        order, rows = data.draw(st.permutations(order)), data.draw(st.permutations(rows))
    shuffled = [[line[i] for i in order] for line in (table[0], *rows)]
    merchants = [
        ["merchant", "name"],
        *([key, f"{key} & 公司"] for key in sorted({row[0].replace("e\u0301", "é") for row in rows})),
    ]
    with tempfile.TemporaryDirectory() as name:
        pools = POOLS if len(table[0]) == 8 else POOLS[:2]
        plain = {
            "pools.csv": written(pools, Form()),
            "options.csv": written(table, Form()),
            "merchants.csv": written(merchants, Form()),
        }
        formed = {
            "pools.csv": written(pools, form),
            "options.csv": written(shuffled, form),
            "merchants.csv": written(merchants, form),
        }
        assert instances_equal(read(Path(name) / "plain", plain), read(Path(name) / "formed", formed))


@settings(max_examples=25, deadline=None)
@given(table=options_tables(), form=FORMS)
def test_quick_and_careful_reading_agree(table: list[list[str]], form: Form) -> None:
    """What pyarrow reads and what is read row by row are the same instance with the same findings."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        folder = folder_of(
            Path(name), {"pools.csv": written(POOLS, Form()), "options.csv": written(table, form)}
        )
        quick, quick_findings = read_instance(folder)
        patch.setattr("optimizer.read.source.read_quickly", lambda *__: None)
        careful, careful_findings = read_instance(folder)
        assert quick is not None
        assert careful is not None
        assert instances_equal(quick, careful)
        assert quick.options.rows.tolist() == careful.options.rows.tolist()
        assert quick_findings == careful_findings


WRONG = st.sampled_from(
    [
        "",
        " ",
        "1,5",
        "1,000",
        "+5",
        "1e3",
        "nan",
        "inf",
        "-3",
        "5.005",
        "5.000",
        ".0",
        "5.",
        "１",
        "￥5",
        "9" * 17,
        "x",
        "5 5",
        "1_0",
        "0x1A",
        "0X1f",
        "-0",
        ".",
    ]
)


@settings(max_examples=25, deadline=None)
@given(table=options_tables(), data=st.data())
def test_quick_and_careful_reading_find_the_same(table: list[list[str]], data) -> None:
    """Whatever one cell holds, the quick and the careful reading make the same findings of it."""
    row = data.draw(st.integers(1, len(table) - 1))
    column = data.draw(st.integers(0, len(table[0]) - 1))
    table[row][column] = data.draw(WRONG)
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        folder = folder_of(
            Path(name), {"pools.csv": written(POOLS, Form()), "options.csv": written(table, Form())}
        )
        quick = read_instance(folder)[1]
        patch.setattr("optimizer.read.source.read_quickly", lambda *__: None)
        assert quick == read_instance(folder)[1]


def test_clean_tables_take_the_quick_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clean options.csv, quoted or not, is read by pyarrow to exact integers, whatever its line ends."""
    taken = []
    quickly = quick_csv.read_quickly
    monkeypatch.setattr(
        "optimizer.read.source.read_quickly", lambda *args: taken.append(quickly(*args)) or taken[-1]
    )
    table = list(csv.reader(OPTIONS.replace("M1", "甲").splitlines()))
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        for end in ("\n", "\r\n"):
            for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL):
                taken.clear()
                read(
                    tmp_path,
                    {"options.csv": written(table, Form(encoding=encoding, end=end, quoting=quoting))},
                )
                assert taken[0].units.keys() == {"cash", "conversions"}


def test_parquet_is_the_same_instance(tmp_path: Path) -> None:
    """Tables in Parquet, numbers as decimals, floats, integers or texts, are the same instance as in CSV."""
    csv_files = {"merchants.csv": "merchant,tier,since,is_new\nM1,3,2026-01-02,true\nM2,,,false\n"}
    expected = read(tmp_path / "csv", csv_files)
    keys = {
        "merchant": ["M1", "M1", "M2"],
        "category": ["C1"] * 3,
        "slot": ["S1"] * 3,
        "option": ["A", "B", "A"],
    }
    for kind in (
        pa.decimal128(12, 4),
        pa.decimal64(9, 2),
        pa.float64(),
        pa.float32(),
        pa.int64(),
        pa.uint16(),
        pa.string(),
    ):
        path = tmp_path / str(kind)
        path.mkdir()
        costs = [Decimal(10), Decimal(20), Decimal(5)]
        cash = (
            pa.array([str(cost) for cost in costs]).cast(kind)
            if kind == pa.string()
            else pa.array(costs).cast(kind)
        )
        table = {**keys, "cash": cash, "conversions": pa.array([1.0, 1.5, 0.5])}
        table["merchant"] = pa.array(keys["merchant"]).dictionary_encode()
        pq.write_table(pa.table(table), path / "options.parquet")
        pq.write_table(pa.table({"pool": ["cash"], "amount": [100]}), path / "pools.parquet")
        since = pa.array(["2026-01-02", None]).cast(pa.date32())
        attributes = {"merchant": ["M1", "M2"], "tier": [3.0, None], "since": since, "is_new": [True, False]}
        pq.write_table(pa.table(attributes), path / "merchants.parquet")
        instance, findings = read_instance(path)
        assert instance is not None, findings
        assert instances_equal(expected, instance), kind


def test_a_quoted_line_break_is_one_row(tmp_path: Path) -> None:
    """A quoted field with line breaks is one row, a blank row counts as one, as in a spreadsheet."""
    header, *rows = OPTIONS.splitlines()
    text = (
        "\n".join([f"{header},remark", f'{rows[0]},"two\nlines"', "", f"{rows[1]},one", f"{rows[2]},one"])
        + "\n"
    )
    instance = read(tmp_path, {"options.csv": text})
    assert instance.options.rows.tolist() == [2, 4, 5]
    assert instance.options.texts["remark"] == ("two\nlines", "one", "one")


def test_reading_clean_tables_wakes_no_pandas() -> None:
    """Reading clean CSV does not import pandas, which would take longer than the reading."""
    code = (
        "import sys, pathlib; from optimizer.read import read_instance; "
        "read_instance(pathlib.Path(sys.argv[1])); sys.exit('pandas' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(ROOT / "instances" / "tiny")]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0
