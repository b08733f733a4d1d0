"""JSON files of a plan folder: read strictly, and compared leaf by leaf with what they must say."""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from models.language import _
from optimizer.verify.content import content
from optimizer.verify.report import Report

_LONGEST_INTEGER, _DEEPEST = 18, 64
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_PART = 1 << 20

Expected = Any
"""What a value must be: a text, integer, flag or null; a list or dictionary of these; or a test."""


class _RefusedError(ValueError):
    """The text is JSON, but not of the kind that plans are written in."""


def read_document(report: Report, folder: Path, file: str) -> dict[str, Any]:
    """Return the object that a JSON file holds: no key twice, no floats, nothing nested out of measure."""
    path = folder / file
    if not path.exists():
        raise report.stop("PLN-02", file)
    try:
        data = content(path)
    except OSError as error:
        raise report.stop("PLN-01", file, reason=error.strerror or type(error).__name__) from error
    try:
        value = _parsed(data)
    except (ValueError, RecursionError) as error:
        raise report.stop("PLN-08", file, reason=type(error).__name__, value=str(error)) from error
    if not isinstance(value, dict):
        raise report.stop("PLN-08", file, reason=type(value).__name__)
    return value


def _parsed(data: bytes) -> object:
    # Looked for here, as how deep the parser goes hangs on the interpreter's limit, which others may raise.
    if _depth(data) > _DEEPEST and _depth(_STRING.sub(b"", data)) > _DEEPEST:
        raise _RefusedError(_("it is nested too deeply"))
    is_collecting = gc.isenabled()
    gc.disable()  # millions of small objects, none of them garbage, would be gone through again and again
    try:
        value: object = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_float=_refuse,
            parse_constant=_refuse,
            parse_int=_integer,
        )
        return value
    finally:
        if is_collecting:
            gc.enable()


def _depth(data: bytes) -> int:
    """Return how deep brackets are nested, those inside strings included."""
    depth = deepest = 0
    codes = np.frombuffer(data, np.uint8)
    for start in range(0, len(codes), _PART):
        part = codes[start : start + _PART] | 0x20  # `[` and `{`, `]` and `}` differ in this bit alone
        steps = np.cumsum((part == ord("{")).astype(np.int32) - (part == ord("}")))
        deepest = max(deepest, depth + int(steps.max()))
        depth += int(steps[-1])
    return deepest


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise _RefusedError(_("a key stands twice"))
    return result


def _integer(text: str) -> int:
    if len(text) > _LONGEST_INTEGER:
        raise _RefusedError(_("an integer is too long"))
    return int(text)


def _refuse(text: str) -> NoReturn:
    raise _RefusedError(_("{text} is not written as a decimal text").format(text=text[:20]))


def compare(report: Report, file: str, path: str, actual: object, expected: Expected) -> None:
    """Report every place below `path` at which a document differs from what it must say."""
    if isinstance(expected, dict):
        _compare_objects(report, file, path, actual, expected)
    elif isinstance(expected, list):
        if not isinstance(actual, list):
            report.add("PLN-09", file, column=path, value=shortened(actual))
        elif len(actual) != len(expected):
            report.add("VER-15", file, column=path, value=str(len(actual)), expected=f"[{len(expected)}]")
        else:
            for place, (part, wanted) in enumerate(zip(actual, expected, strict=True)):
                compare(report, file, f"{path}[{place}]", part, wanted)
    elif callable(expected):
        if not expected(actual):
            report.add("PLN-09", file, column=path, value=shortened(actual))
    elif type(actual) is not type(expected) or actual != expected:
        named = _typed if type(actual) is not type(expected) else shortened
        report.add("VER-15", file, column=path, value=named(actual), expected=named(expected))


def _typed(value: object) -> str:
    """Return a value with its type, where two that look alike are told apart by it alone."""
    words = {
        str: _("a text"),
        bool: _("true or false, no text"),
        int: _("an integer"),
        dict: _("an object"),
        list: _("a list"),
    }
    kind = words.get(type(value))
    if kind is None or isinstance(value, (dict, list)):
        return kind or shortened(value)
    return _("{value} ({kind})").format(value=shortened(value), kind=kind)


def _compare_objects(
    report: Report, file: str, path: str, actual: object, expected: dict[str, Expected]
) -> None:
    if not isinstance(actual, dict):
        report.add("PLN-09", file, column=path, value=shortened(actual))
        return
    for key in expected.keys() - actual.keys():
        report.add("PLN-13", file, column=below(path, key))
    for key in actual.keys() - expected.keys():
        report.add("PLN-14", file, column=below(path, key))
    for key in expected.keys() & actual.keys():
        compare(report, file, below(path, key), actual[key], expected[key])


def below(path: str, key: str) -> str:
    """Return the place of a key inside a document."""
    return f"{path}.{key}" if path else key


def shortened(value: object) -> str:
    """Return a value as JSON writes it, cut where it is long."""
    if isinstance(value, str):
        return value[:200]
    if isinstance(value, (dict, list)):
        return type(value).__name__
    return json.dumps(value)


Test = Callable[[object], bool]


def is_text(value: object) -> bool:
    """Whether a value is a text."""
    return isinstance(value, str)


def is_flag(value: object) -> bool:
    """Whether a value is true or false."""
    return isinstance(value, bool)
