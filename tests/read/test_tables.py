"""Headers, pools, options and key tables."""

from pathlib import Path

import pytest

from models.finding import Finding
from tests.read.reading import OPTIONS, POOLS, codes, found, read

HEADER, *ROWS = OPTIONS.splitlines()


def options_with(column: str, *cells: str) -> str:
    """Return options.csv with a further column."""
    return (
        "\n".join([f"{HEADER},{column}", *(f"{row},{cell}" for row, cell in zip(ROWS, cells, strict=True))])
        + "\n"
    )


def places(findings: list[Finding], code: str) -> list[tuple[int | None, str, str]]:
    return [(one.row, one.column, one.value) for one in findings if one.code == code]


@pytest.mark.parametrize(
    "header",
    ["Cash", "ｃａｓｈ", "cahs", "cast", "Conversions", "conversion", "slots", "Option", "segmet", "Label"],
)
def test_headers_almost_right_are_errors(tmp_path: Path, header: str) -> None:
    """A header of options.csv that differs from a pool or word in case, width or one letter is an error."""
    assert places(found(tmp_path, {"options.csv": options_with(header, "1", "1", "1")}), "TAB-07") == [
        (1, header, header)
    ]


@pytest.mark.parametrize(
    "header", ["cash2", "cash_cap", "gmv", "new_buyers", "amount", "名字", "units", "role", "notes2"]
)
def test_other_headers_are_taken_along(tmp_path: Path, header: str) -> None:
    """A header that is a name of its own is a value column."""
    values = read(tmp_path, {"options.csv": options_with(header, "1", "2", "3")}).options.values
    assert values[header].tolist() == [1_000_000, 2_000_000, 3_000_000]


def test_attributes_may_not_be_almost_pools(tmp_path: Path) -> None:
    """A header of a key table that is a pool's but for its case is an error; a pool's own is not."""
    assert codes(found(tmp_path, {"merchants.csv": "merchant,Cash\nM1,1\nM2,1\n"})) == ["TAB-07"]
    assert read(tmp_path, {"merchants.csv": "merchant,cash\nM1,1\nM2,1\n"}).tables["merchants"].columns[
        "cash"
    ] == ("1", "1")


def test_free_columns_are_free_where_others_are_errors(tmp_path: Path) -> None:
    """`note` and `x_...` may stand in pools, rules, pins and actuals; other unknown columns may not."""
    files = {
        "pools.csv": "pool,amount,note,x_a\ncash,100,n,1\n",
        "rules.csv": "rule,measure,sense,value,note,x_a\nR1,cash,at_most,50,n,1\n",
        "pins.csv": "merchant,category,slot,option,note,x_a\nM1,C1,S1,A,n,1\n",
        "actuals.csv": "merchant,category,slot,cash,conversions,note,x_a\nM1,C1,S1,1,1,n,1\n",
    }
    read(tmp_path, files)
    for name, text in files.items():
        assert "TAB-06" in codes(found(tmp_path, {**files, name: text.replace("x_a", "y_a")}))


def test_text_columns_are_carried_along(tmp_path: Path) -> None:
    """Columns of text, `note`, and `x_...` with any text are carried along, in the order of the options."""
    text = options_with("campaign", "b", "a", "")
    assert read(tmp_path, {"options.csv": text}).options.texts == {"campaign": ("b", "a", "")}
    assert read(tmp_path, {"options.csv": options_with("note", "1", "2", "3")}).options.texts == {
        "note": ("1", "2", "3")
    }
    assert read(tmp_path, {"options.csv": options_with("x_id", "1", "b", "3")}).options.texts == {
        "x_id": ("1", "b", "3")
    }


def test_wrong_numbers_of_a_value_column_are_errors(tmp_path: Path) -> None:
    """A column of numbers is a value column: a text or a blank among them is an error."""
    findings = found(tmp_path, {"options.csv": options_with("gmv", "5", "many", "")})
    assert (places(findings, "NUM-02"), places(findings, "NUM-01")) == ([], [])
    findings = found(tmp_path, {"options.csv": options_with("gmv", "5", "7", "many")})
    assert places(findings, "NUM-02") == [(4, "gmv", "many")]
    findings = found(tmp_path, {"options.csv": options_with("gmv", '"1,000"', '"2,000"', '"3,000"')})
    assert places(findings, "NUM-03") == [(2, "gmv", "1,000"), (3, "gmv", "2,000"), (4, "gmv", "3,000")]


