"""A table of sentences is one file, whole or not at all, that a spreadsheet opens and does not run."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.write import sentences
from optimizer.write.sentences import write_sentences

COLUMNS = {"merchant": ["=cmd", "M2"], "lacks": ["", "1.5"], "why": ["+1, it says", 'a "b"\nc']}


def test_texts_are_guarded(tmp_path: Path) -> None:
    """Formulas get one quote before them, numbers none, and fields are quoted where they must be."""
    write_sentences(tmp_path / "why.csv", COLUMNS)
    expected = '\ufeffmerchant,lacks,why\n\'=cmd,,"\'+1, it says"\nM2,1.5,"a ""b""\nc"\n'
    assert (tmp_path / "why.csv").read_text(encoding="utf-8") == expected


def test_nothing_to_say(tmp_path: Path) -> None:
    """Where every merchant is funded the table is its header."""
    write_sentences(tmp_path / "why.csv", {"merchant": [], "why": []})
    assert (tmp_path / "why.csv").read_text(encoding="utf-8-sig") == "merchant,why\n"


def test_what_was_there_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that refuses leaves the file as it was, and nothing beside it."""
    (tmp_path / "why.csv").write_text("before", encoding="utf-8")

    def refuse(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sentences, "write_csv", refuse)
    with pytest.raises(OSError, match="No space"):
        write_sentences(tmp_path / "why.csv", COLUMNS)
    assert (tmp_path / "why.csv").read_text(encoding="utf-8") == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["why.csv"]
