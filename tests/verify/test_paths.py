"""Two ways to the same figures: quick ones for large instances and plans, patient ones for all others."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optimizer.verify import bound, options, sheet, stretches, verify
from optimizer.verify.bound import leaf_bound
from optimizer.verify.certificate import CertificateReader
from optimizer.verify.family import families_of
from optimizer.verify.instance import Instance
from optimizer.verify.loading import load
from optimizer.verify.report import Report
from optimizer.verify.search import OverBudgetError
from optimizer.verify.sheet import read_sheet
from optimizer.verify.terms import Terms
from tests.strategies.instance import random_instance
from tests.verify.certificates import random_inside, random_leaf
from tests.verify.folders import write_instance, write_plan

_SAME_FOLDER = [HealthCheck.function_scoped_fixture]


@settings(deadline=None, max_examples=60, suppress_health_check=_SAME_FOLDER)
@given(st.integers(0, 10**9))
def test_bounds_agree(tmp_path: Path, seed: int) -> None:
    """The compiled bound of a random leaf must be the one in Python's own integers."""
    rng = Random(seed)
    instance = load(random_instance(rng, num_others=5).write(tmp_path / str(seed)), ())
    families = families_of(instance)
    document = {
        "contract": 1,
        "kind": rng.choice(["bound", "infeasible"]),
        "bound": "",
        "inside": random_inside(rng, instance, families) if not instance.is_divisible.any() else [],
        "leaves": [{"where": [], "prices": []}, random_leaf(rng, instance, families, 0.5)],
    }
    if document["kind"] == "infeasible":  # soft rules say nothing then
        document["leaves"] = document["leaves"][:1]
    certificate = CertificateReader(Report(), instance, families).read(document)
    for leaf in certificate.leaves:
        found = []
        for few in (0, 10**9):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(bound, "FEW_OPTIONS", few)
                patch.setattr(bound, "FEW_CELLS", few)
                patch.setattr(stretches, "CELLS", 3)
                try:
                    found.append(leaf_bound(instance, leaf, certificate))
                except OverBudgetError:
                    found.append("not known")
        assert found[0] == found[1], document


