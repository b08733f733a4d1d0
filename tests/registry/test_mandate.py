"""A mandate lets a job publish by itself what it covers, and nothing else."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.refusal import Reason, Refused
from optimizer.registry.applying import apply, mandate_in_force, rollback
from optimizer.registry.deciding import Asked, approve, submit, withdraw
from optimizer.registry.events import Said
from optimizer.registry.holdings import Holding, holdings
from optimizer.registry.mandate import Mandate, Step, check_mandate, check_until, run_change, total_change
from optimizer.registry.plans import found_plan
from tests.registry.conftest import TINY, TOOLS, solved, twin
from tests.registry.test_states import NOBODY, approved, entered, refused

LATER = datetime.now(UTC) + timedelta(days=1)
A, B, C = ("a", "t", "S1", ""), ("b", "t", "S1", ""), ("c", "t", "S1", "")


def asked(per_run="0.1", total="0.15", pools=(), until=LATER):
    return Asked(Fraction(per_run), Fraction(total), pools, until)


def cells(**units):
    names = {"a": A, "b": B, "c": C}
    return {names[name]: Holding([amount], [("o", "")]) for name, amount in units.items()}


def booked(cells, *keys, options=(("o", ""),)):
    for key in keys:
        cells[key].is_booked, cells[key].options = True, list(options)
    return cells


@pytest.fixture
def other(tmp_path, tiny):
    """An instance and its plan: 10 of 100 are given otherwise than in the plan of `tiny`."""
    (tiny / "pins.csv").write_text("merchant,category,slot,option\nhu_shoes,shoes,S1,basic\n")
    return tiny, solved(tiny, tmp_path / "other")


def in_force(registry, plan, mandate):
    """Approve a plan with a mandate, and apply it."""
    content = approved(registry, plan, asked=mandate).content
    return apply(registry.as_user("boss"), content, TINY, NOBODY, TOOLS).plan


def test_within(registry, plan, other):
    """A change of exactly what is allowed is published without a person; the log says how much it was."""
    first = in_force(registry, plan, asked())
    instance, folder = other
    content = entered(registry, folder, "job", instance).content
    done = apply(registry.as_user("job"), content, instance, NOBODY, TOOLS)
    assert done.plan.state == "applied"
    assert done.event.action == "apply_by_mandate"
    assert done.event.details["changes"] == {"cash": {"per_run": "0.1", "total": "0.1"}}
    assert (done.plan.basis, done.event.details["superseded"]) == (first.basis, first.content)
    with registry.as_user("job").reading() as connection:
        assert mandate_in_force(connection, "tiny").per_run == Fraction("0.1")


@pytest.mark.parametrize(
    ("mandate", "says"),
    [
        (asked(per_run="0.0999"), "by 10 % against the plan in force, and the mandate allows 9.99 %"),
        (asked(per_run="0.05", total="0.05"), "by 10 % against the plan in force"),
        (None, "only an approved plan"),
    ],
)
def test_beyond(registry, plan, other, mandate, says):
    """A larger change, or any without a mandate, is left to a person, and nothing is changed."""
    first = in_force(registry, plan, mandate)
    instance, folder = other
    content = entered(registry, folder, "job", instance).content
    error = refused(apply, registry.as_user("job"), content, instance, NOBODY, TOOLS)
    assert error.reason is (Reason.guard if mandate else Reason.invalid)
    assert says in str(error)
    with registry.as_user("job").reading() as connection:
        assert found_plan(connection, first.content).state == "applied"


def test_total_is_against_the_approved_plan(registry, plan, other, tmp_path):
    """Small runs do not add up to more than the total: it is measured from the approved plan."""
    in_force(registry, plan, asked(per_run="0.1", total="0.1"))
    instance, folder = other
    apply(registry.as_user("job"), entered(registry, folder, "job", instance).id, instance, NOBODY, TOOLS)
    pins = "merchant,category,slot,option\nhu_shoes,shoes,S1,basic\nlin_phones,phones,S1,none\n"
    (instance / "pins.csv").write_text(pins)
    third = solved(instance, tmp_path / "third")
    content = entered(registry, third, "job", instance).content
    error = refused(apply, registry.as_user("job"), content, instance, NOBODY, TOOLS)
    assert error.reason is Reason.guard


def test_until(registry, plan):
    """A mandate ends at its moment, and not before."""
    mandate = Mandate(Fraction(1), Fraction(1), ("cash",), LATER)
    check_until(mandate, LATER - timedelta(microseconds=1))
    assert refused(check_until, mandate, LATER).reason is Reason.guard
    content = entered(registry, plan).content
    submit(registry.as_user("anna"), content, NOBODY)
    past = asked(until=datetime.now(UTC) - timedelta(seconds=1))
    assert refused(approve, registry.as_user("boss"), content, NOBODY, past).reason is Reason.invalid
    assert (
        refused(approve, registry.as_user("boss"), content, NOBODY, asked(pools=("x",))).reason
        is Reason.invalid
    )
    wide = asked(per_run="0.2", total="0.1")
    assert refused(approve, registry.as_user("boss"), content, NOBODY, wide).reason is Reason.invalid


def test_withdrawn(registry, plan):
    """Whoever withdraws a mandate stops the job at once; the plan stays in force."""
    first = in_force(registry, plan, asked())
    assert withdraw(registry.as_user("second"), first.id, Said("", "stop")).plan.state == "applied"
    content = entered(registry, twin(plan), "job").content
    error = refused(apply, registry.as_user("job"), content, TINY, NOBODY, TOOLS)
    assert error.reason is Reason.guard
    assert "ended (event 5)" in str(error)
    assert refused(withdraw, registry.as_user("second"), first.id, NOBODY).reason is Reason.invalid


def test_rollback_ends_the_mandate(registry, plan):
    """A job's plan is rolled back to the approved one, and from then on a person decides."""
    first = in_force(registry, plan, asked())
    job = entered(registry, twin(plan), "job")
    apply(registry.as_user("job"), job.id, TINY, NOBODY, TOOLS)
    assert rollback(registry.as_user("boss"), TINY, NOBODY, TOOLS).plan.content == first.content
    again = entered(registry, twin(plan, 2), "job")
    assert refused(apply, registry.as_user("job"), again.id, TINY, NOBODY, TOOLS).reason is Reason.guard
    with registry.as_user("job").reading() as connection:
        assert mandate_in_force(connection, "tiny") is None


