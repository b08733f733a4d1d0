"""What a search is allowed: its time, its caller's patience, and how it tells of its progress."""

from __future__ import annotations

import time

from models.solution import Progress, SearchOptions, Watch


class Over(Exception):  # noqa: N818 - no error: how a search without anything to save ends
    """The time is up, or the search is cancelled."""


class Clock:
    """The time of one search; it starts when the clock is made.

    Attributes
    ----------
    is_reproducible
        Whether nothing was ended by the clock or a signal so far.
    best, bound
        News for the watch: objective and bound so far; None: none yet.
    """

    def __init__(self, options: SearchOptions, watch: Watch) -> None:
        self.options, self.watch = options, watch
        self.is_reproducible = True
        self.best: float | None = None
        self.bound: float | None = None
        self._began = time.monotonic()

    def time_left(self) -> float:
        """Return the seconds left."""
        return self.options.time_limit - (time.monotonic() - self._began)

    def is_over(self) -> bool:
        """Say whether the time is up, or the search is cancelled."""
        return self.time_left() <= 0 or self.watch.is_cancelled()

    def checkpoint(self) -> None:
        """Raise `Over` if it is over."""
        if self.is_over():
            raise Over

    def tell(self, phase: str) -> None:
        """Tell the watch what is being done."""
        self.watch.progress(Progress(phase, time.monotonic() - self._began, self.best, self.bound))
