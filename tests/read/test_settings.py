"""settings.toml."""

from fractions import Fraction
from pathlib import Path

import pytest

from tests.read.reading import OPTIONS, codes, found, read

POOLS = "pool,amount\ncash,100\ntraffic,50\n"
TABLE = [line.split(",") for line in OPTIONS.splitlines()]
FILES = {
    "pools.csv": POOLS,
    "options.csv": "\n".join(
        ",".join([*line, extra])
        for line, extra in zip(TABLE, ["traffic,gmv,conversions_se", *["1,2,0.1"] * 3], strict=True)
    ),
}


def settings(path: Path, text: str):
    return read(path, {**FILES, "settings.toml": text}).settings


def test_defaults_are_filled_in(tmp_path: Path) -> None:
    """Where the file says nothing the contract's defaults stand, as they do without it."""
    stated = read(tmp_path, {**FILES, "settings.toml": ""}).settings
    assert (stated.timezone, stated.divisible, stated.gap) == ("Asia/Shanghai", False, None)
    assert stated.objective.weights == (("conversions", 1),)
    assert stated == read(tmp_path / "without", FILES).settings


def test_everything_is_read_exactly(tmp_path: Path) -> None:
    """Every setting is read, its decimals exact; a named sum in the objective is replaced by its terms."""
    text = """
        name = " 双百 "
        currency = "CNY"
        timezone = "Europe/London"
        divisible = ["C1"]
        gap = 1e-3
        time_limit = 60
        [measures]
        support = {cash = 1, traffic = 0.02}
        [objective]
        maximise = {gmv = 0.05, support = -2, cash = 1}
        caution = 0.5
    """
    stated = settings(tmp_path, text)
    assert (stated.name, stated.currency, stated.timezone) == ("双百", "CNY", "Europe/London")
    assert (stated.divisible, stated.gap, stated.time_limit) == (("C1",), Fraction(1, 1000), 60)
    assert stated.measures == {"support": (("cash", 1), ("traffic", Fraction(1, 50)))}
    assert stated.objective.weights == (("cash", -1), ("gmv", Fraction(1, 20)), ("traffic", Fraction(-1, 25)))
    assert stated.objective.caution == Fraction(1, 2)


@pytest.mark.parametrize("name", ["conversions", "转化", "gmv", "cash", "support"])
def test_the_objective_may_be_one_measure(tmp_path: Path, name: str) -> None:
    """`maximise` may be the name of a pool, a value column or a measure."""
    text = f'objective = {{maximise = "{name}"}}\nmeasures = {{support = {{cash = 2}}}}'
    expected = {"support": (("cash", 2),), "转化": (("conversions", 1),)}.get(name, ((name, 1),))
    assert settings(tmp_path, text).objective.weights == expected


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("gap = -0.1", "SET-03", "gap"),
        ("gap = nan", "SET-03", "gap"),
        ("gap = 1e99999", "SET-03", "gap"),
        ("gap = true", "SET-03", "gap"),
        ("time_limit = 0", "SET-03", "time_limit"),
        ("name = 3", "SET-03", "name"),
        ("divisible = 1", "SET-03", "divisible"),
        ('divisible = ["C9"]', "SET-08", "divisible"),
        ("objective = 1", "SET-03", "objective"),
        ("objective = {maximise = {}}", "SET-03", "objective.maximise"),
        ("objective = {maximise = {cash = inf}}", "SET-03", "objective.maximise.cash"),
        ('objective = {maximise = "profit"}', "SET-04", "objective.maximise"),
        ("objective = {maximize = 1}", "SET-02", "objective.maximize"),
        ("objective = {caution = -1}", "SET-03", "objective.caution"),
        ("measures = 1", "SET-03", "measures"),
        ("measures = {a = {}}", "SET-03", "measures.a"),
        ("measures = {a = {b = 1}}", "SET-04", "measures.a"),
        ("measures = {a = {cash = 1}, b = {a = 1}}", "SET-04", "measures.b"),
        ("measures = {cells = {cash = 1}}", "SET-05", "measures.cells"),
        ("measures = {gmv = {cash = 1}}", "SET-05", "measures.gmv"),
        ('measures = {"a b" = {cash = 1}}', "SET-03", "measures.a b"),
        ('timezone = "../etc/passwd"', "SET-06", "timezone"),
        ('timezone = "Asia"', "SET-06", "timezone"),
        ("[a\n", "SET-01", ""),
        ("a = " + "[" * 5000, "SET-01", ""),
        ("solver = 1", "SET-02", "solver"),
    ],
)
def test_what_settings_may_not_be(tmp_path: Path, text: str, code: str, column: str) -> None:
    """A setting of an unknown name, kind or value is an error that names it."""
    findings = found(tmp_path, {**FILES, "settings.toml": text})
    assert [(one.code, one.column) for one in findings] == [(code, column)]


def test_chinese_settings_of_a_chinese_desktop(tmp_path: Path) -> None:
    """settings.toml may be GB18030 or carry a byte-order mark, as a text editor leaves it."""
    for encoding in ("gb18030", "utf-8-sig", "utf-16"):
        assert (
            read(tmp_path, {"settings.toml": 'name = "双百计划"\r\n'.encode(encoding)}).settings.name
            == "双百计划"
        )


