"""Mutants of a plan folder: each changes what stands in its files and recomputes nothing.

`mutants(instance, plan, seed, count)` yields them class by class, so that every class can be counted apart.
What no verifier can know is left alone: timings, versions, another possible claim of the solver, another
method, other options, and whether the run can be reproduced; so are changes of a proof that leave it one
(`docs/files.md` says so). What cannot stand in these places is a class of its own. A mutant that says the
same as the plan (once its files are parsed) is skipped.
"""

from __future__ import annotations

import copy
import csv
import io
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

Rows = list[list[str]]
_BOM = b"\xef\xbb\xbf"
_KEYS = ("merchant", "category", "slot", "segment", "option")
_EXEMPT = ("timings", "versions", "claimed_bound", "method", "options", "reproducible")
_BOUNDS = ("bound", "gap", "bound_by", "claimed_bound", "certified_bound", "certified_gap")
_OPTIONS: dict[str, tuple[Any, ...]] = {
    "gap": ("-0.1", "1e-4", "", "NaN", 0, None, True),
    "time_limit": ("-1", "inf", "soon", 600, None, False),
    "threads": (0, -1, "1", None, True),
    "seed": (-1, "0", None, False),
}
_STATUSES = ("met", "binding", "broken")
_MOST_MISSES = 50


class NotPossibleError(Exception):
    """The plan has nothing that a mutation of this class could change."""


@dataclass
class Files:
    """The files of one plan folder, parsed."""

    tables: dict[str, Rows]
    documents: dict[str, Any]

    @classmethod
    def read(cls, folder: Path) -> Files:
        """Read the CSV and JSON files of a plan folder."""
        tables, documents = {}, {}
        for path in sorted(folder.iterdir()):
            if path.suffix == ".csv":
                text = path.read_bytes().removeprefix(_BOM).decode("utf-8")
                tables[path.name] = list(csv.reader(io.StringIO(text, newline="")))
            elif path.suffix == ".json":
                documents[path.name] = json.loads(path.read_text(encoding="utf-8"))
        return cls(tables, documents)

    def write(self, folder: Path) -> None:
        """Write them as plan folders hold them."""
        for name, rows in self.tables.items():
            out = io.StringIO()
            csv.writer(out, lineterminator="\n").writerows(rows)
            (folder / name).write_bytes(_BOM + out.getvalue().encode("utf-8"))
        for name, document in self.documents.items():
            (folder / name).write_text(json.dumps(document), encoding="utf-8")


Mutation = Callable[[Random, Files], str | None]
"""Changes the files in place; returns a finer name of the class, or None."""


def mutants(instance: Path, plan: Path, seed: int, count: int) -> Iterator[tuple[str, Path]]:
    """Yield (class, folder of a mutant), `count` of them, all classes in turn.

    The folder is removed when the next one is asked for. The instance is not changed: its hashes stay true.
    """
    rng = Random(seed)
    original = Files.read(plan)
    classes = list(MUTATIONS)
    misses: Counter[str] = Counter()
    num_made = 0
    with tempfile.TemporaryDirectory(prefix=f"mutants-{instance.name}-") as home:
        while num_made < count and classes:
            name = classes.pop(0)
            files = copy.deepcopy(original)
            try:
                detail = MUTATIONS[name](rng, files)
            except NotPossibleError:
                files = original
            if files == original:
                misses[name] += 1
                classes += [name] if misses[name] < _MOST_MISSES else []
                continue
            classes.append(name)
            folder = Path(home) / str(num_made)
            folder.mkdir()
            files.write(folder)
            num_made += 1
            yield (f"{name}: {detail}" if detail else name), folder
            shutil.rmtree(folder)


