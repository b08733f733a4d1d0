"""How kernels are compiled: without the interpreter's lock, and kept on disk until any kernel changes.

numba keeps a compiled function until its own file changes, whatever it calls: a kernel whose callee is mended
would go on as before, silently. Here all are kept under one digest of all kernels' sources, so that a change
of any of them compiles all anew. numba's version and the processor are part of its own keys.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit
from numba.core.caching import (
    CompileResultCacheImpl,
    FunctionCache,
    InTreeCacheLocator,
    UserProvidedCacheLocator,
    UserWideCacheLocator,
)

Function = TypeVar("Function", bound=Callable[..., object])

FOLDERS = ("lagrangian", "improve")
"""Where kernels are."""

_IMPORT = re.compile(r"^from optimizer\.(\w+\.\w+) import", re.MULTILINE)


def kernels(folders: list[Path]) -> list[Path]:
    """Return the sources that compile something, and all that they import from these folders, in order."""
    sources = {f"{folder.name}.{path.stem}": path for folder in folders for path in folder.glob("*.py")}
    found: set[str] = set()
    ahead = [name for name, path in sources.items() if b"optimizer.compiled import" in path.read_bytes()]
    while ahead:
        name = ahead.pop()
        if name in sources and name not in found:
            found.add(name)
            ahead += _IMPORT.findall(sources[name].read_text(encoding="utf-8"))
    return [sources[name] for name in sorted(found)]


def digest_of(sources: list[Path]) -> str:
    """Return a digest of some sources, by name and content."""
    digest = hashlib.sha256()
    for source in sources:
        content = source.read_bytes()
        digest.update(f"{source.parent.name}/{source.name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


_DIGEST = digest_of(kernels([Path(__file__).parent / name for name in FOLDERS]))


class _Given(UserProvidedCacheLocator):
    def get_source_stamp(self) -> str:
        return _DIGEST


class _InTree(InTreeCacheLocator):
    def get_source_stamp(self) -> str:
        return _DIGEST


class _UserWide(UserWideCacheLocator):
    def get_source_stamp(self) -> str:
        return _DIGEST


class _Kept(CompileResultCacheImpl):
    _locator_classes = [_Given, _InTree, _UserWide]  # noqa: RUF012 - as the base class has it


class _Cache(FunctionCache):
    _impl_class = _Kept


def compiled(function: Function) -> Function:
    """Compile a function of arrays and numbers; no fast-math, so the same numbers come out everywhere."""
    made: Any = njit(nogil=True)(function)
    with suppress(RuntimeError):  # no folder can be written to: compiled anew in every run
        made._cache = _Cache(function)  # type: ignore[no-untyped-call]
    return cast("Function", made)


def inlined(function: Function) -> Function:
    """Write a function into each of its callers; no fast-math either."""
    return cast("Function", njit(nogil=True, inline="always")(function))
