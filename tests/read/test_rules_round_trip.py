"""Rules written back to text and read again; and the same rule in other signs and words."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from models.amount import exact_text
from models.headers import CHINESE_WORDS, RULE_COLUMNS
from models.rule import Basis, Condition, Rule
from optimizer.read.rules import read_rules
from optimizer.read.table import Table
from tests.read.rule_language import FILES, context

QUOTED = 'a;b|c=d "e"'
FILES_WITH_QUOTES = {
    **FILES,
    "options.csv": FILES["options.csv"] + '"a;b|c=d ""e""",tea,S1,a,1,1,1,1\n',
    "merchants.csv": FILES["merchants.csv"] + '"a;b|c=d ""e""","x | y",mid,false,1,2026-01-01,1,1\n',
}
WORLD = context(FILES_WITH_QUOTES)
CHINESE = {english: chinese for chinese, english in CHINESE_WORDS.items()}
WIDE = str.maketrans("0123456789;|=<>!()%.-", "０１２３４５６７８９；｜＝＜＞！（）％．－")

numbers = st.decimals(0, 10**6, places=3).map(lambda number: f"{number:f}")
amounts = st.sampled_from(["cash", "traffic", "conversions", "gmv", "support"])
thresholds = st.one_of(numbers, st.just("cash_cap"))
measures = st.one_of(
    amounts,
    st.sampled_from(["cells", "merchants"]),
    st.builds("merchants({}>={})".format, st.one_of(amounts, st.just("cells")), thresholds),
)
columns = st.sampled_from(["merchant", "category", "slot", "tier", "is_new", "merchants.name", "slots.name"])
by = st.lists(columns, max_size=3, unique=True).map(";".join)
values = {
    "merchant": ["M1", "M2", QUOTED],
    "category": ["tea", "toys"],
    "slot": ["S1", "S2"],
    "tier": ["small", "mid"],
    "merchants.name": ["Lily", "Pine;Co", "x | y"],
}


@st.composite
def conditions(draw):
    """One condition as it is written."""
    if draw(st.booleans()):
        name, operator = (
            draw(st.sampled_from(["followers", "cash_cap"])),
            draw(st.sampled_from(["<", "<=", ">", ">="])),
        )
        return f"{name}{operator}{draw(numbers)}"
    name = draw(st.sampled_from(sorted(values)))
    chosen = draw(st.lists(st.sampled_from(values[name]), min_size=1, max_size=3))
    return f"{name}{draw(st.sampled_from(['=', '!=']))}{'|'.join(map(quoted, chosen))}"


@st.composite
def rules_as_cells(draw):
    """One row of rules.csv; not every one is legal."""
    kind = draw(st.sampled_from(["limit", "top", "ratio", "window"]))
    enforcement = draw(st.sampled_from(["hard", "report"] + ["soft"] * (kind != "ratio")))
    basis = {
        "limit": ["", "absolute", "pool", "total", "per_merchant", "eligible", "gmv", "cash_cap"],
        "top": ["", "absolute", "pool", "total"],
        "ratio": ["", "per_merchant", "followers"],
        "window": ["", "pool"],
    }[kind]
    row = {
        "rule": draw(st.text("abc规-.", min_size=1, max_size=4)),
        "label": draw(st.text(max_size=5)),
        "kind": kind,
        "measure": draw(measures),
        "where": ";".join(draw(st.lists(conditions(), max_size=2))),
        "by": draw(by),
        "sense": draw(st.sampled_from(["at_most", "at_least"])) if kind == "limit" else "at_most",
        "value": draw(numbers),
        "basis": draw(st.sampled_from(basis)),
        "applies": draw(st.sampled_from(["always", "if_funded"])) if kind in ("limit", "ratio") else "",
        "enforcement": enforcement,
        "penalty": draw(numbers) if enforcement == "soft" else "",
    }
    if kind == "top":
        row["k"] = draw(st.one_of(st.integers(1, 9).map(str), st.integers(1, 100).map("{}%".format)))
    if kind == "window":
        row["k"] = str(draw(st.integers(1, 9)))
    if row["basis"] in ("total", "gmv") and kind == "limit":
        row["of"] = draw(st.sampled_from(["", "all", *filter(None, row["by"].split(";"))]))
    return row


