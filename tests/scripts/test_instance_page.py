"""docs/instance.md names every column, word and setting that an instance can have."""

import pytest

from models.headers import (
    CHINESE_HEADERS,
    CHINESE_WORDS,
    KEY_TABLES,
    KEYS,
    POOL_COLUMNS,
    RULE_COLUMNS,
    SLOT_TIMES,
)
from models.settings import Objective, Settings
from scripts.chinese_words import PAGE, with_tables

TEXT = PAGE.read_text(encoding="utf-8")
NAMES = {
    "pools.csv": POOL_COLUMNS,
    "options.csv": (*KEYS, "option", "conversions", "conversions_se"),
    ", ".join(f"{name}.csv" for name in KEY_TABLES): (*KEY_TABLES.values(), *SLOT_TIMES),
    "rules.csv": RULE_COLUMNS,
    "pins.csv": ("option", "none", "*"),
    "actuals.csv": ("option", "conversions"),
    "settings.toml": (*(set(Settings.model_fields) - {"objective", "measures"}), "[objective]", "[measures]"),
}


@pytest.mark.parametrize("file", NAMES)
def test_every_column_is_named(file):
    """The section of a file names its columns or keys."""
    section = TEXT.partition(f"\n## {file}\n")[2].partition("\n## ")[0]
    assert not [name for name in NAMES[file] if f"`{name}`" not in section]


def test_objective_keys():
    """The keys of the objective are named."""
    assert set(Objective.model_fields) == {"weights", "counts", "caution", "stages"}
    assert "`maximise`" in TEXT
    assert "`caution`" in TEXT
    assert all(f"`{key}`" in TEXT for key in ("[[objective.stages]]", "worst", "within"))


def test_chinese_words_are_current():
    """The lists of Chinese headers and words are the program's: `scripts/chinese_words.py` writes them."""
    assert with_tables(TEXT) == TEXT
    rows = [line for line in TEXT.splitlines() if line.startswith("| ")]
    listed = {word for line in rows for word in line.split("|")[1].strip().split("、")}
    assert {*CHINESE_HEADERS, *CHINESE_WORDS} <= listed