def other_number(rng: Random, text: str) -> str:
    """Return another number of the same look: a step in some place, a sign, a factor of ten, or zero."""
    digits = len(text.partition(".")[2])
    units = int(text.replace(".", ""))
    steps = [1, -1, 10**digits, -(10**digits), rng.randint(2, 999), -rng.randint(2, 999)]
    changed = rng.choice([*(units + step for step in steps), -units, units * 10, units // 10, 0])
    sign, digits_text = ("-" if changed < 0 else ""), str(abs(changed)).rjust(digits + 1, "0")
    return sign + (f"{digits_text[:-digits]}.{digits_text[-digits:]}" if digits else digits_text)


def _is_number(text: object) -> bool:
    if not isinstance(text, str) or not text:
        return False
    return text.lstrip("-").replace(".", "", 1).isascii() and text.lstrip("-").replace(".", "", 1).isdigit()


def _pick(rng: Random, things: list[Any]) -> Any:
    if not things:
        raise NotPossibleError
    return rng.choice(things)


# Tables.


def _number_of(table: str) -> Mutation:
    def mutate(rng: Random, files: Files) -> str:
        rows = files.tables.get(table, [])
        text_columns = (*_KEYS, "rule", "group", "measure", "sense", "status")
        places = [
            (row, column)
            for row in range(1, len(rows))
            for column, text in enumerate(rows[row])
            if rows[0][column] not in text_columns and _is_number(text)
        ]
        wanted = _pick(rng, sorted({rows[0][column] for _, column in places}))
        row, column = rng.choice([place for place in places if rows[0][place[1]] == wanted])
        rows[row][column] = other_number(rng, rows[row][column])
        return str(wanted)

    return mutate


def _text_of(table: str, columns: tuple[str, ...]) -> Mutation:
    def mutate(rng: Random, files: Files) -> str:
        rows = files.tables.get(table, [])
        places = [p for p, name in enumerate(rows[0] if rows else []) if name in columns]
        row, column = _pick(rng, list(range(1, len(rows)))), _pick(rng, places)
        words = {other[column] for other in rows[1:]} | {rows[row][column] + "x", "none", ""}
        words |= set(_STATUSES) if rows[0][column] == "status" else set()
        rows[row][column] = rng.choice(sorted(words))
        return rows[0][column]

    return mutate


def _rows(table: str, change: str) -> Mutation:
    def mutate(rng: Random, files: Files) -> None:
        rows = files.tables.get(table, [])
        row = _pick(rng, list(range(1, len(rows))))
        if change == "dropped":
            del rows[row]
        elif change == "doubled":
            rows.insert(rng.randint(1, len(rows)), list(rows[row]))
        elif change == "cut":
            del rows[row][-1]
        else:
            other = rng.randrange(1, len(rows))
            rows[row], rows[other] = rows[other], rows[row]
            if len(rows) < 3:
                raise NotPossibleError

    return mutate


def _amount_columns(rows: Rows) -> list[int]:
    return [p for p, name in enumerate(rows[0]) if name not in (*_KEYS, "fraction")]


def _pair_in_plan(rng: Random, files: Files) -> str:
    """Move an amount from one row to another, so that every total stays."""
    rows = files.tables["plan.csv"]
    if len(rows) < 3:
        raise NotPossibleError
    column = rng.choice(_amount_columns(rows))
    first, second = rng.sample(range(1, len(rows)), 2)
    step = rng.choice([1, 1, 100, 10**6])
    _move(rows, column, (first, second), step)
    return rows[0][column]


def _unit_between_merchants(rng: Random, files: Files) -> str:
    """Move the smallest unit from one merchant to another."""
    rows = files.tables["plan.csv"]
    pairs = [(a, b) for a in range(1, len(rows)) for b in range(a + 1, len(rows)) if rows[a][0] != rows[b][0]]
    pair = _pick(rng, pairs[:10_000])
    column = rng.choice(_amount_columns(rows))
    _move(rows, column, pair, 1)
    return rows[0][column]


def _move(rows: Rows, column: int, pair: tuple[int, int], step: int) -> None:
    texts = [rows[row][column] for row in pair]
    digits = max(len(text.partition(".")[2]) for text in texts)
    for row, text, more in zip(pair, texts, (step, -step), strict=True):
        units = int(text.replace(".", "")) * 10 ** (digits - len(text.partition(".")[2])) + more
        sign, written = ("-" if units < 0 else ""), str(abs(units)).rjust(digits + 1, "0")
        rows[row][column] = sign + (f"{written[:-digits]}.{written[-digits:]}" if digits else written)


def _options_swapped(rng: Random, files: Files) -> None:
    """Let two cells trade their options, amounts and all: every total stays."""
    rows = files.tables["plan.csv"]
    first = rows[0].index("option")
    pairs = [
        (a, b)
        for a in range(1, len(rows))
        for b in range(a + 1, len(rows))
        if rows[a][first:] != rows[b][first:]
    ]
    a, b = _pick(rng, pairs[:10_000])
    rows[a][first:], rows[b][first:] = rows[b][first:], rows[a][first:]


def _keys_swapped(rng: Random, files: Files) -> str:
    """Let two rows trade one key."""
    rows = files.tables["plan.csv"]
    column = rng.choice([p for p, name in enumerate(rows[0]) if name in _KEYS])
    pairs = [
        (a, b)
        for a in range(1, len(rows))
        for b in range(a + 1, len(rows))
        if rows[a][column] != rows[b][column]
    ]
    a, b = _pick(rng, pairs[:10_000])
    rows[a][column], rows[b][column] = rows[b][column], rows[a][column]
    return rows[0][column]


def _pair_in_limits(first: str, second: str, sign: int) -> Mutation:
    """Change two figures of one limit so that their sum or difference stays."""

    def mutate(rng: Random, files: Files) -> None:
        rows = files.tables["limits.csv"]
        columns = [rows[0].index(first), rows[0].index(second)]
        chosen = _pick(rng, [row for row in rows[1:] if all(_is_number(row[c]) for c in columns)])
        step = rng.choice([1, -1, 100])
        digits = max(len(chosen[c].partition(".")[2]) for c in columns)
        for column, more in zip(columns, (step, sign * step), strict=True):
            text = chosen[column]
            units = int(text.replace(".", "")) * 10 ** (digits - len(text.partition(".")[2])) + more
            mark, written = ("-" if units < 0 else ""), str(abs(units)).rjust(digits + 1, "0")
            chosen[column] = mark + (f"{written[:-digits]}.{written[-digits:]}" if digits else written)

    return mutate


# Documents.


def _leaves(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], object]]:
    if isinstance(value, dict) and value:
        for key, part in value.items():
            yield from _leaves(part, (*path, key))
    elif isinstance(value, list) and value:
        for place, part in enumerate(value):
            yield from _leaves(part, (*path, place))
    else:
        yield path, value


