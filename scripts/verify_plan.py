#!/usr/bin/env python3
"""Check a subsidy plan of fairpool without fairpool: one file, Python 3.11 or later, nothing to install.

    python3 verify_plan.py INSTANCE PLAN [--csv FOLDER] [--budget N]

INSTANCE is the folder that states the problem, PLAN the folder that was written for it; nothing in PLAN is
trusted. All is recomputed in whole numbers (amounts in smallest units, values in millionths) and exact fractions;
no float takes part. The text runs as the check does: 1 words and numbers, 2 files, 3 the instance, 4 rules, 5 the
plan, 6 limits, 7 the certificate, 8 its bound, 9 the search of a merchant, 10 summary.json, 11 stages and all in order.

Exit codes: 0 all agrees. 6 something in the plan is not so. 3 the instance or the plan cannot be read as one.
74 a file or folder cannot be opened. 2 wrong usage. 5 "bound not checked": all else agrees, but the search of some
merchant needs more than --budget steps (a count, default 2,000,000 a merchant) or is of a kind not searched here:
rows, limits and totals are right, the bound is only what the plan says, and "ok" is not said.

Not checked: timings, versions, method, options, `lottery`, `reproducible` and the solver's claim of a bound, beyond what can
stand there; what booked.csv promises beyond actuals.csv; whether tables under --csv hold what the Parquet files do;
whether the instance is a sensible one (`fairpool check`). What files mean: docs/files.md, rules.md, certificate.md.
"""
from __future__ import annotations

import argparse
import csv
import gc
import hashlib
import io
import json
import re
import sys
import tomllib
import unicodedata
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from datetime import datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise, zip_longest
from math import gcd, lcm, prod
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

OK, INVALID, UNCHECKED, FAILED, UNREADABLE = 0, 3, 5, 6, 74
EXPORT = "is Parquet: `python scripts/canonical_csv.py INSTANCE PLAN --out FOLDER`, then add --csv FOLDER"
FINDINGS: list[tuple[int, str]] = []  # of this run: the exit code that each asks for, and its text
WRONG = (ArithmeticError, AttributeError, LookupError, RuntimeError, StopIteration, TypeError, ValueError)

def note(kind: int, where: str, value: object, what: str) -> None:
    text = f"{where}: " + (f'"{str(value)[:120]}" ' if value != "" else "") + what
    FINDINGS.append((kind, text.encode("utf-8", "backslashreplace").decode("utf-8")))

class Stop(Exception):  # the arguments are those of `note`: after this finding nothing more can be said
    pass

class OverBudget(Exception):  # the search of a merchant takes too many steps, or is of a kind not searched here
    pass

# ---- 1. Words and numbers ------------------------------------------------------------------------------------

TABLE_OF = {"merchant": "merchants", "category": "categories", "slot": "slots", "segment": "segments"}
KEYS = tuple(TABLE_OF)
LIMIT_COLUMNS = ["rule", "group", "measure", "sense", "limit", "used", "slack", "status", "price"]
HEADERS = dict(pair.split(":") for pair in """商家:merchant 商户:merchant 类目:category 品类:category 时段:slot
    人群:segment 档位:option 方案:option 转化:conversions 转化量:conversions 转化标准误:conversions_se 资金池:pool
    金额:amount 总额:amount 单位:unit 小数位:decimals 不用:unused 规则:rule 说明:label 类型:kind 指标:measure
    范围:where 分组:by 方向:sense 数值:value 基准:basis 占比对象:of 适用:applies 执行:enforcement 罚分:penalty
    负责人:owner 备注:note 开始:start 结束:end 结算:settled 名称:name 占用比例:fraction""".split())
WORDS = dict(pair.split(":") for pair in """限额:limit 头部:top 比值:ratio 窗口:window 不超过:at_most 至多:at_most
    <=:at_most ≤:at_most 不低于:at_least 至少:at_least >=:at_least ≥:at_least 绝对值:absolute 资金池:pool 合计:total
    每商家:per_merchant 可选数:eligible 总是:always 获补才适用:if_funded 硬性:hard 软性:soft 仅报告:report 单元:cells
    单元格:cell 商家:merchant 商家数:merchants 类目:category 时段:slot 人群:segment 转化:conversions 全部:all 无:none
    是:true 否:false""".split())
TRUTH = {"true": "true", "是": "true", "false": "false", "否": "false"}
FOLD = {c: c - 0xFEE0 for c in range(0xFF01, 0xFF5F) if not chr(c - 0xFEE0).isalpha()} | {0x3000: 0x20}
NUMBER = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?\s*%?", re.ASCII)
TIME = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[T\s]+([0-9]{1,2}):([0-9]{2})"
                  r"(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?)?\s*(?:(Z)|([+-])([0-9]{2})(?::?([0-9]{2}))?)?", re.ASCII)
WHOLE, VALUE_DIGITS = 10**9, 6  # fractions are integers of 1e-9, values (conversions, gmv, ...) of 1e-6

def clean(text: str) -> str:  # blanks trimmed, letters composed (Unicode NFC)
    return unicodedata.normalize("NFC", text.strip())
def folded(text: str) -> str:  # full-width digits and signs as plain ones, one for one; letters stay
    return text.translate(FOLD)
def header(text: str) -> str:  # a column's header in English
    return HEADERS.get(clean(text), clean(text))
def word(text: str) -> str:  # a word of the rule language in English, any other text as it is
    return WORDS.get(clean(folded(text)), clean(folded(text)))
def truth(text: str) -> str:  # `true` or `false` for the words that mean so, any other text as it is
    return TRUTH.get(text.casefold(), text)
def readings(raw: str) -> tuple[str, ...]:  # what a name may stand for, the likeliest first
    return clean(raw), clean(folded(raw)), header(folded(raw)), word(raw)

def number(raw: str | Fraction) -> Fraction:  # the exact number of a planner's text: 12.5, 1e9, 15% (that is 0.15)
    if isinstance(raw, Fraction): return raw
    text = clean(folded(raw))
    if len(text) > 400 or not NUMBER.fullmatch(text): raise ValueError(f'"{raw[:80]}" is no number')
    return Fraction(text[:-1]) / 100 if text[-1] == "%" else Fraction(text)

def units_of(text: str, digits: int, is_rounded: bool = False) -> int:  # a decimal in integers of 10^-digits
    whole, _, part = text.partition(".")
    if len(part) <= digits and len(whole) + digits <= 15 and text.isascii() and (whole + part).isdigit():
        return int(whole + part.ljust(digits, "0"))  # nearly all are of this kind
    units = number(text) * 10**digits
    if (units.denominator > 1 and not is_rounded) or abs(round(units)) > 2**53:
        raise ValueError(f'"{text[:80]}" has too many digits')
    return int(round(units))  # half to even

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
    if not isinstance(text, str) or exact(number(text)) != text: raise ValueError(f"{text!r:.80} is no decimal")
    return Fraction(text)

def split(raw: str, separator: str) -> list[str]:  # at a sign of either width outside double quotes
    text = folded(raw)
    ends = [at for at, sign in enumerate(text) if sign == separator and text[:at].count('"') % 2 == 0]
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
    if not (found := TIME.fullmatch(text)): raise ValueError(f'"{text[:80]}" is no number or time')
    *parts, fine, utc, sign, hours, minutes = found.groups(default="")
    shift = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
    year, month, day, hour, minute, second = (int(part or 0) for part in parts)
    own = timezone(shift) if utc or sign else zone
    return datetime(year, month, day, hour, minute, second, int(fine.ljust(6, "0")[:6]), own)

# ---- 2. Files ------------------------------------------------------------------------------------------------

class Table(dict[str, list[str]]):  # header -> texts; a column that is not there is blank; `#` -> its rows
    def __missing__(self, name: str) -> list[str]:
        return [""] * len(self["#"])

class Folder:  # the files of a folder; what stands there in Parquet comes as CSV from `exported`
    def __init__(self, path: Path, exported: Path | None) -> None:
        self.path, self.exported = path, exported
        try: self.names = {each.name for each in path.iterdir()}
        except OSError as error: raise Stop(UNREADABLE, path, "", f"cannot be read: {error.strerror}") from error

    def data(self, name: str, path: Path | None = None) -> bytes | None:  # None where there is no such file
        path = path or self.path / name
        try:
            if path.exists() and not path.is_file(): raise OSError(0, "it is no file")  # a pipe may never end
            return path.read_bytes() if path.exists() else None
        except OSError as error: raise Stop(UNREADABLE, name, "", f"cannot be read: {error.strerror}") from error

    def table(self, stem: str) -> bytes | None:  # a table as CSV
        if f"{stem}.parquet" not in self.names: return self.data(f"{stem}.csv")
        if f"{stem}.csv" in self.names: raise Stop(INVALID, f"{stem}.csv", "", "stands beside the same in Parquet")
        if not self.exported: raise Stop(INVALID, f"{stem}.parquet", "", EXPORT)
        return self.data(f"{stem}.csv", self.exported / f"{stem}.csv")

    def rows(self, stem: str, *needed: str) -> Iterator[tuple[int, list[str]]]:  # of an instance, headers first
        data, width = self.table(stem), 0
        if data is None: return
        encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        try: data.decode(encoding)
        except UnicodeDecodeError: encoding = "gb18030"
        lines = io.TextIOWrapper(io.BytesIO(data), encoding, newline="")
        first = next((line for line in lines if line.strip(" ,;\t\r\n")), "")
        separator = max(",;\t", key="".join(first.split('"')[::2]).count)
        lines.seek(0)
        try:
            for row, fields in enumerate(csv.reader(lines, delimiter=separator, strict=True), 1):
                if not any(map(str.strip, fields)): continue  # a row of blanks says nothing
                if not width:
                    width, fields = len(fields), [header(text) for text in fields]
                    if lost := set(needed) - set(fields): raise ValueError(f"column {min(lost)} is missing")
                    if max(Counter(filter(None, fields)).values()) > 1: raise ValueError("a column stands twice")
                elif len(fields) < width or any(map(str.strip, fields[width:])):
                    raise ValueError(f"row {row} has {len(fields)} fields, not {width}")
                yield row, fields
        except (csv.Error, ValueError) as error: raise Stop(INVALID, f"{stem}.csv", "", str(error)) from error

    def columns(self, stem: str, *needed: str) -> Table:  # a small table; without rows where there is none
        (_, names), *rows = [*self.rows(stem, *needed)] or [(1, [])]
        columns = {name: [clean(fields[at]) for _, fields in rows] for at, name in enumerate(names) if name}
        return Table(columns | {"#": [str(row) for row, _ in rows]})

    def sheet(self, stem: str, columns: list[str], texts: Sequence[str]) -> list[list[str]] | None:
        data = self.table(stem)  # of a plan: in UTF-8 with its mark, commas, line feeds
        if data is None: return None
        try:
            rows = [*csv.reader(io.TextIOWrapper(io.BytesIO(data), "utf-8-sig", newline=""), strict=True)]
            wrong = next((row for row, fields in enumerate(rows, 1) if len(fields) != len(columns)), not rows)
            if wrong: raise ValueError(f"row {int(wrong)} has another number of fields than {len(columns)}")
        except (csv.Error, ValueError) as error: raise Stop(INVALID, f"{stem}.csv", "", str(error)) from error
        held = sum(field.count("\r") for row in rows for field in row) if b"\r" in data else 0
        if data[:3] != b"\xef\xbb\xbf" or data.count(b"\r") != held or data[-1:] != b"\n" or rows[0] != columns:
            note(INVALID, f"{stem}.csv row 1", "", "mark, headers or line ends are not those of a plan")
        guarded = tuple("=+-@'\t\r＝＋－＠＇")  # a spreadsheet would run these: one apostrophe is before them
        for row, at in ((row, columns.index(name)) for row in rows[1:] for name in texts):
            if row[at].startswith(guarded):
                if row[at][0] != "'" or not row[at][1:].startswith(guarded):
                    note(INVALID, f"{stem}.csv, column {columns[at]}", row[at], "is not guarded by one apostrophe")
                row[at] = row[at].removeprefix("'")
        return rows[1:]

    def document(self, name: str) -> dict[str, Any]:  # a JSON object: no key twice, no float
        def refuse(text: str) -> Any: raise ValueError(text[:40])
        def no_twin(pairs: list[tuple[str, Any]]) -> Any:
            return dict(pairs) if len(dict(pairs)) == len(pairs) else refuse("a key stands twice")
        try:
            return dict(json.loads((self.data(name) or b"").decode("utf-8"), object_pairs_hook=no_twin,
                        parse_float=refuse, parse_constant=refuse, parse_int=lambda t: int(t[:19])).items())
        except WRONG as error: raise Stop(INVALID, name, "", f"is no JSON object of a plan: {error}") from error

