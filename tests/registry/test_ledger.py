"""Money: double entry, never below zero, always summing, on both databases."""

import json
import shutil

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.refusal import Reason, Refused
from optimizer.read import read_instance
from optimizer.registry.applying import apply
from optimizer.registry.audit import audit
from optimizer.registry.committing import booking, commitment
from optimizer.registry.deciding import approve, submit
from optimizer.registry.ledger import PoolLedger, pools
from optimizer.registry.money import adjust, book, drawback, transfer
from optimizer.registry.plans import Plan, PlanFacts
from optimizer.registry.registering import register
from optimizer.registry.schema import SOURCES, USES
from optimizer.verify import verify
from tests.registry.conftest import TINY, TOOLS, solved
from tests.registry.test_states import NOBODY, approved, entered, refused


def money(registry, pool="cash"):
    """The accounts of a pool that hold anything, as texts."""
    with registry.as_user("anna").reading() as connection:
        (own,) = [one for one in pools(connection) if one.pool == pool]
    assert own.is_balanced
    return {kind: own.text(balance) for kind, balance in own.balances.items() if balance}


def spend(instance, *rows):
    """Write `actuals.csv`: (merchant, category, slot, cash) each."""
    lines = ["merchant,category,slot,cash,conversions", *(",".join((*row, "1")) for row in rows)]
    (instance / "actuals.csv").write_text("\n".join(lines) + "\n")


@pytest.fixture
def applied(registry, plan):
    content = approved(registry, plan).content
    apply(registry.as_user("boss"), content, TINY, NOBODY, TOOLS)
    return registry


def test_a_plans_money(registry, plan):
    """The first plan brings the pool's amount; when it is applied, what it gives out is committed."""
    entered(registry, plan)
    assert money(registry) == {"initial": "100.00", "left": "100.00"}
    content = entered(registry, plan).content
    submit(registry.as_user("anna"), content, NOBODY)
    approve(registry.as_user("boss"), content, NOBODY)
    assert money(registry) == {"initial": "100.00", "left": "100.00"}
    apply(registry.as_user("boss"), content, TINY, NOBODY, TOOLS)
    assert money(registry) == {"initial": "100.00", "committed": "100.00"}


def test_the_next_plan_replaces_the_commitment(applied, tmp_path, tiny):
    """What the plan before had committed is free again; only the difference moves."""
    (tiny / "pins.csv").write_text("merchant,category,slot,option\nhu_shoes,shoes,S1,none\n")
    second = approved(applied, solved(tiny, tmp_path / "second"), instance=tiny)
    apply(applied.as_user("boss"), second.id, tiny, NOBODY, TOOLS)
    used = second.facts.pools["cash"]["used"]
    assert used < 10_000
    assert money(applied)["committed"] == f"{used / 100:.2f}"


def test_adjustments(applied):
    """What is added is left; no more than is left can be taken away."""
    adjust(applied.as_user("boss"), "cash", "20", NOBODY)
    assert money(applied) == {"initial": "100.00", "added": "20.00", "left": "20.00", "committed": "100.00"}
    error = refused(lambda: adjust(applied.as_user("boss"), "tiny:cash", "20.01", NOBODY, is_taken=True))
    assert error.reason is Reason.guard
    adjust(applied.as_user("boss"), "tiny:cash", "20.00", NOBODY, is_taken=True)
    assert money(applied)["removed"] == "20.00"


def test_booking(applied, tiny):
    """Booking takes what was spent from what is committed; the same actuals again change nothing."""
    spend(tiny, ("an_tea", "tea", "S1", "9.50"), ("hu_shoes", "shoes", "S1", "20"))
    assert book(applied.as_user("job"), tiny, NOBODY, read_instance).event.action == "book"
    assert money(applied) == {"initial": "100.00", "booked": "29.50", "committed": "70.50"}
    assert book(applied.as_user("job"), tiny, NOBODY, read_instance).event is None
    spend(tiny, ("an_tea", "tea", "S1", "9.50"))
    book(applied.as_user("job"), tiny, NOBODY, read_instance)
    assert money(applied) == {"initial": "100.00", "booked": "9.50", "committed": "90.50"}


