"""How kernels are compiled: without the interpreter's lock, and kept on disk until any kernel changes.

numba keeps a compiled function until its own file changes, whatever it calls: a kernel whose callee is mended
would go on as before, silently. Here all are kept under one digest of all kernels' sources, so that a change
of any of them compiles all anew. numba's version and the processor are part of its own keys.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar, cast

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


def digest_of(folders: list[Path]) -> str:
    """Return a digest of all sources in some folders, by name and content."""
    digest = hashlib.sha256()
    for folder in folders:
        for source in sorted(folder.glob("*.py")):
            content = source.read_bytes()
            digest.update(f"{folder.name}/{source.name} {len(content)}\n".encode())
            digest.update(content)
    return digest.hexdigest()


_DIGEST = digest_of([Path(__file__).parent / name for name in FOLDERS])


class _Given(UserProvidedCacheLocator):  # type: ignore[misc]
    def get_source_stamp(self) -> str:
        return _DIGEST


class _InTree(InTreeCacheLocator):  # type: ignore[misc]
    def get_source_stamp(self) -> str:
        return _DIGEST


class _UserWide(UserWideCacheLocator):  # type: ignore[misc]
    def get_source_stamp(self) -> str:
        return _DIGEST


class _Kept(CompileResultCacheImpl):  # type: ignore[misc]
    _locator_classes = (_Given, _InTree, _UserWide)


class _Cache(FunctionCache):  # type: ignore[misc]
    _impl_class = _Kept


def compiled(function: Function) -> Function:
    """Compile a function of arrays and numbers; no fast-math, so the same numbers come out everywhere."""
    made = njit(nogil=True)(function)
    with suppress(RuntimeError):  # no folder can be written to: compiled anew in every run
        made._cache = _Cache(function)
    return cast("Function", made)


def inlined(function: Function) -> Function:
    """Write a function into each of its callers; no fast-math either."""
    return cast("Function", njit(nogil=True, inline="always")(function))
