"""Folders, checksums, and files that cannot be read at all."""

import hashlib
import os
from pathlib import Path

import pytest

from optimizer.read import ChecksumError, read_instance
from tests.read.reading import OPTIONS, POOLS, codes, folder_of, found, read


def sums(files: dict[str, str]) -> str:
    return "".join(f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n" for name, text in files.items())


def test_a_missing_folder_cannot_be_read(tmp_path: Path) -> None:
    """A path that does not exist is an OSError, as is a file where a folder is expected."""
    with pytest.raises(FileNotFoundError):
        read_instance(tmp_path / "none")
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        read_instance(tmp_path / "file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_cannot_be_read(tmp_path: Path) -> None:
    """A file that may not be read is an OSError."""
    folder_of(tmp_path, {})
    (tmp_path / "options.csv").chmod(0)
    with pytest.raises(PermissionError):
        read_instance(tmp_path)


def test_a_folder_in_place_of_a_table_cannot_be_read(tmp_path: Path) -> None:
    """A folder that is called merchants.csv is an OSError."""
    (tmp_path / "merchants.csv").mkdir()
    folder_of(tmp_path, {})
    with pytest.raises(IsADirectoryError):
        read_instance(tmp_path)


def test_checksums_that_match_are_silent(tmp_path: Path) -> None:
    """A SHA256SUMS that every file matches changes nothing, whichever marks sha256sum wrote."""
    text = sums({"pools.csv": POOLS, "./options.csv": OPTIONS}).replace("  pools", " *pools")
    assert read(tmp_path, {"SHA256SUMS": text}).inputs.keys() == {"pools.csv", "options.csv"}


@pytest.mark.parametrize(
    "text",
    [
        sums({"pools.csv": POOLS, "options.csv": OPTIONS + "x"}),
        sums({"pools.csv": POOLS}),
        sums({"pools.csv": POOLS, "options.csv": OPTIONS, "gone.csv": ""}),
        sums({"pools.csv": POOLS, "options.csv": OPTIONS, "../outside": ""}),
        sums({"pools.csv": POOLS, "options.csv": OPTIONS}) + "not a line\n",
    ],
    ids=["differs", "not listed", "gone", "outside", "no line"],
)
def test_checksums_that_do_not_match_raise(tmp_path: Path, text: str) -> None:
    """A file that differs, is not listed, gone or outside, and a line of another form, raise."""
    with pytest.raises(ChecksumError):
        read_instance(folder_of(tmp_path / "instance", {"SHA256SUMS": text}))


def test_hashes_are_those_of_the_bytes(tmp_path: Path) -> None:
    """The instance names every file that was read with the SHA-256 of its bytes, settings too."""
    inputs = read(tmp_path, {"settings.toml": 'name = "x"\n', "notes.txt": "not read"}).inputs
    assert inputs["options.csv"] == hashlib.sha256(OPTIONS.encode()).hexdigest()
    assert inputs.keys() == {"pools.csv", "options.csv", "settings.toml"}


def test_the_name_is_the_settings_else_the_folder(tmp_path: Path) -> None:
    """An instance is called what its settings say, else what its folder is called."""
    assert read(tmp_path / "spring", {}).name == "spring"
    assert read(tmp_path / "spring", {"settings.toml": 'name = "Spring 2026"'}).name == "Spring 2026"


def test_unknown_tables_are_named_with_what_was_meant(tmp_path: Path) -> None:
    """A table of an unknown name is a finding with the nearest name; other files are none of ours."""
    findings = found(tmp_path, {"Merchants.CSV": "merchant\nM1\n", "readme.md": "", "plan.csv": "x\n"})
    assert codes(findings) == ["FIL-03", "FIL-03"]
    assert 'did you mean "merchants.csv"' in findings[0].what


def test_an_empty_folder_names_both_required_tables(tmp_path: Path) -> None:
    """A folder without tables says so of pools.csv and of options.csv, and nothing else."""
    instance, findings = read_instance(tmp_path)
    assert instance is None
    assert [(one.code, one.file) for one in findings] == [("FIL-01", "pools.csv"), ("FIL-01", "options.csv")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "FIL-04"),
        (b"\xef\xbb\xbf", "FIL-04"),
        (b"\n\n , \n", "FIL-04"),
        (b"\xff\xfem", "FIL-05"),
        (b"merchant\n\x81\x00\n", "FIL-05"),
        (b"\xef\xbb\xbfmerchant\n\xb2\xe2\n", "FIL-05"),
        ("merchant\nM\0\n".encode("utf-16"), "FIL-06"),
        (b'merchant\n"M1" x\n', "FIL-07"),
        (b'"merchant\nM1\n', "FIL-07"),
        (b'merchant\n"' + b"x" * 200_000, "FIL-11"),
        (b"merchant\n" + b"x" * 200_000, "FIL-11"),
        (b"merchant\n", None),
    ],
)
def test_texts_that_cannot_be_read(tmp_path: Path, content: bytes, code: str | None) -> None:
    """Nothing, half a code unit, no encoding, NUL and open quotes are findings, never a traceback."""
    assert codes(found(tmp_path, {"merchants.csv": content})) == ([code] if code else ["KEY-04", "KEY-04"])


