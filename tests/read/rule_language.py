"""A small world to read rules against, made from texts: no file, and none of the reader of tables."""

from __future__ import annotations

import csv
import io
import tomllib
from zoneinfo import ZoneInfo

import numpy as np

from models.finding import Finding
from models.headers import CHINESE_HEADERS, KEY_TABLES, KEYS
from models.instance import Attributes, KeyColumn, Pool
from models.rule import Rule
from models.scope import number
from optimizer.read.rules import RuleContext, read_rules
from optimizer.read.table import Table

FILES = {
    "pools.csv": "pool,amount,decimals\ncash,1000,2\ntraffic,500,0\n",
    "options.csv": (
        "merchant,category,slot,option,cash,traffic,conversions,gmv\n"
        "M1,tea,S1,a,1,1,1,1\nM1,toys,S2,a,1,1,1,1\nM2,tea,S1,a,1,1,1,1\nM3,食品（生鲜）,S3,a,1,1,1,1\n"
    ),
    "merchants.csv": (
        "merchant,name,tier,is_new,followers,joined,cash_cap,mixed\n"
        "M1,Lily,small,TRUE,1000,2026-01-01,300,1\n"
        "M2,Oak,mid,否,20000.5,2026/3/1 8:00,-120,\n"
        "M3,Pine;Co,,false,300000,2026-06-01T00:00:00Z,50,many\n"
        "M4,Idle,large,true,none yet,2026-01-01,,1\n"
    ),
    "slots.csv": "slot,name,start\nS1,first,2026-11-01T20:00\nS2,second,2026-11-02T20:00\nS3,third,\n",
    "settings.toml": "[measures]\nsupport = {cash = 1, traffic = 0.02}\n",
}


def context(files: dict[str, str] | None = None, *, is_complete: bool = True) -> RuleContext:
    """Return the context that a folder of these texts makes."""
    files = FILES if files is None else files
    pool_rows, options = table_of("pools.csv", files).columns, table_of("options.csv", files).columns
    pools = pool_rows["pool"]
    decimals = pool_rows.get("decimals", ("",) * len(pools))
    texts = (*KEYS, "option", *pools)
    tables = {name: table_of(f"{name}.csv", files) for name in KEY_TABLES if f"{name}.csv" in files}
    return RuleContext(
        pools=tuple(Pool(name, 1, "", int(d or 2)) for name, d in zip(pools, decimals, strict=True)),
        values=tuple(n for n, c in options.items() if n not in texts and all(map(is_number, c))),
        measures=tuple(tomllib.loads(files.get("settings.toml", "")).get("measures", {})),
        keys={key: key_column(options[key]) for key in KEYS if key in options},
        tables={name: attributes(table, KEY_TABLES[name]) for name, table in tables.items()},
        timezone=ZoneInfo("Asia/Shanghai"),
        files={name: table.file for name, table in tables.items()},
        rows={name: table.rows for name, table in tables.items()},
        is_complete=is_complete,
    )


def read(text: str, files: dict[str, str] | None = None) -> tuple[tuple[Rule, ...], list[Finding]]:
    """Read the text of a `rules.csv`."""
    files = FILES if files is None else files
    return read_rules(table_of("rules.csv", {"rules.csv": text}), context(files))


def one(**cells: str) -> tuple[Rule | None, list[Finding]]:
    """Read one rule, `cash at_most 100` but for the columns that are given."""
    row = {"rule": "R", "measure": "cash", "sense": "at_most", "value": "100", **cells}
    columns = {name: (text,) for name, text in row.items()}
    rules, findings = read_rules(Table("rules.csv", {n: n for n in row}, columns, (2,)), context())
    return (rules[0] if rules else None), findings


def rule(**cells: str) -> Rule:
    """Read one rule that must be legal, without any finding."""
    read_rule, findings = one(**cells)
    assert findings == []
    assert read_rule is not None
    return read_rule


def codes(**cells: str) -> list[tuple[str, str]]:
    """Return (code, column) of the findings about one rule."""
    return sorted((found.code, found.column) for found in one(**cells)[1])


def table_of(file: str, files: dict[str, str]) -> Table:
    """Return a CSV text as a table."""
    header, *rows = csv.reader(io.StringIO(files[file]), strict=True)
    names = [CHINESE_HEADERS.get(name, name) for name in header]
    columns = {name: tuple(row[i] for row in rows) for i, name in enumerate(names)}
    return Table(file, dict(zip(names, header, strict=True)), columns, tuple(range(2, len(rows) + 2)))


def attributes(table: Table, key: str) -> Attributes:
    """Return a table of attributes as the instance holds it."""
    return Attributes(table.columns[key], {name: c for name, c in table.columns.items() if name != key})


def key_column(texts: tuple[str, ...]) -> KeyColumn:
    """Return a key column."""
    distinct, codes = np.unique(texts, return_inverse=True)
    return KeyColumn(tuple(map(str, distinct)), codes.astype(np.int32))


def is_number(text: str) -> bool:
    """Whether a text is a plain decimal number."""
    return number(text) is not None
