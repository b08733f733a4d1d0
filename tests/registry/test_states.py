"""What can be done with a plan in each state, and what cannot."""

import pytest

from models.refusal import Reason, Refused
from optimizer.registry.applying import apply, rollback
from optimizer.registry.deciding import approve, reject, submit
from optimizer.registry.events import Said, events
from optimizer.registry.plans import all_plans
from optimizer.registry.registering import register
from optimizer.registry.schema import STATES
from optimizer.registry.states import TRANSITIONS, after
from optimizer.verify import verify
from tests.registry.conftest import TINY, TOOLS, twin

NOBODY = Said()


def refused(what, *arguments):
    """Return how something was refused."""
    with pytest.raises(Refused) as caught:
        what(*arguments)
    return caught.value


def entered(registry, plan, who="anna", instance=TINY):
    return register(registry.as_user(who), instance, plan, NOBODY, verify).plan


def approved(registry, plan, who="anna", by="boss", asked=None, instance=TINY):
    """Register, submit and approve."""
    content = entered(registry, plan, who, instance).content
    submit(registry.as_user(who), content, NOBODY)
    return approve(registry.as_user(by), content, NOBODY, asked).plan


def test_the_whole_way(registry, plan):
    """Registered, submitted, approved, applied, superseded: each with who, when and why in the log."""
    first = entered(registry, plan)
    assert first.state == "registered"
    assert submit(registry.as_user("anna"), first.content, Said("", "for June")).plan.state == "submitted"
    assert approve(registry.as_user("boss"), first.id, Said("cfo", "within plan")).plan.state == "approved"
    assert apply(registry.as_user("job"), str(plan), TINY, NOBODY, TOOLS).plan.state == "applied"
    second = approved(registry, twin(plan))
    assert apply(registry.as_user("job"), second.id, TINY, NOBODY, TOOLS).plan.state == "applied"
    store = registry.as_user("anna")
    with store.reading() as connection:
        assert {p.content: p.state for p in all_plans(connection)} == {
            first.content: "superseded",
            second.content: "applied",
        }
        log = events(connection, plan=first.content)
    assert [(e.who, e.action, e.said.claim, e.said.why) for e in log] == [
        ("anna", "register", "", ""),
        ("anna", "submit", "", "for June"),
        ("boss", "approve", "cfo", "within plan"),
        ("job", "apply", "", ""),
        ("job", "apply", "", ""),
    ]
    assert all(e.at.endswith("Z") and len(e.at) == 27 for e in log)
    assert [e.at for e in log] == sorted(e.at for e in log)


def test_the_table_is_whole():
    """Every action leads from known states to known states, and everywhere else it is refused with a hint."""
    for action, moves in TRANSITIONS.items():
        assert set(moves.values()) <= set(STATES)
        assert set(moves) <= {*STATES, ""}
        for state in set(STATES) - set(moves):
            if action in ("register", "supersede"):
                continue
            assert refused(after, action, state, "a" * 64).reason is Reason.invalid


def test_the_author_cannot_approve(registry, plan):
    """Whoever registered a plan cannot approve it, nor anyone who claims to be them."""
    content = register(registry.as_user("anna"), TINY, plan, Said("planner"), verify).plan.content
    submit(registry.as_user("boss"), content, NOBODY)
    assert refused(approve, registry.as_user("anna"), content, Said("boss")).reason is Reason.guard
    assert refused(approve, registry.as_user("boss"), content, Said("planner")).reason is Reason.guard
    assert approve(registry.as_user("boss"), content, NOBODY).plan.state == "approved"


def test_only_submitted_plans_are_approved(registry, plan):
    """A plan is approved once, and only after it was submitted."""
    content = entered(registry, plan).content
    assert "submit it first" in str(refused(approve, registry.as_user("boss"), content, NOBODY))
    submit(registry.as_user("anna"), content, NOBODY)
    approve(registry.as_user("boss"), content, NOBODY)
    again = refused(approve, registry.as_user("second"), content, NOBODY)
    assert again.reason is Reason.invalid
    assert "approved already (event 3)" in str(again)


