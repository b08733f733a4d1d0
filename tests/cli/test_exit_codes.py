"""Every way to end has its own exit code, its own words, and leaves alone what it must."""

from __future__ import annotations

import csv
import errno
import json
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

from models.codes import Severity
from models.finding import finding
from optimizer import asking, pipeline
from optimizer.search import whole
from optimizer.search.impossible import Searched
from optimizer.solve import child
from optimizer.solve.answer import Answer, Ended
from tests.cli.running import TINY, command, fairpool, process, tiny, tree

OPTIONS = """merchant,category,slot,option,cash,conversions
M1,tea,S1,A,30,3
M1,tea,S2,A,30,3
M2,tea,S1,A,30,3
M2,tea,S2,A,30,3
"""
MERCHANTS = "merchant,tier\nM1,big\nM2,small\n"


def _instance(
    folder: Path, rules: str, options: str = OPTIONS, pools: str = "pool,amount\ncash,100\n"
) -> Path:
    folder.mkdir()
    (folder / "pools.csv").write_text(pools)
    (folder / "options.csv").write_text(options)
    (folder / "merchants.csv").write_text(MERCHANTS)
    (folder / "rules.csv").write_text(rules)
    return folder


@pytest.fixture
def overlapping(tmp_path: Path) -> Path:
    """Impossible, and only prices prove it: two merchants need three cells, two slots hold one each."""
    return _instance(
        tmp_path / "overlapping",
        "rule,measure,where,by,sense,value\n"
        "M1-floor,cash,merchant=M1,,at_least,60\n"
        "M2-floor,cash,merchant=M2,,at_least,30\n"
        "slot-cap,cash,,slot,at_most,40\n",
    )


@pytest.fixture
def parity(tmp_path: Path) -> Path:
    """Impossible for whole options alone: all costs are thirties, and 45 is to be spent."""
    return _instance(
        tmp_path / "parity",
        "rule,measure,sense,value\nfloor,cash,at_least,45\ncap,cash,at_most,45\n",
    )


def test_done(tmp_path):
    """A plan within the gap is exit 0, and so are its verification and the check of its instance."""
    assert fairpool("solve", TINY, "--out", tmp_path / "plan").code == 0
    assert fairpool("verify", TINY, tmp_path / "plan").code == 0
    assert fairpool("check", TINY).code == 0


def test_json_of_a_plan(tmp_path):
    """With --json the summary is the one that was written, and the document says where the plan is."""
    ran = fairpool("solve", TINY, "--out", tmp_path / "plan", "--json")
    assert ran.json["exit"] == 0
    assert ran.json["plan"] == str(tmp_path / "plan")
    assert ran.json["summary"] == json.loads((tmp_path / "plan" / "summary.json").read_text())
    assert ran.json["findings"] == ran.json["rejected"] == []
    assert ran.err == ""


@pytest.mark.parametrize("which", ["check", "solve"])
def test_findings(which, tmp_path):
    """An invalid instance is exit 3 with every finding, and nothing is written."""
    rules = "rule,measure,sense,value\na,cashh,at_most,5\nb,cash,at_mots,5\n"
    folder = tiny(tmp_path / "i", rules=rules)
    out = ("--out", tmp_path / "plan") if which == "solve" else ()
    ran = fairpool(which, folder, *out)
    assert ran.code == 3
    assert "cashh" in ran.out
    assert "at_mots" in ran.out
    document = fairpool(which, folder, *out, "--json").json
    assert document["exit"] == 3
    assert {found["value"] for found in document["findings"]} >= {"cashh", "at_mots"}
    assert [path.name for path in tmp_path.iterdir()] == ["i"]


def test_impossible_by_arithmetic(tmp_path):
    """What arithmetic proves impossible is exit 4 for check and solve, and nothing is written."""
    rules = "rule,measure,sense,value\nfloor,cash,at_least,60\ncap,cash,at_most,50\n"
    folder = _instance(tmp_path / "i", rules)
    checked = fairpool("check", folder)
    assert checked.code == 4
    assert "floor" in checked.out
    solved = fairpool("solve", folder, "--out", tmp_path / "plan", "--json")
    assert solved.code == solved.json["exit"] == 4
    assert any(found["severity"] == "conflict" for found in solved.json["findings"])
    assert [path.name for path in tmp_path.iterdir()] == ["i"]


