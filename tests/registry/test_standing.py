"""What is applied or rolled back to is verified anew, against what has been spent by today."""

import json

import pytest

from models.refusal import Reason
from optimizer.registry.applying import apply, rollback
from optimizer.registry.content import write_files
from tests.registry.conftest import TINY, TOOLS, solved, twin
from tests.registry.test_ledger import spend
from tests.registry.test_states import NOBODY, approved, refused


@pytest.fixture
def two(registry, tiny, tmp_path):
    """Two approved plans of one instance, the second in force."""
    first = approved(registry, solved(tiny, tmp_path / "first"), instance=tiny)
    apply(registry.as_user("boss"), first.id, tiny, NOBODY, TOOLS)
    second = approved(registry, twin(tmp_path / "first"), instance=tiny)
    apply(registry.as_user("boss"), second.id, tiny, NOBODY, TOOLS)
    return first


def test_spending_within_the_plan(registry, two, tiny):
    """Spending within what the plan gives every cell does not keep it from coming back."""
    spend(tiny, ("an_tea", "tea", "S1", "10.00"), ("lin_phones", "phones", "S2", "0"))
    assert rollback(registry.as_user("boss"), tiny, NOBODY, TOOLS).plan.content == two.content


@pytest.mark.parametrize("row", [("an_tea", "tea", "S1", "10.01"), ("hu_shoes", "shoes", "S2", "16")])
def test_spending_beyond_the_plan(registry, two, tiny, row):
    """A cell that has spent more than the plan gives it keeps the plan from coming back (6)."""
    assert two.state == "approved"
    spend(tiny, ("an_tea", "tea", "S2", "1"), row)
    error = refused(rollback, registry.as_user("boss"), tiny, NOBODY, TOOLS)
    assert error.reason is Reason.unverified
    assert "1 cell has spent more" in str(error)
    assert row[0] in str(error)


@pytest.mark.parametrize("action", ["apply", "rollback"])
def test_another_instance(registry, two, tiny, action, tmp_path):
    """A plan whose instance has changed in anything but the actuals does not verify, and nothing changes."""
    del two
    third = approved(registry, twin(tmp_path / "first", 3), instance=tiny)
    rules = (tiny / "rules.csv").read_text("utf-8").replace("65%", "50%")
    (tiny / "rules.csv").write_text(rules, "utf-8")
    error = (
        refused(rollback, registry.as_user("boss"), tiny, NOBODY, TOOLS)
        if action == "rollback"
        else refused(apply, registry.as_user("boss"), third.id, tiny, NOBODY, TOOLS)
    )
    assert error.reason is Reason.unverified
    assert {"VER-01"} <= {found.code for found in error.findings}


def test_the_folder_may_be_gone(registry, plan, tmp_path):
    """A plan is applied from the registry's own bytes; they can be written out again, all of them."""
    import shutil

    content = approved(registry, plan).content
    before = {path.name: path.read_bytes() for path in plan.iterdir()}
    shutil.rmtree(plan)
    assert apply(registry.as_user("boss"), content, TINY, NOBODY, TOOLS).plan.state == "applied"
    (tmp_path / "again").mkdir()
    with registry.as_user("anna").reading() as connection:
        write_files(connection, content, tmp_path / "again")
    assert {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()} == before
    assert json.loads(before["summary.json"])["instance"] == "tiny"


def test_an_invalid_instance(registry, two, tiny):
    """An instance that cannot be read says what is wrong with it."""
    del two
    (tiny / "actuals.csv").write_text("merchant,category\nx,y\n")
    error = refused(rollback, registry.as_user("boss"), tiny, NOBODY, TOOLS)
    assert error.reason is Reason.invalid
    assert error.findings