def flat(value: Any, path: str = "") -> dict[str, Any]:  # every leaf of a document by its path
    if not value or not isinstance(value, (dict, list)): return {path: (type(value), value)}
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    return {place: leaf for key, part in parts for place, leaf in flat(part, f"{path}/{key!r}").items()}

def compare(file: str, actual: Any, expected: Any) -> None:
    found, wanted = flat(actual), flat(expected)
    for path in sorted(path for path in {*found, *wanted} if found.get(path) != wanted.get(path)):
        is_known = path in found and path in wanted
        what = f"must be {json.dumps(wanted[path][1])[:80]}" if path in wanted else "must not be there"
        value = json.dumps(found[path][1])[:80] if path in found else "nothing"
        note(FAILED if is_known else INVALID, f"{file}, {path.replace(chr(39), '')}", value, what)

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
    digits: int = 0  # amounts are integers of 10^-digits
    inner: Any = None
    reached: Sequence[int] = ()  # what every merchant's amount of the inner measure has to reach

CELLS = Measure("cells", "cells")
Weights = dict[str, Fraction]

class Stage(NamedTuple):  # of the objective: what it maximises, or the groups whose smallest `k` it raises
    weights: Weights
    worst: dict[str, str]
    k: int
    within: Fraction  # the share of what it reaches that later stages may give up

def stage_of(stated: dict[str, Any], measures: dict[str, Weights]) -> Stage:  # as [[objective.stages]] states it
    within, worst = number(str(stated.get("within", 0))), stated.get("worst", {"measure": "", "by": ""})
    if stated.keys() - {"within"} not in ({"maximise"}, {"worst"}) or not 0 <= within <= 1 or (
            not {"measure", "by"} <= worst.keys() <= {"measure", "by", "where", "basis", "k"}):
        raise ValueError("settings.toml: no such stage")
    if "maximise" in stated: return Stage(weights_of(stated["maximise"], measures), {}, 1, within)
    texts = {name: clean(str(worst.get(name, ""))) for name in ("measure", "by", "where", "basis")}
    return Stage({}, texts, int(worst.get("k", 1)), within)

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
        for key, text in overrides: sets[key.partition(".")[0]].append((key.partition(".")[2], text))
        self.read_settings(folder.data("settings.toml") or b"", sets["settings"])
        table, changed = folder.columns("pools", "pool", "amount"), {clean(k.strip('"')): v for k, v in sets["pools"]}
        pools = zip(*(table[key] for key in ("pool", "amount", "unit", "decimals", "unused")), strict=True)
        self.pools = [Pool(name, units_of(changed.pop(name, text), int(digits or 2)), unit, int(digits or 2),
                           truth(unused) == "true") for name, text, unit, digits, unused in pools]
        if changed or not self.pools: raise ValueError("pools.csv: no pool, or one is set that is not there")
        self.read_options(folder)
        self.read_keys(folder)
        self.read_pins(folder)
        table = folder.columns("rules", "rule")
        rules = {rule: {name: texts[at] for name, texts in table.items()} for at, rule in enumerate(table["rule"])}
        for key, text in sets["rules"]:
            rule, _, column = key.rpartition(".")
            rules[clean(rule[1:-1] if rule[:1] == '"' else rule)][header(column)] = clean(text)
        if len(rules) < len(table["#"]): raise ValueError("rules.csv: a rule stands twice")
        self.rules = [rules[rule] for rule in sorted(rules)]
        self.name = self.settings["name"] or folder.path.resolve().name
        for at, stage in enumerate(self.stages, 1):  # what a stage adds up is a measure that floors can name
            self.aim(stage.weights)
            summed = self.summed
            if stage.worst and stage.k > 1:  # below zero: the largest are what the smallest groups get
                name = self.measure(stage.worst["measure"]).text
                summed = {term: -weight for term, weight in self.measures.get(name, {name: Fraction(1)}).items()}
            if len(self.counts) + bool(self.goal) > 1: raise ValueError(f"settings.toml: stage {at} is no sum, and no count")
            if summed: self.measures[f"stage:{at}"] = summed
        self.aim(self.weights)

    def aim(self, weights: Weights) -> None:
        """Set what is maximised: what it is worth by option and unit, and the counts that are paid for."""
        self.goal = {name: weight for name, weight in weights.items() if name in self.columns}
        self.counts: dict[Measure, Fraction] = {}
        for name in weights.keys() - self.goal.keys():
            measure = self.measure(name)
            if measure.kind == "amount": raise ValueError(f"settings.toml: {name} is no count")
            self.counts[measure] = self.counts.get(measure, Fraction(0)) + weights[name]
        self.counts = {measure: weight for measure, weight in self.counts.items() if weight}
        doubt = self.goal.get("conversions", Fraction(0)) * self.caution
        worth = self.goal | ({"conversions_se": self.goal.get("conversions_se", Fraction(0)) - doubt} if doubt else {})
        self.summed = {name: weight for name, weight in worth.items() if weight}
        self.rates = {name: weight / 10 ** self.digits(name) for name, weight in self.summed.items()}  # a unit's
        # Where no cell is divisible, what the objective pays for a funded cell is part of every option's worth.
        self.own_counts = {m: w for m, w in self.counts.items() if m.kind == "cells" and self.divisible is False}
        of_cell = sum(self.own_counts.values(), Fraction(0))
        self.scale = lcm(of_cell.denominator, *(rate.denominator for rate in self.rates.values()))
        self.worth = [int(of_cell * self.scale)] * len(self.options)  # of every option, times scale
        for name, rate in self.rates.items():
            factor, drawn = int(rate * self.scale), self.columns[name]
            self.worth = [one + factor * units for one, units in zip(self.worth, drawn, strict=True)]

    def read_settings(self, data: bytes, overrides: list[tuple[str, str]]) -> None:
        raw: dict[str, Any] = tomllib.loads(data.decode("utf-8-sig"), parse_float=Decimal)
        for key, text in overrides:
            at, (*path, last) = raw, key.split(".")
            for part in path: at = at.setdefault(part, {})
            try: at[last] = tomllib.loads(f"x = {text}", parse_float=Decimal)["x"]
            except tomllib.TOMLDecodeError: at[last] = text  # a text without its quotes
        texts = {"name": "", "currency": "", "timezone": "Asia/Shanghai"}
        goal, known = raw.get("objective", {}), {*texts, "objective", "measures", "divisible", "gap", "time_limit"}
        if raw.keys() - known or goal.keys() - {"maximise", "caution", "stages"}: raise ValueError("settings.toml: unknown key")
        self.settings = {key: str(raw.get(key, default)) for key, default in texts.items()}
        self.asked = {key: exact(number(str(raw[key]))) if key in raw else None for key in ("gap", "time_limit")}
        self.measures = {clean(name): weights_of(terms, {}) for name, terms in raw.get("measures", {}).items()}
        *before, final = goal["stages"] if "stages" in goal else [{"maximise": goal.get("maximise", "conversions")}]
        if final.keys() != {"maximise"} or goal.keys() >= {"maximise", "stages"}: raise ValueError("settings.toml: last stage")
        self.weights, self.stages = weights_of(final["maximise"], self.measures), [stage_of(s, self.measures) for s in before]
        self.caution, some = number(str(goal.get("caution", 0))), raw.get("divisible", False)
        self.divisible = some if isinstance(some, bool) else [clean(str(name)) for name in some]
        try: self.zone: tzinfo = ZoneInfo(self.settings["timezone"])
        except KeyError:  # this machine knows no time zones
            self.zone = timezone(timedelta(hours={"Asia/Shanghai": 8, "UTC": 0}[self.settings["timezone"]]))

    def read_options(self, folder: Folder) -> None:
        kinds = {pool.name: (pool.decimals, False) for pool in self.pools}
        drawn = [pool.name for pool in self.pools if not pool.is_unused]
        stream = folder.rows("options", *KEYS[:3], "option", "conversions", *drawn)
        at = {name: place for place, name in enumerate(next(stream)[1]) if name}
        self.keys = [key for key in KEYS if key in at]
        others = sorted(at.keys() - {*kinds, *KEYS, "option", "conversions", "note"})
        kinds |= dict.fromkeys(["conversions", *others], (VALUE_DIGITS, True))
        columns: dict[str, Any] = {name: array("q") for name in kinds}
        readers = [(name, at[name], *kind, columns[name].append) for name, kind in kinds.items() if name in at]
        places, known = [at[key] for key in (*self.keys, "option")], dict[str, str]()
        owners: list[tuple[str, ...]] = []  # the cell's keys of every option
        names: list[str] = []
        for row, fields in stream:
            raw = [fields[place] for place in places]
            *own, name = [known.get(text) or known.setdefault(text, clean(text)) for text in raw]
            owners.append(owners[-1] if owners and owners[-1] == tuple(own) else tuple(own))
            names.append(name)
            for column, place, digits, is_rounded, append in readers:
                try: append(units_of(fields[place], digits, is_rounded))
                except ValueError as error:
                    if column not in others: raise ValueError(f"options.csv row {row}, {column}: {error}") from error
                    columns[column] = None  # a text that is carried along
                    append(0)
        order: Sequence[int] = range(len(owners))
        if any(one >= other for one, other in pairwise(zip(owners, names, strict=True))):
            order = sorted(order, key=lambda option: (owners[option], names[option]))
        self.values = [name for name in ("conversions", *others) if columns[name] is not None]
        columns |= {pool.name: columns[pool.name] or array("q", [0]) * len(order) for pool in self.pools}
        self.columns = {name: array("q", [columns[name][option] for option in order])
                        for name in (*(pool.name for pool in self.pools), *self.values)}
        self.options = [names[option] for option in order]
        self.cells: list[tuple[str, ...]] = []
        self.start: list[int] = []  # first option of every cell, and one past the last of all
        for option, owner in enumerate(owners[option] for option in order):
            if not self.cells or owner != self.cells[-1]:
                self.cells.append(owner)
                self.start.append(option)
            elif self.options[option] == self.options[option - 1]: raise ValueError(f"options.csv: {owner} twice")
        self.start.append(len(order))
        self.place = {key: cell for cell, key in enumerate(self.cells)}
        self.merchants = sorted({key[0] for key in self.cells})
        code = {merchant: place for place, merchant in enumerate(self.merchants)}
        self.merchant = [code[key[0]] for key in self.cells]  # of every cell, ascending

    def read_keys(self, folder: Folder) -> None:
        tables = {key: folder.columns(TABLE_OF[key], key) for key in self.keys}
        count = Counter([*self.keys, *(name for key, table in tables.items() for name in table if name != key)])
        self.has_tiers = "tier" in tables["merchant"]
        self.tiers = dict(zip(tables["merchant"]["merchant"], tables["merchant"].get("tier", []), strict=False))
        self.named: dict[str, Column] = {}
        for at, (key, table) in enumerate(tables.items()):
            own = [cell[at] for cell in self.cells]
            self.named |= dict.fromkeys((key, f"{TABLE_OF[key]}.{key}"), Column(key, at, own))
            for name in table.keys() - {"#", key}:
                of_key = dict(zip(table[key], map(truth, table[name]), strict=True))
                full = f"{TABLE_OF[key]}.{name}"
                column = Column(full if count[name] > 1 else name, at, [of_key.get(text, "") for text in own])
                self.named |= dict.fromkeys((full, column.label), column)
        slots = tables["slot"]
        start = {s: moment(text, self.zone) for s, text in zip(slots["slot"], slots["start"], strict=True) if text}
        self.started = sorted(start, key=lambda slot: (start[slot], slot))
        unlisted = sorted({key[2] for key in self.cells} - {*slots["slot"]})
        self.slots = [*self.started, *(slot for slot in slots["slot"] if slot not in start), *unlisted]

    def read_pins(self, folder: Folder) -> None:
        self.forced, self.forbidden = dict[int, int](), set[int]()  # cell -> option; cells
        table = folder.columns("pins", *self.keys, "option")
        for name, *own in zip(table["option"], *(table[key] for key in self.keys), strict=True):
            cells = [self.place[tuple(own)]] if tuple(own) in self.place else []
            if "*" in own:
                cells = [c for c, k in enumerate(self.cells) if all(p in ("*", q) for p, q in zip(own, k, strict=True))]
            if word(name) == "none": self.forbidden.update(cells)
            else: self.forced[cells[0]] = self.option(cells[0], name)
        table = folder.columns("actuals", *self.keys)
        self.spent: Counter[tuple[tuple[str, ...], str]] = Counter()
        for at, cell_keys in enumerate(zip(*(table[key] for key in self.keys), strict=True)):
            for pool in self.pools: self.spent[cell_keys, pool.name] += units_of(table[pool.name][at] or "0", pool.decimals)

    def option(self, cell: int, name: str) -> int:  # ValueError: the cell has none of this name
        return self.options.index(name, self.start[cell], self.start[cell + 1])

    def is_divisible(self, cell: int) -> bool:
        return self.divisible if isinstance(self.divisible, bool) else self.cells[cell][1] in self.divisible

    def digits(self, name: str) -> int:  # how many decimals hold every amount of a pool, value or named sum
        if name in self.columns: return next((p.decimals for p in self.pools if p.name == name), VALUE_DIGITS)
        return max((num_decimals(w) + self.digits(term) for term, w in self.measures[name].items()), default=0)

    def terms(self, name: str) -> dict[str, int]:  # what is added up: column -> whole factor
        own = self.measures[name] if name not in self.columns else {}
        return {t: int(w * 10 ** (self.digits(name) - self.digits(t))) for t, w in own.items()} or {name: 1}

    def sums(self, measure: Measure, columns: dict[str, Any]) -> Any:  # of options or of cells, by their columns
        parts = [[factor * units for units in columns[t]] for t, factor in self.terms(measure.text).items()]
        return [sum(each) for each in zip(*parts, strict=True)]

