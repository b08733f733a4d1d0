#!/usr/bin/env python3
"""Check a subsidy plan of fairpool without fairpool: one file, Python 3.11 or later, nothing to install.

    python3 verify_plan.py INSTANCE PLAN [--csv FOLDER] [--budget N]

INSTANCE is the folder that states the problem, PLAN the folder that was written for it; nothing in PLAN is
trusted. All is recomputed in whole numbers (amounts in smallest units, values in millionths) and exact fractions;
no float takes part. The text runs from top to bottom as the check does: 1 words and numbers, 2 files, 3 the
instance, 4 rules, 5 the plan, 6 limits, 7 the certificate, 8 its bound, 9 the search of a merchant, 10 summary.json.

Exit codes: 0 all agrees. 6 something in the plan is not so. 3 the instance or the plan cannot be read as one.
74 a file or folder cannot be opened. 2 wrong usage. 5 "bound not checked": all else agrees, but the search of some
merchant needs more than --budget steps (a count, default 2,000,000 a merchant) or is of a kind not searched here:
rows, limits and totals are right, the bound is only what the plan says, and "ok" is not said.

Not checked: timings, versions, method, options, `reproducible` and the solver's claim of a bound, beyond what can
stand there; what booked.csv promises beyond actuals.csv; whether tables under --csv hold what the Parquet files do;
whether the instance is a sensible one (`fairpool check`). What files mean: docs/files.md, rules.md, certificate.md.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import re
import sys
import tomllib
import unicodedata
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise, zip_longest
from math import gcd, lcm, prod
from pathlib import Path
from typing import Any, NamedTuple, NoReturn
from zoneinfo import ZoneInfo

OK, INVALID, UNCHECKED, FAILED, UNREADABLE = 0, 3, 5, 6, 74
EXPORT = "is Parquet. Run `python scripts/canonical_csv.py INSTANCE PLAN --out FOLDER`, then add --csv FOLDER"
FINDINGS: list[tuple[int, str]] = []  # of the run: (exit code that it asks for, one line of text)

class Stop(Exception):  # after a finding: nothing more can be said
    pass

class OverBudget(Exception):  # the search of a merchant takes too many steps, or is of a kind not searched here
    pass

def note(kind: int, file: str, row: int, column: str, value: object, what: str) -> None:  # row 0: none
    place = file + (f" row {row}" if row else "") + (f", column {column}" if column else "")
    text = f'{place}: "{str(value)[:120]}" {what}' if value != "" else f"{place}: {what}"
    FINDINGS.append((kind, text.encode("utf-8", "backslashreplace").decode("utf-8")))

def stop(kind: int, file: str, row: int, column: str, value: object, what: str) -> NoReturn:
    note(kind, file, row, column, value, what)
    raise Stop

# ---- 1. Words and numbers ------------------------------------------------------------------------------------

TABLE_OF = {"merchant": "merchants", "category": "categories", "slot": "slots", "segment": "segments"}
KEYS = tuple(TABLE_OF)
LIMIT_COLUMNS = ["rule", "group", "measure", "sense", "limit", "used", "slack", "status", "price"]
HEADERS = dict(zip(*[iter("""商家 merchant 商户 merchant 类目 category 品类 category 时段 slot 人群 segment 档位 option
    方案 option 转化 conversions 转化量 conversions 转化标准误 conversions_se 资金池 pool 金额 amount 总额 amount 单位 unit
    小数位 decimals 不用 unused 规则 rule 说明 label 类型 kind 指标 measure 范围 where 分组 by 方向 sense 数值 value
    基准 basis 占比对象 of 适用 applies 执行 enforcement 罚分 penalty 负责人 owner 备注 note 开始 start 结束 end
    结算 settled 名称 name 占用比例 fraction""".split())] * 2, strict=True))
WORDS = dict(zip(*[iter("""限额 limit 头部 top 比值 ratio 窗口 window 不超过 at_most 至多 at_most <= at_most ≤ at_most
    不低于 at_least 至少 at_least >= at_least ≥ at_least 绝对值 absolute 资金池 pool 合计 total 每商家 per_merchant
    可选数 eligible 总是 always 获补才适用 if_funded 硬性 hard 软性 soft 仅报告 report 单元 cells 单元格 cell
    商家 merchant 商家数 merchants 类目 category 时段 slot 人群 segment 转化 conversions 全部 all 无 none 是 true
    否 false""".split())] * 2, strict=True))
TRUTH = {"true": "true", "是": "true", "false": "false", "否": "false"}
PLURAL = {"merchant": "merchants", "cell": "cells"}  # as measures; 商家 and 单元格 stand for both
FOLD = {c: c - 0xFEE0 for c in range(0xFF01, 0xFF5F) if not chr(c - 0xFEE0).isalpha()} | {0x3000: 0x20}
NUMBER = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?\s*%?", re.ASCII)
TIME = re.compile(
    r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[T\s]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})"
    r"(?:\.([0-9]{1,9}))?)?)?\s*(?:(Z)|([+-])([0-9]{2})(?::?([0-9]{2}))?)?", re.ASCII)
WHOLE, VALUE_DIGITS = 10**9, 6  # fractions are integers of 1e-9, values (conversions, gmv, ...) of 1e-6

def clean(text: str) -> str:  # blanks trimmed, letters composed (Unicode NFC)
    return unicodedata.normalize("NFC", text.strip())

def folded(text: str) -> str:  # full-width digits and signs as plain ones, one for one; letters stay
    return text.translate(FOLD)

def header(text: str) -> str:  # a column's header in English
    return HEADERS.get(clean(text), clean(text))

def word(text: str) -> str:  # a word of the rule language in English, any other text as it is
    return WORDS.get(clean(folded(text)), clean(folded(text)))

def readings(raw: str) -> tuple[str, ...]:  # what a name may stand for, the likeliest first
    return clean(raw), clean(folded(raw)), header(folded(raw)), word(raw), PLURAL.get(word(raw), "")

def truth(text: str) -> str:  # `true` or `false` for the words that mean so, any other text as it is
    return TRUTH.get(text.casefold(), text)

def number(raw: str) -> Fraction:  # the exact number of a planner's text: 12.5, 1e9, 15% (that is 0.15)
    text = clean(folded(raw))
    if len(text) > 400 or not NUMBER.fullmatch(text):
        raise ValueError(f'"{raw[:80]}" is no number')
    return Fraction(text[:-1]) / 100 if text[-1] == "%" else Fraction(text)

def units_of(text: str, digits: int, is_rounded: bool = False) -> int:  # a decimal in integers of 10^-digits
    whole, _, part = text.partition(".")
    if len(part) <= digits and len(whole) + digits <= 15 and text.isascii() and (whole + part).isdigit():
        return int(whole + part.ljust(digits, "0"))  # nearly all are of this kind
    units = number(text) * 10**digits
    if (units.denominator > 1 and not is_rounded) or abs(round(units)) > 2**53:
        raise ValueError(f'"{text[:80]}" has too many digits')
    return round(units)  # half to even

def text_of(units: int, digits: int, is_short: bool = True) -> str:  # (12340, 3): 12.34 if short, else 12.340
    text = str(abs(units)).rjust(digits + 1, "0")
    text = ("-" if units < 0 else "") + (f"{text[:-digits]}.{text[-digits:]}" if digits else text)
    return text.rstrip("0").rstrip(".") if is_short and digits else text

def rounded(value: Fraction, digits: int) -> str:  # half to even, no trailing zeros
    return text_of(round(value * 10**digits), digits)

def num_decimals(value: Fraction) -> int:  # the fewest that hold a number exactly
    return next(d for d in range(value.denominator.bit_length()) if 10**d % value.denominator == 0)

def exact(value: Fraction) -> str:  # a number whose decimals end
    return rounded(value, num_decimals(value))

def canonical(text: Any) -> Fraction:  # the number of a text that is written as `exact` writes it
    if not isinstance(text, str) or exact(number(text)) != text:
        raise ValueError(f'"{str(text)[:80]}" is no decimal as plans write them')
    return Fraction(text)

def split(raw: str, separator: str) -> list[str]:  # at a sign of either width outside double quotes
    ends = [i for i, sign in enumerate(folded(raw)) if sign == separator and folded(raw[:i]).count('"') % 2 == 0]
    return [raw[begin + 1 : end] for begin, end in pairwise([-1, *ends, len(raw)])]

def unquoted(raw: str) -> tuple[str, ...]:  # what a value of `where` may stand for: quoted, just that text
    text = raw.strip()
    if len(text) > 1 and folded(text[0]) == '"' == folded(text[-1]):
        return (unicodedata.normalize("NFC", text[1:-1].replace('""', '"')),)
    return clean(text), clean(folded(text))

def quoted(value: str) -> str:  # a value as groups write it
    is_plain = value and value == value.strip() and not any(sign in value for sign in ';|="')
    return value if is_plain else '"' + value.replace('"', '""') + '"'

def moment(text: str, zone: tzinfo) -> datetime:  # a time in ISO 8601, or as spreadsheets write it
    text = re.sub(r"^([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", r"\3-\1-\2", clean(folded(text)))
    if not (found := TIME.fullmatch(text)):
        raise ValueError(f'"{text[:80]}" is no number or time')
    *parts, fine, utc, sign, hours, minutes = found.groups(default="")
    shift = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
    year, month, day, hour, minute, second = (int(part or 0) for part in parts)
    own = timezone(shift) if utc or sign else zone
    return datetime(year, month, day, hour, minute, second, int(fine.ljust(6, "0")[:6]), own)

# ---- 2. Files ------------------------------------------------------------------------------------------------

class Table(dict[str, list[str]]):  # header -> texts; a column that is not there is blank; `#` -> rows
    def __missing__(self, name: str) -> list[str]:
        return [""] * len(self["#"])

class Folder:  # the files of a folder; what stands there in Parquet comes as CSV from `exported`
    def __init__(self, path: Path, stems: str, exported: Path | None) -> None:
        self.path, self.stems, self.exported = path, stems.split(), exported
        try:
            self.names = {each.name for each in path.iterdir()}
        except OSError as error:
            stop(UNREADABLE, str(path), 0, "", "", f"cannot be read: {error.strerror}")

    def data(self, path: Path) -> bytes | None:  # the bytes of a file, None where there is none
        try:
            if path.exists() and not path.is_file():
                raise OSError(0, "it is no file")  # a pipe or a device may never end
            return path.read_bytes() if path.exists() else None
        except OSError as error:
            stop(UNREADABLE, path.name, 0, "", "", f"cannot be read: {error.strerror}")

    def table(self, stem: str) -> bytes | None:  # the bytes of a table, as CSV
        if f"{stem}.parquet" not in self.names:
            return self.data(self.path / f"{stem}.csv")
        if f"{stem}.csv" in self.names or not self.exported:
            what = f"and {stem}.csv are both there" if f"{stem}.csv" in self.names else EXPORT
            stop(INVALID, f"{stem}.parquet", 0, "", "", what)
        return self.data(self.exported / f"{stem}.csv")

    def hashes(self) -> dict[str, str]:  # SHA-256 of every file that states something
        names = {f"{stem}{end}" for stem in self.stems for end in (".csv", ".parquet")} | {"settings.toml"}
        found = {name: self.data(self.path / name) for name in sorted(names & self.names)}
        return {name: hashlib.sha256(data or b"").hexdigest() for name, data in found.items()}

    def rows(self, stem: str, *needed: str) -> Iterator[tuple[int, list[str]]]:  # header row first, in English
        data, width = self.table(stem), 0
        if data is None:
            return
        try:
            lines = io.TextIOWrapper(io.BytesIO(data), encoding_of(data), newline="")
            first = next((line for line in lines if line.strip(" ,;\t\r\n")), "")
            separator = max(",;\t", key="".join(first.split('"')[::2]).count)
            lines.seek(0)
            for row, fields in enumerate(csv.reader(lines, delimiter=separator, strict=True), 1):
                if not any(map(str.strip, fields)):
                    continue  # rows of blanks say nothing
                if not width:
                    width, fields = len(fields), [header(text) for text in fields]
                    if set(needed) - set(fields) or max(Counter(filter(None, fields)).values()) > 1:
                        wrong = min(set(needed) - set(fields), default="")
                        stop(INVALID, f"{stem}.csv", row, wrong, "", "a column is missing, or stands twice")
                elif len(fields) < width or any(map(str.strip, fields[width:])):
                    stop(INVALID, f"{stem}.csv", row, "", "", f"has {len(fields)} fields, not {width}")
                yield row, fields
        except (csv.Error, UnicodeError) as error:
            stop(INVALID, f"{stem}.csv", 0, "", "", f"is no CSV table: {error}")

    def columns(self, stem: str, *needed: str) -> Table:  # a small table; without rows where there is none
        (_, names), *rows = [*self.rows(stem, *needed)] or [(1, [])]
        columns = {name: [clean(fields[at]) for _, fields in rows] for at, name in enumerate(names) if name}
        return Table(columns | {"#": [str(row) for row, _ in rows]})

    def sheet(self, stem: str, columns: list[str], texts: Iterable[str]) -> list[list[str]] | None:
        """Return the rows of a table of a plan, which is in UTF-8 with its mark, commas and line feeds."""
        file, data = f"{stem}.csv", self.table(stem)
        if data is None:
            return None
        try:
            text = data.decode("utf-8-sig")
            rows = [*csv.reader(io.TextIOWrapper(io.BytesIO(data), "utf-8-sig", newline=""), strict=True)]
        except (csv.Error, UnicodeError) as error:
            stop(INVALID, file, 0, "", "", f"is no CSV table: {error}")
        held = sum(field.count("\r") for row in rows for field in row) if "\r" in text else 0
        if data[:3] != b"\xef\xbb\xbf" or text.count("\r") != held or text[-1:] != "\n":
            note(INVALID, file, 0, "", "", "has no byte-order mark, or lines that do not end in LF")
        if not rows or rows[0] != columns:
            stop(INVALID, file, 1, "", ",".join(rows[0] if rows else []), f"must be {','.join(columns)}")
        guarded, places = tuple("=+-@'\t\r＝＋－＠＇"), [columns.index(name) for name in texts]
        for row, fields in enumerate(rows[1:], 2):
            if len(fields) != len(columns):
                stop(INVALID, file, row, "", "", f"has {len(fields)} fields, not {len(columns)}")
            for at in places:
                if fields[at].startswith(guarded):  # a spreadsheet would run it: one apostrophe is before it
                    if fields[at][0] != "'" or not fields[at][1:].startswith(guarded):
                        note(INVALID, file, row, columns[at], fields[at], "is not guarded by one apostrophe")
                    fields[at] = fields[at].removeprefix("'")
        return rows[1:]

    def document(self, name: str) -> dict[str, Any]:  # a JSON object: no key twice, no float
        def no_twin(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            return dict(pairs) if len(dict(pairs)) == len(pairs) else no_float("a key stands twice")
        def no_float(text: str) -> NoReturn:
            raise ValueError(text[:40])
        if (data := self.data(self.path / name)) is None:
            stop(INVALID, name, 0, "", "", "is missing")
        try:
            value = json.loads(data.decode("utf-8"), object_pairs_hook=no_twin, parse_float=no_float,
                               parse_constant=no_float, parse_int=lambda t: int(t) if len(t) < 19 else no_float(t))
            return dict(value.items())
        except (AttributeError, RecursionError, ValueError) as error:
            stop(INVALID, name, 0, "", "", f"is no JSON object as plans have them: {error}")

def encoding_of(data: bytes) -> str:  # by byte-order mark, else strict UTF-8, else strict GB18030
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        data.decode("utf-8")
        return "utf-8-sig"
    except UnicodeDecodeError:
        return "gb18030"

def compare(file: str, path: str, actual: Any, expected: Any) -> None:  # a function in `expected` tests a value
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key in sorted(expected.keys() ^ actual.keys()):
            note(INVALID, file, 0, f"{path}{key}", "", "is missing" if key in expected else "is no key of plans")
        for key in sorted(expected.keys() & actual.keys()):
            compare(file, f"{path}{key}" + "." * isinstance(expected[key], dict), actual[key], expected[key])
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for at, (part, wanted) in enumerate(zip(actual, expected, strict=True)):
            compare(file, f"{path}[{at}]" + "." * isinstance(wanted, dict), part, wanted)
    elif callable(expected):
        if not expected(actual):
            note(INVALID, file, 0, path, json.dumps(actual)[:80], "is not what can stand here")
    elif type(actual) is not type(expected) or actual != expected:
        kind = FAILED if type(actual) is type(expected) or not isinstance(expected, (dict, list)) else INVALID
        note(kind, file, 0, path, json.dumps(actual)[:80], f"must be {json.dumps(expected)[:80]}")

# ---- 3. The instance -----------------------------------------------------------------------------------------

class Pool(NamedTuple):  # its amount in smallest units
    name: str
    amount: int
    unit: str
    decimals: int
    is_unused: bool

class Column(NamedTuple):  # a key of cells or an attribute of one: how groups write it, which key, text per cell
    label: str
    key: int
    texts: list[str]

class Measure(NamedTuple):  # `amount` of a pool, value or named sum; `cells`; `merchants` (that reach something)
    kind: str
    text: str
    digits: int  # amounts are integers of 10^-digits
    inner: Any = None
    reached: tuple[int, ...] = ()  # what every merchant's amount of the inner measure has to reach

Weights = dict[str, Fraction]

def weights_of(terms: Any, measures: dict[str, Weights]) -> Weights:  # a measure or a table of weights
    result: Weights = {}
    for raw, weight in (terms if isinstance(terms, dict) else {terms: 1}).items():
        name = "conversions" if clean(raw) in ("转化", "转化量") else clean(raw)
        for term, inner in measures.get(name, {name: Fraction(1)}).items():
            result[term] = result.get(term, Fraction(0)) + number(str(weight)) * inner
    return {name: weight for name, weight in result.items() if weight}

class Instance:  # what the files state, overrides applied; cells are sorted by their keys, options by name
    def __init__(self, folder: Folder, overrides: list[tuple[str, str]]) -> None:
        sets: dict[str, list[tuple[str, str]]] = {"pools": [], "rules": [], "settings": []}
        for key, text in overrides:
            sets[key.partition(".")[0]].append((key.partition(".")[2], text))
        self.read_settings(folder.data(folder.path / "settings.toml") or b"", sets["settings"])
        self.read_pools(folder.columns("pools", "pool", "amount"), sets["pools"])
        self.read_options(folder)
        self.read_keys(folder)
        self.read_pins(folder)
        table = folder.columns("rules", "rule")
        rows = {rule: {name: texts[at] for name, texts in table.items()} for at, rule in enumerate(table["rule"])}
        for key, text in sets["rules"]:
            rule, _, column = key.rpartition(".")
            rule = rule[1:-1] if rule[:1] == '"' == rule[-1:] else rule
            rows[clean(rule)][header(column)] = clean(text)
        if len(rows) < len(table["#"]):
            raise ValueError("rules.csv: a rule stands twice")
        self.rules = [rows[rule] for rule in sorted(rows)]
        self.name = self.settings["name"] or folder.path.resolve().name
        self.price_options()

    def price_options(self) -> None:  # what the objective makes of columns, counts and options
        named = {*self.columns, *self.measures}
        self.goal = {name: weight for name, weight in self.weights.items() if name in named}
        self.counts = {self.measure(name): w for name, w in self.weights.items() if name not in named}
        doubt = self.goal.get("conversions", Fraction(0)) * self.caution
        worth = self.goal | ({"conversions_se": self.goal.get("conversions_se", -0) - doubt} if doubt else {})
        self.rates = {name: Fraction(w) / 10 ** self.digits(name) for name, w in worth.items() if w}  # a unit's
        # Where no cell is divisible, what the objective pays for a funded cell is part of every option's worth.
        self.own_counts = {m: w for m, w in self.counts.items() if m.kind == "cells" and self.divisible is False}
        of_cell = sum(self.own_counts.values(), Fraction(0))
        self.scale = lcm(of_cell.denominator, *(rate.denominator for rate in self.rates.values()))
        self.worth = [int(of_cell * self.scale)] * len(self.options)
        for name, rate in self.rates.items():
            factor = int(rate * self.scale)
            self.worth = [worth + factor * units for worth, units in zip(self.worth, self.columns[name], strict=True)]
        if any(measure.kind == "amount" for measure in self.counts) or {*self.rates} - {*self.columns}:
            raise ValueError("settings.toml, objective: no such column or count")

    def read_settings(self, data: bytes, overrides: list[tuple[str, str]]) -> None:
        raw: dict[str, Any] = tomllib.loads(data.decode(encoding_of(data)), parse_float=Decimal)
        for key, text in overrides:
            at, (*path, last) = raw, key.split(".")
            for part in path:
                at = at.setdefault(part, {})
            try:
                at[last] = tomllib.loads(f"x = {text}", parse_float=Decimal)["x"]
            except tomllib.TOMLDecodeError:
                at[last] = text  # a text without its quotes
        goal, asked = raw.get("objective", {}), ("gap", "time_limit")
        known = {"name", "currency", "timezone", "objective", "measures", "divisible", *asked}
        if unknown := (raw.keys() - known) | (goal.keys() - {"maximise", "caution"}):
            raise ValueError(f"settings.toml: {min(unknown)} is no setting")
        texts = {"name": "", "currency": "", "timezone": "Asia/Shanghai"}
        self.settings = {key: str(raw.get(key, default)) for key, default in texts.items()}
        self.asked = {key: exact(number(str(raw[key]))) if key in raw else None for key in asked}
        self.measures = {clean(name): weights_of(terms, {}) for name, terms in raw.get("measures", {}).items()}
        self.weights = weights_of(goal.get("maximise", "conversions"), self.measures)
        self.caution = number(str(goal.get("caution", 0)))
        some = raw.get("divisible", False)
        self.divisible = some if isinstance(some, bool) else [clean(str(name)) for name in some]
        try:
            self.zone: tzinfo = ZoneInfo(self.settings["timezone"])
        except KeyError:  # this machine knows no time zones
            self.zone = timezone(timedelta(hours={"Asia/Shanghai": 8, "UTC": 0}[self.settings["timezone"]]))

    def read_pools(self, table: Table, overrides: list[tuple[str, str]]) -> None:
        changed = {clean(key.strip('"')): clean(text) for key, text in overrides}
        rows = zip(*(table[key] for key in ("pool", "amount", "unit", "decimals", "unused")), strict=True)
        self.pools = [Pool(name, units_of(changed.pop(name, text), int(digits or 2)), unit, int(digits or 2),
                           truth(unused) == "true") for name, text, unit, digits, unused in rows]
        if changed or not self.pools or len({pool.name for pool in self.pools}) < len(self.pools):
            raise ValueError("pools.csv: no pool, one that stands twice, or one that is set and not there")

    def read_options(self, folder: Folder) -> None:
        costs = {pool.name: (pool.decimals, False) for pool in self.pools}
        drawn = [pool.name for pool in self.pools if not pool.is_unused]
        stream = folder.rows("options", *KEYS[:3], "option", "conversions", *drawn)
        at = {name: place for place, name in enumerate(next(stream)[1]) if name}
        self.keys = [key for key in KEYS if key in at]
        others = sorted(at.keys() - {*costs, *KEYS, "option", "conversions", "note"})
        kinds = costs | dict.fromkeys(["conversions", *others], (VALUE_DIGITS, True))
        columns = {name: array("q") for name in kinds}
        readers = [(name, at[name], *kind, columns[name].append) for name, kind in kinds.items() if name in at]
        key_places, known, no_numbers = [at[key] for key in (*self.keys, "option")], dict[str, str](), set()
        owners: list[tuple[str, ...]] = []  # the cell's keys of every option
        names: list[str] = []
        for row, fields in stream:
            raw = [fields[place] for place in key_places]
            *key, name = [known.get(text) or known.setdefault(text, clean(text)) for text in raw]
            owners.append(owners[-1] if owners and owners[-1] == tuple(key) else tuple(key))
            names.append(name)
            for column, place, digits, is_rounded, append in readers:
                try:
                    append(units_of(fields[place], digits, is_rounded))
                except ValueError as error:
                    if column not in others:
                        stop(INVALID, "options.csv", row, column, "", str(error))
                    no_numbers.add(column)  # a text that is carried along
                    append(0)
        order: Sequence[int] = range(len(owners))
        if any(one >= other for one, other in pairwise(zip(owners, names, strict=True))):
            order = sorted(order, key=lambda option: (owners[option], names[option]))
        self.values = [name for name in ("conversions", *others) if name not in no_numbers]
        for name in (*costs, *self.values):
            column = columns[name] or [0] * len(order)
            columns[name] = array("q", [column[option] for option in order])
        self.columns: dict[str, Any] = {name: columns[name] for name in (*costs, *self.values)}
        self.options = [names[option] for option in order]
        self.cells: list[tuple[str, ...]] = []
        self.start: list[int] = []  # first option of every cell, and one past the last of all
        for option, own in enumerate(owners[option] for option in order):
            if not self.cells or own != self.cells[-1]:
                self.cells.append(own)
                self.start.append(option)
            elif self.options[option] == self.options[option - 1]:
                raise ValueError(f"options.csv: {', '.join(own)}, {self.options[option]} stands twice")
        self.start.append(len(order))
        self.place = {key: cell for cell, key in enumerate(self.cells)}
        self.merchants = sorted({key[0] for key in self.cells})
        code = {merchant: place for place, merchant in enumerate(self.merchants)}
        self.merchant = [code[key[0]] for key in self.cells]  # of every cell, ascending

    def read_keys(self, folder: Folder) -> None:
        tables = {key: folder.columns(TABLE_OF[key], key) for key in self.keys}
        count = Counter(name for table in tables.values() for name in table)
        self.named = {key: Column(key, at, [own[at] for own in self.cells]) for at, key in enumerate(self.keys)}
        self.has_tiers = "tier" in tables["merchant"]
        self.tiers = dict(zip(tables["merchant"]["merchant"], tables["merchant"].get("tier", []), strict=False))
        for at, (key, table) in enumerate(tables.items()):
            self.named[f"{TABLE_OF[key]}.{key}"] = self.named[key]
            for name in table.keys() - {"#", key}:
                of_key = dict(zip(table[key], map(truth, table[name]), strict=True))
                is_shared = count[name] > 1 or name in self.keys
                label = f"{TABLE_OF[key]}.{name}" if is_shared else name
                column = Column(label, at, [of_key.get(own[at], "") for own in self.cells])
                self.named[label] = self.named[f"{TABLE_OF[key]}.{name}"] = column
        slots = tables["slot"]
        start = {slot: moment(text, self.zone) for slot, text in zip(slots["slot"], slots["start"], strict=True) if text}
        self.started = sorted(start, key=lambda slot: (start[slot], slot))
        others = [slot for slot in slots["slot"] if slot not in start]
        unlisted = sorted({key[2] for key in self.cells} - {*slots["slot"]})
        self.slots = [*self.started, *others, *unlisted]

    def read_pins(self, folder: Folder) -> None:
        self.forced: dict[int, int] = {}  # cell -> option
        self.forbidden: set[int] = set()
        table = folder.columns("pins", *self.keys, "option")
        for option, *key in zip(table["option"], *(table[name] for name in self.keys), strict=True):
            if word(option) != "none":
                cell = self.place[tuple(key)]
                self.forced[cell] = self.option(cell, option)
            elif "*" not in key:
                self.forbidden |= {self.place[tuple(key)]} if tuple(key) in self.place else set()
            else:
                self.forbidden |= {cell for cell, own in enumerate(self.cells)
                                   if all(k in ("*", o) for k, o in zip(key, own, strict=True))}
        self.spent: dict[tuple[str, ...], Counter[str]] = {}
        table = folder.columns("actuals", *self.keys)
        for at, own in enumerate(zip(*(table[name] for name in self.keys), strict=True)):
            self.spent.setdefault(own, Counter()).update(
                {pool.name: units_of(table[pool.name][at] or "0", pool.decimals) for pool in self.pools})

    def option(self, cell: int, name: str) -> int:  # ValueError: the cell has none of this name
        return self.options.index(name, self.start[cell], self.start[cell + 1])

    def is_divisible(self, cell: int) -> bool:
        return self.divisible if isinstance(self.divisible, bool) else self.cells[cell][1] in self.divisible

    def digits(self, name: str) -> int:  # how many decimals hold every amount of a pool, value or named sum
        if name in self.columns:
            return next((pool.decimals for pool in self.pools if pool.name == name), VALUE_DIGITS)
        return max((num_decimals(w) + self.digits(term) for term, w in self.measures[name].items()), default=0)

    def terms(self, name: str) -> dict[str, int]:  # what is added up: column -> whole factor
        own = self.measures[name] if name not in self.columns else {}
        return {term: int(w * 10 ** (self.digits(name) - self.digits(term))) for term, w in own.items()} or {name: 1}

    def sums(self, measure: Measure, columns: dict[str, Any]) -> Any:  # of options, cells ... by their columns
        parts = [[factor * units for units in columns[term]] for term, factor in self.terms(measure.text).items()]
        return [sum(each) for each in zip(*parts, strict=True)]

    # ---- 4. Rules: what they name, whom they see, and how these fall into groups ------------------------------

    def measure(self, raw: str) -> Measure:
        if found := re.fullmatch(r"([^(]+)\((.+?)(?:>=|≥)(.+)\)", folded(raw).strip(), re.DOTALL):
            inner, text = self.measure(found[2]), clean(found[3])
            if "merchants" not in readings(found[1]) or inner.kind == "merchants":
                raise ValueError(f'"{raw}" is no measure')
            try:
                reached = [number(text)] * len(self.merchants)
            except ValueError:
                column = self.column(text)
                own = dict(zip(self.merchant, column.texts, strict=True))  # a blank is never reached
                text, reached = column.label, [number(own[m] or "1e40") for m in range(len(self.merchants))]
            least = [value * 10**inner.digits for value in reached]
            whole = tuple(-(-value.numerator // value.denominator) for value in least)
            return Measure("merchants", f"merchants({inner.text}>={text})", 0, inner, whole)
        for name in readings(raw):
            if name in self.columns or name in self.measures:
                return Measure("amount", name, self.digits(name))
            if name in ("cells", "merchants"):
                return Measure(name, name, 0)
        raise ValueError(f'"{raw}" is no measure')

    def column(self, raw: str) -> Column:
        for name in readings(raw):
            table, _, attribute = name.partition(".")
            table = TABLE_OF.get(word(table), table)
            for full in (name, f"{table}.{attribute}", f"{table}.{header(attribute)}"):
                if full in self.named:
                    return self.named[full]
        raise ValueError(f'"{raw}" is no column, or one of two tables')

    def in_scope(self, where: str) -> list[bool]:  # of every cell
        flags = [True] * len(self.cells)
        for part in filter(str.strip, split(where, ";")):
            signs = folded(part)
            at = next(i for i, sign in enumerate(signs) if sign in "!=<>≤≥≠" and signs[:i].count('"') % 2 == 0)
            sign = re.match("[!<>]=|.", signs[at:])[0]  # type: ignore[index]
            column, raws = self.column(unquoted(part[:at])[0]), split(part[at + len(sign) :], "|")
            sign = {"≤": "<=", "≥": ">=", "≠": "!="}.get(sign, sign)
            if sign in ("=", "!="):
                wanted = {text for raw in raws for text in unquoted(raw)}
                wanted |= set(map(truth, wanted)) if column.label not in self.keys else set()
                holds = {text: (text != "" and text in wanted) == (sign == "=") for text in set(column.texts)}
            else:
                holds = {text: text != "" and any(self.lies(text, sign, unquoted(raw)[-1]) for raw in raws)
                         for text in set(column.texts)}
            flags = [flag and holds[text] for flag, text in zip(flags, column.texts, strict=True)]
        return flags

    def lies(self, text: str, sign: str, bound: str) -> bool:  # whether a text lies below or above a bound
        try:
            one, other = number(text), number(bound)
        except ValueError:
            one, other = moment(text, self.zone), moment(bound, self.zone)
        return bool(one < other if sign[0] == "<" else one > other) or (one == other and sign[1:] == "=")

    def grouped(self, columns: Sequence[Column], flags: list[bool]) -> tuple[Any, list[tuple[str, ...]]]:
        """Return the group of every cell that is flagged (else -1), and the groups in code-point order."""
        keys = list(zip(*(column.texts for column in columns), strict=True)) if columns else [()] * len(flags)
        groups = sorted({key for key, flag in zip(keys, flags, strict=True) if flag}) if columns else [()]
        code = {group: place for place, group in enumerate(groups)}
        return array("i", [code[key] if flag else -1 for key, flag in zip(keys, flags, strict=True)]), groups

class Family:  # the limits of one rule, or of one pool: which cells stand in which group, and what holds for it
    def __init__(self, it: Instance, row: dict[str, str]) -> None:
        get = {name: row.get(name, "") for name in ("kind", "basis", "by", "of", "applies", "enforcement", "penalty")}
        self.name, self.kind, self.measure = row["rule"], word(get["kind"]) or "limit", it.measure(row["measure"])
        self.is_single = self.kind in ("top", "ratio")  # all groups make one limit
        self.sense = word(row.get("sense", "")) or "at_most"
        self.sign = {"at_most": 1, "at_least": -1}[self.sense]  # every limit: sign x (amount - value x basis) <= 0
        self.value, self.enforcement = number(row["value"]), word(get["enforcement"]) or "hard"
        self.is_if_funded = {"": False, "always": False, "if_funded": True}[word(get["applies"])]
        self.penalty = number(get["penalty"]) if self.enforcement == "soft" else Fraction(0)
        by = it.keys if word(get["by"]) in ("cell", "cells") else [unquoted(part)[0] for part in split(get["by"], ";")]
        by = ["merchant"] if by == [""] and self.kind == "top" else [] if by == [""] else by
        columns, flags = [it.column(name) for name in by], it.in_scope(row.get("where", ""))
        layer, groups = it.grouped(columns, flags)
        self.texts = [";".join(f"{c.label}={quoted(t)}" for c, t in zip(columns, g, strict=True)) for g in groups]
        self.layers, k = [layer], number(row.get("k", "") or "1")  # a layer: the group of every cell, -1 none
        if self.kind == "window":
            width = min(int(k), len(it.slots))
            spans = [f"{quoted(it.slots[at])}..{quoted(it.slots[at + width - 1])}" for at in range(len(it.slots) - width + 1)]
            place = {slot: at for at, slot in enumerate(it.slots)}
            at_slot = [place[key[2]] for key in it.cells]
            self.layers = [array("i", [g * len(spans) + at - back if g >= 0 and 0 <= at - back < len(spans) else -1
                                       for g, at in zip(layer, at_slot, strict=True)]) for back in range(width)]
            self.texts = [";".join(filter(None, [text, span])) for text in self.texts for span in spans]
        k *= len(self.texts) if row.get("k", "").strip().endswith(("%", "％")) else 1
        self.num_largest = min(-(-k.numerator // k.denominator), len(self.texts))
        if self.kind not in ("limit", "window", "top", "ratio") or self.enforcement not in ("hard", "soft", "report"):
            raise ValueError(f"{self.kind}, {self.enforcement}: no kind or enforcement")
        self.set_basis(it, get["basis"], get["of"])

    def set_basis(self, it: Instance, raw: str, of: str) -> None:
        """Set what `value` multiplies: `bases` / `unit` of every limit, or the amounts of a basis in the plan."""
        basis = word(raw) or ("per_merchant" if self.kind == "ratio" else "absolute")
        size = 1 if self.kind == "top" else len(self.texts)
        self.basis, self.bases, self.unit, self.of_layers, self.of_code = None, [1] * size, 1, self.layers, range(size)
        cells = range(len(it.cells))
        if basis == "pool":
            pool = next(pool for pool in it.pools if pool.name == self.measure.text)
            self.bases, self.unit = [pool.amount] * size, 10**pool.decimals
        elif basis in ("eligible", "per_merchant"):
            who = cells if basis == "eligible" and self.measure.kind == "cells" else it.merchant
            pairs = {(layer[cell], who[cell]) for layer in self.layers for cell in cells}
            count = Counter(group for group, _ in pairs)
            self.bases = [count[group] for group in range(size)]
        elif basis != "absolute":
            try:
                self.basis = self.measure if basis == "total" else it.measure(raw)
            except ValueError:  # an attribute, summed over the keys of a group
                column = it.column(raw)
                pairs = {(layer[cell], it.cells[cell][column.key], column.texts[cell]) for layer in self.layers for cell in cells}
                held = {text: number(text) for text in {text for group, _, text in pairs if group >= 0}}
                self.unit = lcm(*(value.denominator for value in held.values()))
                self.bases = [0] * size
                for group, _, text in pairs:
                    if group >= 0:
                        self.bases[group] += int(held[text] * self.unit)
                return
            if of or basis == "total":
                names = [] if word(of) in ("", "all") else [unquoted(part)[0] for part in split(of, ";")]
                layer, _ = it.grouped([it.column(name) for name in names], [True] * len(cells))
                code = {group: layer[cell] for own in self.layers for cell, group in enumerate(own)} if names else {}
                self.of_layers, self.of_code = [layer], [code.get(group, 0) for group in range(size)]

# ---- 5. The plan ---------------------------------------------------------------------------------------------

class Plan:  # what plan.csv and booked.csv give, row by row held against the options
    def __init__(self, it: Instance, folder: Folder, kept: dict[int, int]) -> None:
        last = ["fraction"] if it.divisible is not False else []
        self.it, self.columns = it, [*it.keys, "option", *it.columns, *last]
        self.rows: dict[int, list[tuple[int, int]]] = {}  # cell -> (option, fraction) pairs
        self.held = {name: [0] * len(it.cells) for name in it.columns}
        self.booked: set[int] = set()
        for stem, read in (("plan", self.read_row), ("booked", self.read_booked)):
            rows = folder.sheet(stem, self.columns, (*it.keys, "option"))
            self.num_rows = len(rows or []) + (self.num_rows if stem == "booked" else 0)
            if rows is None and stem == "plan":
                stop(INVALID, "plan.csv", 0, "", "", "is missing")
            before: list[str] = []
            for row, fields in enumerate(rows or [], 2):
                key, option = tuple(fields[: len(it.keys)]), fields[len(it.keys)]
                if before >= (before := [*key, option]):
                    note(FAILED, f"{stem}.csv", row, "", ", ".join(before), "stands in the wrong place, or twice")
                cell = it.place.get(key, -1)
                try:
                    number_of = it.option(cell, option) if cell >= 0 and (option or stem == "plan") else -1
                except ValueError:
                    number_of = -2
                if cell < 0 or number_of == -2:
                    note(FAILED, f"{stem}.csv", row, "option", ", ".join(before), "is no option of a cell")
                else:
                    read(row, cell, number_of, fields)
        self.is_funded = [cell in self.rows for cell in range(len(it.cells))]
        for cell, pairs in self.rows.items():
            if not (cell in self.booked or self.is_on_line(cell, pairs)):
                note(FAILED, "plan.csv", 0, "option", ", ".join(it.cells[cell]), "holds more than one option, or a mix "
                     "that is not of neighbours in order of cost")
        for cell, option in [*it.forced.items(), *kept.items()]:
            if (option, WHOLE) not in self.rows.get(cell, []):
                name = ", ".join((*it.cells[cell], it.options[option]))
                note(FAILED, "plan.csv", 0, "option", name, "is pinned or kept, and not held")
        for cell in it.forbidden & self.rows.keys() - self.booked:
            note(FAILED, "plan.csv", 0, "", ", ".join(it.cells[cell]), "is forbidden by pins.csv")

    def read_row(self, row: int, cell: int, option: int, fields: list[str]) -> None:
        it, fraction, text = self.it, WHOLE, fields[-1]
        if it.divisible is not False and it.is_divisible(cell):
            try:
                fraction = units_of(text, 9) if 0 < canonical(text) <= 1 else -1
            except ValueError:
                fraction = -1
        if fraction < 0 or (it.divisible is not False and not it.is_divisible(cell) and text):
            return note(FAILED, "plan.csv", row, "fraction", text, "is no fraction that can stand here")
        wanted = fields[: len(it.keys) + 1]
        for name, digits in [(pool.name, pool.decimals) for pool in it.pools]:
            units = -(-it.columns[name][option] * fraction // WHOLE)
            self.held[name][cell] += units
            wanted.append(text_of(units, digits, False))
        for name in it.values:
            units = it.columns[name][option] * fraction // WHOLE
            self.held[name][cell] += units
            wanted.append(text_of(units, VALUE_DIGITS))
        self.rows.setdefault(cell, []).append((option, fraction))
        for name, actual, expected in zip(self.columns, fields, wanted, strict=False):
            if actual != expected:
                note(FAILED, "plan.csv", row, name, actual, f"must be {expected}")

    def read_booked(self, row: int, cell: int, option: int, fields: list[str]) -> None:
        it, spent = self.it, self.it.spent.get(self.it.cells[cell], Counter())
        if cell in self.rows and cell not in self.booked:
            note(FAILED, "booked.csv", row, "", ", ".join(it.cells[cell]), "is both booked and planned")
        if it.cells[cell][2] not in it.started:
            note(FAILED, "booked.csv", row, "slot", it.cells[cell][2], "states no start: nothing in it is booked")
        for name, text in zip(it.columns, fields[len(it.keys) + 1 :], strict=False):
            try:
                units = int(number(text) * 10 ** it.digits(name))
                is_wrong = units < spent.get(name, units) or number(text) != Fraction(units, 10 ** it.digits(name))
            except ValueError:
                units, is_wrong = 0, True
            if is_wrong:
                note(FAILED, "booked.csv", row, name, text, f"is no amount, or below what is spent: {spent.get(name)}")
            self.held[name][cell] += units
        self.booked.add(cell)
        self.rows.setdefault(cell, []).append((option, WHOLE))

    def is_on_line(self, cell: int, pairs: list[tuple[int, int]]) -> bool:
        """Whether a cell holds one option, or if it is divisible a mix of two neighbours, nothing before all."""
        it = self.it
        if not it.is_divisible(cell):
            return len(pairs) == 1
        own = range(it.start[cell], it.start[cell + 1])
        line = sorted(own, key=lambda option: [it.columns[pool.name][option] for pool in it.pools])
        steps = sorted((line.index(option), fraction) for option, fraction in pairs)
        if len(steps) == 1:
            return steps[0][0] == 0 or steps[0][1] == WHOLE
        return len(steps) == 2 and steps[1][0] == steps[0][0] + 1 and steps[0][1] + steps[1][1] == WHOLE

    def of_cells(self, measure: Measure) -> list[int]:
        return list(map(int, self.is_funded)) if measure.kind == "cells" else self.it.sums(measure, self.held)

    def of_groups(self, measure: Measure, layers: list[Any], size: int) -> list[int]:
        """Return every group's amount of a measure, in integers of 10^-digits."""
        result = [0] * size
        if measure.kind != "merchants":
            amounts = self.of_cells(measure)
            for layer in layers:
                for group, amount in zip(layer, amounts, strict=True):
                    if group >= 0:
                        result[group] += amount
            return result
        reached: Counter[tuple[int, int]] = Counter()
        amounts = self.of_cells(measure.inner or Measure("cells", "cells", 0))
        for layer in layers:
            for group, merchant, amount in zip(layer, self.it.merchant, amounts, strict=True):
                reached[group, merchant] += amount
        for (group, merchant), amount in reached.items():
            if group >= 0:
                result[group] += amount >= (measure.reached[merchant] if measure.inner else 1)
        return result

