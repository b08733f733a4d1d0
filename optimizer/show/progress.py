"""Progress on a terminal, silence in a pipe; Ctrl-C and SIGTERM end a search with the best plan so far."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace

from models.language import _
from models.solution import Progress, Watch
from optimizer.show.numbers import grouped
from optimizer.show.signals import interruptible

_REFRESHES_PER_SECOND = 4
_MANY = 10_000
"""Numbers from here on are shown without decimals."""

_COARSE = 0.01
"""Gaps from here on are shown with one decimal."""

_NOTHING_YET = frozenset({"read", "search", "formulate", "prices"})
"""Phases that end before there can be a plan: a signal there just ends the command."""

Tell = Callable[[Progress], None]


@contextmanager
def watching() -> Iterator[Watch]:
    """Give a `Watch` that shows progress on standard error if that is a terminal, and that signals cancel."""
    shown: AbstractContextManager[Tell] = _shown() if sys.stderr.isatty() else nullcontext(lambda _news: None)
    with interruptible() as stop, shown as show:

        def hear(news: Progress) -> None:
            stop.is_worth_saving = news.phase not in _NOTHING_YET
            show(news)

        yield Watch(hear, lambda: stop.is_asked)


@contextmanager
def _shown() -> Iterator[Tell]:
    """Show one line, never longer than the terminal is wide, that is gone at the end."""
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    began = time.monotonic()
    latest = Progress("start", 0.0)

    def hear(news: Progress) -> None:
        nonlocal latest
        latest = news

    def line() -> Text:
        text = progress_text(replace(latest, seconds=time.monotonic() - began))
        return Text(text, no_wrap=True, overflow="ellipsis")

    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    with Live(get_renderable=line, console=console, refresh_per_second=_REFRESHES_PER_SECOND, transient=True):
        yield hear


def progress_text(news: Progress) -> str:
    """Say in one line how far a run has come: phase, time, incumbent, bound and gap."""
    phases = {
        "start": _("starting"),
        "read": _("reading"),
        "formulate": _("stating the model"),
        "search": _("stating the model"),
        "prices": _("pricing the rules"),
        "core": _("solving the core"),
        "solve": _("solving"),
        "ties": _("preferring the plan that draws less"),
        "prove": _("proving that no plan exists"),
        "best effort": _("breaking rules least"),
        "policy": _("asking what the rules cost"),
        "ask": _("asking what would be if"),
        "explain": _("asking why no plan exists"),
        "write": _("writing"),
        "verify": _("verifying"),
    }
    parts = [phases.get(news.phase, news.phase), f"{news.seconds:.0f} s"]
    if news.objective is not None:
        parts.append(_("best {value}").format(value=_number(news.objective)))
    if news.bound is not None:
        parts.append(_("bound {value}").format(value=_number(news.bound)))
    if news.objective is not None and news.bound is not None and news.objective:
        gap = (news.bound - news.objective) / abs(news.objective)
        parts.append(_("gap {gap}").format(gap=_percent(max(gap, 0.0))))
    return " · ".join(parts)


def _number(value: float) -> str:
    return grouped(f"{value:.0f}" if abs(value) >= _MANY else f"{value:.2f}")


def _percent(share: float) -> str:
    """Write a share with digits enough to see it move, and always as many."""
    decimals = 1 if share >= _COARSE else 4
    return f"{100 * share:.{decimals}f} %"