def _set(document: Any, path: tuple[Any, ...], value: object) -> None:
    for part in path[:-1]:
        document = document[part]
    document[path[-1]] = value


def _other(rng: Random, value: object) -> object:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + rng.choice([1, -1, 10])
    if isinstance(value, str) and _is_number(value):
        return rng.choice([other_number(rng, value), other_number(rng, value), None])
    if isinstance(value, str):
        return rng.choice([value + "x", value[:-1], "", 1, *_STATUSES])
    return rng.choice(["0", 1, {"x": "1"}, ["1"], True])


def _summary_leaf(rng: Random, files: Files) -> str:
    document = files.documents["summary.json"]
    leaves = [(path, value) for path, value in _leaves(document) if path[0] not in _EXEMPT]
    name = rng.choice(sorted({_named(path) for path, _ in leaves}))
    path, value = rng.choice([leaf for leaf in leaves if _named(leaf[0]) == name])
    _set(document, path, _other(rng, value))
    return name


def _named(path: tuple[Any, ...]) -> str:
    parts = path[:1] if path[0] in ("inputs", "values") else path
    return ".".join("*" if isinstance(part, int) else str(part) for part in parts)


def _summary_key(rng: Random, files: Files) -> str:
    document = files.documents["summary.json"]
    places = [document, document["counts"], document["fairness"], document["settings"], *document["pools"]]
    place = rng.choice(places)
    key = rng.choice(sorted(place))
    if rng.random() < 0.5:
        del place[key]
        return "dropped"
    place[key + "_"] = place[key]
    return "added"