def test_divisible_cells_need_costs_that_rise_together(tmp_path: Path) -> None:
    """Only in divisible cells must other costs not fall along the order of the first pool."""
    header = "merchant,category,slot,option,cash,traffic,conversions"
    falling = f"{header}\nM1,C1,S1,A,10,5,1\nM1,C1,S1,B,20,4,2\nM1,C2,S1,A,10,5,1\nM1,C2,S1,B,10,6,2\n"
    files = {"pools.csv": POOLS, "options.csv": falling}
    for text, expected in (
        ("divisible = false", []),
        ('divisible = ["C2"]', []),
        ('divisible = ["C1"]', ["OPT-08"]),
        ("divisible = true", ["OPT-08"]),
    ):
        assert codes(found(tmp_path, {**files, "settings.toml": text})) == expected


@pytest.mark.parametrize(
    "name",
    ["", " ", "../x", "/etc/localtime", "localtime", "Asia", "Asia/", "a" * 5000, "UTC\\u0000", "上海", "."],
)
def test_a_text_that_is_no_time_zone_is_a_finding(tmp_path: Path, name: str) -> None:
    """A blank, a path, or a name of the machine's own is no time zone."""
    found_codes = codes(found(tmp_path, {**FILES, "settings.toml": f'timezone = "{name}"'}))
    assert found_codes == ["SET-06"]


@pytest.mark.parametrize("name", ["UTC", "Etc/GMT+8", "America/Argentina/Buenos_Aires", " Asia/Shanghai "])
def test_every_real_time_zone_is_taken(tmp_path: Path, name: str) -> None:
    """Names of the time zone database are taken, blanks around them apart."""
    assert settings(tmp_path, f'timezone = "{name}"').timezone == name.strip()


def test_findings_are_at_the_line_of_the_key(tmp_path: Path) -> None:
    """A finding on a setting is at its line, or at that of the table around it."""
    text = 'gap = "x"\n\n[measures]\na = {cahs = 1}\n"b" = 5\n[objective]\nmaximise = {x = 1}\n'
    found_rows = [(one.code, one.row) for one in found(tmp_path, {**FILES, "settings.toml": text})]
    assert found_rows == [("SET-03", 1), ("SET-04", 4), ("SET-03", 5), ("SET-04", 7)]
    inline = "\nobjective = {maximise = {x = 1}, z = 2}\n"
    found_rows = [(one.code, one.row) for one in found(tmp_path / "b", {**FILES, "settings.toml": inline})]
    assert found_rows == [("SET-04", 2), ("SET-02", 2)]


def test_the_objective_may_count(tmp_path: Path) -> None:
    """`maximise` may weigh counts, alone or in a table, in either language; those of one meaning add up."""
    merchants = "merchant,least\nM1,3\nM2,4\n"
    for text, expected in (
        ('maximise = "cells"', [("cells", 1)]),
        ('maximise = "商家数"', [("merchants", 1)]),
        ('maximise = "merchants(cash>=5)"', [("merchants(cash>=5)", 1)]),
        ("maximise = {gmv = 0.5, cells = -2, merchants = 3}", [("cells", -2), ("merchants", 3)]),
        ('maximise = {merchants = 3, "商家" = 1, cells = 0}', [("merchants", 4)]),
        ('maximise = {"merchants(b ≥ ５)" = 1}', [("merchants(b>=5)", 1)]),
        ('maximise = {"merchants(cells>=merchants.least)" = 1}', [("merchants(cells>=least)", 1)]),
    ):
        stated = f"measures = {{b = {{cash = 2}}}}\n[objective]\n{text}\n"
        read_ = read(
            tmp_path, {**FILES, "settings.toml": stated, "merchants.csv": merchants}
        ).settings.objective
        assert [(measure.text, weight) for measure, weight in read_.counts] == expected
        assert dict(read_.weights) == ({"gmv": Fraction(1, 2)} if "gmv" in text else {})
        assert not read_.is_conversions


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ('{"merchants(cash)" = 1}', "RUL-24", "objective.maximise"),
        ('{"merchants(merchants>=2)" = 1}', "RUL-24", "objective.maximise"),
        ('{"merchants(cahs>=2)" = 1}', "RUL-23", "objective.maximise"),
        ('{"merchants(cash>=most)" = 1}', "RUL-25", "objective.maximise"),
        ('{"merchants(cash>=least)" = 1}', "RUL-27", "objective.maximise"),
        ('{merchants = "many"}', "SET-03", "objective.maximise.merchants"),
        ('{"cells(cash>=2)" = 1}', "SET-04", "objective.maximise"),
    ],
)
def test_what_the_objective_may_not_count(tmp_path: Path, text: str, code: str, column: str) -> None:
    """A count that cannot be read is an error at the line of the setting, in the words of rules."""
    files = {
        **FILES,
        "settings.toml": f"[objective]\nmaximise = {text}\n",
        "merchants.csv": "merchant,least\nM1,x\nM2,\n",
    }
    findings = found(tmp_path, files)
    assert [(one.code, one.column, one.row, one.file) for one in findings] == [
        (code, column, 2, "settings.toml")
    ]
    assert "{" not in findings[0].what


def test_counting_by_an_attribute_needs_every_merchant(tmp_path: Path) -> None:
    """A merchant whom the table of the threshold lacks is an error where it stands."""
    files = {
        **FILES,
        "settings.toml": '[objective]\nmaximise = "merchants(cash>=least)"\n',
        "merchants.csv": "merchant,least\nM1,3\n",
    }
    findings = found(tmp_path, files)
    assert [(one.code, one.file, one.value) for one in findings] == [("KEY-05", "options.csv", "M2")]
    assert "[objective]" in findings[0].what