def test_impossible_by_prices(overlapping, tmp_path):
    """What only prices prove impossible is exit 4, the conflicting limits named, and nothing is written."""
    assert fairpool("check", overlapping).code == 0
    ran = fairpool("solve", overlapping, "--out", tmp_path / "plan")
    assert ran.code == 4
    assert "proven" in ran.out
    for name in ("M1-floor", "slot-cap"):
        assert name in ran.out
    assert [path.name for path in tmp_path.iterdir()] == ["overlapping"]


def test_the_certificate_proves_it(overlapping, tmp_path):
    """The prices in --json prove the impossibility by an addition that anyone can redo."""
    document = fairpool("solve", overlapping, "--out", tmp_path / "plan", "--json").json
    assert document["exit"] == 4
    certificate = document["certificate"]
    assert certificate["kind"] == "infeasible"
    assert Fraction(certificate["bound"]) == _bound(overlapping, certificate) < 0


def _bound(folder: Path, certificate: dict) -> Fraction:
    """Recompute a certificate of absolute limits on cash from its prices."""
    rules = {row["rule"]: row for row in _rows(folder / "rules.csv")}
    amount = Fraction(_rows(folder / "pools.csv")[0]["amount"])
    (leaf,) = certificate["leaves"]
    assert leaf["where"] == certificate["inside"] == []
    cells: dict[tuple[str, str], Fraction] = {}
    bound = Fraction(0)
    for entry in leaf["prices"]:
        assert Fraction(entry["price"]) > 0
        row = rules.get(entry["rule"], {"sense": "at_most", "value": amount})
        sign = 1 if row["sense"] == "at_most" else -1
        bound += Fraction(entry["price"]) * sign * Fraction(row["value"])
    for option in _rows(folder / "options.csv"):
        reduced = Fraction(0)
        for entry in leaf["prices"]:
            row = rules.get(entry["rule"], {"sense": "at_most", "where": ""})
            conditions = [text for text in (row.get("where"), entry["group"]) if text]
            if all(option[text.split("=")[0]] == text.split("=")[1] for text in conditions):
                sign = 1 if row["sense"] == "at_most" else -1
                reduced -= Fraction(entry["price"]) * sign * Fraction(option["cash"])
        cell = (option["merchant"], option["slot"])
        cells[cell] = max(cells.get(cell, Fraction(0)), reduced)
    return bound + sum(cells.values())


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


@pytest.fixture
def without_leaves(monkeypatch):
    """Let the tree of decisions end without a proof, as it does where its nodes are not enough."""
    monkeypatch.setattr(whole, "search_by_leaves", lambda *_: Searched())


def test_impossible_by_leaves(parity, tmp_path):
    """What only whole options make impossible is exit 4, with the conflict, a menu and how to apply it."""
    ran = fairpool("solve", parity, "--out", tmp_path / "plan")
    assert ran.code == 4
    assert "No plan can meet these together (proven)" in ran.out
    assert "Repairs, each enough by itself" in ran.out
    for rule in ("cap", "floor"):
        assert f"  rule {rule}: cash at_" in ran.out
        assert f"""--set 'rules."{rule}".value=""" in ran.out
    document = fairpool("solve", parity, "--out", tmp_path / "plan", "--json").json
    assert len(document["certificate"]["leaves"]) > 1
    assert {one["name"] for one in document["conflict"]["members"]} == {"cap", "floor"}
    assert [path.name for path in tmp_path.iterdir()] == ["parity"]


