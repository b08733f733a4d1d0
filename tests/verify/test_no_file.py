"""What stands in place of a file and is none."""

import os
from pathlib import Path

import pytest

from models.finding import Finding
from optimizer.verify import verify
from tests.verify.folders import write_instance, write_plan


@pytest.mark.parametrize("kind", ["pipe", "device"])
@pytest.mark.parametrize(
    "name",
    [
        "options.csv",
        "settings.toml",
        "rules.csv",
        "plan.csv",
        "limits.csv",
        "summary.json",
        "certificate.json",
    ],
)
def test_a_pipe_or_device_is_never_waited_for(tmp_path: Path, name: str, kind: str) -> None:
    """A pipe, or a link to a device, in either folder is a file that cannot be read (PLN-01)."""
    instance = write_instance(tmp_path / "instance")
    plan = write_plan(tmp_path / "plan", instance)
    path = (plan if (plan / name).exists() else instance) / name
    path.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    found: tuple[Finding, ...] = tuple(verify(instance, plan).findings)
    assert [one.code for one in found] == ["PLN-01"]
    assert "pipe, socket or device" in found[0].what
