"""`init`: an empty instance that holds every file of the contract and is valid as it stands."""

import csv
import re
import tomllib

import pytest

from models.headers import KEY_TABLES, KEYS, POOL_COLUMNS, RULE_COLUMNS
from models.settings import Settings
from optimizer.init import init
from optimizer.read import read_instance
from tests.oracle import brute_force

TABLES = {"pools", "options", "rules", "pins", "actuals", *KEY_TABLES}
CONTRACT_FILES = {*(f"{table}.csv" for table in TABLES), "settings.toml", "README.md"}


def _rows(file):
    with file.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.reader(text))


def test_every_file_of_the_contract(tmp_path):
    """The folder holds each file of the contract and a README, and the names are returned."""
    names = init(tmp_path / "mine")
    assert set(names) == CONTRACT_FILES
    assert {file.name for file in (tmp_path / "mine").iterdir()} == CONTRACT_FILES


def test_headers_are_the_contract_s(tmp_path):
    """Every table has all columns that the contract names for it, in its order, and rows of that length."""
    init(tmp_path / "mine")
    tables = {file.stem: _rows(file) for file in (tmp_path / "mine").glob("*.csv")}
    assert tables["pools"][0] == [*POOL_COLUMNS, "note"]
    assert tables["rules"][0] == [*RULE_COLUMNS, "note"]
    assert tables["options"][0][:7] == [*KEYS, "option", "cash", "conversions"]
    assert tables["pins"][0] == [*KEYS, "option", "note"]
    assert tables["actuals"][0][:7] == [*KEYS, "option", "cash", "conversions"]
    for table, key in KEY_TABLES.items():
        assert tables[table][0][0] == key
    for rows in tables.values():
        assert {len(row) for row in rows} == {len(rows[0])}


def test_it_is_valid_as_it_stands(tmp_path):
    """The folder is read without a finding that is more than a note."""
    init(tmp_path / "mine")
    instance, findings = read_instance(tmp_path / "mine")
    assert [str(finding) for finding in findings if finding.severity.value != "note"] == []
    assert instance is not None
    assert len(instance.rules) == 2
    assert len(instance.pins) == 1


def test_the_example_has_one_best_plan(tmp_path):
    """The example can be solved: its rules and pin leave plans, and the best adds 74 conversions."""
    init(tmp_path / "mine")
    assert brute_force(tmp_path / "mine").objective == 74


def test_settings_name_every_key(tmp_path):
    """Every key of the settings stands as a comment, and with the marks taken away the file is valid."""
    init(tmp_path / "mine")
    text = (tmp_path / "mine" / "settings.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text) == {}
    stated = tomllib.loads("\n".join(re.sub("^# (?=[a-z[])", "", line) for line in text.splitlines()[3:]))
    assert set(stated) == set(Settings.model_fields)
    assert set(stated["objective"]) == {"maximise", "caution"}


def test_the_readme_explains_every_column(tmp_path):
    """Every column of every table is explained in the README's section of that table."""
    init(tmp_path / "mine")
    readme = (tmp_path / "mine" / "README.md").read_text(encoding="utf-8")
    sections = {section.partition(":")[0]: section for section in readme.split("\n## ")[1:]}
    for file in (tmp_path / "mine").glob("*.csv"):
        section = next(text for title, text in sections.items() if file.name in title)
        explained = set(re.findall("`([a-z_]+)`", " ".join(re.findall(r"^\| ([^|]*) \|", section, re.M))))
        assert set(_rows(file)[0]) - {"note"} <= explained, file.name


def test_what_exists_is_never_replaced(tmp_path):
    """A folder with anything in it is refused and stays as it is; an empty one is filled."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="full"):
        init(tmp_path / "full")
    assert [path.name for path in tmp_path.iterdir()] == ["full"]
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine.txt"]
    (tmp_path / "empty").mkdir()
    assert set(init(tmp_path / "empty")) == CONTRACT_FILES