def test_no_time_to_explain(parity, tmp_path, monkeypatch):
    """Where no time is left to explain, the limits of the proof are shown, and the code stays 4."""
    monkeypatch.setattr(asking, "MOST_QUESTIONS", 0)
    ran = fairpool("solve", parity, "--out", tmp_path / "plan")
    assert ran.code == 4
    assert "No plan can meet these limits together (proven" in ran.out
    assert "conflict" not in fairpool("solve", parity, "--out", tmp_path / "plan", "--json").json


def test_explained_in_part(parity, tmp_path, monkeypatch):
    """What is not decided within the questions is said to be so, never guessed."""
    monkeypatch.setattr(asking, "MOST_QUESTIONS", 1)
    ran = fairpool("solve", parity, "--out", tmp_path / "plan")
    assert ran.code == 4
    assert "fewer of them may be enough" in ran.out
    assert "was not found out in time" in ran.out
    document = fairpool("solve", parity, "--out", tmp_path / "plan", "--json").json
    assert not document["conflict"]["is_minimal"]
    assert {one["name"] for one in document["conflict"]["not_decided"]} >= {"cap", "floor"}
    assert document["repairs"] == []


@pytest.mark.usefixtures("without_leaves")
def test_impossible_but_not_proven(parity, tmp_path):
    """What the solver alone calls impossible is exit 5 and said to be not proven; nothing is written."""
    assert fairpool("check", parity).code == 0
    ran = fairpool("solve", parity, "--out", tmp_path / "plan")
    assert ran.code == 5
    assert "not proven" in ran.out + ran.err
    assert fairpool("solve", parity, "--out", tmp_path / "plan", "--json").json["exit"] == 5
    assert [path.name for path in tmp_path.iterdir()] == ["parity"]


@pytest.mark.parametrize("which", ["overlapping", "arithmetic"])
def test_best_effort(which, tmp_path, request):
    """With --best-effort a marked plan is written that keeps to the pool, and proves that it has to be."""
    if which == "arithmetic":
        rules = "rule,measure,sense,value\nfloor,cash,at_least,60\ncap,cash,at_most,50\n"
        folder = _instance(tmp_path / "arithmetic", rules)
    else:
        folder = request.getfixturevalue(which)
    ran = fairpool("solve", folder, "--out", tmp_path / "plan", "--best-effort")
    assert ran.code == 4, ran.err
    assert "BEST EFFORT" in ran.out
    assert "No plan can meet these together" in ran.out
    summary = json.loads((tmp_path / "plan" / "summary.json").read_text())
    assert (summary["best_effort"], summary["status"]) == (True, "stopped")
    assert summary["counts"]["broken"] >= 1
    for key in ("bound", "gap", "bound_by", "claimed_bound", "certified_bound", "certified_gap"):
        assert summary[key] is None
    certificate = json.loads((tmp_path / "plan" / "certificate.json").read_text())
    assert certificate["kind"] == "infeasible"
    assert Fraction(certificate["bound"]) < 0
    assert {row["price"] for row in _rows(tmp_path / "plan" / "limits.csv")} == {"0"}
    verified = fairpool("verify", folder, tmp_path / "plan")
    assert verified.code == 0, verified.out
    assert "VERIFIED AS BEST EFFORT: 1 hard limit is broken (proven unavoidable)" in verified.out
    for gap in ("0", "9"):  # the code says what is proven, whatever gap was asked for
        ran = fairpool("solve", folder, "--out", tmp_path / "plan", "--best-effort", "--gap", gap)
        assert ran.code == 4


@pytest.mark.usefixtures("without_leaves")
def test_best_effort_without_proof(parity, tmp_path):
    """Where it is not proven that the rules cannot hold, --best-effort breaks none: exit 5, no plan."""
    ran = fairpool("solve", parity, "--out", tmp_path / "plan", "--best-effort")
    assert ran.code == 5
    assert "that the hard rules cannot all hold is not proven" in ran.err
    document = fairpool("solve", parity, "--out", tmp_path / "plan", "--best-effort", "--json").json
    assert (document["exit"], document["plan"]) == (5, None)
    assert [path.name for path in tmp_path.iterdir()] == ["parity"]