# ---- 4. Rules: what they name, whom they see, and how these fall into groups ----------------------------------

    def measure(self, raw: str) -> Measure:
        names = [{"merchant": "merchants", "cell": "cells"}.get(name, name) for name in readings(raw)]
        if found := re.fullmatch(r"([^(]+)\((.+?)(?:>=|≥)(.+)\)", folded(raw).strip(), re.DOTALL):
            inner, text = self.measure(found[2]), clean(found[3])
            if self.measure(found[1]).text != "merchants" or inner.kind == "merchants": raise ValueError(raw)
            try: reached = [number(text)] * len(self.merchants)
            except ValueError:
                column = self.column(text)
                own = dict(zip(self.merchant, column.texts, strict=True))
                text, reached = column.label, [number(own[m] or "1e40") for m in range(len(own))]  # blank: never
            least = [-(-value * 10**inner.digits // 1) for value in reached]
            return Measure("merchants", f"merchants({inner.text}>={text})", 0, inner, tuple(least))
        for name in names:
            if name in self.columns or name in self.measures: return Measure("amount", name, self.digits(name))
            if name in ("cells", "merchants"): return Measure(name, name)
        raise ValueError(f'"{raw}" is no measure')

    def column(self, raw: str) -> Column:
        for name in readings(raw):
            table, _, attribute = name.partition(".")
            table = TABLE_OF.get(word(table), table)
            for full in (name, f"{table}.{attribute}", f"{table}.{header(attribute)}"):
                if full in self.named: return self.named[full]
        raise ValueError(f'"{raw}" is no column, or one of two tables')

    def in_scope(self, where: str) -> list[bool]:  # of every cell
        flags = [True] * len(self.cells)
        for part in filter(str.strip, split(where, ";")):
            signs = folded(part)
            at = next(i for i, sign in enumerate(signs) if sign in "!=<>≤≥≠" and signs[:i].count('"') % 2 == 0)
            width = 2 if signs[at : at + 2] in ("!=", "<=", ">=") else 1
            sign = {"≤": "<=", "≥": ">=", "≠": "!="}.get(signs[at], signs[at : at + width])
            column, raws = self.column(unquoted(part[:at])[0]), split(part[at + width :], "|")
            if sign in ("=", "!="):
                wanted = {text for raw in raws for text in unquoted(raw)}
                wanted |= set(map(truth, wanted)) if column.label not in self.keys else set()
                holds = {text: (text != "" and text in wanted) == (sign == "=") for text in set(column.texts)}
            else: holds = {text: text != "" and any(self.lies(text, sign, unquoted(raw)[-1]) for raw in raws)
                           for text in set(column.texts)}
            flags = [flag and holds[text] for flag, text in zip(flags, column.texts, strict=True)]
        return flags

    def lies(self, text: str, sign: str, bound: str) -> bool:  # whether a text lies below or above a bound
        one: Any
        try: one, other = number(text), number(bound)
        except ValueError: one, other = moment(text, self.zone), moment(bound, self.zone)  # type: ignore[assignment]
        return bool(one < other if sign[0] == "<" else one > other) or (one == other and sign[1:] == "=")

    def grouped(self, names: list[str], flags: list[bool]) -> tuple[Any, list[str]]:
        """Return the group of every flagged cell (else -1), and the groups' texts in code-point order of keys."""
        columns = [self.column(name) for name in names]
        keys = [*zip(*(column.texts for column in columns), strict=True)] or [()] * len(flags)
        groups = sorted({k for k, flag in zip(keys, flags, strict=True) if flag}) if names else [()]
        code = {group: place for place, group in enumerate(groups)}
        texts = [";".join(f"{c.label}={quoted(t)}" for c, t in zip(columns, g, strict=True)) for g in groups]
        return array("i", [code[k] if flag else -1 for k, flag in zip(keys, flags, strict=True)]), texts

class Family:  # the limits of one rule, or of one pool: which cells stand in which group, and what holds for it
    def __init__(self, it: Instance, row: dict[str, str]) -> None:
        row = dict.fromkeys(("kind", "where", "by", "sense", "basis", "of", "k", "applies", "enforcement"), "") | row
        self.name, self.kind, self.measure = row["rule"], word(row["kind"]) or "limit", it.measure(row["measure"])
        self.is_single = self.kind in ("top", "ratio")  # all groups make one limit
        self.sense, self.value = word(row["sense"]) or "at_most", number(row["value"])
        self.sign = {"at_most": 1, "at_least": -1}[self.sense]  # a limit: sign x (amount - value x basis) <= 0
        self.is_if_funded = {"": False, "always": False, "if_funded": True}[word(row["applies"])]
        self.enforcement = word(row["enforcement"]) or "hard"
        self.penalty = number(row["penalty"]) if self.enforcement == "soft" else Fraction(0)
        by = [unquoted(part)[0] for part in split(row["by"] or "merchant" * (self.kind == "top"), ";")]
        by = it.keys if word(row["by"]) in ("cell", "cells") else [] if by == [""] else by
        self.by = [it.column(name).label for name in by]
        layer, self.texts = it.grouped(by, it.in_scope(row["where"]))
        self.layers, k = [layer], number(row["k"] or "1")  # a layer: the group of every cell, -1 none
        if self.kind == "window":
            width = min(int(k), len(it.slots))
            spans = [f"{quoted(one)}..{quoted(it.slots[at + width - 1])}" for at, one in
                     enumerate(it.slots[: len(it.slots) - width + 1])]
            place = {slot: at for at, slot in enumerate(it.slots)}
            starts = [[place[key[2]] - back for key in it.cells] for back in range(width)]
            self.layers = [array("i", [g * len(spans) + at if g >= 0 and 0 <= at < len(spans) else -1
                                       for g, at in zip(layer, own, strict=True)]) for own in starts]
            self.texts = [";".join(filter(None, (text, span))) for text in self.texts for span in spans]
        k *= len(self.texts) if folded(row["k"]).endswith("%") else 1
        self.num_largest = min(-(-k // 1), len(self.texts))
        self.set_basis(it, row["basis"], row["of"])
        if self.kind not in ("limit", "window", "top", "ratio") or self.enforcement not in ("hard", "soft", "report"):
            raise ValueError(f"{self.kind}, {self.enforcement}")

    def set_basis(self, it: Instance, raw: str, of: str) -> None:
        """Set what `value` multiplies: `bases` / `unit` of every limit, or the amounts of a basis in the plan."""
        basis, size = word(raw) or ("per_merchant" if self.kind == "ratio" else "absolute"), len(self.texts)
        size, cells = 1 if self.kind == "top" else size, range(len(it.cells))
        self.basis_name = basis
        self.basis: Measure | None = None
        self.bases, self.unit, self.of_layers = [1] * size, 1, self.layers
        self.of_code: Sequence[int] = range(size)
        what: Sequence[Any] = it.merchant  # what a group's basis counts, each once, and how much that is
        amount: Callable[[Any], Fraction] = lambda _: Fraction(1)
        if basis in ("absolute", "pool"):
            pool = next((p for p in it.pools if p.name == self.measure.text and basis == "pool"), None)
            if pool: self.bases, self.unit = [pool.amount] * size, 10**pool.decimals
            return
        if basis == "eligible" and self.measure.kind == "cells": what = cells
        elif basis not in ("eligible", "per_merchant"):
            try: self.basis = self.measure if basis == "total" else it.measure(raw)
            except ValueError:
                column = it.column(raw)
                what = [(key[column.key], text) for key, text in zip(it.cells, column.texts, strict=True)]
                amount = lambda each: number(each[1])
        if not self.basis:
            pairs = {(layer[cell], what[cell]) for layer in self.layers for cell in cells if layer[cell] >= 0}
            held = [(group, amount(each)) for group, each in pairs]
            self.unit = lcm(*{value.denominator for _, value in held})
            self.bases = [0] * size
            for group, value in held: self.bases[group] += int(value * self.unit)
        elif of or basis == "total":
            names = [] if word(of) in ("", "all") else [unquoted(part)[0] for part in split(of, ";")]
            self.of_layers = [it.grouped(names, [True] * len(cells))[0]]
            code = {g: self.of_layers[0][c] for own in self.layers for c, g in enumerate(own)} if names else {}
            self.of_code = [code.get(group, 0) for group in range(size)]

# ---- 5. The plan ---------------------------------------------------------------------------------------------

class Plan:  # what plan.csv and booked.csv give, row by row held against the options
    def __init__(self, it: Instance, folder: Folder, stem_of: str = "plan") -> None:
        self.it, self.booked, self.num_rows = it, set[int](), 0
        self.rows: dict[int, list[tuple[int, int]]] = {}  # cell -> (option, -1 unknown; fraction) pairs
        self.held = {name: [0] * len(it.cells) for name in it.columns}
        columns = [*it.keys, "option", *it.columns, *["fraction"] * (it.divisible is not False)]
        for stem in (stem_of, "booked"):
            rows = folder.sheet(stem, columns, (*it.keys, "option"))
            if rows is None and stem == stem_of: raise Stop(INVALID, f"{stem}.csv", "", "is missing")
            before: list[str] = []
            for row, fields in enumerate(rows or [], 2):
                own, where, name = fields[: len(it.keys) + 1], f"{stem}.csv row {row}", ", ".join(fields[: len(it.keys) + 1])
                if before >= own: note(FAILED, where, name, "stands in the wrong place, or twice")
                before = own
                cell = it.place.get(tuple(own[:-1]), -1)
                try: option = it.option(cell, own[-1]) if own[-1] or stem == stem_of else -1
                except ValueError: cell = -1
                if cell < 0: note(FAILED, where, name, "is no option of a cell")
                elif stem == stem_of: self.read_row(where, cell, option, dict(zip(columns, fields, strict=True)))
                else: self.read_booked(where, cell, option, dict(zip(columns, fields, strict=True)))
                self.num_rows += 1
        self.is_funded = [int(cell in self.rows) for cell in range(len(it.cells))]
        for cell in self.rows.keys() - self.booked:
            if not self.is_on_line(cell): note(FAILED, f"{stem_of}.csv", it.cells[cell], "holds a mix that it cannot hold")
            if cell in it.forbidden: note(FAILED, f"{stem_of}.csv", it.cells[cell], "is forbidden by pins.csv")
        for cell, option in it.forced.items():
            if (option, WHOLE) not in self.rows.get(cell, []):
                note(FAILED, f"{stem_of}.csv", (*it.cells[cell], it.options[option]), "is pinned or kept, and not held")

    def read_row(self, where: str, cell: int, option: int, fields: dict[str, str]) -> None:
        it, fraction, text = self.it, WHOLE, fields.get("fraction", "")
        if it.is_divisible(cell):
            try: fraction = units_of(text, 9) if 0 < canonical(text) <= 1 else 0
            except ValueError: fraction = 0
        if not fraction or (text and not it.is_divisible(cell)):
            return note(FAILED, f"{where}, column fraction", text, "is no fraction that can stand here")
        self.rows.setdefault(cell, []).append((option, fraction))
        for name, column in it.columns.items():  # amounts are rounded up, values down
            is_value = name in it.values
            units = column[option] * fraction // WHOLE if is_value else -(-column[option] * fraction // WHOLE)
            self.held[name][cell] += units
            if (expected := text_of(units, it.digits(name), is_value)) != fields[name]:
                note(FAILED, f"{where}, column {name}", fields[name], f"must be {expected}")
        return None

    def read_booked(self, where: str, cell: int, option: int, fields: dict[str, str]) -> None:
        it = self.it
        if cell in self.rows and cell not in self.booked: note(FAILED, where, it.cells[cell], "is planned as well")
        if it.cells[cell][2] not in it.started: note(FAILED, where, it.cells[cell], "is in a slot without start")
        for name in it.columns:
            try: units = units_of(fields[name], it.digits(name))
            except ValueError: units = -1
            if units < self.it.spent.get((it.cells[cell], name), units if name in it.values else 0):
                note(FAILED, f"{where}, column {name}", fields[name], "is no amount, or below what is spent")
            self.held[name][cell] += units
        self.booked.add(cell)
        self.rows.setdefault(cell, []).append((option, WHOLE))

    def is_on_line(self, cell: int) -> bool:
        """Whether a cell holds one option; if divisible, a mix of two neighbours in order of cost, nothing first."""
        it, pairs = self.it, self.rows[cell]
        if not it.is_divisible(cell): return len(pairs) == 1
        own = range(it.start[cell], it.start[cell + 1])
        line = sorted(own, key=lambda option: [it.columns[pool.name][option] for pool in it.pools])
        steps = sorted((line.index(option), fraction) for option, fraction in pairs)
        if len(steps) == 1: return steps[0][0] == 0 or steps[0][1] == WHOLE
        return len(steps) == 2 and steps[1][0] == steps[0][0] + 1 and steps[0][1] + steps[1][1] == WHOLE

    def of_groups(self, measure: Measure, layers: list[Any], size: int) -> list[int]:
        """Return every group's amount of a measure, in integers of 10^-digits."""
        result, own = [0] * size, (measure.inner or CELLS) if measure.kind == "merchants" else measure
        amounts = self.is_funded if own.kind == "cells" else self.it.sums(own, self.held)
        if measure.kind != "merchants":
            for layer in layers:
                for group, amount in zip(layer, amounts, strict=True):
                    if group >= 0: result[group] += amount
            return result
        reached: Counter[tuple[int, int]] = Counter()
        for layer in layers:
            for group, merchant, amount in zip(layer, self.it.merchant, amounts, strict=True):
                if group >= 0: reached[group, merchant] += amount
        for (group, merchant), amount in reached.items():
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

def judge(it: Instance, plan: Plan, rule: Family) -> tuple[list[Limit], Fraction]:
    """Return a family's limits, and by how much they are broken in all, in written units."""
    digits, size, limits, excess = rule.measure.digits, len(rule.texts), [], 0
    used = plan.of_groups(rule.measure, rule.layers, size)
    funded = plan.of_groups(CELLS, rule.layers, size) if rule.is_if_funded else [1] * size
    if rule.kind == "ratio":
        rates = [Fraction(amount * rule.unit, basis * 10**digits)
                 for amount, basis, is_in in zip(used, rule.bases, funded, strict=True) if basis and is_in]
        if len(rates) < 2: return [Limit("", "", "0", "", False, False)], Fraction(0)
        limit, most = rule.value * min(rates), max(rates)
        slack = round((limit - most) * 10**9) or -(most > limit)
        return [Limit("", rounded(limit, 9), rounded(most, 9), text_of(slack, 9), most > limit, not slack)], Fraction(0)
    if rule.kind == "top": used, funded = [sum(sorted(used, reverse=True)[: rule.num_largest])], [1]
    bases, unit = rule.bases, rule.unit
    if rule.basis:
        held = plan.of_groups(rule.basis, rule.of_layers, max([*rule.of_code, *rule.of_layers[0], 0]) + 1)
        bases, unit = [held[code] for code in rule.of_code], 10**rule.basis.digits
    unit, is_short = unit * rule.value.denominator, rule.measure.text not in [pool.name for pool in it.pools]
    for at, (amount, basis) in enumerate(zip(used, bases, strict=True)):
        group = "" if rule.is_single else rule.texts[at]
        if not funded[at]:  # the limit does not apply
            limits.append(Limit(group, "", text_of(0, digits, is_short), "", False, False))
            continue
        side = basis * rule.value.numerator * 10**digits  # the limit, times unit
        limit = rule.sign * (rule.sign * side // unit)  # rounded to the strict side
        slack, over = rule.sign * (limit - amount), rule.sign * (amount * unit - side)
        figures = (text_of(units, digits, is_short) for units in (limit, amount, slack))
        limits.append(Limit(group, next(figures), next(figures), next(figures), over > 0, slack == 0))
        excess += max(over, 0)
    return limits, Fraction(excess, unit * 10**digits)

def check_limits(folder: Folder, judged: list[Any], prices: dict[Any, str]) -> Counter[str]:
    """Compare limits.csv with what it must say; return how many limits have each status."""
    wanted = []
    for rule, limits, _ in judged:
        for at, one in enumerate(limits):
            price = prices.get((rule.name, at), "0")
            status = "broken" if one.is_broken else "binding" if one.is_tight or price != "0" else "met"
            wanted.append([rule.name, one.group, rule.measure.text, rule.sense, *one[1:4], status, price])
    statuses, rows = Counter(row[7] for row in wanted), folder.sheet("limits", LIMIT_COLUMNS, LIMIT_COLUMNS[:4])
    if rows is None: raise Stop(INVALID, "limits.csv", "", "is missing")
    if len(wanted) > 1_000_000: wanted = [row for row in wanted if row[7] != "met"]
    for row, (actual, expected) in enumerate(zip_longest(rows, wanted, fillvalue=[""] * 9), 2):
        for name, text, figure in zip(LIMIT_COLUMNS, actual, expected, strict=True):
            if text != figure: note(FAILED, f"limits.csv row {row}, column {name}", text, f'must be "{figure}"')
    return statuses

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
    def __init__(self, it: Instance, families: list[Family], file: str, document: dict[str, Any]) -> None:
        self.pinned: dict[str, set[int]] = {}
        self.it, self.file, self.families = it, file, {family.name: family for family in families}
        self.groups = {rule: {text: at for at, text in enumerate(own.texts)} for rule, own in self.families.items()}
        try:
            self.is_infeasible = {"bound": False, "infeasible": True}[document["kind"]]
            self.inside = [self.limit(part) for part in document["inside"]]
            read = [self.leaf(part) for part in document["leaves"]]
        except WRONG as error: raise Stop(INVALID, self.file, "", f"is no certificate: {error!r}") from error
        self.leaves, self.bound = [leaf for leaf, _ in read], document.get("bound", "")
        inside = [{"rule": own.name, "group": "" if own.is_single else own.texts[at]} for own, at in self.inside]
        anew = {"contract": 1, "kind": document["kind"], "bound": str(self.bound), "inside": inside}
        if {**anew, "leaves": [part for _, part in read] or None} != document or document["contract"] is True:
            raise Stop(INVALID, self.file, "", "holds what none does, or not in order")
        chosen: dict[str, set[int]] = {}
        for own, at in self.inside: chosen.setdefault(own.name, set()).add(at)
        self.members = {rule: self.inside_of(self.families[rule], groups) for rule, groups in chosen.items()}
        if len(inside) > sum(map(len, chosen.values())): note(FAILED, self.file, "", "inside names one twice")

    def limit(self, part: dict[str, str]) -> tuple[Family, int]:
        family = self.families.get(part["rule"])
        own = {"": 0} if family and family.is_single else self.groups.get(part["rule"], {})
        if not family or part["group"] not in own:
            raise Stop(FAILED, self.file, part["group"], f"is no limit of the rule {part['rule']}")
        return family, own[part["group"]]

    def inside_of(self, family: Family, chosen: set[int]) -> dict[int, tuple[set[int], set[int]]]:
        """Return the cells of each chosen limit, and those of its basis: all of one merchant, or it is no such limit."""
        cells: dict[int, set[int]] = {at: set() for at in chosen}
        for cell, group in ((cell, group) for layer in family.layers for cell, group in enumerate(layer)):
            if group in cells: cells[group].add(cell)
        others: dict[int, set[int]] = {}
        for cell, code in enumerate(family.of_layers[0] if family.of_layers is not family.layers else []):
            others.setdefault(code, set()).add(cell)
        result = {at: (own, others.get(family.of_code[at], set()) if others else own) for at, own in cells.items()}
        is_one = all(len({self.it.merchant[cell] for cell in own | of}) <= 1 for own, of in result.values())
        if family.is_single or family.enforcement != "hard" or not is_one:
            raise Stop(FAILED, f"{self.file}, inside", family.name, "has limits that cannot be inside")
        return result

    def leaf(self, part: dict[str, Any]) -> tuple[Leaf, Any]:
        where, wheres, it = dict[tuple[int, int], bool](), [], self.it
        for each in part["where"]:
            own = {name: each[name] for name in (*it.keys, "option", "taken")}
            cell = it.place.get(tuple(own[key] for key in it.keys), -1)
            if cell < 0 or own["option"] not in it.options[it.start[cell] : it.start[cell + 1]]:
                raise Stop(FAILED, f"{self.file}, where", [*own.values()], "is no option of a cell")
            if where.setdefault((cell, it.option(cell, own["option"])), own["taken"]) is not own["taken"] or (
                    sum(is_taken for (other, _), is_taken in where.items() if other == cell) > 1):
                raise Stop(FAILED, f"{self.file}, where", [*own.values()], "contradicts another decision")
            wheres.append(own)
        priced = {(price.family.name, price.at): (price, anew) for price, anew in (self.priced(each, where) for each in part["prices"])}
        order = {name: at for at, name in enumerate(self.families)}
        prices = [priced[key] for key in sorted(priced, key=lambda key: (order[key[0]], key[1]))]
        return Leaf(where, [one for one, _ in prices]), {"where": wheres, "prices": [anew for _, anew in prices]}

    def priced(self, part: dict[str, Any], where: dict[tuple[int, int], bool]) -> tuple[Priced, Any]:
        rule, at = self.limit(part)
        groups, texts, anew = self.groups[rule.name], rule.texts, {"rule": rule.name, "group": part["group"]}
        rates: dict[int, Fraction] = {}
        if rule.kind == "ratio":
            pairs = {(groups[each["high"]], groups[each["low"]]): self.price(each["price"]) for each in part["pairs"]}
            for (high, low), price in pairs.items():
                rates[high] = rates.get(high, Fraction(0)) + price * rule.unit / rule.bases[high]
                rates[low] = rates.get(low, Fraction(0)) - price * rule.value * rule.unit / rule.bases[low]
            price = sum(pairs.values(), Fraction(0))
            anew["pairs"] = [{"high": texts[h], "low": texts[o], "price": exact(pairs[h, o])} for h, o in sorted(pairs) if h != o]
        else: anew["price"] = exact(price := self.price(part["price"]))
        if rule.kind == "top":
            weights = {groups[each["group"]]: canonical(each["weight"]) for each in part["weights"]}
            anew["weights"] = [{"group": texts[g], "weight": exact(weights[g])} for g in sorted(weights)]
            rates, most = {group: price * weight for group, weight in weights.items()}, rule.num_largest
            least = most if self.may_be_negative(rule.measure, rule.layers[0]) else 0
            if not all(0 <= w <= 1 for w in weights.values()) or not least <= sum(weights.values()) <= most:
                raise ValueError("weights are in [0, 1] and sum to k at most")
        if not self.may_be_priced(rule, at, where) or (rule.enforcement == "soft" and price > rule.penalty):
            raise Stop(FAILED, f"{self.file}, prices", rule.name, "is no linear row, or priced over its penalty")
        side = rule.sign * rule.value * price
        if not rule.is_single: rates = {at: rule.sign * price}
        if rule.basis: return Priced(rule, at, price, rates, {rule.of_code[at]: -side}, Fraction(0)), anew
        side = Fraction(0) if rule.kind == "ratio" else side * rule.bases[at] / rule.unit
        return Priced(rule, at, price, rates, {}, side), anew

    def may_be_priced(self, rule: Family, at: int, where: dict[tuple[int, int], bool]) -> bool:
        """Whether every plan meets a limit's linear row, or (unless it proves that there is none) pays for it."""
        if rule.enforcement != "hard" and (self.is_infeasible or rule.enforcement == "report"): return False
        if not rule.is_if_funded: return True  # else: the row must hold where nothing of the group is funded
        if rule.name not in self.pinned:  # the groups of which a pin funds a cell
            self.pinned[rule.name] = {layer[cell] for layer in rule.layers for cell in self.it.forced}
        taken = {layer[cell] for layer in rule.layers for (cell, _), is_taken in where.items() if is_taken}
        if rule.kind != "ratio" and (at in self.pinned[rule.name] or at in taken): return True
        if rule.kind == "ratio" or min(rule.measure.reached, default=1) <= 0: return False
        if rule.basis is None: return rule.sign * rule.value * rule.bases[at] >= 0
        if rule.of_layers is rule.layers: return min(rule.basis.reached, default=1) > 0
        return rule.sign * rule.value >= 0 and not self.may_be_negative(rule.basis, [0] * len(self.it.cells))

    def may_be_negative(self, measure: Measure, layer: Sequence[int]) -> bool:
        if measure.kind != "amount": return False
        amounts, start = self.it.sums(measure, self.it.columns), self.it.start
        return any(min(amounts[start[cell] : start[cell + 1]]) < 0 for cell, group in enumerate(layer) if group >= 0)

    def price(self, text: Any) -> Fraction:
        price, most = canonical(text), 24 if self.is_infeasible else 12
        if price <= 0 or len(text.replace(".", "").lstrip("0")) > most: raise ValueError(f'"{text}" is no price')
        return price

def cover(leaves: list[dict[tuple[int, int], bool]]) -> bool:
    """Whether every choice of options meets the assumptions of one leaf; ValueError: of two."""
    if len(leaves) > 1 and not all(leaves): raise ValueError
    if not all(leaves) or not leaves: return len(leaves) == 1
    counts = Counter(decision for where in leaves for decision in where)
    cell, option = min(counts, key=lambda decision: (-counts[decision], decision))
    def assumed(is_taken: bool) -> Iterator[dict[tuple[int, int], bool]]:
        for where in leaves:  # what a leaf still assumes once the option is taken, or avoided
            met = {d: t for d, t in where.items() if d == (cell, option) or (is_taken and d[0] == cell)}
            if all(t == (is_taken and d[1] == option) for d, t in met.items()):
                yield {d: t for d, t in where.items() if d not in met}
    return cover([*assumed(True)]) and cover([*assumed(False)])

# ---- 8. The bound of a leaf ----------------------------------------------------------------------------------

class Meter(NamedTuple):  # what couples a merchant's cells: an amount that may not pass `bound`, or earns at it
    bound: int
    reward: int | None  # None: a limit
    gate: set[int] | None  # cells of which one must be funded for the limit to hold; None: it always does
    terms: list[tuple[Sequence[int], int, set[int]]]  # amounts of options, weight, cells

Charge = tuple[Measure, list[Any], dict[int, Fraction]]  # of a written unit, by group: measure, layers, rates

class Prover:  # the best that prices leave, merchant by merchant
    def __init__(self, it: Instance, plan: Plan, proof: Certificate, budget: int) -> None:
        self.it, self.is_infeasible, self.budget, booked = it, proof.is_infeasible, budget, sorted(plan.booked)
        self.columns = {name: [*own, *(plan.held[name][cell] for cell in booked)] if booked else own
                        for name, own in it.columns.items()}
        self.spans = [range(*pair) for pair in pairwise(it.start)]  # options of every cell
        for at, cell in enumerate(booked, len(it.options)): self.spans[cell] = range(at, at + 1)  # what it holds
        self.size = len(it.options) + len(booked)
        self.forced = it.forced | {cell: self.spans[cell][0] for cell in booked}
        self.forbidden = it.forbidden - self.forced.keys()
        begins = [cell for cell, own in enumerate(it.merchant) if not cell or own != it.merchant[cell - 1]]
        self.ranges = [range(*pair) for pair in pairwise([*begins, len(it.cells)])]  # cells of every merchant
        self.cache: dict[str, Sequence[int]] = {}
        self.inside: dict[int, list[Meter] | None] = {}  # of merchants; None: not searched here
        for rule, members in proof.members.items():
            for at, (cells, others) in members.items():
                if cells: self.add_inside(proof.families[rule], at, cells, others)
        self.rewards, self.apart = ([], Fraction(0)) if self.is_infeasible else self.count_rewards()

    def amounts(self, measure: Measure) -> Sequence[int]:  # of every option
        if measure.text not in self.cache:
            own = [1] * self.size if measure.kind == "cells" else self.it.sums(measure, self.columns)
            self.cache[measure.text] = own
        return self.cache[measure.text]

    def add_inside(self, rule: Family, at: int, cells: set[int], others: set[int]) -> None:
        owner, sign, measure = self.it.merchant[min(cells)], rule.sign, rule.measure
        side = sign * rule.value * rule.bases[at] / rule.unit if not rule.basis else Fraction(0)
        parts = [(measure, Fraction(sign, 10**measure.digits), cells)]
        if measure.kind == "merchants" and not rule.basis:  # counts 0 or 1: what it has to reach, or not
            least, may = measure.reached[owner] if measure.inner else 1, [sign * count <= side for count in (0, 1)]
            unit = -1 if may == [False, True] else 1
            parts, side = [(measure.inner or CELLS, Fraction(unit), cells)], Fraction(-least if unit < 0 else least - 1)
            if may[0] == may[1]: side = Fraction(10**60 if may[0] else -(10**60))
        elif rule.basis: parts.append((rule.basis, -sign * rule.value / 10**rule.basis.digits, others))
        if any(own.kind == "merchants" for own, _, _ in parts) or self.inside.get(owner, []) is None:
            self.inside[owner] = None
            return
        scale = lcm(*(weight.denominator for _, weight, _ in parts))
        terms = [(self.amounts(own), int(weight * scale), where) for own, weight, where in parts]
        meter = Meter(side * scale // 1, None, cells if rule.is_if_funded else None, terms)
        self.inside[owner] = [*(self.inside.get(owner) or []), meter]

    def count_rewards(self) -> tuple[list[Charge], Fraction]:
        """Return what the objective pays for counts as charges, and what is taken apart (docs/files.md)."""
        it, apart, every = self.it, Fraction(0), [0] * len(self.it.cells)
        charges: list[Charge] = [(measure, [every], {0: -weight}) for measure, weight in it.own_counts.items()]
        counts = {measure: set[int]() for measure in it.counts if measure not in it.own_counts}  # who is apart
        for merchant, cells in enumerate(self.ranges if any(measure.inner for measure in counts) else []):
            sizes, stages = [len(self.spans[cell]) + 1 for cell in cells], 1
            for measure in [measure for measure in counts if measure.kind == "merchants"]:
                inner, least = measure.inner, max(measure.reached[merchant], 0) if measure.inner else 1
                own = [self.amounts(inner or CELLS)[o] for cell in cells for o in self.spans[cell]]
                if inner and inner.kind == "amount" and (min(own) < 0 or any(map(it.is_divisible, cells))):
                    counts[measure].add(merchant)
                elif inner and inner.kind == "cells": stages *= min(least, len(cells)) + 1
                else: stages *= -(-least // gcd(*own)) + 1 if any(own) else 1
            if min(prod(sizes), stages) * sum(sizes) > 50_000:
                for measure, alone in counts.items(): alone.update([merchant] if measure.inner else [])
        for measure, alone in counts.items():
            weight, amounts = it.counts[measure], self.amounts(measure.inner or CELLS)
            for merchant in alone:
                ends = [self.ends(amounts, cell) for cell in self.ranges[merchant]]
                most, least = sum(high for _, high in ends), sum(low for low, _ in ends)
                apart += weight * ((most if weight > 0 else least) >= measure.reached[merchant])
            layer = [-1 if merchant in alone else 0 for merchant in it.merchant]
            charges.append((measure, [layer], {0: -weight}))
        return charges, apart

    def ends(self, amounts: Sequence[int], cell: int) -> tuple[int, int]:  # least and most of a cell under pins
        if cell in self.forced: return amounts[self.forced[cell]], amounts[self.forced[cell]]
        own = [0, *(amounts[option] for option in self.spans[cell] if cell not in self.forbidden)]
        return min(own), max(own)

    def leaf(self, leaf: Leaf) -> Fraction | None:
        """Return the bound of a leaf, None where pins and assumptions leave a cell no choice."""
        it, size, goal = self.it, len(self.it.cells), {} if self.is_infeasible else self.it.rates
        charges, constant = [*self.rewards], self.apart + sum((priced.side for priced in leaf.prices), Fraction(0))
        sums: dict[str, tuple[Family, dict[int, Fraction], dict[int, Fraction]]] = {}
        for own in leaf.prices:
            rule, *totals = sums.setdefault(own.family.name, (own.family, {}, {}))
            for summed, more in zip(totals, (own.rates, own.of_rates), strict=True):
                for group, price in more.items(): summed[group] = summed.get(group, Fraction(0)) + price
        for rule, rates, of_rates in sums.values():
            charges.append((rule.measure, rule.layers, rates))
            if rule.basis: charges.append((rule.basis, rule.of_layers, of_rates))
        units = [(m, layers, {g: rate / 10**m.digits for g, rate in rates.items() if rate}) for m, layers, rates in charges]
        scale = lcm(*{r.denominator for *_, rates in units for r in rates.values()}, *{r.denominator for r in goal.values()})
        rates_of = {name: [int(rate * scale)] * size for name, rate in goal.items()}  # of a unit of every cell
        fixed, meters = [0] * size, {owner: own and [*own] for owner, own in self.inside.items()}
        for measure, layers, rates in units:
            whole = {group: int(rate * scale) for group, rate in rates.items()}
            if measure.kind == "merchants": self.add_counts(measure, layers, whole, meters)
            elif whole:
                targets = [(rates_of.setdefault(term, [0] * size), factor) for term, factor in
                           it.terms(measure.text).items()] if measure.kind == "amount" else [(fixed, 1)]
                for cell, group in ((cell, group) for layer in layers for cell, group in enumerate(layer)):
                    if group in whole:
                        for target, factor in targets: target[cell] -= factor * whole[group]
        net = [0] * self.size  # what every option leaves
        for name, own_rates in rates_of.items():
            column = self.columns[name]
            for unit, span in zip(own_rates, self.spans, strict=True):
                for option in span: net[option] += unit * column[option]
        total = self.add_up(leaf, net, fixed, meters)
        return None if total is None else constant + Fraction(total, scale)

    def add_counts(self, measure: Measure, layers: list[Any], whole: dict[int, int], meters: dict[int, Any]) -> None:
        members: dict[tuple[int, int], set[int]] = {}  # every merchant earns or pays where it counts in a group
        for cell, group in ((cell, group) for layer in layers for cell, group in enumerate(layer)):
            if group in whole: members.setdefault((group, self.it.merchant[cell]), set()).add(cell)
        amounts = self.amounts(measure.inner or CELLS)
        for (group, owner), cells in members.items():
            meter = Meter(measure.reached[owner] if measure.inner else 1, -whole[group], None, [(amounts, 1, cells)])
            if meters.setdefault(owner, []) is not None: meters[owner].append(meter)

    def add_up(self, leaf: Leaf, net: list[int], fixed: list[int], meters: dict[int, Any]) -> int | None:
        decided, total = {cell for cell, _ in leaf.where}, 0
        for merchant, cells in enumerate(self.ranges):
            choices = []  # of every cell: (what it leaves, option); -1 nothing, -2 a trace of a mix
            for cell in cells:
                own: Sequence[int] = self.spans[cell]
                must, more = cell in self.forced, fixed[cell]
                if must or cell in decided or cell in self.forbidden:
                    where = {option: taken for (at, option), taken in leaf.where.items() if at == cell}
                    own = [self.forced[cell]] if must else [] if cell in self.forbidden else own
                    own = [option for option in own if where.get(option, True not in where.values())]
                    must = must or True in where.values()
                of_cell = [(more + net[option], option) for option in own]
                if not must: of_cell += [(0, -1), (more, -2)] if of_cell and self.it.is_divisible(cell) else [(0, -1)]
                if not of_cell: return None
                choices.append(of_cell)
            best: int | None = sum(max(of_cell)[0] for of_cell in choices)
            if merchant in meters: best = self.search(cells, choices, meters[merchant])
            if best is None: return None
            total += best
        return total

    def search(self, cells: range, choices: list[list[tuple[int, int]]], meters: list[Meter] | None) -> int | None:
        if meters is None: raise OverBudget
        added = []
        for cell, of_cell in zip(cells, choices, strict=True):
            own = [(meter, [(amounts, w) for amounts, w, where in meter.terms if cell in where]) for meter in meters]
            best: dict[Adds, int] = {}
            for value, option in of_cell:
                at = option if option >= 0 else of_cell[0][1]
                if option == -2 and any(amounts is not self.amounts(CELLS) for _, terms in own for amounts, _ in terms):
                    raise OverBudget  # a mix moves amounts, too
                adds = tuple(None if meter.gate is not None and (option == -1 or cell not in meter.gate) else
                             0 if option == -1 else sum(w * amounts[at] for amounts, w in terms) for meter, terms in own)
                best[adds] = max(value, best.get(adds, value))
            added.append([(value, adds) for adds, value in best.items()])
        return Search(added, meters, self.budget).best()

# ---- 9. The search of a merchant -----------------------------------------------------------------------------

Adds = tuple[int | None, ...]  # what a choice adds to every meter; None: to a limit that does not hold yet
FAR = 10**60

class Search:
    """The best of one choice a cell: partial choices cell by cell, what cannot win or is surpassed left out.

    With any prices p >= 0 on limits no choice is worth more than p x bound plus the best of every cell less p x
    what it adds. What a choice lacks to its cell's best is its loss; losses add up. Narrow rounds find a good choice
    first, and each leaves fewer choices that could beat it; the last one leaves out only what cannot.
    """
    def __init__(self, cells: list[list[tuple[int, Adds]]], meters: list[Meter], budget: int) -> None:
        self.cells, self.meters, self.budget = cells, meters, budget
        self.limits = [m for m, meter in enumerate(meters) if meter.reward is None and meter.gate is None]

    def best(self) -> int | None:
        rewards, losses = sum(max(0, meter.reward or 0) for meter in self.meters) << 20, []
        self.best_prices = prices = self.prices()
        top = rewards + sum(price * meter.bound for price, meter in zip(prices, self.meters, strict=True))
        for choices in self.cells:
            left = [((v << 20) - sum(p * (a or 0) for p, a in zip(prices, adds, strict=True)), v, adds) for v, adds in choices]
            most = max(own for own, _, _ in left)
            top += most
            losses.append(sorted(((most - own, v, adds) for own, v, adds in left), key=lambda each: each[0]))
        found: int | None = None
        for width in (8, 64, 512, 0):
            room = None if found is None else top - (found << 20)
            self.floor = ((found or 0) << 20) - rewards  # what a choice has to be worth to be better
            reached = self.run(losses, room, width)
            found = reached if found is None or (reached is not None and reached > found) else found
        return found

    def run(self, losses: list[Any], room: int | None, width: int) -> int | None:
        """Return the best found that loses less than `room`; of partial choices the best `width` are kept (0: all)."""
        value, start, rest = 0, tuple(None if meter.gate is not None else 0 for meter in self.meters), []
        for choices in losses:
            left = [each for each in choices if room is None or each[0] < room]
            if not left: return None
            if len(left) > 1: rest.append(left)
            else: value, start = value + left[0][1], tuple(map(plus, start, left[0][2]))
        rest.sort(key=lambda left: left[1][0], reverse=not width)
        self.set_ends(rest)
        tails = [self.tail(rest, factor) for factor in (0, 8, 12, 14, 15, 16, 17, 18, 20, 24, 48)]
        states = {s: (value, 0) for s in [self.settled(start, 0)] if s is not None}  # amounts -> value, loss
        for place, choices in enumerate(rest, 1):
            self.budget -= len(states) * len(choices)
            if self.budget < 0: raise OverBudget
            after: dict[Adds, tuple[int, int]] = {}
            for amounts, (value, loss) in states.items():
                for more, gain, adds in choices:
                    if room is not None and loss + more >= room: break
                    new = self.settled(tuple(map(plus, amounts, adds)), place)
                    if new is not None and (new not in after or after[new][0] < value + gain):
                        after[new] = value + gain, loss + more
            states = self.unsurpassed(after)
            if len(states) > 8:  # no completion is worth more than prices near the best say
                most = {state: (own[0] << 20) + min(tail[place] - sum([p * (state[m] or 0) for m, p in prices])
                                                    for prices, tail in tails) for state, own in states.items()}
                kept = sorted(most, key=most.__getitem__, reverse=True)[: width or None]
                states = {state: states[state] for state in kept if most[state] > self.floor or room is None}
        earned = ((meter.reward or 0) * ((amount or 0) >= meter.bound) for state in states for meter, amount in
                  zip(self.meters, state, strict=True))
        totals = [value + sum(next(earned) for _ in self.meters) for value, _ in states.values()]
        return max(totals, default=None)

    def tail(self, cells: list[Any], factor: int) -> tuple[list[tuple[int, int]], list[int]]:
        """Return other prices, and what they say is the most that the cells which are left can bring."""
        prices = [(m, self.best_prices[m] * factor // 16) for m in self.limits if self.best_prices[m]]
        sums = [sum(p * self.meters[m].bound for m, p in prices)]
        for choices in reversed(cells):
            sums.append(sums[-1] + max((v << 20) - sum(p * adds[m] for m, p in prices) for _, v, adds in choices))
        return prices, sums[::-1]

    def set_ends(self, cells: list[Any]) -> None:
        """Set what the cells that are left can add at least and at most, after each number of them."""
        self.least, self.most = [[0] * len(self.meters)], [[0] * len(self.meters)]
        for choices in reversed(cells):
            columns = [[add or 0 for add in column] for column in zip(*(adds for *_, adds in choices), strict=True)]
            self.least.insert(0, [low + min(own) for low, own in zip(self.least[0], columns, strict=True)])
            self.most.insert(0, [high + max(own) for high, own in zip(self.most[0], columns, strict=True)])

    def settled(self, amounts: Adds, place: int) -> Adds | None:
        """Replace amounts whose fate no cell to come can change by one sign; None: a limit cannot hold any more."""
        result: list[int | None] = []
        for meter, amount, least, most in zip(self.meters, amounts, self.least[place], self.most[place], strict=True):
            if amount is None: result.append(None)
            elif meter.reward is None:
                if amount + least > meter.bound: return None
                result.append(-FAR if amount + most <= meter.bound else amount)
            else: result.append(FAR if amount + least >= meter.bound else -FAR if amount + most < meter.bound else amount)
        return tuple(result)

    def unsurpassed(self, states: dict[Adds, tuple[int, int]]) -> dict[Adds, tuple[int, int]]:
        """Drop what another matches at no more of the first limit and no less value, all else being equal."""
        if not self.limits or len(states) < 2: return states
        first, best, result = self.limits[0], dict[Adds, int](), dict[Adds, tuple[int, int]]()
        for state in sorted(states, key=lambda state: (state[first] or 0, -states[state][0])):
            rest = state[:first] + state[first + 1 :]
            if rest not in best or states[state][0] > best[rest]: best[rest], result[state] = states[state][0], states[state]
        return result

    def prices(self) -> list[int]:
        """Return good prices on the limits, in 2^-20 of a value's unit; any are right."""
        prices = [0] * len(self.meters)
        for m in self.limits * (3 if len(self.limits) > 1 else 1):
            bound = self.meters[m].bound
            lines = [[((v << 20) - sum(prices[k] * (adds[k] or 0) for k in self.limits if k != m), adds[m] or 0)
                      for v, adds in choices] for choices in self.cells]
            def point(price: int, lines: Any = lines, bound: int = bound) -> tuple[int, int, int]:
                best = [max((value - price * add, -add) for value, add in choices) for choices in lines]
                return sum(v for v, _ in best) + price * bound, price, bound + sum(less for _, less in best)
            low, high = point(0), point(1 << 20)  # the bound at a price, the price, how the bound changes with it
            while high[2] < 0 and high[1] < 1 << 200: high = point(high[1] << 4)
            for _ in range(60):  # where the two lines meet lies a better point, until one of them is best
                if low[2] >= 0 or high[2] <= low[2]: break
                price = (high[0] - low[0] + low[2] * low[1] - high[2] * high[1]) // (low[2] - high[2])
                if not low[1] < price < high[1]: break
                middle = point(price)
                low, high = (middle, high) if middle[2] < 0 else (low, middle)
            prices[m] = min(low, high)[1]
        return prices

def plus(amount: int | None, more: int | None) -> int | None:
    return amount if more is None else (amount or 0) + more

def bound_of(it: Instance, proof: Certificate, values: list[Fraction], is_whole: bool) -> str:
    """Return the largest leaf as it must be written: up, or where all is whole down to a multiple of the divisor."""
    if not values: return ""
    if proof.is_infeasible: return exact(Fraction(-(-max(values) * 10**12 // 1), 10**12))
    if is_whole:
        numbers = [Fraction(gcd(*it.worth), it.scale), *(w for m, w in it.counts.items() if m not in it.own_counts)]
        unit = lcm(*(each.denominator for each in numbers))
        divisor = Fraction(gcd(*(int(each * unit) for each in numbers)), unit)
        if divisor: return exact(max(values) // divisor * divisor)
    return text_of(-(-max(values) * 10**VALUE_DIGITS // 1), VALUE_DIGITS)

# ---- 10. summary.json ----------------------------------------------------------------------------------------

def share(part: int, whole: int) -> str:
    return rounded(Fraction(part, whole), 12) if whole else "0"

def fairness(it: Instance, plan: Plan) -> dict[str, Any]:
    pool, size, of_tier = it.pools[0], len(it.merchants), dict[str, list[int]]()
    used, funded = [0] * size, [0] * size
    for cell, merchant in enumerate(it.merchant):
        used[merchant] += plan.held[pool.name][cell]
        funded[merchant] |= plan.is_funded[cell]
    for at, name in enumerate(it.merchants): of_tier.setdefault(it.tiers.get(name, ""), []).append(at)
    whole, rising, groups = sum(used), sorted(used), []
    for tier, own in sorted(of_tier.items()):
        amount, active = sum(used[at] for at in own), sum(funded[at] for at in own)
        groups.append({"group": tier, "used": text_of(amount, pool.decimals, False), "share": share(amount, whole),
                       "merchants": len(own), "funded_merchants": active})
    tops = {str(percent): share(sum(rising[size - -(-percent * size // 100) :]), whole) for percent in (1, 5, 10)}
    spread = sum((2 * at - size - 1) * amount for at, amount in enumerate(rising, 1))
    return {"measure": pool.name, "shares": [{"column": "tier", "groups": groups}] if it.has_tiers else [],
            "top_shares": tops, "gini": share(spread, size * whole), "coverage": share(sum(funded), size)}

def why_left(it: Instance, plan: Plan) -> dict[str, str]:
    """Return of every pool why something is left of it (docs/files.md)."""
    is_saturated, steps = True, {pool.name: 0 for pool in it.pools}  # the least that a better choice draws more
    seen: dict[str, list[int]] = {pool.name: [] for pool in it.pools}
    for cell, (begin, end) in enumerate(pairwise(it.start)):
        pairs = plan.rows.get(cell, [(-2, WHOLE)])  # -2: nothing
        option, fraction = pairs[-1]
        reached, best = it.worth[option] if option >= 0 else 0, max(0, *it.worth[begin:end])
        is_mixed = option == -1 or fraction != WHOLE
        is_saturated &= not is_mixed and reached == best
        better = [other for other in range(begin, end) if it.worth[other] > reached]
        for name, own in seen.items():
            cost, drawn = it.columns[name], it.columns[name][option] if option >= 0 else 0
            if better or reached < 0: own.append(min([*(cost[o] - drawn for o in better), *[-drawn] * (reached < 0)]))
            if is_mixed: own.append(-(2**60))
    steps = {name: min(own, default=0) for name, own in seen.items()}
    left = {pool.name: pool.amount - sum(plan.held[pool.name]) for pool in it.pools}
    return {pool.name: "used_up" if not left[pool.name] else "unused" if pool.is_unused else "saturated" if is_saturated
            else "indivisible" if steps[pool.name] > left[pool.name] else "rules" for pool in it.pools}

def expected_summary(it: Instance, plan: Plan, facts: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """Return what summary.json must say; `said` is what it says, for what nobody can recompute."""
    totals, why, pools = {name: sum(own) for name, own in plan.held.items()}, why_left(it, plan), []
    conversions, is_alone = Fraction(totals["conversions"], 10**VALUE_DIGITS), it.goal == {"conversions": 1}
    is_alone = is_alone and not it.counts and not it.caution
    for pool in it.pools:
        price, used = Fraction(facts["prices"].get((f"pool:{pool.name}", 0), "0")), totals[pool.name]
        figures = {"amount": pool.amount, "used": used, "left": pool.amount - used}
        cost = rounded(Fraction(used, 10**pool.decimals) / conversions, 6) if conversions > 0 else None
        marginal = rounded(1 / price, 6) if is_alone and price > 0 else None
        pools.append({"pool": pool.name, "unit": pool.unit, "decimals": pool.decimals, "why_left": why[pool.name],
                      **{key: text_of(units, pool.decimals, False) for key, units in figures.items()},
                      "price": exact(price), "cost_per_conversion": cost, "marginal_cost_per_conversion": marginal})
    written = dict(said["settings"]) if isinstance(said.get("settings"), dict) else {}
    stages = {"stages": [aim_of(it, at) for at in range(1, len(it.stages) + 1)]} if it.stages else {}
    name = it.settings["name"]
    settings = it.settings | {"name": name if written.get("name") == name else it.name, "divisible": it.divisible,
        "objective": {"maximise": aim_of(it, 0)["maximise"], "caution": exact(it.caution), **stages},
        "measures": {key: {term: exact(w) for term, w in terms.items()} for key, terms in it.measures.items()
                     if not key.startswith("stage:")},
        **{key: text for key, text in it.asked.items() if key in written}}
    statuses, num_limits = facts["statuses"], sum(facts["statuses"].values())
    counts = {"merchants": len(it.merchants), "funded_merchants": len({it.merchant[cell] for cell in plan.rows}),
              "cells": len(it.cells), "funded_cells": len(plan.rows), "options": len(it.options),
              "rules": facts["num_rules"], "limits": num_limits, **{key: statuses[key] for key in ("met", "binding", "broken")},
              "limits_not_listed": statuses["met"] if num_limits > 1_000_000 else 0}
    result = {"contract": 1, "instance": it.name, "best_effort": facts["num_broken"] > 0, "pools": pools,
              "values": {key: text_of(totals[key], VALUE_DIGITS) for key in it.values}, "counts": counts,
              "penalties": exact(facts["penalties"]), "fairness": fairness(it, plan), "settings": settings}
    if it.stages: result["stages"] = facts["stages"]
    if not facts["num_broken"]: result |= expected_bounds(it, facts["objective"], facts["certified"], said, said)
    else:  # nothing bounds a plan that breaks rules
        names = ("bound", "gap", "bound_by", "claimed_bound", "certified_bound", "certified_gap")
        result |= {"objective": exact(facts["objective"]), "status": "stopped", **dict.fromkeys(names)}
    return result | expected_claims(said)

def aim_of(it: Instance, at: int) -> dict[str, Any]:
    """Return what a stage aims at (0: the last one), as settings list it."""
    stage = it.stages[at - 1] if at else Stage(it.weights, {}, 1, Fraction(0))
    if stage.worst:
        rule = Family(it, floor_of(it, at, Fraction(1)) | {"kind": "", "measure": stage.worst["measure"]})
        return {"worst": {"measure": rule.measure.text, "by": ";".join(rule.by), "where": stage.worst["where"],
                          "basis": rule.basis_name, "k": stage.k}, "within": exact(stage.within)}
    (own := copy(it)).aim(stage.weights)
    weights = own.goal | {measure.text: weight for measure, weight in own.counts.items()}
    return {"maximise": {name: exact(weight) for name, weight in weights.items()}, "within": exact(stage.within)}

def expected_bounds(it: Instance, objective: Fraction, certified: Fraction | None, own: dict[str, Any],
                    said: dict[str, Any]) -> dict[str, Any]:
    """Return how objective, bounds, gaps and status must tie; a claim of `own` stands only below what is proven."""
    try: bound: Fraction | None = canonical(own.get("claimed_bound"))
    except ValueError: bound = certified
    if bound is None or (certified is not None and certified <= bound) or (bound < objective and it.divisible is False):
        bound = certified
    gaps = [None if one is None else (one - objective) / max(abs(objective), Fraction(1, 10**9)) for one in (bound, certified)]
    try: is_met = gaps[0] is not None and gaps[0] <= canonical(said["options"]["gap"])
    except WRONG: is_met = False
    bound_text, proven = (None if one is None else exact(one) for one in (bound, certified))
    gap, proven_gap = (None if one is None else rounded(one, 12) for one in gaps)
    by = None if bound is None else "certificate" if bound == certified else "solver"
    return {"objective": exact(objective), "bound": bound_text, "gap": gap, "bound_by": by, "certified_bound": proven,
            "claimed_bound": bound_text if by == "solver" else None, "certified_gap": proven_gap,
            "status": "optimal" if gaps[0] == 0 else "within_gap" if is_met else "stopped"}

def expected_claims(said: dict[str, Any]) -> dict[str, Any]:
    """Return what nobody can recompute, as it is said where it can stand there."""
    def is_decimal(value: Any) -> bool:
        try: return canonical(value) >= 0
        except ValueError: return False
    def are_texts(value: Any) -> bool:
        return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
    def are_numbers(value: Any) -> bool:
        return are_texts(value) and all(NUMBER.fullmatch(text) for text in value.values())
    def is_lottery(value: Any) -> bool:
        names = ("seed", "classes", "merchants", "unequal")
        if not isinstance(value, dict) or [type(value.get(name)) for name in names] != [int] * len(value): return False
        _, classes, merchants, unequal = own = [value[name] for name in names]
        return bool(min(own) >= 0 and unequal <= merchants >= 2 * classes)
    options = said["options"] if isinstance(said.get("options"), dict) else {}
    is_asked = options.keys() == {"gap", "time_limit", "threads", "seed"} and all(
        type(options[key]) is int and options[key] >= least for key, least in (("threads", 1), ("seed", 0)))
    can_stand = {"reproducible": isinstance(said.get("reproducible"), bool), "versions": are_texts(said.get("versions")),
                 "timings": are_numbers(said.get("timings")), "method": said.get("method") in
                 ("auto", "monolithic", "lagrangian"), "inputs": isinstance(said.get("inputs"), dict), "overrides": True,
                 "options": is_asked and is_decimal(options["gap"]) and is_decimal(options["time_limit"])}
    if "kept" in said: can_stand["kept"] = True  # looked at before
    if "lottery" in said: can_stand["lottery"] = said["lottery"] is None or is_lottery(said["lottery"])
    return {key: said.get(key) if is_so else f"({key} as docs/files.md says)" for key, is_so in can_stand.items()}

def overrides_of(said: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the overrides of a summary; they stand by key, unless one undoes part of another."""
    try:
        overrides = [(one["key"], one["value"]) for one in said["overrides"]]
        if flat(said["overrides"]) != flat([{"key": str(k), "value": str(v)} for k, v in overrides]): raise TypeError
    except WRONG: raise Stop(INVALID, "summary.json, overrides", "", "is no list of keys and values") from None
    targets = sorted(re.sub(r'["\s]', "", key) + "." for key, _ in overrides)
    is_free = not any(after.startswith(before) for before, after in pairwise(targets))
    if is_free and overrides != sorted(overrides): note(FAILED, "summary.json, overrides", "", "do not stand by key")
    return overrides

def kept_of(it: Instance, said: dict[str, Any]) -> dict[int, int]:
    """Return the cells that the plan had to keep, and their options."""
    if "kept" not in said: return {}
    try:
        kept, keys = said["kept"], (*it.keys, "option")
        rows = [tuple(each[key] for key in keys) for each in kept["cells"]]
        anew = {"file": kept["file"], "sha256": kept["sha256"], "cells": [dict(zip(keys, r, strict=True)) for r in rows]}
        is_known = kept["file"] in ("plan.csv", "plan.parquet") and re.fullmatch("[0-9a-f]{64}", kept["sha256"])
        if anew != kept or not is_known or any(one[:-1] >= two[:-1] for one, two in pairwise(rows)):
            raise ValueError("file, sha256, or cells that do not rise")
        found = {it.place[row[:-1]]: it.option(it.place[row[:-1]], row[-1]) for row in rows}
        if any(it.forced.get(cell, option) != option for cell, option in found.items()): raise ValueError("it unpins a cell")
        return found
    except WRONG as error: raise Stop(FAILED, "summary.json, kept", "", f"is not what it can be: {error!r}") from error

def families_of(it: Instance, floors: list[dict[str, Any]], is_last: bool = True) -> list[Family]:
    """Return the limits of pools and rules, and of what earlier stages reached; soft rules are the last stage's."""
    pools = [{"rule": f"pool:{p.name}", "measure": p.name, "value": text_of(p.amount, p.decimals)} for p in it.pools]
    rules = [Family(it, row) for row in sorted((*it.rules, *floors), key=lambda row: str(row["rule"]))]
    for rule in rules if not is_last else ():
        if rule.enforcement == "soft": rule.enforcement, rule.penalty = "report", Fraction(0)
    return [*(Family(it, row) for row in pools), *rules]

def objective_of(it: Instance, plan: Plan, penalties: Fraction) -> Fraction:
    every = [[0] * len(it.cells)]
    value = sum((rate * sum(plan.held[name]) for name, rate in it.rates.items()), -penalties)
    return value + sum(weight * plan.of_groups(measure, every, 1)[0] for measure, weight in it.counts.items())

def prove(it: Instance, plan: Plan, families: list[Family], proof: Certificate, budget: int) -> tuple[Leaf | None, Fraction]:
    """Recompute a bound; return the leaf whose prices limits.csv shows, the first that reaches it, and the bound."""
    file, cells = proof.file, {cell for leaf in proof.leaves for cell, _ in leaf.where}
    if any(cell in plan.booked or it.is_divisible(cell) for cell in cells):
        note(FAILED, f"{file}, where", "", "decides on a cell that is booked or divisible")
    try:
        if not cover([leaf.where for leaf in proof.leaves]): note(FAILED, file, "", "leaves do not cover all choices")
    except ValueError: note(FAILED, file, "", "two leaves have a choice in common")
    try:
        prover = Prover(it, plan, proof, budget)
        values = [(value, leaf) for leaf in proof.leaves if (value := prover.leaf(leaf)) is not None]
    except OverBudget:
        note(UNCHECKED, f"{file}, bound", proof.bound, "is not checked: a merchant's search is too long, see --help")
        return proof.leaves[0], Fraction(canonical(proof.bound))
    has_soft = any(rule.enforcement == "soft" for rule in families)
    is_whole = not has_soft and not plan.booked and it.divisible is False
    text = bound_of(it, proof, [value for value, _ in values], is_whole)
    if proof.bound != text: note(FAILED, f"{file}, bound", proof.bound, f'must be "{text}": that is what it proves')
    if proof.is_infeasible and (not values or max(value for value, _ in values) >= 0):
        note(FAILED, f"{file}, bound", text, "does not prove that no plan exists: a leaf is not below 0")
    return max(values, key=lambda pair: pair[0])[1] if values else None, Fraction(text or 0)

# ---- 11. Stages of the objective, and all in order -------------------------------------------------------------

def floor_of(it: Instance, at: int, value: Fraction) -> dict[str, Any]:
    """Return the rule by which all later stages hold what a stage, from 1, has reached."""
    stage, name = it.stages[at - 1], f"stage:{at}"
    row: dict[str, Any] = {**stage.worst, "rule": name, "sense": "at_least", "value": value}
    if stage.k > 1: row |= {"kind": "top", "k": str(stage.k), "measure": name, "sense": "at_most", "value": -value}
    elif not stage.worst and name in it.measures: row["measure"] = name
    elif not stage.worst:  # a count; a weight below zero keeps it small
        (own := copy(it)).aim(stage.weights)
        ((measure, weight),) = own.counts.items()
        row |= {"measure": measure.text, "value": value / weight, "sense": "at_least" if weight > 0 else "at_most"}
    return row

def of_worst(plan: Plan, rule: Family) -> tuple[Fraction, Fraction]:
    """Return the unit in which the worst-off is measured, and what it gets, rounded down to such units."""
    unit = 10**rule.measure.digits
    step = Fraction(1, unit if rule.basis_name == "absolute" else 10**VALUE_DIGITS)
    amounts = plan.of_groups(rule.measure, rule.layers, len(rule.texts))
    if rule.kind == "top": least = Fraction(-sum(sorted(amounts, reverse=True)[: rule.num_largest]), unit)
    else: least = min((Fraction(amount * rule.unit, basis * unit) if basis else Fraction(0)
                       for amount, basis in zip(amounts, rule.bases, strict=True)), default=Fraction(0))
    return step, least // step * step

def check_stage(it: Instance, folder: Folder, said: dict[str, Any], floors: list[dict[str, Any]], budget: int) -> Any:
    """Recompute the stage after `floors`; return what summary.json must say of it, and add its floor."""
    at, listed, file = len(floors) + 1, said.get("stages"), f"certificate-{len(floors) + 1}.json"
    stage, it = it.stages[at - 1], copy(it)
    it.aim(stage.weights)
    plan, families = Plan(it, folder, f"plan-{at}"), families_of(it, floors, is_last=False)
    judged = [(rule, *judge(it, plan, rule)) for rule in families]
    for rule, one in broken_of(judged): note(FAILED, f"plan-{at}.csv, rule {rule.name}", one.group, "is broken")
    own = listed[at - 1] if isinstance(listed, list) and len(listed) >= at and isinstance(listed[at - 1], dict) else {}
    certified, step = None, None
    if stage.worst:
        step, objective = of_worst(plan, Family(it, floor_of(it, at, Fraction(1))))
        try: certified = canonical(own["certified_bound"]) // step * step
        except WRONG: certified = None
        if certified is not None: families = families_of(it, [*floors, floor_of(it, at, certified + step)], is_last=False)
    else: objective = objective_of(it, plan, Fraction(0))
    if not stage.worst or certified is not None:
        proof = Certificate(it, families, file, folder.document(file))
        _, bound = prove(it, plan, families, proof, budget)
        certified = certified if stage.worst else bound
        if proof.is_infeasible != bool(stage.worst): note(FAILED, f"{file}, kind", "", "is not that of this stage")
        if certified is not None and certified < objective and it.divisible is False:
            note(FAILED, file, exact(certified), "is below what the stage's plan reaches")
    elif file in folder.names: note(INVALID, file, "", "proves what summary.json does not claim")
    reached = objective - stage.within * abs(objective)
    floors.append(floor_of(it, at, reached))
    return {"stage": at, **expected_bounds(it, objective, certified, own, said), "floor": exact(reached),
            "step": None if step is None else exact(step)}

Judged = tuple[Family, list[Limit], Fraction]

def broken_of(judged: list[Judged]) -> list[tuple[Family, Limit]]:
    return [(rule, one) for rule, own, _ in judged if rule.enforcement == "hard" for one in own if one.is_broken]

def check(instance: Path, plan_path: Path, exported: Path | None, budget: int) -> str:
    """Check all, in order; return what was recomputed."""
    folder, source = Folder(plan_path, exported), Folder(instance, exported)
    said = folder.document("summary.json")
    overrides = overrides_of(said)
    for key, text in overrides: print(f"override: {key} = {text}")
    check_inputs(source, said)
    try:
        it = Instance(source, overrides)
        families = families_of(it, [floor_of(it, at, Fraction(1)) for at in range(1, len(it.stages) + 1)])
    except WRONG as error:
        raise Stop(INVALID, instance, "", f"is no instance: {error or error!r} (`fairpool check` says more)") from error
    before, floors = range(1, len(it.stages) + 1), list[dict[str, Any]]()
    tables = [f"{stem}{end}" for stem in ("plan", "booked", "limits", *(f"plan-{at}" for at in before))
              for end in (".csv", ".parquet")]
    proofs = ["certificate.json", *(f"certificate-{at}.json" for at in before)]
    for name in sorted(folder.names - {*tables, *proofs, "summary.json"}): note(INVALID, name, "", "is no file of a plan folder")
    it.forced |= kept_of(it, said)
    stages = [check_stage(it, folder, said, floors, budget) for _ in before if said.get("best_effort") is not True]
    families = families_of(it, floors) if it.stages else families
    plan = Plan(it, folder)
    judged = [(rule, *judge(it, plan, rule)) for rule in families]
    penalties = sum((rule.penalty * over for rule, _, over in judged), Fraction(0))
    objective, num_before = objective_of(it, plan, penalties), len(FINDINGS)
    proof = Certificate(it, families, "certificate.json", folder.document("certificate.json"))
    leaf, certified = prove(it, plan, families, proof, budget)
    broken = broken_of(judged)
    is_excused = said.get("best_effort") is True and proof.is_infeasible and len(FINDINGS) == num_before
    for rule, one in broken:
        if not is_excused or rule.name.startswith("pool:"):
            note(FAILED, f"rule {rule.name}", one.group, f"is broken: {one.used} is used, the limit is {one.limit}")
    if proof.is_infeasible and not broken: note(FAILED, "certificate.json", "", "says that no plan exists; here is one")
    prices = {(own.family.name, own.at): exact(own.price) for own in leaf.prices} if leaf and not proof.is_infeasible else {}
    statuses = check_limits(folder, judged, prices)
    facts = {"prices": prices, "num_broken": len(broken), "certified": certified, "objective": objective, "stages": stages,
             "penalties": penalties, "statuses": statuses, "num_rules": len(families) - len(it.pools)}
    compare("summary.json", said, expected_summary(it, plan, facts, said))
    if not proof.is_infeasible and it.divisible is False and certified < objective:
        note(FAILED, "certificate.json, bound", proof.bound, "is below what the plan itself reaches")
    of_stages = f", {len(stages)} stages before the last" if stages else ""
    return (f"recomputed: {plan.num_rows} rows, {len(it.cells)} cells, {len(it.options)} options, {len(proof.leaves)} "
            f"leaves of the certificate, {sum(statuses.values())} limits{of_stages}; objective {exact(objective)}, "
            f"certified bound {proof.bound}")

def check_inputs(source: Folder, said: dict[str, Any]) -> None:
    stems = ("pools", "options", *TABLE_OF.values(), "rules", "pins", "actuals")
    known = {"settings.toml", *(f"{stem}{end}" for stem in stems for end in (".csv", ".parquet"))}
    inputs = said["inputs"] if isinstance(said.get("inputs"), dict) else {}
    known |= {"SHA256SUMS"} & inputs.keys()  # need not be named
    found = {name: hashlib.sha256(source.data(name) or b"").hexdigest() for name in sorted(known & source.names)}
    for name in sorted({*found, *inputs}):
        if inputs.get(name) != found.get(name): note(FAILED, name, "", "has changed since the plan was made")

def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("instance", type=Path)
    parser.add_argument("plan", type=Path)
    parser.add_argument("--csv", type=Path, metavar="FOLDER", help="where Parquet tables of both stand as CSV")
    parser.add_argument("--budget", type=int, default=2_000_000, metavar="N", help="steps of a merchant's search")
    asked, done = parser.parse_args(arguments), "stopped there: nothing else was checked"
    FINDINGS.clear()
    sys.setrecursionlimit(20_000)
    try: done = check(asked.instance, asked.plan, asked.csv, asked.budget)
    except Stop as stop: note(*stop.args)
    for _, text in FINDINGS[:100]: print(text)
    if len(FINDINGS) > 100: print(f"... {len(FINDINGS) - 100} more")
    code = next((kind for kind in (UNREADABLE, INVALID, FAILED, UNCHECKED) if kind in {k for k, _ in FINDINGS}), OK)
    print(done, {OK: "ok", UNCHECKED: "bound not checked"}.get(code, "NOT ok"), sep="\n")
    return code

if __name__ == "__main__":
    gc.disable()  # millions of objects, hardly any of them garbage: looking for it takes long
    sys.exit(main())
