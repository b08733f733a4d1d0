"""Every finding code that files can bring about, brought about by a folder of its own."""

import json
from pathlib import Path

import pytest

from models.codes import CODES, Severity, rules, tables
from models.finding import Finding
from optimizer.read import read_instance

FOLDERS = Path(__file__).parents[2] / "instances" / "malformed"
READ_CODES = tables.CODES | rules.CODES
BY_OVERRIDES = "OVR"
"""Codes of `--set`, which no file brings about."""


def folders() -> list[Path]:
    return sorted(path for path in FOLDERS.iterdir() if path.is_dir() and path.name in READ_CODES)


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.name)
def test_a_malformed_folder_brings_its_finding(folder: Path) -> None:
    """A folder of instances/malformed brings the finding it is named after, at the place it states."""
    instance, findings = read_instance(folder)
    found = [one.to_json() for one in findings if one.code == folder.name]
    assert found, [str(one) for one in findings]
    if folder.name in tables.CODES:  # rules have tests of their own that state the place
        expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
        assert expected in [{name: one[name] for name in expected} for one in found], found
    assert (instance is None) == any(one.severity is Severity.error for one in findings)


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.name)
def test_every_finding_can_be_shown(folder: Path) -> None:
    """Every finding says where, what and how to mend it: all the facts of its templates are there."""
    for one in read_instance(folder)[1]:
        assert one.what
        assert one.fix
        assert str(one).startswith(one.place)
        assert "{" not in one.what + one.fix


def test_a_malformed_folder_brings_nothing_else() -> None:
    """A folder brings no other error than its own, so that each shows one thing."""
    others: dict[str, list[Finding]] = {}
    for folder in folders():
        found = [one for one in read_instance(folder)[1] if one.code != folder.name]
        if any(one.severity is Severity.error for one in found):
            others[folder.name] = found
    assert others.keys() == {"TAB-07"}, others  # a mistyped cost column is one that is missing, too


def test_every_code_of_reading_has_a_folder() -> None:
    """Every code of severity error or warning that files can bring about has its folder."""
    wanted = {code for code in READ_CODES if CODES[code].severity in (Severity.error, Severity.warning)}
    wanted = {code for code in wanted if not code.startswith(BY_OVERRIDES)}
    assert {folder.name for folder in folders()} == wanted
