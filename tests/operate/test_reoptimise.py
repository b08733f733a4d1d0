"""Re-optimising a campaign: what has begun stays, the rest is bettered as asked, and verifies."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import pytest

from models.operation import Asked, End
from optimizer.operating import reoptimise
from optimizer.verify import verify
from tests.operate.campaigns import NOW, RULES, begun, rows_of

ENDS = ("divisible=true\n", "[objective]\nmaximise={conversions=1,merchants=3,cells=2}\n", "")


def asked(folder: Path, plan: Path | None, home: Path, **changes: object) -> Asked:
    """Return a request on the second day."""
    return Asked(folder, plan, home / "work", datetime.fromisoformat(NOW), 60, **changes)  # type: ignore[arg-type]


def key(row: dict[str, str]) -> tuple[str, str]:
    return row["merchant"], row["slot"]


def verified(folder: Path, plan: Path) -> None:
    """Check that a plan verifies, with nothing but the note on what is booked."""
    assert {one.code for one in verify(folder, plan).findings} <= {"VER-23"}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("more", ENDS, ids=["divisible", "counts", "plain"])
def test_every_plan_verifies(tmp_path, seed, more):
    """What has begun is booked, the rest is planned, and verify agrees with totals, limits and bound."""
    folder, plan = begun(tmp_path, seed, more=more)
    outcome = reoptimise(asked(folder, plan, tmp_path, freeze_next=seed % 2 if "div" not in more else 0))
    assert outcome.end in (End.new, End.not_better)
    if outcome.end is End.new:
        verified(folder, tmp_path / "work" / "new")
        assert {row["slot"] for row in rows_of(tmp_path / "work" / "new", "booked")} <= {"S1", "S2"}
        assert {row["slot"] for row in rows_of(tmp_path / "work" / "new")} <= {"S3", "S4"}
        assert outcome.incumbent_objective is None or outcome.objective > outcome.incumbent_objective


def test_identical_data(tmp_path):
    """With nothing new the answer is the plan in force, whatever the hour between two slots."""
    folder, plan = begun(tmp_path)
    assert reoptimise(asked(folder, plan, tmp_path)).end is End.new
    later = datetime.fromisoformat("2026-11-02T18:00:00+08:00")
    again = Asked(folder, tmp_path / "work" / "new", tmp_path / "again", later, 60)
    assert reoptimise(again).end is End.same
    next_day = datetime.fromisoformat("2026-11-03T18:00:00+08:00")
    assert (
        reoptimise(Asked(folder, tmp_path / "work" / "new", tmp_path / "again", next_day, 60)).end
        is not End.same
    )


@pytest.mark.parametrize("more", ["", "divisible=true\n"])
@pytest.mark.parametrize("share", [Fraction(0), Fraction(1, 10), Fraction(1, 4)])
def test_no_pool_moves_further(tmp_path, share, more):
    """Increases and decreases of every pool over open cells stay within the share of what was there."""
    folder, plan = begun(tmp_path, 1, more=more)
    outcome = reoptimise(asked(folder, plan, tmp_path, max_change=share, min_gain=Fraction(0)))
    assert outcome.end is End.new or share < Fraction(1, 4)
    if outcome.end is not End.new:
        assert outcome.end is End.not_better
        return
    new = tmp_path / "work" / "new"
    verified(folder, new)
    assert json.loads((new / "summary.json").read_text())["campaign"]["max_change"] == f"{float(share):g}"
    for pool in ("cash", "views"):
        before, after = ({}, {})
        for table, source in ((before, plan), (after, new)):
            for row in rows_of(source):
                if row["slot"] in ("S3", "S4"):
                    table[key(row)] = table.get(key(row), Fraction(0)) + Fraction(row[pool])
        moved = [after.get(cell, 0) - before.get(cell, 0) for cell in before.keys() | after.keys()]
        most = share * sum(before.values())
        assert sum(move for move in moved if move > 0) <= most
        assert -sum(move for move in moved if move < 0) <= most


def test_a_wider_share_brings_no_less(tmp_path):
    """The more a plan may move, the more it brings."""
    folder, plan = begun(tmp_path, 1)
    reached = []
    for share in (Fraction(0), Fraction(1, 10), Fraction(1, 2), None):
        outcome = reoptimise(asked(folder, plan, tmp_path, max_change=share, gap=Fraction(0)))
        reached.append(outcome.objective)
    assert reached == sorted(reached)
    assert reached[0] < reached[-1]


def test_frozen_slots_stay(tmp_path):
    """The next slot keeps exactly the rows of the plan in force; the one after it may change."""
    folder, plan = begun(tmp_path, 1)
    outcome = reoptimise(asked(folder, plan, tmp_path, freeze_next=1))
    assert outcome.end is End.new
    assert outcome.frozen == ("S3",)
    new = tmp_path / "work" / "new"
    verified(folder, new)
    assert [row for row in rows_of(new) if row["slot"] == "S3"] == [
        row for row in rows_of(plan) if row["slot"] == "S3"
    ]


def test_a_mix_cannot_be_frozen(tmp_path):
    """Where a frozen slot holds a mix, a finding says so."""
    for seed in range(8):
        folder, plan = begun(tmp_path / str(seed), seed, more="divisible=true\n")
        if any(row["slot"] in ("S3", "S4") and row["fraction"] != "1" for row in rows_of(plan)):
            break
    outcome = reoptimise(asked(folder, plan, tmp_path, freeze_next=2))
    assert outcome.end is End.invalid
    assert "OPR-08" in {one.code for one in outcome.findings}


def test_the_least_gain(tmp_path):
    """A plan that is better by less than is asked for is not taken."""
    folder, plan = begun(tmp_path)
    outcome = reoptimise(asked(folder, plan, tmp_path, min_gain=Fraction(1, 2)))
    assert outcome.end is End.not_better
    assert outcome.objective > outcome.incumbent_objective
    assert not (tmp_path / "work" / "new").exists()


def test_rules_catch_up(tmp_path):
    """A floor that what is held has fallen behind is met by what is still open."""
    rules = RULES.replace("at_least,20%", "at_least,{share}")
    folder, plan = begun(tmp_path, 2, rules=rules.format(share="20%"))
    assert reoptimise(asked(folder, plan, tmp_path)).end is End.new
    before = _of_small(folder, tmp_path / "work" / "new")
    share = Fraction(-(-before * 100 // 1) + 3, 100)
    (folder / "rules.csv").write_text(rules.format(share=f"{share * 100}%"), encoding="utf-8")
    outcome = reoptimise(asked(folder, plan, tmp_path))
    assert outcome.end is End.new
    verified(folder, tmp_path / "work" / "new")
    assert _of_small(folder, tmp_path / "work" / "new") >= share > before


def _of_small(folder: Path, plan: Path) -> Fraction:
    """Return the share of cash that goes to small merchants, booked and planned together."""
    tiers = dict(
        line.split(",") for line in (folder / "merchants.csv").read_text(encoding="utf-8").splitlines()[1:]
    )
    rows = [*rows_of(plan), *rows_of(plan, "booked")]
    cash = [(tiers[row["merchant"]], Fraction(row["cash"])) for row in rows]
    return sum(own for tier, own in cash if tier == "small") / sum(own for _, own in cash)


def test_pins_on_what_has_begun(tmp_path):
    """A pin on a cell that has begun comes too late; one on an open cell, or a blackout, is obeyed."""
    folder, plan = begun(tmp_path)
    held = next(row for row in rows_of(plan) if row["slot"] == "S1")
    lost = next(row for row in rows_of(plan) if row["slot"] == "S4")
    (folder / "pins.csv").write_text(
        "merchant,category,slot,option\n"
        f"{held['merchant']},{held['category']},S1,none\n"
        f"{held['merchant']},{held['category']},S2,C\n"
        f"{lost['merchant']},*,S4,none\n",
        encoding="utf-8",
    )
    outcome = reoptimise(asked(folder, plan, tmp_path))
    assert outcome.end is End.new
    new = tmp_path / "work" / "new"
    verified(folder, new)
    assert key(lost) not in set(map(key, rows_of(new)))


def test_what_is_held_breaks_a_pool(tmp_path):
    """Where what is held alone overspends a pool, it is said by how much, and nothing is written."""
    folder, plan = begun(tmp_path)
    (folder / "pools.csv").write_text("pool,amount,decimals\ncash,40,2\nviews,72,0\n", encoding="utf-8")
    outcome = reoptimise(asked(folder, plan, tmp_path, is_trusted=True))
    assert outcome.end is End.impossible
    (found,) = [one for one in outcome.findings if one.code == "OPR-09"]
    assert "pool cash" in found.what
    assert not (tmp_path / "work" / "new").exists()


def test_what_is_held_breaks_a_rule(tmp_path):
    """Where what is held alone breaks a hard cap, the finding names the rule and what it comes to."""
    folder, plan = begun(tmp_path)
    (folder / "rules.csv").write_text(RULES.replace("40%", "20%"), encoding="utf-8")
    outcome = reoptimise(asked(folder, plan, tmp_path))
    assert outcome.end is End.impossible
    assert {one.code for one in outcome.findings} == {"OPR-10"}


def test_an_overspend_is_made_up_for(tmp_path):
    """What was drawn beyond the promise is taken from what is still open: the pool holds."""
    folder, plan = begun(tmp_path)
    (folder / "rules.csv").write_text(RULES.replace("40%", "80%"), encoding="utf-8")
    lines = (folder / "actuals.csv").read_text(encoding="utf-8").splitlines()
    row = lines[1].split(",")
    row[3] = str(float(row[3]) + 30)
    (folder / "actuals.csv").write_text(
        "\n".join([lines[0], ",".join(row), *lines[2:]]) + "\n", encoding="utf-8"
    )
    outcome = reoptimise(asked(folder, plan, tmp_path))
    assert outcome.end is End.new
    new = tmp_path / "work" / "new"
    verified(folder, new)
    assert sum(Fraction(row["cash"]) for row in [*rows_of(new), *rows_of(new, "booked")]) <= 120


def test_cells_that_are_gone(tmp_path):
    """Cells gone from options.csv are dropped and listed; the plan that funded them cannot stay."""
    folder, plan = begun(tmp_path)
    lost = next(row for row in rows_of(plan) if row["slot"] == "S4")
    start = f"{lost['merchant']},{lost['category']},S4,"
    lines = (folder / "options.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "options.csv").write_text(
        "".join(one for one in lines if not one.startswith(start)), encoding="utf-8"
    )
    outcome = reoptimise(asked(folder, plan, tmp_path, min_gain=Fraction(9)))
    assert outcome.end is End.new
    assert [one.code for one in outcome.findings] == ["OPR-07"]
    for name in ("new", "repaired"):
        verified(folder, tmp_path / "work" / name)
    own = {(*key(row), row["option"]) for row in rows_of(tmp_path / "work" / "repaired")}
    assert own <= {(*key(row), row["option"]) for row in rows_of(plan)}


@pytest.mark.parametrize(
    ("file", "old", "new", "what"),
    [
        ("pools.csv", "cash,120", "cash,300", "cash"),
        ("pools.csv", "views,72", "views,36", "views"),
        ("options.csv", None, None, "options.csv"),
    ],
)
def test_inputs_that_changed_out_of_measure(tmp_path, file, old, new, what):
    """Rows that fell by a third and pools changed by a factor keep the plan in force, unless it is meant."""
    folder, plan = begun(tmp_path)
    text = (folder / file).read_text(encoding="utf-8")
    if old is None:
        kept = [
            line
            for line in text.splitlines()
            if not (line.split(",")[2] == "S4" or (line.split(",")[2] == "S3" and ",C," in line))
        ]
        text = "\n".join(kept) + "\n"
    else:
        assert old in text
        text = text.replace(old, new)
    (folder / file).write_text(text, encoding="utf-8")
    outcome = reoptimise(asked(folder, plan, tmp_path))
    assert outcome.end is End.suspicious
    assert [fact["what"] for fact in outcome.facts] == [what]
    assert reoptimise(asked(folder, plan, tmp_path, is_trusted=True)).end is not End.suspicious


def test_without_a_plan_in_force(tmp_path):
    """The first run of a job plans what is still open around what is booked."""
    folder, _ = begun(tmp_path)
    outcome = reoptimise(asked(folder, None, tmp_path, max_change=Fraction(0), freeze_next=2))
    assert outcome.end is End.new
    assert outcome.is_first
    verified(folder, tmp_path / "work" / "new")


def test_the_whole_campaign_hour_by_hour(tmp_path):
    """Slot after slot the plan in force is the next one's incumbent, its booked rows included."""
    folder, plan = begun(tmp_path, 4)
    (folder / "actuals.csv").unlink()
    for day in (1, 2, 3, 4, 5):
        now = datetime.fromisoformat(f"2026-11-{day:02d}T12:00:00+08:00")
        done = tuple(f"S{slot}" for slot in range(1, min(day, 4) + 1))
        whole = tmp_path / f"whole{day}"
        shutil.copytree(plan, whole)
        if day > 1:
            merged = [*rows_of(plan), *rows_of(plan, "booked")]
            lines = ["merchant,category,slot,cash,views,conversions"] + [
                f"{row['merchant']},{row['category']},{row['slot']},{row['cash']},{row['views']},{row['conversions']}"
                for row in merged
                if row["slot"] in done
            ]
            (folder / "actuals.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        outcome = reoptimise(Asked(folder, plan, tmp_path / str(day), now, 60, min_gain=Fraction(0)))
        assert outcome.end in (End.new, End.not_better, End.same), outcome
        if outcome.end is End.new:
            plan = tmp_path / str(day) / "new"
            verified(folder, plan)


def test_a_campaign_that_has_not_begun(tmp_path):
    """Before the first slot everything is open, and what solve found stays."""
    folder, plan = begun(tmp_path)
    (folder / "actuals.csv").unlink()
    early = datetime.fromisoformat("2026-10-01T00:00:00+08:00")
    (folder / "pools.csv").write_text("pool,amount,decimals\ncash,125,2\nviews,72,0\n", encoding="utf-8")
    outcome = reoptimise(Asked(folder, plan, tmp_path / "work", early, 60))
    assert outcome.end in (End.new, End.not_better)
    assert outcome.num_held == 0
    if outcome.end is End.new:
        verified(folder, tmp_path / "work" / "new")


def test_stages_are_refused(tmp_path):
    """An objective of stages is a finding, not a plan by one of them."""
    folder, plan = begun(tmp_path)
    stages = (
        '\n[[objective.stages]]\nmaximise = "conversions"\n[[objective.stages]]\nmaximise = {cash = -1}\n'
    )
    with (folder / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write(stages)
    outcome = reoptimise(asked(folder, plan, tmp_path))
    assert outcome.end is End.invalid
    assert "OPR-11" in {one.code for one in outcome.findings}