def test_all_findings_come_at_once(tmp_path: Path) -> None:
    """Every table is read to its end, whatever is wrong in another."""
    findings = found(
        tmp_path,
        {
            "pools.csv": "pool,amount\ncash,1e5\ncash,5\n",
            "options.csv": f"{HEADER}\nM1,C1,S1,A,-1,x\n,C1,S1,A,1,1\nM1,C1,S1,A,,1\n",
            "merchants.csv": "merchant,tier\nM1,a\nM1,b\n",
            "slots.csv": "slot,start\nS1,soon\n",
            "settings.toml": 'gap = -1\ntimezone = "Mars"\n',
            "pins.csv": "merchant,category,slot,option\nM9,C1,S1,A\n",
            "actuals.csv": "merchant,category,slot,cash,conversions\nM9,C1,S1,1,1\n",
        },
    )
    wanted = [
        "NUM-06",
        "POO-03",
        "OPT-03",
        "NUM-02",
        "KEY-01",
        "NUM-01",
        "OPT-01",
        "KEY-03",
        "SLO-01",
        "SET-03",
    ]
    assert {*wanted, "SET-06", "PIN-03", "ACT-01"} <= set(codes(findings))


def test_most_severe_findings_come_first(tmp_path: Path) -> None:
    """Errors come before warnings, then by file and row."""
    findings = found(tmp_path, {"options.csv": f"{HEADER}\nM1,C1,S1,A,0,-1\nM1,C1,S1,B,x,1\n"})
    assert codes(findings) == ["NUM-02", "OPT-04", "OPT-05"]


def test_a_missing_cost_column_is_one_finding(tmp_path: Path) -> None:
    """Where a cost column is missing or mistyped, no row is reported for costing nothing."""
    findings = found(tmp_path, {"options.csv": f"{HEADER.replace('cash', 'cahs')}\nM1,C1,S1,A,1,1\n"})
    assert codes(findings) == ["TAB-07", "OPT-02"]


def test_options_are_sorted_by_code_point(tmp_path: Path) -> None:
    """Options stand in the code-point order of their keys, with the rows that they come from."""
    rows = ["é,C1,S1,A,1,1", "Z,C1,S1,A,2,1", "a,C1,S1,b,3,1", "a,C1,S1,B,4,1", "茶,C1,S1,A,5,1"]
    options = read(tmp_path, {"options.csv": "\n".join([HEADER, *rows])}).options
    assert options.keys["merchant"].texts == ("Z", "a", "é", "茶")
    assert options.costs["cash"].tolist() == [200, 400, 300, 100, 500]
    assert options.rows.tolist() == [3, 5, 4, 2, 6]


def test_unused_pools_need_no_column(tmp_path: Path) -> None:
    """A pool that is stated as unused has zero costs and no cost column."""
    instance = read(tmp_path, {"pools.csv": "pool,amount,decimals,unused\ncash,100,,\nhours,8,1,是\n"})
    assert [pool.is_unused for pool in instance.pools] == [False, True]
    assert [pool.decimals for pool in instance.pools] == [2, 1]
    assert instance.options.costs["hours"].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    "name", ["资金池", "金额", "商家", "conversions", "none", "at_most", "a b", "a.b", "现金%"]
)
def test_names_no_pool_may_have(tmp_path: Path, name: str) -> None:
    """A pool may not be named after a word of the contract, in either language, nor hold other signs."""
    assert {"POO-01", "POO-02"} & set(codes(found(tmp_path, {"pools.csv": f"{POOLS}{name},5\n"})))


def test_pools_may_have_names_of_any_script(tmp_path: Path) -> None:
    """A pool may be named in letters of any script, digits, `_` and `-`."""
    options = options_with("现金-2", "1", "1", "1")
    assert (
        read(tmp_path, {"pools.csv": f"{POOLS}现金-2,5\n", "options.csv": options}).pools[1].name == "现金-2"
    )


@pytest.mark.parametrize("key", ["1.2E+17", "1.2e+17", "1,2E+17", "1E+17", "-3.0E-05", "1.2E17"])
def test_keys_that_excel_has_damaged(tmp_path: Path, key: str) -> None:
    """A key that is a number with an exponent is an error, once for each key."""
    rows = f'"{key}",C1,S1,A,1,1\n"{key}",C1,S1,B,1,1\n'
    assert places(found(tmp_path, {"options.csv": f"{HEADER}\n{rows}"}), "KEY-02") == [(2, "merchant", key)]