@pytest.mark.usefixtures("without_leaves")
def test_best_effort_proven_by_arithmetic_alone(parity, tmp_path, monkeypatch):
    """Where arithmetic proves it and no certificate does, --best-effort is exit 4 and writes no plan."""
    conflict = finding("INF-01", rule="floor", limit="45", reach="30", group="", pins="")
    assert conflict.severity is Severity.conflict
    monkeypatch.setattr(whole, "conflicts", lambda _: [conflict])
    ran = fairpool("solve", parity, "--out", tmp_path / "plan", "--best-effort")
    assert ran.code == 4
    assert "arithmetic proves that the hard rules cannot all hold, a certificate does not" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["parity"]


def test_a_rejected_best_effort(overlapping, tmp_path, monkeypatch):
    """A best effort that fails verification is exit 6 like any plan, and is not published."""
    wrong = finding("VER-30", "certificate.json", None, "kind")
    result = pipeline.verify(TINY, TINY)
    monkeypatch.setattr(pipeline, "verify", lambda *_: type(result)((wrong,)))
    ran = fairpool("solve", overlapping, "--out", tmp_path / "plan", "--best-effort")
    assert ran.code == 6
    assert "failed verification" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["overlapping"]


def test_best_effort_where_all_can_hold(tmp_path):
    """With --best-effort an instance that can be solved is solved as ever, and the plan is not marked."""
    assert fairpool("solve", TINY, "--out", tmp_path / "plan", "--best-effort").code == 0
    assert json.loads((tmp_path / "plan" / "summary.json").read_text())["best_effort"] is False


def test_rejected_by_verify(tmp_path, monkeypatch):
    """A plan that fails verification is exit 6: what stood there stands still, nothing beside it."""
    assert fairpool("solve", TINY, "--out", tmp_path / "plan").code == 0
    before = tree(tmp_path)
    wrong = finding("VER-24", "plan.csv", None, "", "cash", used="101", limit="100")
    assert wrong.severity is Severity.error
    result = pipeline.verify(TINY, tmp_path / "plan")
    monkeypatch.setattr(pipeline, "verify", lambda *_: type(result)((wrong,)))
    ran = fairpool("solve", TINY, "--out", tmp_path / "plan", "--set", "pools.cash=90")
    assert ran.code == 6
    assert "failed verification" in ran.out + ran.err
    assert "VER-24" in ran.out
    document = fairpool("solve", TINY, "--out", tmp_path / "plan", "--json").json
    assert document["exit"] == 6
    assert document["plan"] is None
    assert [found["code"] for found in document["rejected"]] == ["VER-24"]
    assert tree(tmp_path) == before


def test_verify_refuses_a_changed_plan(tmp_path):
    """A plan in which one figure was changed is exit 6; one that is no plan is exit 3."""
    fairpool("solve", TINY, "--out", tmp_path / "plan")
    file = tmp_path / "plan" / "summary.json"
    file.write_text(file.read_text().replace('"objective": "50"', '"objective": "51"'))
    ran = fairpool("verify", TINY, tmp_path / "plan")
    assert ran.code == 6
    assert "NOT VERIFIED" in ran.out
    file.write_text("{")
    assert fairpool("verify", TINY, tmp_path / "plan").code == 3
    assert fairpool("verify", TINY, tmp_path / "plan", "--json").json["exit"] == 3


