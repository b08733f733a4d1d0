"""How a command ends that does not end by itself: an exit code and one line that says why."""

from __future__ import annotations

from models.language import _
from models.refusal import Refused
from optimizer.show.output import PrintError, os_error_text

BUG, USAGE, INVALID, IMPOSSIBLE, STOPPED, UNVERIFIED, GUARDED = 1, 2, 3, 4, 5, 6, 7
UNREADABLE, LOCKED = 74, 75


def ending_of(error: BaseException, written: str) -> tuple[int, str]:
    """Return the exit code and the line for what ended a command.

    Parameters
    ----------
    written
        The folder that the command had written by then, as it is named to people; blank: none.
    """
    if isinstance(error, KeyboardInterrupt):
        return STOPPED, _stopped(written)
    if isinstance(error, Refused):
        return error.reason.value, str(error)
    if isinstance(error, PrintError):
        return UNREADABLE, _unprinted(error, written)
    if isinstance(error, OSError):
        return UNREADABLE, os_error_text(error)
    if isinstance(error, MemoryError):
        return STOPPED, str(error) or _("out of memory; nothing was written")
    text = _("this is a bug in fairpool: {kind}: {error}. FAIRPOOL_DEBUG=1 shows where; please report it")
    return BUG, text.format(kind=type(error).__name__, error=error)


def _stopped(written: str) -> str:
    if written:
        return _("{folder} was written; stopped before all was printed").format(folder=written)
    return _("stopped; nothing was written")


def _unprinted(error: PrintError, written: str) -> str:
    if written:
        text = _("{folder} was written, but the answer cannot be printed: {why}")
        return text.format(folder=written, why=error)
    return _("the answer cannot be printed: {why}").format(why=error)