def test_overspending(applied, tiny):
    """What was spent beyond the plan is taken from what is left; where nothing is, a person has to look."""
    spend(tiny, ("an_tea", "tea", "S1", "110"))
    error = refused(book, applied.as_user("job"), tiny, NOBODY, read_instance)
    assert error.reason is Reason.guard
    assert money(applied) == {"initial": "100.00", "committed": "100.00"}
    adjust(applied.as_user("boss"), "cash", "15", NOBODY)
    book(applied.as_user("job"), tiny, NOBODY, read_instance)
    assert money(applied) == {"initial": "100.00", "added": "15.00", "left": "5.00", "booked": "110.00"}


def test_drawbacks(applied, tiny):
    """Money that came back may be given out again, and never more comes back than was booked."""
    spend(tiny, ("an_tea", "tea", "S1", "10"))
    book(applied.as_user("job"), tiny, NOBODY, read_instance)
    drawback(applied.as_user("boss"), "cash", "4", NOBODY)
    assert money(applied)["left"] == money(applied)["returned"] == "4.00"
    assert refused(drawback, applied.as_user("boss"), "cash", "6.01", NOBODY).reason is Reason.guard
    spend(tiny, ("an_tea", "tea", "S1", "3"))
    assert "only once" in str(refused(book, applied.as_user("job"), tiny, NOBODY, read_instance))


def test_transfers(applied, tmp_path, tiny):
    """Money goes from what is left of one pool to what is left of another, and the sum stays."""
    (tiny / "settings.toml").write_text('name = "other"\ncurrency = "CNY"\n')
    entered(applied, solved(tiny, tmp_path / "second"), instance=tiny)
    assert (
        refused(transfer, applied.as_user("boss"), "cash", "other:cash", "1", NOBODY).reason is Reason.invalid
    )
    transfer(applied.as_user("boss"), "other:cash", "tiny:cash", "12.34", NOBODY)
    with applied.as_user("anna").reading() as connection:
        own = {one.instance: one.balances for one in pools(connection)}
    assert (own["other"]["moved_out"], own["other"]["left"]) == (1234, 8766)
    assert (own["tiny"]["moved_in"], own["tiny"]["left"]) == (1234, 1234)
    assert refused(transfer, applied.as_user("boss"), "tiny:cash", "other:cash", "12.35", NOBODY)
    assert refused(transfer, applied.as_user("boss"), "tiny:cash", "tiny:cash", "1", NOBODY)
    assert audit(applied.as_user("anna")).is_sound


def test_money_never_comes_from_nowhere(registry, plan, tmp_path, tiny):
    """A plan that gives out more than the ledger has is not registered until the ledger has it."""
    entered(registry, plan)
    (tiny / "pools.csv").write_text("pool,amount,unit,decimals\ncash,110.00,CNY,2\n")
    folder = solved(tiny, tmp_path / "larger")
    error = refused(register, registry.as_user("anna"), tiny, folder, NOBODY, verify)
    assert error.reason is Reason.guard
    assert "110.00 of cash, and the ledger has 100.00" in str(error)
    adjust(registry.as_user("boss"), "cash", "10", NOBODY)
    assert entered(registry, folder, instance=tiny).state == "registered"
    (tiny / "pools.csv").write_text("pool,amount,unit,decimals\ncash,90.00,USD,2\n")
    dollars = solved(tiny, tmp_path / "dollars")
    assert refused(register, registry.as_user("anna"), tiny, dollars, NOBODY, verify).reason is Reason.invalid