# ---- 6. Limits -----------------------------------------------------------------------------------------------

class Limit(NamedTuple):  # one row of limits.csv, but for what the price decides
    group: str
    limit: str
    used: str
    slack: str
    is_broken: bool
    is_tight: bool

def judge(it: Instance, plan: Plan, family: Family) -> tuple[list[Limit], Fraction]:
    """Return a family's limits, and by how much soft ones are broken in all, in written units."""
    measure, size, rule = family.measure, len(family.texts), family
    used = plan.of_groups(measure, rule.layers, size)
    funded = plan.of_groups(Measure("cells", "cells", 0), rule.layers, size) if rule.is_if_funded else [1] * size
    if rule.kind == "ratio":
        rates = [Fraction(amount * rule.unit, basis * 10**measure.digits)
                 for amount, basis, is_in in zip(used, rule.bases, funded, strict=True) if basis and is_in]
        if len(rates) < 2:
            return [Limit("", "", "0", "", False, False)], Fraction(0)
        limit, most = rule.value * min(rates), max(rates)
        slack = round((limit - most) * 10**9) or -(most > limit)
        return [Limit("", rounded(limit, 9), rounded(most, 9), text_of(slack, 9), most > limit, slack == 0)], Fraction(0)
    if rule.kind == "top":
        used, funded = [sum(sorted(used, reverse=True)[: rule.num_largest])], [1]
    bases, unit = rule.bases, rule.unit
    if rule.basis:
        held = plan.of_groups(rule.basis, rule.of_layers, max([*rule.of_layers[0], *rule.of_code, 0]) + 1)
        bases, unit = [held[code] for code in rule.of_code], 10**rule.basis.digits
    limits, excess, unit = [], 0, unit * rule.value.denominator
    is_short = measure.text not in [pool.name for pool in it.pools]
    for at, (amount, basis) in enumerate(zip(used, bases, strict=True)):
        group = "" if rule.is_single else rule.texts[at]
        if not funded[at]:  # the limit does not apply
            limits.append(Limit(group, "", text_of(0, measure.digits, is_short), "", False, False))
            continue
        side = basis * rule.value.numerator * 10**measure.digits  # the limit, times unit
        limit = rule.sign * (rule.sign * side // unit)  # rounded to the strict side
        slack, over = rule.sign * (limit - amount), rule.sign * (amount * unit - side)
        figures = [text_of(units, measure.digits, is_short) for units in (limit, amount, slack)]
        limits.append(Limit(group, *figures, over > 0, slack == 0))
        excess += max(over, 0)
    return limits, Fraction(excess, unit * 10**measure.digits)

def check_limits(folder: Folder, judged: list[tuple[Family, list[Limit]]], prices: dict[tuple[str, int], str]) -> Counter[str]:
    """Compare limits.csv with what it must say; return how many limits have each status."""
    expected, statuses = [], []
    for family, limits in judged:
        for at, one in enumerate(limits):
            price = prices.get((family.name, at), "0")
            status = "broken" if one.is_broken else "binding" if one.is_tight or price != "0" else "met"
            statuses.append(status)
            expected.append([family.name, one.group, family.measure.text, family.sense, one.limit, one.used, one.slack, status, price])
    if len(expected) > 1_000_000:
        expected = [row for row in expected if row[7] != "met"]
    rows = folder.sheet("limits", LIMIT_COLUMNS, ("rule", "group", "measure", "sense", "status"))
    if rows is None:
        stop(INVALID, "limits.csv", 0, "", "", "is missing")
    for number_of, (actual, wanted) in enumerate(zip_longest(rows, expected, fillvalue=[]), 2):
        if actual[:2] != wanted[:2]:
            note(FAILED, "limits.csv", number_of, "", ", ".join(actual[:2]), f"must be the row of {wanted[:2]}")
            break
        for name, text, figure in zip(LIMIT_COLUMNS, actual, wanted, strict=True):
            if text != figure:
                note(FAILED, "limits.csv", number_of, name, text, f"must be {figure}")
    return Counter(statuses)

# ---- 7. The certificate --------------------------------------------------------------------------------------

class Priced(NamedTuple):  # the row of a limit times its price: charges of groups (of a basis), and the right side
    family: Family
    at: int
    price: Fraction
    rates: dict[int, Fraction]
    of_rates: dict[int, Fraction]
    side: Fraction

class Leaf(NamedTuple):  # what is assumed, (cell, option) -> taken or avoided, and the prices
    where: dict[tuple[int, int], bool]
    prices: list[Priced]

class Certificate:  # read strictly: written out anew it must be the same document
    def __init__(self, it: Instance, families: list[Family], document: dict[str, Any]) -> None:
        self.it, self.families = it, {family.name: family for family in families}
        self.groups: dict[str, dict[str, int]] = {}  # of the families that are asked for: text -> place
        self.owned: dict[str, list[bool]] = {}  # whether all of a limit's cells belong to one merchant
        try:
            self.is_infeasible = {"bound": False, "infeasible": True}[document["kind"]]
            self.inside = [self.limit(part) for part in document["inside"]]
            read = [self.leaf(part) for part in document["leaves"]]
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            stop(INVALID, "certificate.json", 0, "", "", f"is no certificate: {error!r}")
        self.leaves, self.bound = [leaf for leaf, _ in read], document["bound"]
        inside = [{"rule": family.name, "group": family.texts[at]} for family, at in self.inside if not family.is_single]
        anew = {"contract": 1, "kind": document["kind"], "bound": str(self.bound), "inside": inside}
        anew["leaves"] = [part for _, part in read] or None
        is_twice = len({(family.name, at) for family, at in self.inside}) < len(inside)
        if json.dumps(anew, sort_keys=True) != json.dumps(document, sort_keys=True) or is_twice:
            stop(INVALID, "certificate.json", 0, "", "", "holds what no certificate does, or in another order")
        for family, at in self.inside:
            if family.enforcement != "hard" or not self.is_owned(family)[at]:
                stop(FAILED, "certificate.json", 0, "inside", family.texts[at], f"cannot be inside ({family.name})")

    def limit(self, part: dict[str, str]) -> tuple[Family, int]:
        family = self.families.get(part["rule"])
        if family and family.name not in self.groups:
            self.groups[family.name] = {text: at for at, text in enumerate(family.texts)}
        own = {"": 0} if family and family.is_single else self.groups[family.name] if family else {}
        if family is None or part["group"] not in own:
            stop(FAILED, "certificate.json", 0, "", part["group"], f"is no limit of the rule {part['rule']}")
        return family, own[part["group"]]

    def leaf(self, part: dict[str, Any]) -> tuple[Leaf, Any]:
        where, priced = {}, [self.priced(each) for each in part["prices"]]
        for each in part["where"]:
            key = tuple(each[name] for name in self.it.keys)
            cell = self.it.place.get(key, -1)
            if cell < 0 or each["option"] not in self.it.options[self.it.start[cell] : self.it.start[cell + 1]]:
                stop(FAILED, "certificate.json", 0, "where", ", ".join(key), "is no cell, or has no such option")
            if where.setdefault((cell, self.it.option(cell, each["option"])), each["taken"] is True) != each["taken"]:
                stop(FAILED, "certificate.json", 0, "where", ", ".join(key), "is both taken and avoided")
        taken = Counter(cell for (cell, _), is_taken in where.items() if is_taken)
        if max(taken.values(), default=0) > 1:
            stop(FAILED, "certificate.json", 0, "where", "", "takes two options of a cell")
        names = [*self.families]
        prices = sorted(priced, key=lambda pair: (names.index(pair[0].family.name), pair[0].at))
        if len({(price.family.name, price.at) for price, _ in prices}) < len(prices):
            raise ValueError("a limit is priced twice")
        wheres = [{name: each[name] for name in (*self.it.keys, "option", "taken")} for each in part["where"]]
        return Leaf(where, [price for price, _ in prices]), {"where": wheres, "prices": [anew for _, anew in prices]}

    def priced(self, part: dict[str, Any]) -> tuple[Priced, Any]:
        family, at = self.limit(part)
        groups, anew, rates = self.groups[family.name], {"rule": family.name, "group": part["group"]}, {}
        if family.kind == "ratio":
            pairs = {(groups[pair["high"]], groups[pair["low"]]): price_of(pair["price"]) for pair in part["pairs"]}
            for (high, low), price in pairs.items():
                rates[high] = rates.get(high, 0) + price * family.unit / family.bases[high]
                rates[low] = rates.get(low, 0) - price * family.value * family.unit / family.bases[low]
            price = sum(pairs.values(), Fraction(0))
            text = family.texts
            anew["pairs"] = [{"high": text[h], "low": text[o], "price": exact(p)} for (h, o), p in sorted(pairs.items()) if h != o]
        else:
            price = price_of(part["price"])
            anew["price"], rates = exact(price), {at: family.sign * price}
        if family.kind == "top":
            weights = {groups[each["group"]]: canonical(each["weight"]) for each in part["weights"]}
            rates, least = {group: price * weight for group, weight in weights.items()}, 0
            anew["weights"] = [{"group": family.texts[g], "weight": exact(w)} for g, w in sorted(weights.items())]
            least = family.num_largest if self.may_be_negative(family.measure, family.layers[0]) else 0
            if not all(0 <= w <= 1 for w in weights.values()) or not least <= sum(weights.values()) <= family.num_largest:
                raise ValueError("weights are in [0, 1] and sum to k at most")
        if not self.may_be_priced(family, at) or (family.enforcement == "soft" and price > family.penalty):
            stop(FAILED, "certificate.json", 0, "", family.name, "cannot be priced so: not linear, or over its penalty")
        side = family.sign * family.value * price
        if family.basis:  # moved to the left
            return Priced(family, at, price, rates, {family.of_code[at]: -side}, Fraction(0)), anew
        side = Fraction(0) if family.kind == "ratio" else side * family.bases[at] / family.unit
        return Priced(family, at, price, rates, {}, side), anew

    def may_be_priced(self, family: Family, at: int) -> bool:
        """Whether every plan meets a limit's linear row, or (unless it proves that there is none) pays for it."""
        if family.enforcement not in (("hard",) if self.is_infeasible else ("hard", "soft")):
            return False
        if not family.is_if_funded:
            return True  # else: the row must hold where nothing of the group is funded
        if family.kind == "ratio" or min(family.measure.reached, default=1) <= 0:
            return False
        if family.basis is None:
            return family.sign * family.value * family.bases[at] >= 0
        if family.of_layers is family.layers:
            return min(family.basis.reached, default=1) > 0
        return family.sign * family.value >= 0 and not self.may_be_negative(family.basis, [0] * len(self.it.cells))

    def may_be_negative(self, measure: Measure, layer: Sequence[int]) -> bool:
        if measure.kind != "amount":
            return False
        amounts, start = self.it.sums(measure, self.it.columns), self.it.start
        return any(min(amounts[start[cell] : start[cell + 1]]) < 0 for cell, group in enumerate(layer) if group >= 0)

    def is_owned(self, family: Family) -> list[bool]:
        if family.name not in self.owned:
            who: list[set[int]] = [set() for _ in family.texts]
            for layer in family.layers:
                for group, merchant in zip(layer, self.it.merchant, strict=True):
                    if group >= 0:
                        who[group].add(merchant)
            if family.basis and family.of_layers is not family.layers:
                of: dict[int, set[int]] = {}
                for code, merchant in zip(family.of_layers[0], self.it.merchant, strict=True):
                    of.setdefault(code, set()).add(merchant)
                who = [own | of.get(code, set()) for own, code in zip(who, family.of_code, strict=True)]
            self.owned[family.name] = [len(own) <= 1 and not family.is_single for own in who]
        return self.owned[family.name]

def price_of(text: Any) -> Fraction:
    price = canonical(text)
    if price <= 0 or len(text.replace(".", "").lstrip("0")) > 12:
        raise ValueError(f'"{text}" is no price')
    return price

def cover(leaves: list[dict[tuple[int, int], bool]]) -> bool:
    """Whether every choice of options meets the assumptions of one leaf; ValueError: of two."""
    if any(not where for where in leaves):
        if len(leaves) > 1:
            raise ValueError
        return True
    counts = Counter(decision for where in leaves for decision in where)
    if not counts:
        return False
    cell, option = min(counts, key=lambda decision: (-counts[decision], decision))
    halves: dict[bool, list[dict[tuple[int, int], bool]]] = {True: [], False: []}
    for is_taken, half in halves.items():
        for where in leaves:  # what a leaf still assumes once the option is taken, or avoided
            met = {d: t for d, t in where.items() if d == (cell, option) or (is_taken and d[0] == cell)}
            if all(t == (is_taken and d[1] == option) for d, t in met.items()):
                half.append({d: t for d, t in where.items() if d not in met})
    return cover(halves[True]) and cover(halves[False])

# ---- 8. The bound of a leaf ----------------------------------------------------------------------------------

class Meter(NamedTuple):  # what couples a merchant's cells: an amount that may not pass `bound`, or earns at it
    bound: int
    reward: int | None  # None: a limit
    gate: set[int] | None  # cells of which one must be funded for the limit to hold
    terms: list[tuple[Sequence[int], int, set[int]]]  # amounts of options, weight, cells

Charge = tuple[Measure, list[Any], dict[int, Fraction]]  # of a written unit, by group: measure, layers, rates

class Prover:  # the best that prices leave, merchant by merchant
    def __init__(self, it: Instance, plan: Plan, kept: dict[int, int], certificate: Certificate, budget: int) -> None:
        self.it, self.is_infeasible, self.budget = it, certificate.is_infeasible, budget
        booked = sorted(plan.booked)  # a booked cell has one choice: what it holds
        self.columns = {name: [*own, *(plan.held[name][cell] for cell in booked)] if booked else own
                        for name, own in it.columns.items()}
        self.booked = {cell: len(it.options) + at for at, cell in enumerate(booked)}
        self.forced = it.forced | kept | self.booked
        self.forbidden = it.forbidden - self.forced.keys()
        self.ranges: list[range] = []  # cells of every merchant
        for cell, merchant in enumerate(it.merchant):
            begin = cell if merchant == len(self.ranges) else self.ranges.pop().start
            self.ranges.append(range(begin, cell + 1))
        self.cache: dict[str, Sequence[int]] = {}
        self.inside: dict[int, list[Meter]] = {}
        self.unknown: set[int] = set()  # merchants with limits inside that are not searched here
        for name in {family.name for family, _ in certificate.inside}:
            self.add_inside(certificate.families[name], {at for family, at in certificate.inside if family.name == name})
        self.rewards, self.apart = ([], Fraction(0)) if self.is_infeasible else self.count_rewards()

    def amounts(self, measure: Measure) -> Sequence[int]:  # of every option
        if measure.text not in self.cache:
            ones = [1] * (len(self.it.options) + len(self.booked))
            self.cache[measure.text] = ones if measure.kind == "cells" else self.it.sums(measure, self.columns)
        return self.cache[measure.text]

    def options(self, cell: int) -> range:
        at = self.booked.get(cell, -1)
        return range(self.it.start[cell], self.it.start[cell + 1]) if at < 0 else range(at, at + 1)

    def add_inside(self, family: Family, chosen: set[int]) -> None:
        members: dict[int, set[int]] = {at: set() for at in chosen}
        for cell, group in ((cell, group) for layer in family.layers for cell, group in enumerate(layer)):
            if group in members:
                members[group].add(cell)
        of_members: dict[int, set[int]] = {}
        if family.basis and family.of_layers is not family.layers:
            for cell, code in enumerate(family.of_layers[0]):
                of_members.setdefault(code, set()).add(cell)
        inner = family.measure.inner or Measure("cells", "cells", 0)
        for at, cells in members.items():
            if not cells:
                continue
            owner = self.it.merchant[min(cells)]
            gate, sign = cells if family.is_if_funded else None, family.sign
            side = sign * family.value * family.bases[at] / family.unit if not family.basis else Fraction(0)
            measures = [(family.measure, Fraction(sign, 10**family.measure.digits), cells)]
            if family.measure.kind == "merchants" and not family.basis:  # counts 0 or 1: what has to be reached, or not
                least = family.measure.reached[owner] if family.measure.inner else 1
                may = [sign * count <= side for count in (0, 1)]
                unit = -1 if may == [False, True] else 1
                measures, side = [(inner, Fraction(unit), cells)], Fraction(-least if unit < 0 else least - 1)
                side = Fraction(10**60 if may[0] and may[1] else -(10**60)) if may[0] == may[1] else side
            elif family.basis:
                others = of_members.get(family.of_code[at], set()) if of_members else cells
                measures.append((family.basis, -sign * family.value / 10**family.basis.digits, others))
            if any(measure.kind == "merchants" for measure, _, _ in measures):
                self.unknown.add(owner)
                continue
            scale = lcm(*(weight.denominator for _, weight, _ in measures))
            terms = [(self.amounts(measure), int(weight * scale), own) for measure, weight, own in measures]
            self.inside.setdefault(owner, []).append(Meter(side * scale // 1, None, gate, terms))

    def count_rewards(self) -> tuple[list[Charge], Fraction]:
        """Return what the objective pays for counts as charges, and what is taken apart (docs/files.md)."""
        it, every = self.it, [0] * len(self.it.cells)
        charges: list[Charge] = [(measure, [every], {0: -weight}) for measure, weight in it.own_counts.items()]
        counts = [measure for measure in it.counts if measure not in it.own_counts]
        of_merchants = [measure for measure in counts if measure.kind == "merchants"]
        alone: dict[str, set[int]] = {measure.text: set() for measure in counts}
        apart = Fraction(0)
        for merchant, cells in enumerate(self.ranges):
            sizes = [len(self.options(cell)) + 1 for cell in cells]
            stages = 1
            for measure in of_merchants:
                own = [self.amounts(measure.inner)[o] for cell in cells for o in self.options(cell)] if measure.inner else []
                least = max(measure.reached[merchant], 0) if measure.inner else 1
                if measure.inner and measure.inner.kind == "amount" and (min(own) < 0 or any(map(it.is_divisible, cells))):
                    alone[measure.text].add(merchant)
                elif measure.inner and measure.inner.kind == "cells":
                    stages *= min(least, len(cells)) + 1
                else:
                    stages *= -(-least // (gcd(*own) or least or 1)) + 1 if any(own) or not measure.inner else 1
            if any(m.inner for m in of_merchants) and min(prod(sizes), stages) * sum(sizes) > 50_000:
                for measure in of_merchants:
                    alone[measure.text] |= {merchant} if measure.inner else set()
        for measure in counts:
            weight = it.counts[measure]
            for merchant in alone[measure.text]:
                ends = [self.ends(self.amounts(measure.inner), cell) for cell in self.ranges[merchant]]
                may_count = sum(most for _, most in ends) >= measure.reached[merchant]
                may_miss = sum(least for least, _ in ends) < measure.reached[merchant]
                apart += weight if (may_count if weight > 0 else not may_miss) else 0
            layer = [-1 if merchant in alone[measure.text] else 0 for merchant in it.merchant]
            charges.append((measure, [layer], {0: -weight}))
        return charges, apart

    def ends(self, amounts: Sequence[int], cell: int) -> tuple[int, int]:  # least and most of a cell under pins
        if cell in self.forced:
            return amounts[self.forced[cell]], amounts[self.forced[cell]]
        own = [0, *(amounts[option] for option in self.options(cell))] if cell not in self.forbidden else [0]
        return min(own), max(own)

    def leaf(self, leaf: Leaf) -> Fraction | None:
        """Return the bound of a leaf, None where pins and assumptions leave a cell no choice."""
        it, size = self.it, len(self.it.cells)
        charges, constant = [*self.rewards], self.apart + sum((priced.side for priced in leaf.prices), Fraction(0))
        for family in {priced.family.name: priced.family for priced in leaf.prices}.values():
            rates: Counter[int] = Counter()
            of_rates: Counter[int] = Counter()
            for priced in leaf.prices:
                if priced.family is family:
                    for total, more in ((rates, priced.rates), (of_rates, priced.of_rates)):
                        for group, rate in more.items():
                            total[group] += rate  # type: ignore[assignment]
            charges.append((family.measure, family.layers, rates))
            charges += [(family.basis, family.of_layers, of_rates)] if family.basis else []
        charges = [(m, layers, {g: Fraction(r) / 10**m.digits for g, r in rates.items() if r}) for m, layers, rates in charges]
        goal = {} if self.is_infeasible else it.rates
        scale = lcm(*{rate.denominator for *_, rates in charges for rate in rates.values()},
                    *{rate.denominator for rate in goal.values()})
        rates_of = {name: [int(rate * scale)] * size for name, rate in goal.items()}  # of a unit of every cell
        fixed = [0] * size  # what a cell earns by being funded at all
        meters = {merchant: [*own] for merchant, own in self.inside.items()}
        for measure, layers, rates in charges:
            whole = {group: int(rate * scale) for group, rate in rates.items()}
            if measure.kind == "merchants":
                self.add_counts(measure, layers, whole, meters)
                continue
            terms = {} if measure.kind == "cells" else it.terms(measure.text)
            targets = [(rates_of.setdefault(term, [0] * size), factor) for term, factor in terms.items()] or [(fixed, 1)]
            for layer in layers if whole else []:
                for cell, group in enumerate(layer):
                    if group in whole:
                        for target, factor in targets:
                            target[cell] -= factor * whole[group]
        net = [0] * (len(it.options) + len(self.booked))  # what every option leaves
        for name, own in rates_of.items():
            column = self.columns[name]
            for cell, rate in enumerate(own):
                for option in self.options(cell) if rate else ():
                    net[option] += rate * column[option]
        total = self.add_up(leaf, net, fixed, meters)
        return None if total is None else constant + Fraction(total, scale)

    def add_counts(self, measure: Measure, layers: list[Any], whole: dict[int, int], meters: dict[int, list[Meter]]) -> None:
        """Let every merchant earn or pay where it counts in a group that has a price."""
        members: dict[tuple[int, int], set[int]] = {}
        for layer in layers:
            for cell, group in enumerate(layer):
                if group in whole:
                    members.setdefault((group, self.it.merchant[cell]), set()).add(cell)
        amounts = self.amounts(measure.inner or Measure("cells", "cells", 0))
        for (group, merchant), cells in members.items():
            least = measure.reached[merchant] if measure.inner else 1
            meters.setdefault(merchant, []).append(Meter(least, -whole[group], None, [(amounts, 1, cells)]))

    def add_up(self, leaf: Leaf, net: list[int], fixed: list[int], meters: dict[int, list[Meter]]) -> int | None:
        decided = {cell for cell, _ in leaf.where}
        total = 0
        for merchant, cells in enumerate(self.ranges):
            choices: list[list[tuple[int, int]]] = []  # (what it leaves, option): -1 nothing, -2 a trace of a mix
            for cell in cells:
                own: Iterable[int] = self.options(cell)
                must = cell in self.forced
                if must or cell in decided or cell in self.forbidden:
                    own = [self.forced[cell]] if must else [] if cell in self.forbidden else own
                    taken = [option for (at, option), is_taken in leaf.where.items() if at == cell and is_taken]
                    avoided = {option for (at, option), is_taken in leaf.where.items() if at == cell and not is_taken}
                    own = [option for option in own if option not in avoided and (not taken or option in taken)]
                    must = must or bool(taken)
                first = fixed[cell]
                of_cell = [(first + net[option], option) for option in own]
                if not must:
                    of_cell += [(0, -1), (first, -2)] if of_cell and self.it.is_divisible(cell) else [(0, -1)]
                if not of_cell:
                    return None
                choices.append(of_cell)
            if merchant not in meters and merchant not in self.unknown:
                total += sum(max(of_cell)[0] for of_cell in choices)
                continue
            best = self.search(cells, choices, meters.get(merchant, []), merchant)
            if best is None:
                return None
            total += best
        return total

    def search(self, cells: range, choices: list[list[tuple[int, int]]], meters: list[Meter], merchant: int) -> int | None:
        if merchant in self.unknown:
            raise OverBudget
        added: list[list[tuple[int, tuple[int | None, ...]]]] = []
        for cell, of_cell in zip(cells, choices, strict=True):
            of_meters = [(meter, [(amounts, weight) for amounts, weight, own in meter.terms if cell in own]) for meter in meters]
            best: dict[tuple[int | None, ...], int] = {}
            for value, option in of_cell:
                at = option if option >= 0 else of_cell[0][1]
                if option == -2 and any(amounts[at] != 1 for _, terms in of_meters for amounts, _ in terms):
                    raise OverBudget  # a mix moves amounts too
                adds = tuple(None if meter.gate is not None and (option == -1 or cell not in meter.gate) else
                             0 if option == -1 else sum(weight * amounts[at] for amounts, weight in terms)
                             for meter, terms in of_meters)
                best[adds] = max(value, best.get(adds, value))
            added.append([(value, adds) for adds, value in best.items()])
        return Search(added, meters, self.budget).best()

# ---- 9. The search of a merchant -----------------------------------------------------------------------------

Adds = tuple[int | None, ...]  # to every meter; None: to a limit that does not hold yet

class Search:
    """The best of one choice a cell: partial choices cell by cell, what cannot win or is surpassed left out.

    With any prices p >= 0 on the limits no choice is worth more than p.bound plus the best of every cell less p
    times what it adds; what a choice lacks to that is its loss, and losses add up. Narrow rounds find a good
    choice first; the last one leaves out only what cannot beat it.
    """
    def __init__(self, cells: list[list[tuple[int, Adds]]], meters: list[Meter], budget: int) -> None:
        self.cells, self.meters, self.budget = sorted(cells, key=len), meters, budget
        self.least, self.most = [[0] * len(meters)], [[0] * len(meters)]  # what the cells to come can add
        for choices in reversed(self.cells):
            columns = [[add or 0 for add in column] for column in zip(*(adds for _, adds in choices), strict=True)]
            self.least.append([low + min(column) for low, column in zip(self.least[-1], columns, strict=True)])
            self.most.append([high + max(column) for high, column in zip(self.most[-1], columns, strict=True)])
        self.least.reverse()
        self.most.reverse()
        self.limits = [m for m, meter in enumerate(meters) if meter.reward is None and meter.gate is None]

    def best(self) -> int | None:
        start = self.settled(tuple(None if meter.gate is not None else 0 for meter in self.meters), 0)
        if start is None:
            return None
        prices = self.prices(start)
        losses = []
        top = sum(meter.bound * price for meter, price in zip(self.meters, prices, strict=True) if price)
        for choices in self.cells:
            left = [((value << 20) - sum(p * (add or 0) for p, add in zip(prices, adds, strict=True) if p), value, adds)
                    for value, adds in choices]
            most = max(own for own, _, _ in left)
            top += most
            losses.append(sorted(((most - own, value, adds) for own, value, adds in left), key=lambda each: each[0]))
        top += sum(max(0, meter.reward or 0) for meter in self.meters) << 20
        found: int | None = None
        for width in (8, 64, 512, 0):
            reached = self.run(start, losses, None if found is None else top - (found << 20), width)
            found = reached if found is None or (reached is not None and reached > found) else found
        return found

    def run(self, start: Adds, losses: list[list[tuple[int, int, Adds]]], room: int | None, width: int) -> int | None:
        """Return the best found whose loss is below `room`; all others but the best `width` are dropped (0: none)."""
        states = {start: (0, 0)}  # amounts so far -> (value, loss)
        for place, choices in enumerate(losses, 1):
            self.budget -= len(states) * len(choices)
            if self.budget < 0:
                raise OverBudget
            after: dict[Adds, tuple[int, int]] = {}
            for amounts, (value, loss) in states.items():
                for more_loss, gain, adds in choices:
                    if room is not None and loss + more_loss >= room:
                        break  # choices stand by rising loss
                    new = self.settled(tuple([a if b is None else (a or 0) + b for a, b in zip(amounts, adds, strict=True)]), place)
                    if new is not None and (new not in after or after[new][0] < value + gain):
                        after[new] = value + gain, loss + more_loss
            states = self.unsurpassed(after)
            if width and len(states) > width:
                states = dict(sorted(states.items(), key=lambda item: item[1][1])[:width])
        earned = ((sum(meter.reward for meter, amount in zip(self.meters, amounts, strict=True)
                       if meter.reward is not None and (amount or 0) >= meter.bound) + value)
                  for amounts, (value, _) in states.items())
        return max(earned, default=None)

    def settled(self, amounts: Adds, place: int) -> Adds | None:
        """Replace amounts whose fate no cell to come can change by one sign; None: a limit cannot hold any more."""
        result = []
        for meter, amount, least, most in zip(self.meters, amounts, self.least[place], self.most[place], strict=True):
            if amount is None:
                result.append(None)
            elif meter.reward is None:
                if amount + least > meter.bound:
                    return None
                result.append(-(10**60) if amount + most <= meter.bound else amount)
            else:
                result.append(10**60 if amount + least >= meter.bound else -(10**60) if amount + most < meter.bound else amount)
        return tuple(result)

    def unsurpassed(self, states: dict[Adds, tuple[int, int]]) -> dict[Adds, tuple[int, int]]:
        """Drop what another matches at no more of the first limit and no less value, all else being equal."""
        if not self.limits or len(states) < 2:
            return states
        first, best, result = self.limits[0], dict[Adds, int](), dict[Adds, tuple[int, int]]()
        for amounts, (value, loss) in sorted(states.items(), key=lambda item: (item[0][first] or 0, -item[1][0])):
            rest = amounts[:first] + amounts[first + 1 :]
            if rest not in best or value > best[rest]:
                best[rest] = value
                result[amounts] = value, loss
        return result

    def prices(self, start: Adds) -> list[int]:
        """Return good prices on the limits, in 2^-20 of a value's unit: any are right."""
        prices = [0] * len(self.meters)
        for m in self.limits * (2 if len(self.limits) > 1 else 1):
            if start[m] == -(10**60):
                continue  # nothing can break it
            lines = [[((value << 20) - sum(prices[k] * (adds[k] or 0) for k in self.limits if k != m), adds[m] or 0)
                      for value, adds in choices] for choices in self.cells]
            low, high = self.point(lines, m, 0), self.point(lines, m, 1 << 20)
            while high[1] < 0 and high[2] < 1 << 200:
                high = self.point(lines, m, high[2] << 4)
            for _ in range(60):  # where the two lines meet lies a better point, until one is the best
                if low[1] >= 0 or high[1] <= low[1]:
                    break
                price = (high[0] - low[0] + low[1] * low[2] - high[1] * high[2]) // (low[1] - high[1])
                if not low[2] < price < high[2]:
                    break
                middle = self.point(lines, m, price)
                low, high = (middle, high) if middle[1] < 0 else (low, middle)
            prices[m] = min(low, high)[2]
        return prices

    def point(self, lines: list[list[tuple[int, int]]], m: int, price: int) -> tuple[int, int, int]:
        """Return what the bound is at a price, how it changes with the price, and the price."""
        best = [max((value - price * add, -add) for value, add in choices) for choices in lines]
        bound = self.meters[m].bound
        return sum(v for v, _ in best) + price * bound, bound + sum(less for _, less in best), price

def bound_of(it: Instance, plan: Plan, prover: Prover, certificate: Certificate, has_soft: bool) -> tuple[str, Leaf | None, bool]:
    """Return the bound as it must be written, the first leaf that reaches it, and whether it is below 0."""
    values = [(value, leaf) for leaf in certificate.leaves if (value := prover.leaf(leaf)) is not None]
    if not values:
        return "", None, False
    best, leaf = max(values, key=lambda pair: pair[0])
    if certificate.is_infeasible:
        twelve = Fraction(-(-best * 10**12 // 1), 10**12)
        return exact(twelve), leaf, best < 0
    divisor = Fraction(0)
    if not has_soft and not plan.booked and it.divisible is False:
        numbers = [Fraction(gcd(*it.worth), it.scale), *(w for m, w in it.counts.items() if m not in it.own_counts)]
        unit = lcm(*(each.denominator for each in numbers))
        divisor = Fraction(gcd(*(int(each * unit) for each in numbers)), unit)
    return exact(best // divisor * divisor) if divisor else text_of(-(-best * 10**VALUE_DIGITS // 1), VALUE_DIGITS), leaf, False

# ---- 10. summary.json ----------------------------------------------------------------------------------------

def share(part: int, whole: int) -> str:
    return rounded(Fraction(part, whole), 12) if whole else "0"

def fairness(it: Instance, plan: Plan) -> dict[str, Any]:
    pool, size = it.pools[0], len(it.merchants)
    used, funded = [0] * size, [False] * size
    for cell, merchant in enumerate(it.merchant):
        used[merchant] += plan.held[pool.name][cell]
        funded[merchant] |= plan.is_funded[cell]
    whole, rising, groups = sum(used), sorted(used), []
    tiers = [it.tiers.get(merchant, "") for merchant in it.merchants]
    for tier in sorted(set(tiers)):
        own = [at for at in range(size) if tiers[at] == tier]
        amount = sum(used[at] for at in own)
        groups.append({"group": tier, "used": text_of(amount, pool.decimals, False), "share": share(amount, whole),
                       "merchants": len(own), "funded_merchants": sum(funded[at] for at in own)})
    tops = {str(percent): share(sum(rising[size - -(-percent * size // 100) :]), whole) for percent in (1, 5, 10)}
    spread = sum((2 * at - size - 1) * amount for at, amount in enumerate(rising, 1))
    return {"measure": pool.name, "shares": [{"column": "tier", "groups": groups}] if it.has_tiers else [],
            "top_shares": tops, "gini": share(spread, size * whole), "coverage": share(sum(funded), size)}

def why_left(it: Instance, plan: Plan) -> dict[str, str]:
    """Return of every pool why something is left of it (docs/files.md)."""
    is_saturated, is_mixed = True, False
    steps: dict[str, list[int]] = {pool.name: [] for pool in it.pools}
    for cell in range(len(it.cells)):
        own, pairs = range(it.start[cell], it.start[cell + 1]), plan.rows.get(cell, [])
        is_mixed |= any(option < 0 or fraction != WHOLE for option, fraction in pairs)
        best = max(0, *(it.worth[option] for option in own))
        wholes = [option for option, fraction in pairs if option >= 0 and fraction == WHOLE]
        reached = it.worth[wholes[-1]] if wholes else 0
        is_saturated &= reached == best and (bool(wholes) or not pairs)
        for pool in it.pools if reached < best or reached < 0 else []:
            cost = it.columns[pool.name]
            drawn = cost[wholes[-1]] if wholes else 0
            better = [cost[option] - drawn for option in own if it.worth[option] > reached]
            steps[pool.name] += [min([*better, *([-drawn] if reached < 0 else [])])]
    result = {}
    for pool in it.pools:
        left = pool.amount - sum(plan.held[pool.name])
        is_indivisible = not is_mixed and min(steps[pool.name], default=0) > left
        result[pool.name] = ("used_up" if left == 0 else "unused" if pool.is_unused else "saturated" if is_saturated
                             else "indivisible" if is_indivisible else "rules")
    return result

def expected_summary(it: Instance, plan: Plan, facts: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """Return what summary.json must say: figures, and tests of what nobody can recompute."""
    def is_from(least: int) -> Any:
        return lambda value: type(value) is int and value >= least
    def is_decimal(value: Any) -> bool:
        try:
            return canonical(value) >= 0
        except ValueError:
            return False
    def are_texts(value: Any) -> bool:
        return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
    totals = {name: sum(own) for name, own in plan.held.items()}
    conversions, written, pools, why = Fraction(totals["conversions"], 10**VALUE_DIGITS), document.get("settings"), [], why_left(it, plan)
    is_alone = it.goal == {"conversions": 1} and not it.counts and not it.caution
    for pool in it.pools:
        price, used = Fraction(facts["prices"].get((f"pool:{pool.name}", 0), "0")), totals[pool.name]
        cost = rounded(Fraction(used, 10**pool.decimals) / conversions, 6) if conversions > 0 else None
        pools.append({"pool": pool.name, "unit": pool.unit, "decimals": pool.decimals, "why_left": why[pool.name],
                      "amount": text_of(pool.amount, pool.decimals, False), "used": text_of(used, pool.decimals, False),
                      "left": text_of(pool.amount - used, pool.decimals, False), "price": exact(price),
                      "cost_per_conversion": cost,
                      "marginal_cost_per_conversion": rounded(1 / price, 6) if is_alone and price > 0 else None})
    written = written if isinstance(written, dict) else {}
    weights = it.goal | {measure.text: weight for measure, weight in it.counts.items()}
    settings = it.settings | {
        "name": it.settings["name"] if written.get("name") == it.settings["name"] else it.name,
        "objective": {"maximise": {name: exact(w) for name, w in weights.items()}, "caution": exact(it.caution)},
        "measures": {name: {term: exact(w) for term, w in terms.items()} for name, terms in it.measures.items()},
        "divisible": it.divisible, **{key: text for key, text in it.asked.items() if key in written}}
    statuses = facts["statuses"]
    counts = {"merchants": len(it.merchants), "cells": len(it.cells), "options": len(it.options), "rules": len(it.rules),
              "funded_merchants": len({it.merchant[cell] for cell in plan.rows}), "funded_cells": len(plan.rows),
              "limits": sum(statuses.values()), **{key: statuses[key] for key in ("met", "binding", "broken")},
              "limits_not_listed": statuses["met"] if sum(statuses.values()) > 1_000_000 else 0}
    return {"contract": 1, "instance": it.name, "best_effort": facts["num_broken"] > 0, "pools": pools,
            "reproducible": lambda value: isinstance(value, bool), "penalties": exact(facts["penalties"]),
            "values": {name: text_of(totals[name], VALUE_DIGITS) for name in it.values}, "counts": counts,
            "fairness": fairness(it, plan), "settings": settings, "versions": are_texts, "timings": are_texts,
            "method": lambda value: value in ("auto", "monolithic", "lagrangian"), "inputs": are_texts,
            "options": {"gap": is_decimal, "time_limit": is_decimal, "threads": is_from(1), "seed": is_from(0)},
            "overrides": lambda value: isinstance(value, list), **expected_bounds(it, facts, document),
            **({"kept": lambda value: True} if "kept" in document else {})}

def expected_bounds(it: Instance, facts: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """Return how objective, bounds, gaps and status must tie; a claim stands only where it is below what is proven."""
    objective, certified, names = facts["objective"], facts["certified"], ("bound", "gap", "bound_by", "claimed_bound")
    if facts["num_broken"]:  # nothing bounds a plan that breaks rules
        return {"objective": exact(objective), "status": "stopped",
                **dict.fromkeys((*names, "certified_bound", "certified_gap"))}
    claimed = document.get("claimed_bound")
    try:
        bound = min(canonical(claimed), certified)
    except ValueError:
        bound = certified
    bound = certified if bound < objective and it.divisible is False else bound
    size, is_claimed = max(abs(objective), Fraction(1, 10**9)), bound < certified
    gap, certified_gap = (bound - objective) / size, (certified - objective) / size
    asked = document.get("options", {}).get("gap") if isinstance(document.get("options"), dict) else None
    within = "within_gap" if isinstance(asked, str) and gap <= number(asked) else "stopped"
    return {"objective": exact(objective), "claimed_bound": exact(bound) if is_claimed else None, "bound": exact(bound),
            "gap": rounded(gap, 12), "bound_by": "solver" if is_claimed else "certificate",
            "certified_bound": exact(certified), "certified_gap": rounded(certified_gap, 12),
            "status": "optimal" if gap == 0 else within}

# ---- 11. The order of the checks -----------------------------------------------------------------------------

def overrides_of(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the overrides of a summary; they stand by key, unless one undoes part of another."""
    raw = document.get("overrides")
    if not isinstance(raw, list) or not all(isinstance(one, dict) and one.keys() == {"key", "value"} and
                                            all(isinstance(text, str) for text in one.values()) for one in raw):
        stop(INVALID, "summary.json", 0, "overrides", "", "is no list of keys and values")
    overrides = [(one["key"], one["value"]) for one in raw]
    targets = sorted(re.sub(r'["\s]', "", key) + "." for key, _ in overrides)
    is_free = not any(after.startswith(before) for before, after in pairwise(targets))
    if is_free and overrides != sorted(overrides):
        note(FAILED, "summary.json", 0, "overrides", "", "do not stand by key")
    return overrides

def kept_of(it: Instance, document: dict[str, Any]) -> dict[int, int]:
    """Return the cells that the plan had to keep, and their options."""
    kept, keys = {}, [*it.keys, "option"]
    if "kept" not in document:
        return kept
    try:
        part = document["kept"]
        rows = [tuple(each[key] for key in keys) for each in part["cells"]]
        is_shaped = part.keys() == {"file", "sha256", "cells"} and all(each.keys() == {*keys} for each in part["cells"])
        if not (is_shaped and part["file"] in ("plan.csv", "plan.parquet") and re.fullmatch("[0-9a-f]{64}", part["sha256"])):
            raise ValueError("file, sha256 or cells")
        for *key, option in rows:
            cell = it.place.get(tuple(key), -1)
            kept[cell] = it.option(cell, option) if cell >= 0 else stop(FAILED, "summary.json", 0, "kept", key, "is no cell")
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        stop(INVALID, "summary.json", 0, "kept", "", f"is not what can stand here: {error}")
    if any(one[:-1] >= other[:-1] for one, other in pairwise(rows)):
        note(FAILED, "summary.json", 0, "kept", "", "has cells in a wrong order, or twice")
    return kept

def check(instance: Path, plan_path: Path, exported: Path | None, budget: int) -> str:
    """Check all, in order; return what was recomputed."""
    folder = Folder(plan_path, "plan booked limits", exported)
    known = {f"{stem}{end}" for stem in folder.stems for end in (".csv", ".parquet")}
    for name in sorted(folder.names - known - {"summary.json", "certificate.json"}):
        note(INVALID, name, 0, "", "", "is no file of a plan folder")
    document = folder.document("summary.json")
    overrides = overrides_of(document)
    for key, text in overrides:
        print(f"override: {key} = {text}")
    source = Folder(instance, "pools options merchants categories slots segments rules pins actuals", exported)
    found, inputs = source.hashes(), document.get("inputs")
    if isinstance(inputs, dict) and "SHA256SUMS" in inputs:
        found["SHA256SUMS"] = hashlib.sha256(source.data(source.path / "SHA256SUMS") or b"").hexdigest()
    for name in sorted({*found, *inputs} if isinstance(inputs, dict) else []):
        if inputs.get(name) != found.get(name):
            note(FAILED, name, 0, "", "", "has changed since the plan was made")
    try:
        it = Instance(source, overrides)
        pools = [{"rule": f"pool:{p.name}", "measure": p.name, "value": text_of(p.amount, p.decimals)} for p in it.pools]
        families = [Family(it, row) for row in (*pools, *it.rules)]
    except (ArithmeticError, AttributeError, LookupError, StopIteration, TypeError, ValueError) as error:
        stop(INVALID, str(instance), 0, "", "", f"cannot be read as an instance: {error or error!r} (`fairpool check` says more)")
    kept = kept_of(it, document)
    plan = Plan(it, folder, kept)
    judged = [(family, *judge(it, plan, family)) for family in families]
    facts: dict[str, Any] = {"penalties": sum((family.penalty * over for family, _, over in judged), Fraction(0))}
    every = [[0] * len(it.cells)]
    counted = sum((weight * plan.of_groups(measure, every, 1)[0] for measure, weight in it.counts.items()), Fraction(0))
    value = sum((rate * sum(plan.held[name]) for name, rate in it.rates.items()), Fraction(0))
    facts["objective"] = value + counted - facts["penalties"]
    num_before = len(FINDINGS)
    certificate = Certificate(it, families, folder.document("certificate.json"))
    leaf = check_bound(it, plan, kept, certificate, budget)
    broken = [(family, one) for family, limits, _ in judged if family.enforcement == "hard" for one in limits if one.is_broken]
    is_excused = document.get("best_effort") is True and certificate.is_infeasible and len(FINDINGS) == num_before
    for family, one in broken:
        if not is_excused or family.name.startswith("pool:"):
            note(FAILED, "plan.csv", 0, "", one.group, f"breaks {family.name}: {one.used} is used, the limit is {one.limit}")
    if certificate.is_infeasible and not broken:
        note(FAILED, "certificate.json", 0, "kind", "", "claims that no plan exists, and here is one that breaks no rule")
    prices = {} if certificate.is_infeasible or leaf is None else {(p.family.name, p.at): exact(p.price) for p in leaf.prices}
    facts |= {"prices": prices, "num_broken": len(broken)}
    facts["statuses"] = check_limits(folder, [(family, limits) for family, limits, _ in judged], prices)
    facts["certified"] = Fraction(certificate.bound) if certificate.bound else Fraction(0)
    compare("summary.json", "", document, expected_summary(it, plan, facts, document))
    if not certificate.is_infeasible and it.divisible is False and facts["certified"] < facts["objective"]:
        note(FAILED, "certificate.json", 0, "bound", certificate.bound, "is below what the plan itself reaches")
    return (f"recomputed: {plan.num_rows} rows, {len(it.cells)} cells, {len(it.options)} options, "
            f"{sum(facts['statuses'].values())} limits, {len(certificate.leaves)} leaves of the certificate; "
            f"objective {exact(facts['objective'])}, certified bound {certificate.bound}")

def check_bound(it: Instance, plan: Plan, kept: dict[int, int], certificate: Certificate, budget: int) -> Leaf | None:
    """Recompute the bound, and return the leaf whose prices limits.csv shows."""
    cells = {cell for leaf in certificate.leaves for cell, _ in leaf.where}
    if any(cell in plan.booked or it.is_divisible(cell) for cell in cells):
        note(FAILED, "certificate.json", 0, "where", "", "decides on a cell that is booked or divisible")
    try:
        if not cover([leaf.where for leaf in certificate.leaves]):
            note(FAILED, "certificate.json", 0, "leaves", "", "do not cover every choice")
    except ValueError:
        note(FAILED, "certificate.json", 0, "leaves", "", "hold a choice in common")
    try:
        prover = Prover(it, plan, kept, certificate, budget)
        has_soft = any(family.enforcement == "soft" for family in certificate.families.values())
        text, leaf, is_negative = bound_of(it, plan, prover, certificate, has_soft)
    except OverBudget:
        note(UNCHECKED, "certificate.json", 0, "bound", certificate.bound, "bound not checked: see --help")
        return certificate.leaves[0]
    if certificate.bound != text:
        note(FAILED, "certificate.json", 0, "bound", certificate.bound, f"is written, but its prices prove {text}")
    if certificate.is_infeasible and not is_negative:
        note(FAILED, "certificate.json", 0, "bound", text, "does not prove that no plan exists: it is not below 0")
    return leaf

def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("instance", type=Path)
    parser.add_argument("plan", type=Path)
    parser.add_argument("--csv", type=Path, help="where Parquet tables of both folders stand as CSV")
    parser.add_argument("--budget", type=int, default=2_000_000, help="steps of the search of one merchant")
    asked = parser.parse_args(arguments)
    FINDINGS.clear()
    sys.setrecursionlimit(20_000)
    done = ""
    try:
        done = check(asked.instance, asked.plan, asked.csv, asked.budget)
    except Stop:
        pass
    kinds = Counter(kind for kind, _ in FINDINGS)
    for _, text in FINDINGS[:100]:
        print(text)
    if len(FINDINGS) > 100:
        print(f"... {len(FINDINGS) - 100} more")
    print(done or "stopped there; nothing else was checked")
    code = next((kind for kind in (UNREADABLE, INVALID, FAILED, UNCHECKED) if kinds[kind]), OK)
    print({OK: "ok", UNCHECKED: "bound not checked"}.get(code, "NOT ok"))
    return code

if __name__ == "__main__":
    sys.exit(main())