def test_a_field_that_is_far_too_long(tmp_path: Path) -> None:
    """A field of over 131072 characters in options.csv is a finding on its row."""
    found_here = found(tmp_path, {"options.csv": OPTIONS + "M3,C1,S1,A,1,1" + "0" * 200_000 + "\n"})
    assert [(one.code, one.row) for one in found_here] == [("FIL-11", 5)]


def test_findings_are_capped_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At most so many findings of a code in a file are kept; one more says how many there were beyond."""
    text = "merchant,category,slot,option,cash,conversions\n" + "".join(
        f"M{i},C,S,A,x,1\n" for i in range(1500)
    )
    monkeypatch.setattr("optimizer.read.findings.MOST_OF_A_CODE", 1000)
    findings = found(tmp_path, {"options.csv": text})
    assert codes(findings).count("NUM-02") == 1000
    assert [one.what for one in findings if one.code == "FIL-10"] == [
        "500 more findings NUM-02 are not listed"
    ]


@pytest.mark.parametrize(
    "name", ["options.csv", "merchants.csv", "rules.parquet", "settings.toml", "SHA256SUMS"]
)
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_what_is_no_file_cannot_be_read(tmp_path: Path, name: str, kind: str) -> None:
    """A pipe, or a link to a device, in place of any file is an OSError that names it, never waited for."""
    folder_of(tmp_path, {})
    (tmp_path / name).unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(tmp_path / name)
    else:
        (tmp_path / name).symlink_to("/dev/zero")
    with pytest.raises(OSError, match="pipe, socket or device") as raised:
        read_instance(tmp_path)
    assert raised.value.filename == str(tmp_path / name)


def test_a_link_that_leads_nowhere_cannot_be_read(tmp_path: Path) -> None:
    """Settings behind a broken link are an OSError: they are not absent."""
    folder_of(tmp_path, {})
    (tmp_path / "settings.toml").symlink_to(tmp_path / "gone")
    with pytest.raises(FileNotFoundError):
        read_instance(tmp_path)


def test_every_problem_of_the_checksums_is_named(tmp_path: Path) -> None:
    """All that SHA256SUMS does not match is said at once."""
    text = sums({"pools.csv": POOLS + "x", "gone.csv": ""}) + "not a line\n"
    with pytest.raises(ChecksumError) as raised:
        read_instance(folder_of(tmp_path, {"SHA256SUMS": text}))
    for part in ("pools.csv does not match", "gone.csv is not", "not list options.csv", "line 3"):
        assert part in str(raised.value)