def quoted(text):
    """Return a value as it stands in where."""
    return '"' + text.replace('"', '""') + '"' if set(text) & set(';|="') else text


def read_one(cells):
    """Return the rule, or None if there is an error."""
    table = Table(
        "rules.csv", {n: n for n in RULE_COLUMNS}, {n: (cells.get(n, ""),) for n in RULE_COLUMNS}, (2,)
    )
    rules, _ = read_rules(table, WORLD)
    return rules[0] if rules else None


def condition_text(condition: Condition) -> str:
    """Write a condition."""
    return condition.column.label + condition.operator + "|".join(map(quoted, condition.values))


def basis_text(basis: Basis) -> str:
    """Write a basis."""
    if basis.kind == "attribute":
        return basis.attribute.label
    return basis.measure.text if basis.kind == "measure" else basis.kind


def written(rule: Rule) -> dict[str, str]:
    """Write a rule as a row of rules.csv, every default spelt out."""
    of = None if rule.of is None else ";".join(c.label for c in rule.of) or "all"
    k = None if rule.k is None else exact_text(rule.k * 100) + "%" if rule.k_is_share else exact_text(rule.k)
    return {
        **{
            n: getattr(rule, n) for n in ("rule", "label", "kind", "sense", "applies", "enforcement", "owner")
        },
        "measure": rule.measure.text,
        "where": ";".join(map(condition_text, rule.where)),
        "by": ";".join(column.label for column in rule.by),
        "value": exact_text(rule.value),
        "basis": basis_text(rule.basis),
        "of": of or "",
        "k": k or "",
        "penalty": "" if rule.penalty is None else exact_text(rule.penalty),
    }


@settings(max_examples=300, deadline=None)
@given(rules_as_cells())
def test_round_trip(cells):
    """A legal rule written back to text and read again is equal."""
    rule = read_one(cells)
    assume(rule is not None)
    assert read_one(written(rule)) == rule


@settings(max_examples=300, deadline=None)
@given(rules_as_cells(), st.sets(st.sampled_from(RULE_COLUMNS[2:13])))
def test_other_signs_and_words(cells, changed):
    """Full-width digits and signs and Chinese words change nothing in any column of the rule language."""
    rule = read_one(cells)
    assume(rule is not None)
    chosen = {name for name in changed if '"' not in cells.get(name, "")}
    wide = {name: CHINESE.get(cells[name], cells[name].translate(WIDE)) for name in chosen if name in cells}
    # A bare text that the tables hold is taken as it stands, and none of them is full-width.
    assert read_one(cells | wide) == rule


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(RULE_COLUMNS), st.text(max_size=12)), rules_as_cells())
def test_any_text(noise, cells):
    """Whatever stands in the cells, the answer is a rule or findings that print."""
    row = cells | noise
    table = Table(
        "rules.csv", {n: n for n in RULE_COLUMNS}, {n: (row.get(n, ""),) for n in RULE_COLUMNS}, (2,)
    )
    rules, findings = read_rules(table, WORLD)
    assert all(str(one) for one in findings)
    assert len(rules) == (not any(one.severity.value == "error" for one in findings))


@settings(max_examples=300, deadline=None)
@given(st.text('ab=!<>;|" tier\\"＝；｜＂slotM1', max_size=20))
def test_any_scope(where):
    """Whatever stands in where, the answer is a rule or findings."""
    row = {"rule": "r", "measure": "cash", "sense": "at_most", "value": "1", "where": where}
    table = Table("rules.csv", {}, {name: (text,) for name, text in row.items()}, (2,))
    rules, findings = read_rules(table, WORLD)
    assert rules or findings