@pytest.mark.parametrize("key", ["120000000000000000", "E17", "1E5", "M1.2E+17", "12-05"])
def test_keys_that_look_strange_but_are_not(tmp_path: Path, key: str) -> None:
    """Long digits and letters among digits are keys like any other."""
    assert read(tmp_path, {"options.csv": f"{HEADER}\n{key},C1,S1,A,1,1\n"}).options.keys[
        "merchant"
    ].texts == (key,)


def test_keys_are_trimmed_and_composed(tmp_path: Path) -> None:
    """Blanks around keys and the two ways to write é make no difference, to key tables either."""
    options = f"{HEADER}\n cafe\u0301 ,C1,S1,A,1,1\ncaf\u00e9,C1,S2,A,1,1\n"
    instance = read(
        tmp_path, {"options.csv": options, "merchants.csv": "merchant,tier\n\u3000cafe\u0301,a\n"}
    )
    assert instance.options.keys["merchant"].texts == ("caf\u00e9",)
    assert instance.tables["merchants"].keys == ("caf\u00e9",)


def test_keys_missing_from_a_table_warn_or_fail(tmp_path: Path) -> None:
    """A key that its table lacks is a warning, and an error where a rule uses the table."""
    files = {"merchants.csv": "merchant,tier\nM1,a\n"}
    assert codes(found(tmp_path, files)) == ["KEY-04"]
    files["rules.csv"] = "rule,measure,where,sense,value\nR1,cash,tier=a,at_most,50\n"
    assert codes(found(tmp_path, files)) == ["KEY-05"]


def test_duplicates_name_both_rows(tmp_path: Path) -> None:
    """An option that stands twice is found wherever its rows are, and both are named."""
    findings = found(tmp_path, {"options.csv": f"{OPTIONS}M1,C1,S1,A,30,3\n"})
    assert places(findings, "OPT-01") == [(5, "option", "A")]
    assert "row 2" in findings[0].what


def test_segments_are_optional(tmp_path: Path) -> None:
    """A segment column makes segments keys of cells."""
    text = "segment," + OPTIONS.replace("\nM", "\nheavy,M")
    options = read(tmp_path, {"options.csv": text}).options
    assert list(options.keys) == ["merchant", "category", "slot", "segment"]
    assert list(read(tmp_path, {}).options.keys) == ["merchant", "category", "slot"]


def test_findings_name_headers_as_written(tmp_path: Path) -> None:
    """A finding names the column as the file heads it, in Chinese where the file is."""
    files = {
        "options.csv": "商家,类目,时段,档位,cash,转化\nM1,C1,S1,A,x,1\n",
        "merchants.csv": "商家,名称\nM2,one\n",
        "slots.csv": "时段,开始\nS1,soon\n",
    }
    findings = found(tmp_path, files)
    assert [(one.code, one.column) for one in findings] == [
        ("NUM-02", "cash"),
        ("SLO-01", "开始"),
        ("KEY-04", "商家"),
    ]


@pytest.mark.parametrize("columns", [100_000, 10_001])
def test_a_table_with_too_many_columns(tmp_path: Path, columns: int) -> None:
    """A table of more than 10,000 columns is one finding, at once."""
    lines = [
        line + "".join(f",{'v' * (at == 0)}{i}" for i in range(columns - 6))
        for at, line in enumerate(
            ["merchant,category,slot,option,cash,conversions", *[f"M{row},C1,S1,A,1,1" for row in range(14)]]
        )
    ]
    assert codes(found(tmp_path, {"options.csv": "\n".join(lines)})) == ["TAB-09"]


def test_a_nul_is_found_in_its_row(tmp_path: Path) -> None:
    """A NUL character is found in the row that holds it, quoted line breaks not counted."""
    rows = b'M1,C1,"S\n1",A,1,1\nM2,C1,S1,A,\x001,1\n'
    text = b"merchant,category,slot,option,cash,conversions\n" + rows
    one = found(tmp_path, {"options.csv": text})[0]
    assert (one.code, one.file, one.row) == ("FIL-06", "options.csv", 3)


@pytest.mark.parametrize(
    ("start", "code"),
    [("sep=,\n", "FIL-12"), ("SEP=;\n", "FIL-12"), ("sep=\t\n", "FIL-12"), ("\ufeff\ufeff", "FIL-13")],
)
def test_what_stands_before_a_header(tmp_path: Path, start: str, code: str) -> None:
    """Excel's instruction and a second byte-order mark are one clear finding each, and nothing follows."""
    assert codes(found(tmp_path, {"options.csv": start + OPTIONS})) == [code]
    assert codes(found(tmp_path / "two", {"rules.csv": start + "rule,measure,sense,value\n"})) == [code]