def test_nothing_left_to_commit(registry, plan):
    """An approved plan for which too little is left is not applied, and nothing changes."""
    content = approved(registry, plan).content
    adjust(registry.as_user("boss"), "cash", "1", NOBODY, is_taken=True)
    error = refused(apply, registry.as_user("boss"), content, TINY, NOBODY, TOOLS)
    assert error.reason is Reason.guard
    assert money(registry) == {"initial": "100.00", "left": "99.00", "removed": "1.00"}
    assert audit(registry.as_user("anna")).is_sound


NO_AMOUNTS = ("", "0", "-1", "+1", "1e2", "1,000", "1.005", "abc", "９", "9" * 25, "¥5", "NaN")


def test_no_amounts(applied):
    """What is no plain amount above zero, with digits that the pool has, is refused."""
    for text in NO_AMOUNTS:
        assert refused(adjust, applied.as_user("boss"), "cash", text, NOBODY).reason is Reason.invalid
    assert money(applied) == {"initial": "100.00", "committed": "100.00"}


def test_unknown_pools(applied):
    """A pool that the ledger does not have is refused, and those that it has are named."""
    for name in ("cash ", "CASH", "x:cash", "", "tiny:", "'; drop table fairpool_plans; --"):
        assert "tiny:cash" in str(refused(adjust, applied.as_user("boss"), name, "1", NOBODY))


def test_nothing_to_book(applied, tiny):
    """Without actuals, or for an instance that the ledger does not know, nothing is booked."""
    assert refused(book, applied.as_user("job"), tiny, NOBODY, read_instance).reason is Reason.invalid
    spend(tiny, ("an_tea", "tea", "S1", "1"))
    (tiny / "settings.toml").write_text('name = "stranger"\n')
    assert "stranger" in str(refused(book, applied.as_user("job"), tiny, NOBODY, read_instance))
    spend(tiny, ("nobody", "tea", "S1", "1"))
    error = refused(book, applied.as_user("job"), tiny, NOBODY, read_instance)
    assert [found.code for found in error.findings] == ["ACT-01"]


def test_the_database_refuses_what_the_program_would_not(applied):
    """No balance below zero, no entry of nothing, no third state: the database holds the line by itself."""
    for statement in (
        "update fairpool_accounts set balance = -1 where kind = 'left'",
        "update fairpool_plans set state = 'great'",
        "insert into fairpool_entries values (1, 99, 1, 1, 5)",
        "insert into fairpool_entries values (1, 99, 1, 2, 0)",
        "insert into fairpool_chain values (2, 0, 'x')",
        "update fairpool_entries set units = 1",
        "delete from fairpool_events",
        "update fairpool_files set sha256 = 'x'",
    ):
        with pytest.raises(sa.exc.DBAPIError):
            applied.tamper(statement, keep_triggers=True)
    assert audit(applied.as_user("anna")).is_sound


def _ledger(balances):
    return PoolLedger("i", "cash", 0, "CNY", 2, dict.fromkeys((*SOURCES, *USES), 0) | balances)


def _plan(used):
    facts = PlanFacts("a", "", "", "", "", "0", False, {"cash": {"amount": 0, "used": used}}, {})
    return Plan("0" * 64, "i", "applied", 1, 1, facts)


def _after(ledger, lines):
    balances = dict(ledger.balances)
    for line in lines:
        assert line.units > 0
        for kind, sign in ((line.debit, 1), (line.credit, -1)):
            balances[kind] += line.units * (sign if kind in USES else -sign)
    return _ledger(balances)


