"""`explain` as a user meets it: every part in words, every way to end, nothing changed."""

from __future__ import annotations

import json
import re
import shutil

import pytest

from tests.cli.running import ROOT, TINY, fairpool, tree

PAGE = (ROOT / "docs" / "explain.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    """A plan of tiny."""
    made = tmp_path_factory.mktemp("made") / "plan"
    assert fairpool("solve", TINY, "--out", made, "--threads", "1").code == 0
    return made


def _flat(text):
    return " ".join(re.sub(r"[─│]+", " ", text).split())


def test_for_people(plan):
    """Every part has its table, every rule its line, and the price of fairness is one figure."""
    before = tree(plan)
    ran = fairpool("explain", TINY, plan, "--by", "tier", "--by", "category")
    text = _flat(ran.out)
    assert (ran.code, ran.err) == (0, "")
    for part in (
        "What limits the plan",
        "pool:cash 100.00 ≤ 100.00 4,000 10,000 CNY",
        "Price list of policy (bars proven)",
        "best without any rule 56",
        "merchant-cap 51 5 5 5",
        "Averaged over all orders (Shapley)",
        "the rules cost 10.71 % of the best without them (10.71 % to 10.71 %).",
        "Shares by tier",
        "Shares by category",
        "Gini 0.133",
    ):
        assert part in text, part
    assert tree(plan) == before


def _paths(value, prefix=""):
    """The keys of a document, by path; a list stands for its first item."""
    if isinstance(value, dict):
        found = {f"{prefix}{key}" for key in value}
        return found.union(*(_paths(own, f"{prefix}{key}.") for key, own in value.items()))
    return _paths(value[0], prefix) if isinstance(value, list) and value else set()


def test_the_page_shows_the_whole_document(plan):
    """docs/explain.md has one full example of the document, with the keys that there are."""
    shown = next(
        json.loads(block.partition("\n")[2])
        for block in re.findall(r"^```console[^\n]*\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
        if "explain" in block.partition("\n")[0] and "--json" in block.partition("\n")[0]
    )
    printed = fairpool("explain", TINY, plan, "--json").json
    assert list(shown) == list(printed)
    assert _paths(shown) == _paths(printed)
    assert all(f"`{path.rpartition('.')[2]}`" in PAGE for path in _paths(printed["policy"]))


def test_a_time_of_nothing(plan):
    """Without time no search is made; the words say that the bars are wide for lack of it."""
    ran = fairpool("explain", TINY, plan, "--time-limit", "0")
    assert ran.code == 0
    text = _flat(ran.out)
    assert "0 searches were made" in text
    assert "about 0" in text
    assert "The time ended before every gap was met" in text
    assert "--time-limit leaves too little" in text


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--by", "teir"), 'did you mean "tier"'),
        (("--sales", "profit"), 'no attribute "profit"'),
        (("--order", "slotcap"), 'did you mean "slot-cap"'),
        (("--gap", "-1"), "not a number of zero or more"),
        (("--time-limit", "soon"), "not a number"),
    ],
)
def test_usage(plan, options, words):
    """What an option cannot mean is exit 2, and the words name the option and what there is."""
    ran = fairpool("explain", TINY, plan, *options)
    assert (ran.code, ran.out) == (2, "")
    assert options[0] in ran.err
    assert words in _flat(ran.err)


@pytest.mark.parametrize("file", ["summary.json", "limits.csv", "certificate.json", "plan.csv"])
@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00nonsense", b"{}", b'"'])
def test_a_broken_plan_folder(plan, tmp_path, file, content):
    """A file of the plan that makes no sense is exit 3 with a finding that names it; never a bug."""
    folder = tmp_path / "plan"
    shutil.copytree(plan, folder)
    (folder / file).write_bytes(content)
    ran = fairpool("explain", TINY, folder, "--json")
    assert ran.code == 3, ran.out
    assert file in {found["file"] for found in ran.json["findings"]}


@pytest.mark.parametrize("file", ["summary.json", "limits.csv", "certificate.json"])
def test_a_missing_file(plan, tmp_path, file):
    """A file of the plan that is not there is exit 74, and named."""
    folder = tmp_path / "plan"
    shutil.copytree(plan, folder)
    (folder / file).unlink()
    ran = fairpool("explain", TINY, folder)
    assert ran.code == 74
    assert file in ran.err


def test_an_invalid_instance(plan):
    """An instance with errors is exit 3, its findings shown."""
    ran = fairpool("explain", ROOT / "instances" / "malformed" / "OPT-03", plan)
    assert ran.code == 3
    assert "OPT-03" in ran.out


def test_what_cannot_be_told(plan, tmp_path):
    """Of a plan that breaks rules the rest is told, and that what rules cost cannot be."""
    folder = tmp_path / "plan"
    shutil.copytree(plan, folder)
    head = (folder / "plan.csv").read_text(encoding="utf-8").splitlines()[0]
    (folder / "plan.csv").write_text(f"{head}\n", encoding="utf-8")
    ran = fairpool("explain", TINY, folder)
    assert ran.code == 0
    assert "The plan breaks hard rules, pools or pins: what rules cost cannot be told from it." in _flat(
        ran.out
    )
    assert "broken" in ran.out