def test_rejected_plans_are_not_applied(registry, plan):
    """A rejected plan is neither approved nor applied; submitted again it can be."""
    content = approved(registry, plan).content
    assert reject(registry.as_user("boss"), content, Said("", "too much")).plan.state == "rejected"
    assert refused(approve, registry.as_user("boss"), content, NOBODY).reason is Reason.invalid
    assert refused(apply, registry.as_user("job"), content, TINY, NOBODY, TOOLS).reason is Reason.invalid
    submit(registry.as_user("anna"), content, NOBODY)
    assert approve(registry.as_user("boss"), content, NOBODY).plan.state == "approved"


def test_registered_plans_are_not_applied(registry, plan):
    """Without approval and mandate a plan does not come into force."""
    content = entered(registry, plan).content
    error = refused(apply, registry.as_user("job"), content, TINY, NOBODY, TOOLS)
    assert error.reason is Reason.invalid
    assert "only an approved plan" in str(error)


def test_registered_twice_is_once(registry, plan):
    """The same content again is the same plan, from whatever folder, and nothing is recorded."""
    first = entered(registry, plan)
    again = register(registry.as_user("boss"), TINY, plan, NOBODY, verify)
    assert again.event is None
    assert again.plan == first


def test_applied_twice_is_once(registry, plan):
    """A plan in force that is applied again stays in force, and nothing is recorded."""
    content = approved(registry, plan).content
    assert apply(registry.as_user("job"), content, TINY, NOBODY, TOOLS).event is not None
    assert apply(registry.as_user("job"), content, TINY, NOBODY, TOOLS).event is None


def test_a_changed_byte_voids_the_approval(registry, plan):
    """A folder in which one byte changed after its approval is not that plan (6)."""
    approved(registry, plan)
    text = (plan / "summary.json").read_text("utf-8")
    (plan / "summary.json").write_text(text.replace('"read_seconds": "0', '"read_seconds": "1'), "utf-8")
    error = refused(apply, registry.as_user("job"), str(plan), TINY, NOBODY, TOOLS)
    assert error.reason is Reason.unverified
    assert "summary.json changed" in str(error)


def test_a_new_file_voids_the_approval(registry, plan):
    """So it is where a file was added or is gone."""
    approved(registry, plan)
    (plan / "extra.txt").write_text("x")
    assert "extra.txt" in str(refused(apply, registry.as_user("job"), str(plan), TINY, NOBODY, TOOLS))
    (plan / "extra.txt").unlink()
    (plan / "limits.csv").unlink()
    assert "limits.csv" in str(refused(apply, registry.as_user("job"), str(plan), TINY, NOBODY, TOOLS))


def test_rollback(registry, plan):
    """Rollback goes back approval by approval, and not forth again."""
    first = approved(registry, plan)
    second = approved(registry, twin(plan))
    assert refused(rollback, registry.as_user("job"), TINY, NOBODY, TOOLS).reason is Reason.invalid
    apply(registry.as_user("job"), first.content, TINY, NOBODY, TOOLS)
    assert refused(rollback, registry.as_user("job"), TINY, NOBODY, TOOLS).reason is Reason.invalid
    apply(registry.as_user("job"), second.content, TINY, NOBODY, TOOLS)
    back = rollback(registry.as_user("boss"), TINY, Said("", "complaints"), TOOLS)
    assert back.plan.content == first.content
    assert back.event.details["superseded"] == second.content
    assert refused(rollback, registry.as_user("job"), TINY, NOBODY, TOOLS).reason is Reason.invalid


@pytest.mark.parametrize("named", ["", "nowhere", "abcdef", "0" * 64, "ABCDEF0", "abc"])
def test_unknown_plans(registry, named):
    """What names no plan is refused, saying so."""
    assert refused(submit, registry.as_user("anna"), named, NOBODY).reason in (
        Reason.invalid,
        Reason.unreadable,
    )


def test_a_folder_named_like_a_plan(registry, plan, tmp_path, monkeypatch):
    """What is asked for is looked up once: a folder of the plan's name cannot take its place midway."""
    content = entered(registry, plan).content
    submit(registry.as_user("anna"), str(plan), NOBODY)
    monkeypatch.chdir(tmp_path)
    twin(plan).rename(tmp_path / content)
    assert approve(registry.as_user("boss"), str(plan), NOBODY).plan.content == content
    assert refused(approve, registry.as_user("boss"), content, NOBODY).reason is Reason.invalid
