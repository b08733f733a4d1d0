"""docs/certificate.md: its tables are computed as a spreadsheet, and held against product and verifier."""

import csv
import json
import re
import shutil
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from models.solution import SearchOptions
from optimizer import pipeline
from optimizer.verify.bound import bound_of
from optimizer.verify.certificate import CertificateReader
from optimizer.verify.family import families_of
from optimizer.verify.loading import load
from optimizer.verify.plan import Plan
from optimizer.verify.report import Report
from tests.spreadsheet import Sheets, figure, fill_down, tables

ROOT = Path(__file__).resolve().parent.parent
TINY = ROOT / "instances" / "tiny"
PAGE = (ROOT / "docs" / "certificate.md").read_text(encoding="utf-8")
NOBODY = Plan(
    cell=np.zeros(0, np.int64),
    option=np.zeros(0, np.int64),
    fraction=np.zeros(0, np.int64),
    costs={},
    values={},
    is_booked=np.zeros(0, np.bool_),
)


def _section(name):
    return PAGE.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


BY_PRICES, INSIDE = _section("`tiny` by prices alone"), _section("`tiny` with limits inside")


def _shown(section):
    """The certificate that a section shows."""
    return json.loads(re.search(r"^\{\n.*?^\}$", section, re.MULTILINE | re.DOTALL)[0])


def _by_prices():
    limits, formulas, options, more = tables(BY_PRICES)
    return Sheets(
        {"limits": limits, "options": options},
        {"limits": fill_down(formulas), "options": fill_down(more)},
    )


def _inside():
    merchants, formulas = tables(INSIDE)
    return Sheets({"merchants": merchants}, {"merchants": fill_down(formulas)})


def _recomputed(document, folder=TINY):
    """What `verify` makes of a certificate of tiny: the exact bound, and how it is written."""
    instance = load(folder, ())
    certificate = CertificateReader(Report(), instance, families_of(instance)).read(document)
    found = bound_of(instance, NOBODY, certificate, False)
    return found.value, found.text


@pytest.mark.parametrize("sheets", [_by_prices(), _inside()], ids=["prices", "inside"])
def test_every_formula_gives_the_figure_beside_it(sheets):
    """Every figure of the tables that has a formula is what the formula gives."""
    assert sheets.num_formulas() > 30
    for sheet, cell in sheets.with_formulas():
        assert sheets.value(sheet, cell) == figure(sheets.text(sheet, cell)), (sheet, cell)