UNREADABLE = {
    "check a missing folder": ("check", "{tmp}/missing"),
    "solve a missing folder": ("solve", "{tmp}/missing", "--out", "{tmp}/plan"),
    "solve a file": ("solve", "{tmp}/file", "--out", "{tmp}/plan"),
    "verify a missing plan": ("verify", str(TINY), "{tmp}/missing"),
    "verify a missing instance": ("verify", "{tmp}/missing", "{tmp}/file"),
    "verify a file": ("verify", str(TINY), "{tmp}/file"),
    "write into another folder": ("solve", str(TINY), "--out", "{tmp}/other"),
    "write onto a file": ("solve", str(TINY), "--out", "{tmp}/file"),
    "write below a file": ("solve", str(TINY), "--out", "{tmp}/file/plan"),
    "write onto an instance": ("solve", "{tmp}/instance", "--out", "{tmp}/instance"),
    "init what exists": ("init", "{tmp}/other"),
    "init below a file": ("init", "{tmp}/file/new"),
    "generate onto what exists": ("generate", "--merchants", "2", "--out", "{tmp}/other"),
    "a name that is too long": ("solve", str(TINY), "--out", "{tmp}/" + "n" * 300),
    "a checksum that fails": ("check", "{tmp}/summed"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_unreadable(case, tmp_path):
    """What cannot be read or written is exit 74, named in one line, in JSON too; nothing is changed."""
    (tmp_path / "file").write_text("mine")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine.txt").write_text("mine")
    tiny(tmp_path / "instance")
    tiny(tmp_path / "summed")
    (tmp_path / "summed" / "SHA256SUMS").write_text(f"{'0' * 64}  pools.csv\n")
    before = tree(tmp_path)
    arguments = [text.replace("{tmp}", str(tmp_path)) for text in UNREADABLE[case]]
    ran = fairpool(*arguments)
    assert ran.code == 74, (ran.out, ran.err)
    assert ran.err.startswith("fairpool: ") or ran.out
    assert "bug" not in ran.err
    document = fairpool(*arguments, "--json").json
    assert document["exit"] == 74
    assert document.get("error") or document["findings"]
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", ["mkdir", "rename", "open"])
def test_a_full_disk(name, tmp_path, monkeypatch):
    """A disk that is full while the plan is written is exit 74: the old plan stands alone."""
    assert fairpool("solve", TINY, "--out", tmp_path / "plan").code == 0
    before = tree(tmp_path)
    real = getattr(Path, name)

    def full(path, *args, **kwargs):
        is_writing = name != "open" or "w" in str(args[:1])
        if str(path).startswith(str(tmp_path)) and is_writing:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return real(path, *args, **kwargs)

    monkeypatch.setattr(Path, name, full)
    ran = fairpool("solve", TINY, "--out", tmp_path / "plan", "--set", "pools.cash=90")
    if name in ("mkdir", "rename"):  # nothing of these is needed where an old plan is exchanged
        assert ran.code in (0, 74)
        return
    assert ran.code == 74
    assert "No space left" in ran.err
    assert tree(tmp_path) == before


def test_the_solver_fails(tmp_path, monkeypatch):
    """A solver that fails is exit 5, said so, and nothing is written."""
    monkeypatch.setattr(child, "run", lambda *_: Answer(Ended.failed, remark="exit status -9"))
    ran = fairpool("solve", TINY, "--out", tmp_path / "plan")
    assert ran.code == 5
    assert "the solver failed (exit status -9)" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_a_bug(tmp_path, monkeypatch):
    """What nobody foresaw is exit 1, one line that asks for a report, never a traceback."""

    def broken(*_args, **_kwargs):
        raise ZeroDivisionError("by {nothing}\n[red]")

    monkeypatch.setattr(pipeline, "search", broken)
    ran = fairpool("solve", TINY, "--out", tmp_path / "plan")
    assert ran.code == 1
    assert "bug" in ran.err
    assert "ZeroDivisionError: by {nothing}\\n[red]" in ran.err
    assert "Traceback" not in ran.err + ran.out
    assert fairpool("solve", TINY, "--out", tmp_path / "plan", "--json").json["exit"] == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("solve", TINY),
        ("solve", "--out", "x"),
        ("solve", TINY, "--out", "x", "--gap", "-1"),
        ("solve", TINY, "--out", "x", "--gap", "nan"),
        ("solve", TINY, "--out", "x", "--gap", "1e-99"),
        ("solve", TINY, "--out", "x", "--time-limit", "inf"),
        ("solve", TINY, "--out", "x", "--time-limit", "soon"),
        ("solve", TINY, "--out", "x", "--threads", "0"),
        ("solve", TINY, "--out", "x", "--seed", "-1"),
        ("solve", TINY, "--out", "x", "--method", "magic"),
        ("solve", TINY, "--out", "x", "--set", "nonsense"),
        ("check", TINY, "--set", "=5"),
        ("check", TINY, "--lang", "fr"),
        ("check",),
        ("check", ""),
        ("solve", TINY, "--out", ""),
        ("verify", "", TINY),
        ("verify", TINY, ""),
        ("init", ""),
        ("generate", "--merchants", "2", "--out", ""),
        ("verify", TINY),
        ("generate", "--out", "x"),
        ("generate", "--merchants", "0", "--out", "x"),
        ("generate", "--merchants", "2", "--out", "x", "--cells-per-merchant", "nan"),
        ("nonsense",),
        ("--nonsense",),
    ],
    ids=lambda arguments: " ".join(getattr(text, "name", text) for text in arguments),
)
def test_usage(arguments, tmp_path, monkeypatch):
    """A command line that is wrong is exit 2, said on standard error as text, and does nothing."""
    monkeypatch.chdir(tmp_path)
    ran = fairpool(*arguments)
    assert ran.code == 2
    assert ran.out == ""
    assert "Error: " in ran.err
    assert list(tmp_path.iterdir()) == []


