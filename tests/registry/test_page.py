"""docs/registry.md tells what happens, names what there is, and gives people the rights that suffice."""

import re

import pytest

from optimizer.registry.schema import SOURCES, STATES, USES
from optimizer.registry.states import TRANSITIONS
from tests.registry.cluster import GRANTS
from tests.registry.story import BLOCK, PAGE, comparable, played

TEXT = PAGE.read_text(encoding="utf-8")


@pytest.mark.service("postgresql")
def test_the_story(cluster):
    """Every command of the page prints what the page says.

    `python -m tests.registry.story` writes it anew.
    """
    assert len(BLOCK.findall(TEXT)) > 5
    assert comparable(played(TEXT, cluster)) == comparable(TEXT)


def test_grants():
    """The rights on the page are those that the tests run with."""
    assert GRANTS.strip() in TEXT


def test_tables():
    """The page lists every state, every account, and every way from one state to another."""
    rows = {
        tuple(cell.strip(" `") for cell in line.split("|")[1:-1]) for line in TEXT.splitlines() if "|" in line
    }
    first = {row[0] for row in rows if row}
    assert first >= {*STATES, *SOURCES, *USES}
    moves = {
        (action, before or "-", after) for action, way in TRANSITIONS.items() for before, after in way.items()
    }
    listed = {
        (action, before, row[2])
        for row in rows
        if len(row) == 4
        for action in [row[0]]
        for before in re.split(r"`?, `?", row[1])
    }
    assert {move for move in moves if move[0] != "withdraw"} <= listed