def _summary_options(rng: Random, files: Files) -> str:
    """Let the options say what no command can have been asked for."""
    options = files.documents["summary.json"]["options"]
    key = rng.choice([*_OPTIONS, "dropped", "added"])
    if key == "dropped":
        del options[rng.choice(sorted(options))]
    elif key == "added":
        options["certified"] = True
    else:
        options[key] = rng.choice(_OPTIONS[key])
    return key


def _summary_kind(rng: Random, files: Files) -> str:
    """Let method, `reproducible`, versions or timings be of a kind that they cannot be of."""
    document = files.documents["summary.json"]
    key = rng.choice(["method", "reproducible", "versions", "timings"])
    wrong: dict[str, tuple[Any, ...]] = {
        "method": ("auto", "", "Monolithic", None, 1, True),
        "reproducible": ("true", "false", None, 1, 0),
        "versions": (None, [], {"fairpool": 1}, "0.1.0"),
        "timings": (None, [], {"read_seconds": "soon"}, {"read_seconds": 1}),
    }
    document[key] = rng.choice(wrong[key])
    return key


def _summary_claim(rng: Random, files: Files) -> str:
    """Change the solver's claim alone: a claim stands where it is the bound, and nowhere else."""
    document = files.documents["summary.json"]
    certified, claimed = document["certified_bound"], document["claimed_bound"]
    if certified is None:
        raise NotPossibleError
    if claimed is None:
        document["claimed_bound"] = rng.choice([certified, _stepped(certified, 1), document["objective"], 1])
        if document["claimed_bound"] == document["objective"] == certified:
            return "equal"
        return "added"
    document["claimed_bound"] = rng.choice([None, certified, other_number(rng, claimed)])
    return "changed"


def _best_effort_forged(rng: Random, files: Files) -> str:
    """Say that the plan is a best effort, so that it need not obey (or the reverse)."""
    summary, certificate = files.documents["summary.json"], files.documents["certificate.json"]
    if summary["best_effort"]:
        summary["best_effort"] = False
        return "denied"
    summary |= dict.fromkeys(_BOUNDS) | {"best_effort": True, "status": "stopped"}
    change = rng.choice(["with its own proof", "with its proof renamed", "with no prices", "row dropped"])
    if change == "with its proof renamed":
        certificate |= {"kind": "infeasible", "bound": "-1"}
    elif change == "with no prices":
        certificate |= {"kind": "infeasible", "bound": "0", "leaves": [{"where": [], "prices": []}]}
    elif change == "row dropped":
        rows = files.tables["plan.csv"]
        del rows[_pick(rng, list(range(1, len(rows))))]
    return change


def _overrides_reordered(rng: Random, files: Files) -> None:
    overrides = files.documents["summary.json"]["overrides"]
    if len(overrides) < 2:
        raise NotPossibleError
    rng.shuffle(overrides)


def _summary_override(rng: Random, files: Files) -> None:
    document = files.documents["summary.json"]
    pool = rng.choice(document["pools"])
    document["overrides"].append({"key": f"pools.{pool['pool']}", "value": other_number(rng, pool["amount"])})
    if document["overrides"][-1]["value"] == pool["amount"]:
        document["overrides"].pop()


