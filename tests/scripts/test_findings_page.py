"""docs/findings.md is what models/codes says."""

from models.codes import CODES
from scripts.findings_page import FAMILIES, PAGE, page


def test_page_is_current():
    """The committed page is the one that the codes make: `python scripts/findings_page.py` writes it."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_code_is_on_the_page():
    """Every code is in a family of the page, and its row has exactly four columns."""
    assert {code.partition("-")[0] for code in CODES} == set(FAMILIES)
    rows = [line for line in page().splitlines() if line.partition("|")[0] == "" and "-" in line[:9]]
    named = {line.split("|")[1].strip(): line.replace("\\|", "").count("|") for line in rows}
    assert {code: named.get(code) for code in CODES} == dict.fromkeys(CODES, 5)
