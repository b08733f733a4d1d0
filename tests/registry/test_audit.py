"""Whatever is changed behind the registry's back is found, and named."""

import json

import pytest

from models.refusal import Reason
from optimizer.registry.applying import apply
from optimizer.registry.audit import audit
from optimizer.registry.content import write_files
from optimizer.registry.deciding import withdraw
from optimizer.registry.events import append, canonical, events, hash_of
from optimizer.registry.money import adjust
from optimizer.registry.plans import all_plans
from tests.registry.conftest import TINY, TOOLS, twin
from tests.registry.test_mandate import asked
from tests.registry.test_states import NOBODY, approved, refused

TAKEN = {"instance": "tiny", "pool": "cash", "debit": "removed", "credit": "left"}
CHANGES = {
    "a word of an event": (
        "update fairpool_events set body = replace(body, 'boss', 'anna') where seq = 3",
        "event 3 was changed",
    ),
    "an event deleted": ("delete from fairpool_events where seq = 5", "event 5 is missing"),
    "the last event deleted": (
        "delete from fairpool_events where seq = 6",
        "not the last one that was written",
    ),
    "the end of the chain": ("update fairpool_chain set seq = 5", "not the last one that was written"),
    "a state": ("update fairpool_plans set state = 'rejected'", "is not what the log says"),
    "a plan's facts": (
        "update fairpool_plans set facts = replace(facts, 'anna', 'boss')",
        "is not what the log",
    ),
    "a mandate": (
        "update fairpool_approvals set mandate = replace(mandate, '0.15', '0.95')",
        "approval of event 3 is not what the log says",
    ),
    "a mandate revived": ("update fairpool_approvals set ended = null", "approval of event 3"),
    "a balance": (
        "update fairpool_accounts set balance = balance + 1 where kind = 'left'",
        "balance left of tiny:cash is not what its entries add up to",
    ),
    "an entry": ("update fairpool_entries set units = 1 where seq = 5", "line 1 of event 5 in the ledger"),
    "an entry deleted": ("delete from fairpool_entries where seq = 5", "line 1 of event 5 in the ledger"),
    "a plan's bytes": (
        "update fairpool_files set packed = substr(packed, 2) where name = 'limits.csv'",
        "the files kept of plan",
    ),
    "a plan's file": ("delete from fairpool_files where name = 'limits.csv'", "the files kept of plan"),
}


@pytest.fixture
def used(registry, plan):
    """A registry in which six things have happened."""
    content = approved(registry, plan, asked=asked()).content
    apply(registry.as_user("boss"), content, TINY, NOBODY, TOOLS)
    adjust(registry.as_user("boss"), "cash", "20", NOBODY)
    withdraw(registry.as_user("boss"), content, NOBODY)
    return registry


def test_sound(used, plan):
    """What was only used is sound, with a folder that is as it was registered and a head noted before."""
    found = audit(used.as_user("anna"), (plan,))
    assert found.is_sound
    assert (found.num_events, found.num_plans, found.num_entries) == (6, 1, 3)
    adjust(used.as_user("boss"), "cash", "1", NOBODY)
    assert audit(used.as_user("anna"), expected=(6, found.head)).is_sound


@pytest.mark.parametrize("what", CHANGES)
def test_changes(used, what):
    """Every table is held against the log, and the log against its hashes."""
    statement, says = CHANGES[what]
    used.tamper(statement)
    found = audit(used.as_user("anna"))
    assert any(says in fault for fault in found.faults), found.faults


def test_the_first_broken_link_is_named(used):
    """After the first broken link nothing is believed."""
    for seq in (4, 2):
        used.tamper(f"update fairpool_events set body = replace(body, 'T', 't') where seq = {seq}")
    assert audit(used.as_user("anna")).faults[0].startswith("event 2 was changed")


def test_a_log_made_anew_is_found_by_what_was_noted(used):
    """A log in which every hash was made anew is sound by itself, and betrayed by a hash noted before."""
    with used.as_user("anna").reading() as connection:
        log = events(connection)
    noted = (log[-1].seq, log[-1].hash)
    previous, statements = "0" * 64, []
    for event in log:
        body = {**json.loads(_body(event)), "who": event.who.replace("boss", "cfo")}
        own = hash_of(previous, canonical(body))
        text = canonical(body).replace("'", "''").replace(":", "\\:")
        statements.append(
            f"update fairpool_events set body = '{text}', previous = '{previous}', hash = '{own}' "
            f"where seq = {event.seq}"
        )
        previous = own
    used.tamper(*statements, f"update fairpool_chain set hash = '{previous}'")
    assert audit(used.as_user("anna")).is_sound
    found = audit(used.as_user("anna"), expected=noted)
    assert "event 6 is not the one that was noted" in found.faults[0]
    assert not audit(used.as_user("anna"), expected=(9, "0" * 8)).is_sound


def _body(event):
    from optimizer.registry.events import body_of

    return body_of(event)


@pytest.mark.parametrize(
    ("action", "who", "details"),
    [
        ("approve", "anna", {"mandate": None}),
        ("rollback", "boss", {"approval": 3, "superseded": None, "lines": []}),
        (
            "adjust",
            "boss",
            {"lines": [TAKEN]},
        ),
        (
            "adjust",
            "boss",
            {"lines": [{**TAKEN, "units": 2001}]},
        ),
        ("apply", "boss", {"approval": 99, "superseded": None, "lines": []}),
    ],
)
def test_what_could_not_have_happened(used, action, who, details):
    """An event that the rules of the registry would have refused is found, though its hash is right."""
    store = used.as_user(who)
    with store.reading() as connection:
        (plan,) = all_plans(connection)
    with store.writing() as turn:
        append(turn, NOBODY, action, plan=plan.content, instance="tiny", **details)
    assert "event 7 could not have happened" in audit(used.as_user("anna")).faults[0]


def test_damaged_bytes_are_never_given_out(used, tmp_path):
    """What the registry holds of a plan is not exported or applied once it is damaged."""
    with used.as_user("anna").reading() as connection:
        (plan,) = all_plans(connection)
    used.tamper("delete from fairpool_files where name = 'limits.csv'")
    with used.as_user("anna").reading() as connection:
        assert refused(write_files, connection, plan.content, tmp_path).reason is Reason.unverified


def test_folders(used, plan):
    """A folder that is no longer what was registered is named with the file that changed."""
    other = twin(plan)
    (plan / "plan.csv").write_text("x")
    faults = audit(used.as_user("anna"), (plan, other)).faults
    assert "plan.csv changed" in faults[0]
    assert "is not registered" in faults[1]


def test_damaged_rows_are_told(used, plan):
    """What cannot even be read is refused in words by whatever reads it, and a fault to the audit."""
    from optimizer.registry.plans import found_plan

    used.tamper(
        "update fairpool_plans set facts = '{'", "update fairpool_events set body = '[]' where seq = 2"
    )
    with used.as_user("anna").reading() as connection:
        assert refused(all_plans, connection).reason is Reason.unverified
        assert refused(found_plan, connection, str(plan)).reason is Reason.unverified
        assert refused(events, connection).reason is Reason.unverified
    assert audit(used.as_user("anna")).faults[0].startswith("event 2 was changed")


def test_missing_folders(used, tmp_path):
    """A folder that is not there is no fault of the registry."""
    assert refused(audit, used.as_user("anna"), (tmp_path / "nowhere",)).reason is Reason.unreadable
