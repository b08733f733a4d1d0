"""Progress on a terminal, silence in a pipe; Ctrl-C and SIGTERM end a search with the best plan so far."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from models.amount import exact
from models.language import _
from models.solution import Progress, Watch
from optimizer.show.numbers import percent


class _Stop:
    """Remembers the first signal; a second one is an ordinary interrupt."""

    def __init__(self) -> None:
        self.is_asked = False

    def ask(self, _signal: int, _frame: FrameType | None) -> None:
        if self.is_asked:
            raise KeyboardInterrupt
        self.is_asked = True


@contextmanager
def watching() -> Iterator[Watch]:
    """Give a `Watch` that shows progress on standard error if that is a terminal, and that signals cancel."""
    stop = _Stop()
    before = {number: signal.signal(number, stop.ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        if sys.stderr.isatty():
            with _shown() as show:
                yield Watch(show, lambda: stop.is_asked)
        else:
            yield Watch(is_cancelled=lambda: stop.is_asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Line:
    """One line that says what is going on."""

    def __init__(self, status: object) -> None:
        self._status = status

    def __call__(self, news: Progress) -> None:
        self._status.update(progress_text(news))  # type: ignore[attr-defined]


@contextmanager
def _shown() -> Iterator[_Line]:
    from rich.console import Console

    console = Console(stderr=True, highlight=False, markup=False)
    with console.status(_("starting")) as status:
        yield _Line(status)


def progress_text(news: Progress) -> str:
    """Say in one line how far a run has come: phase, time, incumbent, bound and gap."""
    phases = {
        "read": _("reading"),
        "formulate": _("stating the model"),
        "search": _("searching"),
        "prices": _("pricing the rules"),
        "core": _("solving the core"),
        "solve": _("solving"),
        "ties": _("preferring the plan that draws less"),
        "prove": _("proving that no plan exists"),
        "best effort": _("breaking rules least"),
        "write": _("writing"),
        "verify": _("verifying"),
    }
    parts = [phases.get(news.phase, news.phase), f"{news.seconds:.0f} s"]
    if news.objective is not None:
        parts.append(_("best {value}").format(value=f"{news.objective:,.2f}"))
    if news.bound is not None:
        parts.append(_("bound {value}").format(value=f"{news.bound:,.2f}"))
    if news.objective is not None and news.bound is not None and news.objective:
        gap = (news.bound - news.objective) / abs(news.objective)
        parts.append(_("gap {gap}").format(gap=percent(exact(f"{max(gap, 0.0):.9f}"), 4)))
    return " · ".join(parts)