def _summary_pair(rng: Random, files: Files) -> str:
    """Change two figures of a pool that tie to each other."""
    pool = rng.choice(files.documents["summary.json"]["pools"])
    first, second, sign = rng.choice([("used", "left", -1), ("amount", "left", 1), ("amount", "used", 1)])
    rows = [["", ""], [pool[first], pool[second]]]
    step = rng.choice([1, -1, 100])
    for column, more in enumerate((step, sign * step)):
        rows[1][column] = _stepped(rows[1][column], more)
    pool[first], pool[second] = rows[1]
    return f"{first} and {second}"


def _stepped(text: str, more: int) -> str:
    digits = len(text.partition(".")[2])
    units = int(text.replace(".", "")) + more
    sign, written = ("-" if units < 0 else ""), str(abs(units)).rjust(digits + 1, "0")
    return sign + (f"{written[:-digits]}.{written[-digits:]}" if digits else written)


def _bounds_together(rng: Random, files: Files) -> None:
    """Change the certificate's bound and what the summary says of it alike."""
    certificate, summary = files.documents["certificate.json"], files.documents["summary.json"]
    if summary["certified_bound"] is None:
        raise NotPossibleError
    text = other_number(rng, certificate["bound"])
    if summary["bound"] == summary["certified_bound"]:
        summary["bound"] = text
    certificate["bound"] = summary["certified_bound"] = text


def _prices(files: Files) -> list[dict[str, Any]]:
    """Return the priced limits that stand in `limits.csv`, too: a proof may do without the others."""
    leaves = files.documents["certificate.json"]["leaves"]
    return list(leaves[0]["prices"]) if len(leaves) == 1 else []


def _certificate_price(rng: Random, files: Files) -> str:
    part = _pick(rng, _prices(files))
    if "pairs" in part:
        pair = rng.choice(part["pairs"])
        pair["price"] = other_number(rng, pair["price"])
        return "pair"
    part["price"] = other_number(rng, part["price"])
    return "price"


def _certificate_price_and_limit(rng: Random, files: Files) -> None:
    """Change a price in the certificate and in `limits.csv` alike, and not what they prove."""
    part = _pick(rng, [part for part in _prices(files) if "price" in part])
    text = other_number(rng, part["price"])
    value = abs(int(text.replace(".", "")))
    part["price"] = str(1000 * (value + 1))  # far off: a proof may survive a small change of price
    for row in files.tables["limits.csv"][1:]:
        if (row[0].removeprefix("'"), row[1].removeprefix("'")) == (part["rule"], part["group"]):
            row[-1] = part["price"]


def _certificate_weight(rng: Random, files: Files) -> str:
    part = _pick(rng, [part for part in _prices(files) if part.get("weights")])
    weight = rng.choice(part["weights"])
    change = rng.choice(["above 1", "below 0", "unknown group", "doubled"])
    if change == "above 1":
        weight["weight"] = "1.5"
    elif change == "below 0":
        weight["weight"] = "-0.5"
    elif change == "unknown group":
        weight["group"] += "x"
    else:
        part["weights"].append(dict(weight))
    return change


def _certificate_prices_changed(rng: Random, files: Files) -> str:
    document = files.documents["certificate.json"]
    prices = _prices(files)
    place = _pick(rng, list(range(len(prices))))
    own = document["leaves"][0]["prices"]
    change = rng.choice(["dropped", "doubled", "reordered", "renamed"])
    if change == "dropped":
        del own[place]
    elif change == "doubled":
        own.append(copy.deepcopy(own[place]))
    elif change == "reordered":
        own.reverse()
    else:
        own[place]["group"] += "x"
    return change


def _certificate_shape(rng: Random, files: Files) -> str:
    document = files.documents["certificate.json"]
    change = rng.choice(
        ["kind", "no leaves", "leaf doubled", "decision", "inside", "key dropped", "key added"]
    )
    if change == "kind":
        document["kind"] = "infeasible" if document["kind"] == "bound" else "bound"
    elif change == "no leaves":
        document["leaves"] = []
    elif change == "leaf doubled":
        document["leaves"].append(copy.deepcopy(rng.choice(document["leaves"])))
    elif change == "decision":
        _add_decision(rng, files)
    elif change == "inside":
        document["inside"].append({"rule": "nowhere", "group": ""})
    elif change == "key dropped":
        del document[rng.choice(sorted(document))]
    else:
        document["path"] = "x"
    return change