def test_standard_output_is_full():
    """An answer that cannot be printed is exit 74, not silence."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command("check", TINY), stdout=full, stderr=subprocess.PIPE, timeout=60, check=False
        )
    assert done.returncode == 74
    assert b"No space left" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("flags", [(), ("--json",)], ids=["table", "json"])
def test_written_but_not_printed(flags, tmp_path):
    """A plan whose answer cannot be printed is written all the same, and the message says so."""
    plan = tmp_path / "plan"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command("solve", TINY, "--out", plan, *flags),
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    said = f"fairpool: {plan} was written, but the answer cannot be printed: No space left on device\n"
    assert (done.returncode, done.stderr.decode()) == (74, said)
    assert fairpool("verify", TINY, plan).code == 0


def test_what_stands_in_the_way(tmp_path):
    """A link, and a user's own file in a plan folder, are told apart; the file is named."""
    plan = tmp_path / "plan"
    assert fairpool("solve", TINY, "--out", plan).code == 0
    (tmp_path / "link").symlink_to(plan)
    assert "symbolic link" in fairpool("solve", TINY, "--out", tmp_path / "link").err
    (plan / "budget.xlsx").write_text("mine")
    ran = fairpool("solve", TINY, "--out", plan)
    assert ran.code == 74
    assert "holds budget.xlsx, which is no file of a plan" in ran.err


def test_no_time_at_all(tmp_path, monkeypatch):
    """A time limit that is over before the model is stated is exit 5; no solver is started any more."""

    def forbidden(*_args):
        raise AssertionError("a solver was started")

    monkeypatch.setattr(child, "run", forbidden)
    ran = fairpool("solve", TINY, "--out", tmp_path / "plan", "--time-limit", "0")
    assert ran.code == 5
    assert "stopped before a plan was found, which proves nothing; nothing was written" in ran.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("gap", "are_compared"), [("0.2", False), ("0", True)])
def test_equals_of_the_best_alone(gap, are_compared, tmp_path, monkeypatch):
    """Plans of equal objective are compared once none can be better; a plan within a gap is just written."""
    asked = []

    def run(request, watch, real=child.run):
        asked.append(request)
        return real(request, watch)

    monkeypatch.setattr(child, "run", run)
    assert fairpool("generate", "--merchants", "5", "--out", tmp_path / "market").code == 0
    ran = fairpool("solve", tmp_path / "market", "--out", tmp_path / "plan", "--gap", gap, "--json")
    assert ran.code == 0
    assert (ran.json["summary"]["status"] == "optimal") == are_compared
    assert any(request.node_limit is not None for request in asked) == are_compared


def test_debug_shows_where(tmp_path):
    """FAIRPOOL_DEBUG=1 is the one way to a traceback."""
    program = ("check", tmp_path / "missing")
    assert process(*program, FAIRPOOL_DEBUG="1").code == 74