def test_the_compiled_bound_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large instance must be bounded by compiled code, and a small one must never load it."""
    asked = []

    def total_of(_instance: Instance, terms: Terms, _certificate: object) -> tuple[bool, int | None]:
        asked.append(terms)
        return True, 7 * terms.scale

    monkeypatch.setattr(stretches, "total_of", total_of)
    instance = load(write_instance(tmp_path), ())
    families = families_of(instance)
    document = {
        "contract": 1,
        "kind": "bound",
        "bound": "",
        "inside": [],
        "leaves": [{"where": [], "prices": []}],
    }
    certificate = CertificateReader(Report(), instance, families).read(document)
    assert leaf_bound(instance, certificate.leaves[0], certificate) == 53
    assert not asked
    monkeypatch.setattr(bound, "FEW_OPTIONS", 1)
    assert leaf_bound(instance, certificate.leaves[0], certificate) == 7
    assert asked


def test_a_merchant_of_many_cells(tmp_path: Path) -> None:
    """A merchant of 300 cells under a cap inside must be bounded by what a table over all amounts finds."""
    rows = [
        f"M1,c{place:03},S1,{name},{cost},{value}"
        for place in range(300)
        for name, cost, value in (
            ("A", 7 + place % 31, 11 + place % 13),
            ("B", 17 + place % 29, 19 + place % 17),
        )
    ]
    rules = "rule,measure,by,sense,value\ncap,cash,merchant,at_most,2000\n"
    files = {
        "options": "merchant,category,slot,option,cash,conversions\n" + "\n".join(rows) + "\n",
        "rules": rules,
    }
    instance = load(write_instance(tmp_path, pools="pool,amount\ncash,100000\n", merchants=None, **files), ())
    families = families_of(instance)
    found = []
    for inside in ([], [{"rule": "cap", "group": "merchant=M1"}]):
        document = {
            "contract": 1,
            "kind": "bound",
            "bound": "",
            "inside": inside,
            "leaves": [{"where": [], "prices": []}],
        }
        certificate = CertificateReader(Report(), instance, families).read(document)
        found.append(leaf_bound(instance, certificate.leaves[0], certificate))
    assert found[0] is not None
    assert found[1] is not None
    assert found[1] < found[0]
    assert found[1] == _knapsack(instance, 2000)


def _knapsack(instance: Instance, cap: int) -> int:
    """Return the most conversions that whole yuan of cash buy, a table over all amounts."""
    options = instance.options
    best = [0] * (cap + 1)
    for cell in range(len(instance.cells)):
        own = range(int(options.starts[cell]), int(options.starts[cell + 1]))
        ways = [
            (int(options.costs["cash"][o]) // 100, int(options.values["conversions"][o]) // 10**6)
            for o in own
        ]
        best = [
            max([best[room], *(best[room - c] + v for c, v in ways if c <= room)]) for room in range(cap + 1)
        ]
    return best[cap]


FIELDS = st.sampled_from(
    ["1", "2.50", "2.505", "1e2", " 3 ", "", "x", "-1", "+1", "9007199254740993", '"4"', "1,5"]
)
NAMES = st.sampled_from(["A", "B", " A", "Ä", "A\u0308", "", '"q,r"', "一", "'A"])


@settings(deadline=None, max_examples=200, suppress_health_check=_SAME_FOLDER)
@given(
    st.lists(st.tuples(NAMES, NAMES, FIELDS, FIELDS, FIELDS), min_size=1, max_size=6),
    st.sampled_from(["\n", "\r\n"]),
)
def test_options_are_read_alike(tmp_path: Path, rows: list[tuple[str, ...]], end: str) -> None:
    """Whatever stands in options.csv, reading it quickly must say what reading it patiently says."""
    lines = ["merchant,category,slot,option,cash,conversions,gmv"]
    lines += [f"{m},c,S1,{o},{cash},{conversions},{gmv}" for m, o, cash, conversions, gmv in rows]
    text = end.join(lines) + end
    found = []
    for large in (-1, 10**9):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(options, "LARGE", large)
            try:
                instance = load(write_instance(tmp_path, options=text, merchants=None, rules=None), ())
            except ValueError as error:
                found.append(str(error))
                continue
        columns = instance.options.costs | instance.options.values
        cells = instance.cells
        keys = {key: [cells.texts[key][code] for code in cells.codes[key]] for key in cells.keys}
        own = [instance.options.name(option) for option in range(len(instance.options))]
        found.append(
            (keys, own, instance.options.starts.tolist(), {n: u.tolist() for n, u in columns.items()})
        )
    assert found[0] == found[1]


@settings(deadline=None, max_examples=200, suppress_health_check=_SAME_FOLDER)
@given(
    st.lists(
        st.sampled_from(
            ["a,1", "'=b,2", "=c,3", ",", '"a,b",1', "a", "a,b,c", "", "\r", "'x,1", "ä,2", 'a"b,1']
        ),
        max_size=5,
    ),
    st.sampled_from(["\n", "\r\n", ""]),
)
def test_sheets_are_read_alike(tmp_path: Path, rows: list[str], end: str) -> None:
    """Whatever stands in a table of a plan, reading it quickly must say what reading it patiently says."""
    (tmp_path / "plan.csv").write_bytes(
        "\ufeff".encode() + "\n".join(["name,figure", *rows]).encode() + end.encode()
    )
    found = []
    for large in (-1, 10**9):
        report = Report()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sheet, "LARGE", large)
            try:
                read = read_sheet(report, tmp_path, "plan", ["name", "figure"], ["name"])
            except Exception as error:  # noqa: BLE001 - whatever one way raises, so must the other
                found.append((type(error), [str(finding) for finding in report.findings]))
                continue
        assert read is not None
        texts = [read.texts(column).to_pylist() for column in range(2)]
        found.append((texts, [str(finding) for finding in report.findings]))
    assert found[0] == found[1]


def test_quick_ways_verify_and_refuse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the quick ways a plan must be verified, and a changed figure in any table must be found."""
    monkeypatch.setattr(options, "LARGE", 0)
    monkeypatch.setattr(sheet, "LARGE", 0)
    monkeypatch.setattr(bound, "FEW_OPTIONS", 1)
    instance = write_instance(tmp_path / "instance")
    plan = write_plan(tmp_path / "plan", instance)
    assert verify(instance, plan).is_verified
    for file in ("plan.csv", "limits.csv"):
        text = (plan / file).read_text(encoding="utf-8")
        for place, sign in enumerate(text):
            if sign in "123456789":
                changed = text[:place] + str(int(sign) % 9 + 1) + text[place + 1 :]
                (plan / file).write_text(changed, encoding="utf-8")
                assert not verify(instance, plan).is_verified, (file, place)
        (plan / file).write_text(text, encoding="utf-8")
