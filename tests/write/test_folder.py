"""A plan folder appears whole or not at all, whatever fails on the way, and nothing else is ever replaced."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from optimizer import folder as module
from optimizer import pipeline
from optimizer.write import published, refuse_other_folder
from tests.cli.running import TINY

OLD = {"plan.csv": b"old\n", "limits.csv": b"old\n", "summary.json": b"{}\n", "certificate.json": b"{}\n"}
NEW = {"plan.csv": b"new\n", "limits.csv": b"new\n", "summary.json": b"[]\n", "certificate.json": b"[]\n"}


def replace_folder(folder: Path, files: dict[str, bytes]) -> None:
    """Publish some files as a plan folder."""
    with published(folder) as beside:
        for name, content in files.items():
            module.write_synced(beside / name, content)


def _content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.fixture(params=["in one step", "in three steps"])
def swapping(request, monkeypatch):
    """Exchange folders by the system's own call, and by renames where there is none."""
    if request.param == "in three steps":
        monkeypatch.setattr(module, "_exchanged", lambda _one, _other: False)
    return request.param


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """An existing plan folder."""
    replace_folder(tmp_path / "plan", OLD)
    return tmp_path / "plan"


def test_the_system_can_exchange(plan):
    """On this system two folders are exchanged in one step: there is no moment without a plan."""
    other = plan.with_name("other")
    other.mkdir()
    assert module._exchanged(plan, other)
    assert _content(other) == OLD
    assert _content(plan) == {}
    assert not module._exchanged(plan, plan.with_name("missing"))


def test_written_whole(tmp_path):
    """The folder holds the files alone, readable as any new folder, and nothing stands beside it."""
    replace_folder(tmp_path / "deep" / "er" / "plan", NEW)
    assert _content(tmp_path / "deep" / "er" / "plan") == NEW
    assert [path.name for path in (tmp_path / "deep" / "er").iterdir()] == ["plan"]
    plain = tmp_path / "plain"
    plain.mkdir()
    assert (tmp_path / "deep" / "er" / "plan").stat().st_mode == plain.stat().st_mode


@pytest.mark.usefixtures("swapping")
def test_replaced_whole(plan):
    """An existing plan folder is replaced whole: files that the new plan lacks are gone."""
    replace_folder(plan, {"summary.json": b"[]\n"})
    assert _content(plan) == {"summary.json": b"[]\n"}
    assert [path.name for path in plan.parent.iterdir()] == ["plan"]


@pytest.mark.usefixtures("swapping")
def test_an_empty_folder_is_filled(tmp_path):
    """An empty folder may be named as the plan's."""
    (tmp_path / "plan").mkdir()
    replace_folder(tmp_path / "plan", NEW)
    assert _content(tmp_path / "plan") == NEW


class _Failing:
    """Fails at the nth call of any of the functions that change the disk, and counts the calls."""

    def __init__(self, monkeypatch, at: int, error: BaseException) -> None:
        self.at, self.error, self.calls = at, error, 0
        self.failed_in = ""
        for owner, name in (
            (module, "write_synced"),
            (module, "sync"),
            (module, "_exchanged"),
            (Path, "rename"),
            (Path, "chmod"),
            (os, "fsync"),
            (module.tempfile, "mkdtemp"),
        ):
            monkeypatch.setattr(owner, name, self._wrapped(name, getattr(owner, name)))

    def _wrapped(self, name, function):
        def call(*args, **kwargs):
            self.calls += 1
            if self.calls - 1 == self.at:
                self.failed_in = name
                raise self.error
            return function(*args, **kwargs)

        return call


ERRORS = [OSError(errno.ENOSPC, "No space left on device"), OSError(errno.EIO, "I/O"), KeyboardInterrupt()]


def _error_of(function) -> BaseException | None:
    try:
        function()
    except (OSError, KeyboardInterrupt) as error:
        return error
    return None


@pytest.mark.parametrize("error", ERRORS, ids=["disk full", "input/output", "interrupt"])
@pytest.mark.parametrize("is_first", [True, False], ids=["first plan", "replacement"])
def test_a_failure_at_every_point(is_first, error, swapping, tmp_path, monkeypatch):
    """Wherever writing fails, what stood there before stands there still, and nothing is left beside it."""
    points = set()
    for at in range(100):
        home = tmp_path / str(at)
        home.mkdir()
        if not is_first:
            replace_folder(home / "plan", OLD)
        with monkeypatch.context() as patch:
            failing = _Failing(patch, at, error)
            raised = _error_of(lambda to=home / "plan": replace_folder(to, NEW))
        if raised is None:
            assert failing.calls <= at, "the failure was swallowed"
            break
        assert raised is error
        points.add(failing.failed_in)
        assert [path.name for path in home.iterdir()] == ([] if is_first else ["plan"]), (
            at,
            failing.failed_in,
        )
        if not is_first:
            assert _content(home / "plan") == OLD
    assert _content(home / "plan") == NEW
    expected = {"write_synced", "sync", "chmod", "fsync", "mkdtemp"}
    expected |= {"rename"} if is_first or swapping == "in three steps" else {"_exchanged"}
    assert points >= expected


