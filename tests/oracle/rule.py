"""The rule language, read and expanded by the oracle itself: rules to limits, each with its cells."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

from tests.oracle.folder import TABLES, Cell, Folder, Row, moment
from tests.oracle.words import clean, folded, truth, word


@dataclass(frozen=True)
class Measure:
    """What is added up: `amount` of a column, `cells`, or `merchants` (that reach a threshold).

    `thresholds` holds every merchant's threshold. `digits` is how many decimals are written.
    """

    kind: str
    text: str
    digits: int = 0
    is_pool: bool = False
    reaches: Measure | None = None
    thresholds: dict[str, Fraction] = field(default_factory=dict)


@dataclass(frozen=True)
class Group:
    """Cells that one combination of the `by` columns gathers."""

    texts: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Rule:
    """A rule with its words and numbers resolved."""

    name: str
    kind: str
    measure: Measure
    scope: tuple[Cell, ...]
    by: tuple[tuple[str, str, str], ...]
    is_at_most: bool
    value: Fraction
    basis: str
    of: str
    k: str
    is_if_funded: bool
    enforcement: str
    penalty: Fraction


@dataclass(frozen=True)
class Limit:
    """One limit of a rule.

    Attributes
    ----------
    groups
        One group for `limit` and `window`; every group for `top` and `ratio`.
    constant
        value x basis where the basis is not in the plan, else None.
    basis, basis_cells
        The measure in the plan that `value` multiplies, and over which cells.
    shares
        For `ratio`, the basis of each group; groups with a basis of zero are left out already.
    """

    rule: Rule
    label: str
    groups: tuple[Group, ...]
    constant: Fraction | None = None
    basis: Measure | None = None
    basis_cells: tuple[Cell, ...] = ()
    shares: tuple[Fraction, ...] = ()
    k: int = 0


def limits(folder: Folder) -> list[Limit]:
    """Return every limit of every rule, in the order of `limits.csv`."""
    return [limit for row in folder.rules for limit in expand(folder, rule(folder, row))]


def rule(folder: Folder, row: Row) -> Rule:
    """Read one row of `rules.csv`."""
    kind = word(folded(row.get("kind", ""))) or "limit"
    by_text = folded(row.get("by", "")) or ("merchant" if kind == "top" else "")
    by = [name for name in map(clean, by_text.split(";")) if name]
    by = [key for name in by for key in (folder.keys if word(name) == "cell" else (name,))]
    return Rule(
        name=row["rule"],
        kind=kind,
        measure=measure(folder, folded(row["measure"])),
        scope=tuple(cell for cell in folder.options if in_scope(folder, cell, row.get("where", ""))),
        by=tuple(folder.column(name) for name in by),
        is_at_most=word(folded(row["sense"])) == "at_most",
        value=number(row["value"]),
        basis=word(folded(row.get("basis", ""))) or ("per_merchant" if kind == "ratio" else "absolute"),
        of=folded(row.get("of", "")),
        k=folded(row.get("k", "")),
        is_if_funded=word(folded(row.get("applies", ""))) == "if_funded",
        enforcement=word(folded(row.get("enforcement", ""))) or "hard",
        penalty=Fraction(row.get("penalty", "") or 0),
    )


def number(text: str) -> Fraction:
    """Read a number or a percentage."""
    text = folded(text)
    return Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)


def measure(folder: Folder, text: str) -> Measure:
    """Read a measure."""
    reaches = re.fullmatch(r"(merchants|商家数|商家)\s*\((.+?)(?:>=|≥)(.+)\)", text)
    if reaches:
        inner, limit = measure(folder, clean(reaches[2])), clean(reaches[3])
        merchants = {cell[0] for cell in folder.options}
        if re.fullmatch(r"[-+]?[\d.]+", limit):
            return Measure(
                "merchants",
                f"merchants({inner.text}>={limit})",
                0,
                False,
                inner,
                dict.fromkeys(merchants, Fraction(limit)),
            )
        _, attribute, label = folder.column(limit)
        written = {m: folder.tables["merchants"].get(m, {}).get(attribute, "") for m in merchants}
        thresholds = {m: Fraction(text) for m, text in written.items() if text}
        return Measure("merchants", f"merchants({inner.text}>={label})", 0, False, inner, thresholds)
    name = {"商家": "merchants"}.get(text, word(text))
    if name in ("cells", "merchants"):
        return Measure(name, name)
    if name in folder.pools:
        return Measure("amount", name, folder.pools[name].decimals, True)
    if name in folder.measures:
        return Measure(
            "amount",
            name,
            max(_decimals(w) + _digits(folder, term) for term, w in folder.measures[name].items()),
        )
    if name in folder.values:
        return Measure("amount", name, 6)
    raise ValueError(f"unknown measure {text}")


def in_scope(folder: Folder, cell: Cell, where: str) -> bool:
    """Whether a cell meets every condition of a scope."""
    return all(_meets(folder, cell, condition) for condition in _split(where, ";；") if condition.strip())


def expand(folder: Folder, rule: Rule) -> list[Limit]:
    """Return the limits of a rule."""
    groups = grouped(folder, rule.scope, rule.by)
    if rule.kind == "top":
        k = number(rule.k)
        k = Fraction(-((-k * len(groups)) // 1)) if rule.k.endswith("%") else k
        return [_with_basis(folder, Limit(rule, "", groups, k=min(int(k), len(groups))), rule.scope, None)]
    if rule.kind == "ratio":
        bases = [_constant_basis(folder, rule, group.cells) for group in groups]
        kept = [(group, share) for group, share in zip(groups, bases, strict=True) if share]
        return [Limit(rule, "", tuple(g for g, _ in kept), shares=tuple(s for _, s in kept))]
    if rule.kind == "window":
        return [window for group in groups for window in _windows(folder, rule, group)]
    return [_with_basis(folder, Limit(rule, _label(rule, g.texts), (g,)), g.cells, g) for g in groups]


def grouped(folder: Folder, cells: Iterable[Cell], by: tuple[tuple[str, str, str], ...]) -> tuple[Group, ...]:
    """Return the groups of some cells, in code-point order of their texts."""
    gathered: dict[tuple[str, ...], list[Cell]] = (
        {} if by else {(): []}
    )  # no columns: one limit, come what may
    for cell in cells:
        gathered.setdefault(tuple(folder.text(cell, column) for column in by), []).append(cell)
    return tuple(Group(texts, tuple(gathered[texts])) for texts in sorted(gathered))


def quoted(text: str) -> str:
    """Write a value of a group."""
    if text and text == text.strip() and not any(sign in text for sign in ';|="'):
        return text
    return '"' + text.replace('"', '""') + '"'


def _label(rule: Rule, texts: tuple[str, ...]) -> str:
    return ";".join(f"{column[2]}={quoted(text)}" for column, text in zip(rule.by, texts, strict=True))


def _windows(folder: Folder, rule: Rule, group: Group) -> list[Limit]:
    length = min(int(rule.k), len(folder.slots))
    windows = []
    for first in range(len(folder.slots) - length + 1):
        slots = folder.slots[first : first + length]
        cells = tuple(cell for cell in group.cells if cell[2] in slots)
        label = ";".join(
            filter(None, [_label(rule, group.texts), f"{quoted(slots[0])}..{quoted(slots[-1])}"])
        )
        windows.append(_with_basis(folder, Limit(rule, label, (Group(group.texts, cells),)), cells, group))
    return windows


def _with_basis(folder: Folder, limit: Limit, cells: tuple[Cell, ...], group: Group | None) -> Limit:
    """Return the limit with its right-hand side: a constant, or a measure in the plan."""
    rule = limit.rule
    if rule.basis in ("absolute", "pool", "per_merchant", "eligible"):
        return Limit(
            rule, limit.label, limit.groups, rule.value * _constant_basis(folder, rule, cells), k=limit.k
        )
    try:
        basis = rule.measure if rule.basis == "total" else measure(folder, rule.basis)
    except ValueError:
        return Limit(
            rule, limit.label, limit.groups, rule.value * _constant_basis(folder, rule, cells), k=limit.k
        )
    if not rule.of:
        over = tuple(folder.options) if rule.basis == "total" else cells
    elif word(rule.of) == "all" or group is None:
        over = tuple(folder.options)
    else:
        columns = [folder.column(clean(name)) for name in rule.of.split(";")]
        wanted = [group.texts[rule.by.index(column)] for column in columns]
        over = tuple(c for c in folder.options if [folder.text(c, column) for column in columns] == wanted)
    return Limit(rule, limit.label, limit.groups, None, basis, over, k=limit.k)


def _constant_basis(folder: Folder, rule: Rule, cells: tuple[Cell, ...]) -> Fraction:
    if rule.basis == "absolute":
        return Fraction(1)
    if rule.basis == "pool":
        return folder.pools[rule.measure.text].amount
    if rule.basis == "per_merchant" or (rule.basis == "eligible" and rule.measure.kind == "merchants"):
        return Fraction(len({cell[0] for cell in cells}))
    if rule.basis == "eligible":
        return Fraction(len(cells))
    key, attribute, _ = folder.column(rule.basis)
    table = next(t for t, k in TABLES.items() if k == key)
    keys = {cell[folder.keys.index(key)] for cell in cells}
    return sum((Fraction(folder.tables[table][own][attribute]) for own in keys), Fraction(0))


def _split(text: str, separators: str) -> list[str]:
    """Split a text at separators that stand outside double quotes."""
    parts, is_quoted = [""], False
    for sign in text:
        is_quoted ^= sign == '"'
        if sign in separators and not is_quoted:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def _meets(folder: Folder, cell: Cell, condition: str) -> bool:
    found = re.match(
        r'\s*([^=!<>＝！＜＞"]+?)\s*(!=|<=|>=|=|<|>|！＝|＜＝|＞＝|＝|＜|＞)(.*)', condition, re.DOTALL
    )
    if not found:
        raise ValueError(f"not a condition: {condition}")
    operator = folded(found[2])
    own = folder.text(cell, folder.column(clean(found[1])))
    wanted = [_unquoted(value) for value in _split(found[3], "|｜")]
    if operator == "!=":
        return own not in wanted and truth(own) not in map(truth, wanted)
    if own == "":
        return False
    if operator == "=":
        return own in wanted or truth(own) in map(truth, wanted)
    left, right = _ordered(own, folder.zone), _ordered(wanted[0], folder.zone)
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator]


def _unquoted(value: str) -> str:
    value = value.strip()
    if value.startswith('"'):
        return clean(value[1:-1].replace('""', '"'))
    return folded(value)


def _ordered(text: str, zone: str) -> Fraction:
    """Return a number, or a time as seconds, for comparison."""
    try:
        return Fraction(text)
    except ValueError:
        return Fraction(moment(text, zone))


def _decimals(weight: Fraction) -> int:
    return next(digits for digits in range(40) if (weight * 10**digits).denominator == 1)


def _digits(folder: Folder, column: str) -> int:
    return folder.pools[column].decimals if column in folder.pools else 6