def test_typed_figures_are_those_of_the_files():
    """What has no formula is what options.csv, the limits and the certificate say."""
    sheets, document = _by_prices(), _shown(BY_PRICES)
    with (TINY / "options.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows, 2):
        texts = [sheets.text("options", f"{column}{number}") for column in "ABCDE"]
        assert texts[:3] == [row["merchant"], row["slot"], row["option"]]
        assert [figure(text) for text in texts[3:]] == [Fraction(row["cash"]), Fraction(row["conversions"])]
    names = [", ".join(filter(None, (p["rule"], p["group"]))) for p in document["leaves"][0]["prices"]]
    assert [sheets.text("limits", f"A{number}") for number in (2, 3, 4)] == names
    prices = [p["price"] for p in document["leaves"][0]["prices"]]
    assert [sheets.text("limits", f"C{number}") for number in (2, 3, 4)] == prices
    assert sheets.text("options", "H16") == document["bound"]


def test_every_choice_of_every_merchant_is_listed():
    """The sheet of merchants holds all pairs of options, nothing among them, with their cash and value."""
    sheets = _inside()
    with (TINY / "options.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    line = 2
    for merchant in ("an_tea", "hu_shoes", "lin_phones"):
        by_slot = [
            [("none", Fraction(0), Fraction(0))]
            + [
                (row["option"], Fraction(row["cash"]), Fraction(row["conversions"]))
                for row in rows
                if (row["merchant"], row["slot"]) == (merchant, slot)
            ]
            for slot in ("S1", "S2")
        ]
        for first, second in product(*by_slot):
            texts = [sheets.text("merchants", f"{column}{line}") for column in "ABCDE"]
            assert texts[:3] == [merchant, first[0], second[0]]
            assert [figure(text) for text in texts[3:]] == [first[1] + second[1], first[2] + second[2]]
            line += 1
    assert line == 29
    document = _shown(INSIDE)
    assert sheets.text("merchants", "H30") == document["leaves"][0]["prices"][0]["price"]
    assert sheets.text("merchants", "H33") == document["bound"]


@pytest.mark.parametrize(
    ("section", "sheets", "leaf", "bound"),
    [
        (BY_PRICES, _by_prices(), ("options", "H15"), ("options", "H16")),
        (INSIDE, _inside(), ("merchants", "H32"), ("merchants", "H33")),
    ],
    ids=["prices", "inside"],
)
def test_the_verifier_computes_the_same(section, sheets, leaf, bound):
    """The certificate that the page shows proves, by `verify`, exactly what the page's tables come to."""
    value, text = _recomputed(_shown(section))
    assert (value, Fraction(text)) == (sheets.value(*leaf), sheets.value(*bound))


def test_the_certificates_of_files_prove_what_they_say(tmp_path):
    """docs/files.md shows two certificates of tiny with ten yuan more; both prove the bound in them."""
    page = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
    shutil.copytree(TINY, tmp_path / "tiny")
    pools = tmp_path / "tiny" / "pools.csv"
    pools.write_text(pools.read_text(encoding="utf-8").replace("100.00", "110.00"), encoding="utf-8")
    section = page.partition("\n## certificate.json\n")[2].partition("\n## ")[0]
    found = [json.loads(text) for text in re.findall(r"^\{\n.*?^\}$", section, re.MULTILINE | re.DOTALL)]
    certificates = [document for document in found if "bound" in document]
    assert [len(document["inside"]) for document in certificates] == [0, 3]
    for document in certificates:
        assert _recomputed(document, tmp_path / "tiny")[1] == document["bound"] == "53"


@pytest.mark.parametrize("method", ["auto", "monolithic"])
def test_the_product_writes_the_prices_of_the_page(tmp_path, method):
    """Where prices are all there is, the product's certificate is the page's."""
    assert _solved(tmp_path, method) == _shown(BY_PRICES)


def test_the_tables_hold_for_the_certificate_of_today(tmp_path):
    """With the price that `--method lagrangian` finds, the formulas give the bound that it writes."""
    document, shown = _solved(tmp_path, "lagrangian"), _shown(INSIDE)
    assert document["inside"] == shown["inside"]
    (leaf,) = document["leaves"]
    assert [price["rule"] for price in leaf["prices"]] == ["pool:cash"]
    sheets = _inside().typed("merchants", "H30", leaf["prices"][0]["price"])
    value, text = _recomputed(document)
    assert sheets.value("merchants", "H32") == value
    assert sheets.value("merchants", "H33") == Fraction(text) == Fraction(document["bound"])


@pytest.mark.parametrize(
    ("price", "leaf", "bound"),
    [
        ("0", 56, 56),
        ("0.2", 51, 51),
        ("0.200001", Fraction("50.99999"), 50),
        ("0.3", 50, 50),
        ("0.4", 50, 50),
        ("0.479999", Fraction("50.999975"), 50),
        ("0.48", 51, 51),
    ],
)
def test_any_price_proves_a_bound(price, leaf, bound):
    """Between 0.3 and 0.4 the leaf is exactly 50, and below 51 between 0.2 and 0.48, as the page says."""
    sheets = _inside().typed("merchants", "H30", price)
    assert (sheets.value("merchants", "H32"), sheets.value("merchants", "H33")) == (leaf, bound)


def test_what_the_limits_inside_are_worth():
    """Without the limits inside An and Lin would be worth what the page says, and the bound would be 57."""
    sheets = _inside()
    for line in range(2, 29):
        sheets = sheets.typed("merchants", f"F{line}", "yes")
    said = re.search(r"Lin would be worth (\S+) and An (\S+), and the bound would be (\d+)", INSIDE).groups()
    found = [sheets.value("merchants", cell) for cell in ("H20", "H2", "H33")]
    assert found == [Fraction(figure) for figure in said]


def _solved(home, method):
    options = SearchOptions(method=method)
    solved = pipeline.solve(TINY, home / "plan", choose=lambda _: options)
    assert not solved.rejected
    return json.loads((home / "plan" / "certificate.json").read_text(encoding="utf-8"))