@given(
    st.integers(0, 100),
    st.integers(0, 100),
    st.integers(0, 100),
    st.none() | st.integers(0, 200),
    st.integers(0, 200),
)
def test_booking_and_commitment(left, committed, booked, used, spent):
    """Afterwards `booked` is what was spent, `committed` what is promised beyond it, all balanced."""
    before = _ledger(
        {"initial": left + committed + booked, "left": left, "committed": committed, "booked": booked}
    )
    plan = None if used is None else _plan(used)
    after = _after(before, booking([before], plan, {"cash": spent}))
    assert after.balances["booked"] == spent
    assert after.balances["committed"] == max(0, (used or 0) - spent)
    assert after.is_balanced
    again = _after(after, commitment([after], plan))
    assert again.balances == after.balances


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["add", "remove", "draw"]), st.integers(1, 9_000)), max_size=8))
def test_any_order_of_movements_balances(applied, movements):
    """Whatever is asked for in whatever order, the ledger balances and the audit holds."""
    reasons = set()
    for kind, units in movements:
        text = f"{units / 100:.2f}"
        try:
            if kind == "draw":
                drawback(applied.as_user("boss"), "cash", text, NOBODY)
            else:
                adjust(applied.as_user("boss"), "cash", text, NOBODY, is_taken=kind == "remove")
        except Refused as error:
            reasons.add(error.reason)
    assert reasons <= {Reason.guard}
    assert money(applied)
    assert audit(applied.as_user("anna")).is_sound


def test_parquet_and_twins(registry, tmp_path, tiny):
    """A plan written as Parquet is registered, held and applied like any other."""
    from optimizer import pipeline
    from optimizer.registry.holdings import holdings

    folder = tmp_path / "parquet"
    assert pipeline.solve(tiny, folder, is_parquet=True).plan is not None
    content = approved(registry, folder, instance=tiny).content
    with registry.as_user("anna").reading() as connection:
        assert sum(one.units[0] for one in holdings(connection, content, {"cash": 2}).values()) == 10_000
    apply(registry.as_user("boss"), content, tiny, NOBODY, TOOLS)
    assert money(registry)["committed"] == "100.00"


def test_overrides_are_refused(registry, tmp_path):
    """A plan that was made with --set is refused, whatever it sets."""
    from optimizer import pipeline

    folder = tmp_path / "what-if"
    pipeline.solve(TINY, folder, given=pipeline.Given(overrides=(("pools.cash", "110"),)))
    error = refused(register, registry.as_user("anna"), TINY, folder, NOBODY, verify)
    assert error.reason is Reason.invalid
    assert "--set (pools.cash)" in str(error)


def test_unverified_plans_are_refused(registry, plan):
    """A plan that fails verification is refused with what is wrong; a broken folder as well."""
    text = (plan / "plan.csv").read_text("utf-8-sig")
    (plan / "plan.csv").write_text("\ufeff" + text.replace("25.00", "24.00"), "utf-8")
    error = refused(register, registry.as_user("anna"), TINY, plan, NOBODY, verify)
    assert error.reason is Reason.unverified
    assert "VER-06" in {found.code for found in error.findings}
    (plan / "summary.json").unlink()
    assert refused(register, registry.as_user("anna"), TINY, plan, NOBODY, verify).reason is Reason.invalid
    (plan / "deep").mkdir()
    assert refused(register, registry.as_user("anna"), TINY, plan, NOBODY, verify).reason is Reason.invalid


def test_the_identity_is_what_sha256sum_says(registry, plan):
    """A plan's identity is the digest of what sha256sum prints for its files."""
    import subprocess

    done = subprocess.run(
        "LC_ALL=C sha256sum * | sha256sum", shell=True, cwd=plan, capture_output=True, text=True, check=True
    )
    assert entered(registry, plan).content == done.stdout.split()[0]


def test_facts_are_those_of_the_summary(registry, plan):
    """What is kept of a plan is what its verified summary says."""
    summary = json.loads((plan / "summary.json").read_bytes())
    facts = entered(registry, plan).facts
    assert (facts.objective, facts.is_best_effort) == (summary["objective"], False)
    assert facts.pools == {"cash": {"amount": 10_000, "used": 10_000}}
    assert set(facts.files) == {path.name for path in plan.iterdir()}
    shutil.rmtree(plan)
    assert audit(registry.as_user("anna")).is_sound  # the folder may go: the registry has its bytes
