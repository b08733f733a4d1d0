"""One look at all the bytes of a file: its hash, its encoding, and what it holds that asks for care."""

from __future__ import annotations

import codecs
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

_CHUNK = 1 << 20
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_LF, _CR, _DOT, _NINE = b"\n\r.9"
_EXPONENTS = b"eExX"


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
    has_exponent
        Whether a digit or point stands before an `e` or `x`: an exponent, hexadecimal, or a key like one.
    """

    size: int = 0
    encoding: str = ""
    has_nul: bool = False
    has_quote: bool = False
    has_plus: bool = False
    has_exponent: bool = False
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
    decoders: dict[str, codecs.IncrementalDecoder] = {}
    with path.open("rb", buffering=0) as stream:
        while chunk := stream.read(_CHUNK):
            if not survey.size:
                marked = next((name for mark, name in _MARKS if chunk.startswith(mark)), "")
                names = (marked,) if marked else ("utf-8", "gb18030")
                decoders = {name: codecs.getincrementaldecoder(name)("strict") for name in names}
            survey.size += len(chunk)
            _decode(decoders, chunk, survey)
            _scan(last + chunk, survey)
            last = chunk[-1:]
    survey.has_lone_return |= last == b"\r"
    survey.num_lines += last != b"\n"
    _decode(decoders, b"", survey, final=True)
    survey.encoding = next(iter(decoders), "")
    return survey


def _decode(
    decoders: dict[str, codecs.IncrementalDecoder], chunk: bytes, survey: Survey, *, final: bool = False
) -> None:
    """Strike off the encodings that `chunk` is not in."""
    is_wide = "utf-16" in decoders
    if not is_wide:
        survey.has_nul |= b"\0" in chunk
        if chunk.isascii() and chunk and not any(decoder.getstate()[0] for decoder in decoders.values()):
            return
    for name in list(decoders):
        try:
            text = decoders[name].decode(chunk, final)
            survey.has_nul |= is_wide and "\0" in text
        except UnicodeDecodeError:
            del decoders[name]


def _scan(piece: bytes, survey: Survey) -> None:
    """Look for what the quick reading of CSV takes differently; the first byte was looked at before."""
    codes = np.frombuffer(piece, np.uint8)
    is_line_feed = codes == _LF
    survey.num_lines += int(np.count_nonzero(is_line_feed[1:]))
    survey.has_quote = survey.has_quote or b'"' in piece
    survey.has_plus = survey.has_plus or b"+" in piece
    if not survey.has_lone_return and b"\r" in piece:
        survey.has_lone_return = bool(((codes[:-1] == _CR) & ~is_line_feed[1:]).any())
    for letter in _EXPONENTS:
        if not survey.has_exponent and letter in piece:
            is_digit = (codes[:-1] >= _DOT) & (codes[:-1] <= _NINE)
            survey.has_exponent = bool(((codes[1:] == letter) & is_digit).any())


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    with path.open("rb", buffering=0) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
