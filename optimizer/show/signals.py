"""Ctrl-C and SIGTERM, one like the other: they interrupt a command, or end a search that may have a plan."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stop:
    """What a signal does: it interrupts, but for a first one while `is_worth_saving`, which is remembered."""

    def __init__(self) -> None:
        self.is_asked = False
        self.is_worth_saving = False

    def ask(self, _signal: int, _frame: FrameType | None) -> None:
        """Be the handler of a signal."""
        is_first, self.is_asked = not self.is_asked, True
        if not (is_first and self.is_worth_saving):
            raise KeyboardInterrupt


@contextmanager
def interruptible() -> Iterator[Stop]:
    """Have signals raise `KeyboardInterrupt` here, so that whatever is half done is cleared away."""
    stop = Stop()
    before = {number: signal.signal(number, stop.ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
