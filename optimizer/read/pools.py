"""`pools.csv` -> pools."""

from __future__ import annotations

import re

from models.headers import CHINESE_HEADERS, CHINESE_WORDS, CONTRACT_WORDS, POOL_COLUMNS
from models.instance import Pool
from optimizer.read import number_text
from optimizer.read.findings import Findings
from optimizer.read.layout import Layout
from optimizer.read.number_findings import facts
from optimizer.read.table import Table

LAYOUT = Layout(known=POOL_COLUMNS, required=("pool", "amount"))

_NAME = re.compile(r"[\w-]+")
_RESERVED = CONTRACT_WORDS | CHINESE_HEADERS.keys() | CHINESE_WORDS.keys()
_MOST_DECIMALS = 6
_TRUTH = {"true": True, "是": True, "false": False, "否": False, "": False}


def read_pools(table: Table, findings: Findings) -> tuple[Pool, ...]:
    """Return the pools in the order of the file; one whose amount has a finding is there, with amount 0."""
    pools: dict[str, Pool] = {}
    rows: dict[str, int] = {}
    for index, row in enumerate(table.rows):
        cells = {name: column[index] for name, column in table.columns.items()}
        name = cells.get("pool", "")
        if not _is_name(name, table, row, findings):
            continue
        if name in pools:
            findings.add("POO-03", table.file, row, table.headers["pool"], name, other=rows[name])
            continue
        rows[name] = row
        pools[name] = _pool(name, cells, table, row, findings)
    return tuple(pools.values())


def _is_name(name: str, table: Table, row: int, findings: Findings) -> bool:
    code = "POO-01" if _NAME.fullmatch(name) is None else "POO-02" if name in _RESERVED else ""
    if code and "pool" in table.columns:
        findings.add(code, table.file, row, table.headers["pool"], name)
    return not code


def _pool(name: str, cells: dict[str, str], table: Table, row: int, findings: Findings) -> Pool:
    decimals, unused = cells.get("decimals", ""), cells.get("unused", "")
    if decimals not in ("", *map(str, range(_MOST_DECIMALS + 1))):
        findings.add("POO-06", table.file, row, table.headers["decimals"], decimals)
        decimals = str(_MOST_DECIMALS)
    if unused.casefold() not in _TRUTH:
        findings.add("POO-07", table.file, row, table.headers["unused"], unused)
    digits = int(decimals or "2")
    units, code = number_text.amount(cells.get("amount", "0"), digits)
    header = table.headers.get("amount", "")
    if code:
        findings.add(code, table.file, row, header, cells["amount"], **facts(code, cells["amount"], digits))
    elif units < 0:
        findings.add("POO-04", table.file, row, header, cells["amount"])
    elif units == 0 and "amount" in cells:
        findings.add("POO-05", table.file, row, header, cells["amount"], pool=name)
    return Pool(name, max(0, units), cells.get("unit", ""), digits, _TRUTH.get(unused.casefold(), False))
