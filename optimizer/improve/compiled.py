"""How functions are compiled: ahead of the next run too, and without the interpreter's lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Compile a function of arrays and numbers; no fast-math, so the same numbers come out everywhere."""
    return cast("Function", njit(cache=True, nogil=True)(function))