def _add_decision(rng: Random, files: Files) -> None:
    """Let a leaf assume what no other leaf makes up for; of a cell that it decides, that may be implied."""
    rows = files.tables["plan.csv"]
    leaf = rng.choice(files.documents["certificate.json"]["leaves"])
    decided = [{key: part[key] for key in part if key not in ("option", "taken")} for part in leaf["where"]]
    named = [dict(zip(rows[0], (text.removeprefix("'") for text in row), strict=True)) for row in rows[1:]]
    decisions: list[dict[str, Any]] = [{key: row[key] for key in _KEYS if key in row} for row in named]
    open_ = [one for one in decisions if {key: one[key] for key in one if key != "option"} not in decided]
    leaf["where"].append(_pick(rng, open_) | {"taken": rng.random() < 0.5})


def _decision_flipped(rng: Random, files: Files) -> None:
    leaves = files.documents["certificate.json"]["leaves"]
    decision = _pick(rng, [decision for leaf in leaves for decision in leaf["where"]])
    decision["taken"] = not decision["taken"]


def _leaf_dropped(rng: Random, files: Files) -> None:
    leaves = files.documents["certificate.json"]["leaves"]
    if len(leaves) < 2:
        raise NotPossibleError
    del leaves[rng.randrange(len(leaves))]


MUTATIONS: dict[str, Mutation] = {
    "plan.csv number": _number_of("plan.csv"),
    "plan.csv text": _text_of("plan.csv", _KEYS),
    "plan.csv pair that keeps totals": _pair_in_plan,
    "plan.csv unit between merchants": _unit_between_merchants,
    "plan.csv options swapped": _options_swapped,
    "plan.csv keys swapped": _keys_swapped,
    "plan.csv row dropped": _rows("plan.csv", "dropped"),
    "plan.csv row doubled": _rows("plan.csv", "doubled"),
    "plan.csv rows reordered": _rows("plan.csv", "reordered"),
    "plan.csv row cut": _rows("plan.csv", "cut"),
    "limits.csv number": _number_of("limits.csv"),
    "limits.csv text": _text_of("limits.csv", ("rule", "group", "measure", "sense")),
    "limits.csv status": _text_of("limits.csv", ("status",)),
    "limits.csv limit and slack": _pair_in_limits("limit", "slack", 1),
    "limits.csv used and slack": _pair_in_limits("used", "slack", -1),
    "limits.csv limit and used": _pair_in_limits("limit", "used", 1),
    "limits.csv row dropped": _rows("limits.csv", "dropped"),
    "limits.csv row doubled": _rows("limits.csv", "doubled"),
    "limits.csv rows reordered": _rows("limits.csv", "reordered"),
    "limits.csv row cut": _rows("limits.csv", "cut"),
    "summary.json leaf": _summary_leaf,
    "summary.json key": _summary_key,
    "summary.json override": _summary_override,
    "summary.json overrides reordered": _overrides_reordered,
    "summary.json pair": _summary_pair,
    "summary.json options": _summary_options,
    "summary.json kind": _summary_kind,
    "summary.json claim": _summary_claim,
    "best effort forged": _best_effort_forged,
    "bounds together": _bounds_together,
    "certificate.json price": _certificate_price,
    "certificate.json price and limits.csv": _certificate_price_and_limit,
    "certificate.json weight": _certificate_weight,
    "certificate.json prices": _certificate_prices_changed,
    "certificate.json shape": _certificate_shape,
    "certificate.json decision flipped": _decision_flipped,
    "certificate.json leaf dropped": _leaf_dropped,
}
"""Class of mutants -> how one is made."""
