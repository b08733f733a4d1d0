"""One look at all the bytes of a file: its hash, its encoding, and what it holds that asks for care."""

from __future__ import annotations

import codecs
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

_CHUNK = 3 << 15
"""Small enough for a chunk and what is made of it to stay in a processor's own cache."""
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SECOND = "gb18030"
_LF, _CR = b"\n\r"


@dataclass
class Survey:
    """What one pass over the bytes of a text file tells.

    Attributes
    ----------
    encoding
        Name of the codec that reads it, blank if none does.
    num_lines
        Line feeds, and one for a last line without.
    has_lone_return
        Whether a carriage return stands anywhere but before a line feed.
    """

    size: int = 0
    encoding: str = ""
    has_nul: bool = False
    has_quote: bool = False
    has_plus: bool = False
    has_lone_return: bool = False
    num_lines: int = 0


def survey_text(path: Path) -> Survey:
    """Look a text file over.

    The encoding is that of the byte-order mark, else strict UTF-8, else strict GB18030.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    survey, last = Survey(), b"\n"
    decoder: codecs.IncrementalDecoder | None = None
    with path.open("rb", buffering=0) as stream:
        while chunk := stream.read(_CHUNK):
            if not survey.size:
                survey.encoding = next((name for mark, name in _MARKS if chunk.startswith(mark)), "utf-8")
                decoder = codecs.getincrementaldecoder(survey.encoding)("strict")
            survey.size += len(chunk)
            decoder = _decode(decoder, chunk, survey)
            _scan(last + chunk, survey)
            last = chunk[-1:]
    survey.has_lone_return |= last == b"\r"
    survey.num_lines += last != b"\n"
    if _decode(decoder, b"", survey, final=True) is None:
        is_unmarked = survey.encoding == "utf-8"
        survey.encoding = _SECOND if is_unmarked and survey.size and _decodes(path, _SECOND) else ""
    return survey


def _decode(
    decoder: codecs.IncrementalDecoder | None, chunk: bytes, survey: Survey, *, final: bool = False
) -> codecs.IncrementalDecoder | None:
    """Decode a further chunk; None once that has failed."""
    is_wide = survey.encoding == "utf-16"
    survey.has_nul |= not is_wide and b"\0" in chunk
    if decoder is None or (chunk and not is_wide and chunk.isascii() and not decoder.getstate()[0]):
        return decoder
    try:
        text = decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return None
    survey.has_nul |= is_wide and "\0" in text
    return decoder


def _decodes(path: Path, encoding: str) -> bool:
    """Whether a file is text in an encoding."""
    try:
        with path.open(encoding=encoding, newline="") as stream:
            while stream.read(_CHUNK):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _scan(piece: bytes, survey: Survey) -> None:
    """Look for what the quick reading of CSV takes differently; the first byte was looked at before."""
    codes = np.frombuffer(piece, np.uint8)
    is_line_feed = codes == _LF
    survey.num_lines += int(np.count_nonzero(is_line_feed[1:]))
    survey.has_quote = survey.has_quote or b'"' in piece
    survey.has_plus = survey.has_plus or b"+" in piece
    if not survey.has_lone_return and b"\r" in piece:
        survey.has_lone_return = bool(((codes[:-1] == _CR) & ~is_line_feed[1:]).any())


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    with path.open("rb", buffering=0) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
