"""A plan folder holds no file of a stage that there is not."""

from __future__ import annotations

import pytest

from optimizer.verify import verify
from tests.cli.running import TINY, fairpool


@pytest.mark.parametrize("name", ["plan-1.csv", "plan-2.parquet", "certificate-1.json"])
def test_files_of_no_stage(name, tmp_path):
    """Where the objective has no stages, files of one are none of the plan's."""
    assert fairpool("solve", TINY, "--out", tmp_path / "plan").code == 0
    assert verify(TINY, tmp_path / "plan").is_verified
    (tmp_path / "plan" / name).write_text("anything", encoding="utf-8")
    found = verify(TINY, tmp_path / "plan")
    assert [one.code for one in found.findings] == ["PLN-03"]
    assert not found.is_verified