def test_rejected_plans_have_no_way_round(registry, plan):
    """A plan that a person rejected is not published by mandate either."""
    from optimizer.registry.deciding import reject

    in_force(registry, plan, asked())
    job = entered(registry, twin(plan), "job")
    reject(registry.as_user("boss"), job.id, NOBODY)
    assert refused(apply, registry.as_user("job"), job.id, TINY, NOBODY, TOOLS).reason is Reason.invalid


def test_changes():
    """A change is the larger of increases and decreases, as a share of what is held in the open cells."""
    before = cells(a=60, b=40)
    assert run_change(before, cells(a=65, b=32), 0) == Fraction(8, 100)
    assert run_change(before, cells(a=60, c=45), 0) == Fraction(45, 100)
    assert run_change(before, before, 0) == 0
    assert run_change({}, cells(a=1), 0) is None
    assert run_change({}, {}, 0) == 0


def test_booked_cells():
    """Booked cells are left out of a run's change, and of the total unless they hold another option."""
    before, after = cells(a=60, b=40), booked(cells(a=70, b=44), A)
    assert run_change(before, after, 0) == Fraction(4, 40)
    assert total_change(before, after, 0) == Fraction(4, 100)
    assert total_change(before, booked(cells(a=70, b=44), A, options=()), 0) == Fraction(4, 100)
    assert total_change(before, booked(cells(a=70, b=44), A, options=[("p", "")]), 0) == Fraction(14, 100)
    assert total_change(cells(b=40), booked(cells(a=10, b=40), A), 0) == Fraction(10, 40)


def test_other_pools():
    """A pool that the mandate does not name keeps the amount of every cell."""
    mandate = Mandate(Fraction(1), Fraction(1), ("cash",), LATER)
    old, new = {A: Holding([10, 5])}, {A: Holding([12, 5])}
    step = Step(("cash", "coupons"), old, old, new)
    assert check_mandate(mandate, step)["coupons"] == {"per_run": "0", "total": "0"}
    moved = Step(("cash", "coupons"), old, old, {A: Holding([12, 6])})
    assert "does not cover coupons" in str(refused(check_mandate, mandate, moved))


def test_what_is_booked_is_not_made_up():
    """A job's plan cannot give more to cells by calling them booked."""
    from optimizer.registry.actuals import Spent
    from optimizer.registry.applying import _refuse_made_up

    before = cells(a=60, b=40)
    spent = Spent("i", {"coupons": 0, "cash": 2}, {A: (0, 70)}, "")
    _refuse_made_up(Step(("cash",), before, before, booked(cells(a=70, b=40), A, B)), spent)
    for most in (cells(a=71, b=40), cells(a=70, b=41), cells(c=1)):
        made_up = booked(most, *most)
        assert (
            refused(_refuse_made_up, Step(("cash",), before, before, made_up), spent).reason is Reason.guard
        )
    assert refused(_refuse_made_up, Step(("cash",), before, before, booked(cells(a=61), A)), None)


@given(
    st.dictionaries(st.sampled_from("abc"), st.integers(0, 9)),
    st.dictionaries(st.sampled_from("abc"), st.integers(0, 9)),
)
def test_no_mandate_no_change(old, new):
    """Under shares of zero exactly those plans pass that give every open cell what it had."""
    mandate = Mandate(Fraction(0), Fraction(0), ("cash",), LATER)
    before, after = cells(**old), cells(**new)
    step = Step(("cash",), before, before, after)
    is_same = all(old.get(name, 0) == new.get(name, 0) for name in "abc")
    if is_same:
        check_mandate(mandate, step)
    else:
        with pytest.raises(Refused):
            check_mandate(mandate, step)


def test_holdings(registry, plan):
    """What a plan holds is read from its registered files, in smallest units."""
    content = entered(registry, plan).content
    with registry.as_user("anna").reading() as connection:
        found = holdings(connection, content, {"cash": 2})
    assert len(found) == 6
    assert found["hu_shoes", "shoes", "S1", ""] == Holding([2500], [("plus", "")])
    assert sum(one.units[0] for one in found.values()) == 10_000


def test_a_pool_that_is_new(registry, plan, tiny, tmp_path):
    """A plan that draws of a pool which the approved plan did not have goes beyond any mandate."""
    in_force(registry, plan, asked(per_run="1", total="1"))
    (tiny / "pools.csv").write_text("pool,amount,unit,decimals\ncash,100.00,CNY,2\ncoupons,50,,0\n")
    text = (tiny / "options.csv").read_text("utf-8").splitlines()
    rows = [f"{text[0]},coupons", *(f"{line},{1 + ('plus' in line)}" for line in text[1:])]
    (tiny / "options.csv").write_text("\n".join(rows) + "\n", "utf-8")
    content = entered(registry, solved(tiny, tmp_path / "coupons"), "job", tiny).content
    error = refused(apply, registry.as_user("job"), content, tiny, NOBODY, TOOLS)
    assert error.reason is Reason.guard
    assert "does not cover coupons" in str(error)