WHY_REFUSED = {
    "file": "is a file",
    "link": "is a symbolic link",
    "dangling link": "is a symbolic link",
    "link to a plan": "is a symbolic link",
    "summary and more": "holds budget.xlsx, which is no file of a plan",
}


@pytest.mark.parametrize(
    "made", ["file", "notes", "nested", "summary and more", "link", "dangling link", "link to a plan"]
)
def test_others_are_refused_and_untouched(made, tmp_path):
    """A file, a folder that is no plan and a link are refused; nothing is changed."""
    target = tmp_path / "plan"
    if made == "file":
        target.write_text("mine")
    elif made == "link":
        (tmp_path / "empty").mkdir()
        target.symlink_to(tmp_path / "empty")
    elif made == "dangling link":
        target.symlink_to(tmp_path / "missing")
    elif made == "link to a plan":
        replace_folder(tmp_path / "real", OLD)
        target.symlink_to(tmp_path / "real")
    else:
        target.mkdir()
        (target / "plan.csv").write_text("mine")
        if made == "nested":
            (target / "inner").mkdir()
        if made == "summary and more":
            (target / "summary.json").write_text("{}")
            (target / "budget.xlsx").write_text("mine")
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    for refuse in (refuse_other_folder, lambda folder: replace_folder(folder, NEW)):
        with pytest.raises(FileExistsError, match=WHY_REFUSED.get(made, "is not a plan folder")):
            refuse(target)
    assert sorted(str(path) for path in tmp_path.rglob("*")) == before
    if made == "link to a plan":
        assert _content(tmp_path / "real") == OLD


def test_below_a_file(tmp_path):
    """A folder below a file cannot be written, and that is said before any work is done."""
    (tmp_path / "file").write_text("mine")
    with pytest.raises(NotADirectoryError) as raised:
        refuse_other_folder(tmp_path / "file" / "deep" / "plan")
    assert raised.value.filename == str(tmp_path / "file")


def test_where_writing_is_forbidden(tmp_path, monkeypatch):
    """A folder whose nearest existing parent forbids writing is refused at once."""
    monkeypatch.setattr(os, "access", lambda path, mode: not (mode & os.W_OK and Path(path) == tmp_path))
    with pytest.raises(PermissionError) as raised:
        refuse_other_folder(tmp_path / "new" / "plan")
    assert raised.value.filename == str(tmp_path)


def test_leftovers_cannot_hide_the_first_error(plan, monkeypatch):
    """If cleaning up fails as well, the first error is the one that is told."""
    monkeypatch.setattr(module, "sync", lambda _folder: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
    monkeypatch.setattr(shutil, "rmtree", _refusing(shutil.rmtree))
    with pytest.raises(OSError, match="full") as raised:
        replace_folder(plan, NEW)
    assert raised.value.errno == errno.ENOSPC
    assert _content(plan) == OLD


def _refusing(rmtree):
    def remove(path, ignore_errors=False):
        if not ignore_errors:
            raise OSError(errno.EIO, "cleaning failed")
        return rmtree(path, ignore_errors=True)

    return remove


@pytest.mark.parametrize("failing", ["mkdtemp", "write", "solve"])
def test_errors_name_what_is_known(failing, tmp_path, monkeypatch):
    """A message must name the folder that was asked for, never one that is only there while it is written."""
    real = Path.open

    def full(path, mode="r", *args, **kwargs):
        if path.name == "plan.csv" and "w" in mode:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return real(path, mode, *args, **kwargs)

    def refuse(**asked):
        name = f"{asked['prefix']}a1b2c3{asked['suffix']}"
        raise OSError(errno.EACCES, "Permission denied", str(asked["dir"] / name))

    if failing == "mkdtemp":
        monkeypatch.setattr(module.tempfile, "mkdtemp", refuse)
    else:
        monkeypatch.setattr(Path, "open", full)
    publish = pipeline.solve if failing == "solve" else lambda _, folder: replace_folder(folder, NEW)
    with pytest.raises(OSError, match=r"Permission denied|No space left") as raised:
        publish(TINY, tmp_path / "plan")
    expected = tmp_path / "plan" if failing == "mkdtemp" else tmp_path / "plan" / "plan.csv"
    assert raised.value.filename == str(expected)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_named(tmp_path):
    """A disk that takes no more while a file is written names the folder that was asked for."""
    with pytest.raises(OSError, match="No space left") as raised, module.whole(tmp_path / "plan"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert raised.value.filename == str(tmp_path / "plan")
    assert list(tmp_path.iterdir()) == []
