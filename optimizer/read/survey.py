"""One look at all the bytes of a file: its hash, its encoding, and what it holds that asks for care."""

from __future__ import annotations

import codecs
import hashlib
from dataclasses import dataclass
from pathlib import Path

_CHUNK = 1 << 22
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class Survey:
    """What one pass over a file tells.

    Attributes
    ----------
    encoding
        Name of the codec that reads it, blank if none does.
    """

    sha256: str
    size: int
    encoding: str = ""
    has_nul: bool = False


def survey_text(path: Path) -> Survey:
    """Look a text file over.

    The encoding is that of the byte-order mark, else strict UTF-8, else strict GB18030.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    digest, size, has_nul = hashlib.sha256(), 0, False
    candidates: dict[str, codecs.IncrementalDecoder] = {}
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            if not size:
                marked = next((name for mark, name in _MARKS if chunk.startswith(mark)), "")
                names = (marked,) if marked else ("utf-8", "gb18030")
                candidates = {name: codecs.getincrementaldecoder(name)("strict") for name in names}
            size += len(chunk)
            digest.update(chunk)
            has_nul = _decode(candidates, chunk) or has_nul
    _decode(candidates, b"", final=True)
    return Survey(digest.hexdigest(), size, next(iter(candidates), ""), has_nul)


def _decode(candidates: dict[str, codecs.IncrementalDecoder], chunk: bytes, *, final: bool = False) -> bool:
    """Strike off the encodings that `chunk` is not in; return whether its text holds a NUL."""
    has_nul = False
    for name in list(candidates):
        try:
            has_nul = "\0" in candidates[name].decode(chunk, final) or has_nul
        except UnicodeDecodeError:
            del candidates[name]
    return has_nul


def survey_bytes(path: Path) -> Survey:
    """Hash a file that is not text.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    with path.open("rb") as stream:
        return Survey(hashlib.file_digest(stream, "sha256").hexdigest(), path.stat().st_size)
