"""The work in a process of its own, which is killed, with all that it started, at its deadline."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from models.operation import Asked, Failure, Outcome

COMMAND: tuple[str, ...] = (sys.executable, "-P", "-m", "optimizer.operating")
_PROC = Path("/proc")


def supervised(asked: Asked) -> Outcome | Failure | None:
    """Have a request worked on until its time is over.

    Returns
    -------
    None where the process was killed at its deadline, or died: what it left in the workspace is whole.
    """
    root = Path(__file__).resolve().parent.parent.parent
    ends = time.monotonic() + asked.seconds
    process = subprocess.Popen(
        COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(root)},
        start_new_session=True,  # a Ctrl-C of the terminal reaches only us
    )
    assert process.stdin is not None
    assert process.stdout is not None
    answer: list[bytes] = []
    reader = threading.Thread(target=lambda: answer.append(_all_of(process.stdout)), daemon=True)
    try:
        reader.start()
        with suppress(BrokenPipeError):  # it died at once; that shows below
            process.stdin.write(pickle.dumps(asked, pickle.HIGHEST_PROTOCOL))
            process.stdin.flush()
        reader.join(max(0.0, ends - time.monotonic()))
    finally:
        _kill_all(process.pid)
        process.wait()
        reader.join()
        process.stdout.close()
        with suppress(OSError):
            process.stdin.close()
    return _outcome(answer[0] if answer else b"")


def _all_of(stream: IO[bytes] | None) -> bytes:
    return stream.read() if stream is not None else b""


def _outcome(content: bytes) -> Outcome | Failure | None:
    try:
        result: Any = pickle.loads(content)
    except Exception:  # noqa: BLE001 - half an answer is none
        return None
    return result if isinstance(result, Outcome | Failure) else None


def _kill_all(pid: int) -> None:
    """Kill a process that leads its group, and whatever it has started, groups of their own included."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)  # so that it starts nothing more
    for one in [*_descendants(pid), pid]:
        for kill in (os.kill, os.killpg):
            with suppress(ProcessLookupError, PermissionError):
                kill(one, signal.SIGKILL)


def _descendants(pid: int) -> list[int]:
    """Return what a process has started, and what that has; none where the system does not say."""
    parents: dict[int, list[int]] = {}
    for folder in _PROC.glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):
            parent = int((folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
            parents.setdefault(parent, []).append(int(folder.name))
    found, waiting = [], [pid]
    while waiting:
        own = parents.get(waiting.pop(), [])
        found += own
        waiting += own
    return found
