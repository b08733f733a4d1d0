"""Runs the solver's process, follows it, stops it, and kills it when it does not stop."""

from __future__ import annotations

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import IO, Any

import numpy as np

from models.language import _
from optimizer.solve.answer import Answer, Ended, Floats, Incumbent, Request, Watch

COMMAND = (
    sys.executable,
    "-P",
    "-m",
    "optimizer.solve.highs",
)  # -P: never import what lies in the user's folder
_POLL_SECONDS = 0.1
_GRACE_SECONDS = 5.0
"""How long a solver may take to stop after its time limit, or after it was asked to, before it is killed."""

Frames = queue.SimpleQueue[tuple[str, Any]]


def run(request: Request, watch: Watch) -> Answer:
    """Run HiGHS on a request in a process of its own.

    Whatever happens to that process (a crash, no memory, a hang past the time limit), the answer is an
    `Answer`: the best solution that it reported before, if any.

    Notes
    -----
    The process runs with one thread and reads nothing but its standard input.
    """
    root = Path(__file__).resolve().parent.parent.parent
    environment = {**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen(
        COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,  # a Ctrl-C of the terminal reaches only us
    )
    assert process.stdin is not None
    assert process.stdout is not None
    frames: Frames = queue.SimpleQueue()
    reader = threading.Thread(target=_read_frames, args=(process.stdout, frames), daemon=True)
    content = pickle.dumps(request, pickle.HIGHEST_PROTOCOL)
    writer = threading.Thread(
        target=_write, args=(process.stdin, content), daemon=True
    )  # a hung process reads nothing
    try:
        reader.start()
        writer.start()
        return _follow(process, frames, request, _Stopper(process.stdin, writer, watch))
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        writer.join()
        reader.join()
        process.stdout.close()
        _close(process.stdin)


class _Stopper:
    """Asks the process to stop once its caller cancels."""

    def __init__(self, target: IO[bytes], writer: threading.Thread, watch: Watch) -> None:
        self.watch = watch
        self._target, self._writer = target, writer
        self._is_told = False
        self.deadline = float("inf")

    def look(self) -> None:
        """Ask whether the run is cancelled, and pass it on; from then on the process has its grace."""
        if self.deadline == float("inf") and self.watch.is_cancelled():
            self.deadline = time.monotonic() + _GRACE_SECONDS
        if self.deadline < float("inf") and not self._is_told and not self._writer.is_alive():
            self._is_told = True
            _write(self._target, b"s")


def _follow(process: subprocess.Popen[bytes], frames: Frames, request: Request, stopper: _Stopper) -> Answer:
    """Wait for the answer; ask to stop when cancelled, and give up when a stop is overdue."""
    best: Floats | None = None
    bound: float | None = None
    deadline = time.monotonic() + request.time_limit + _GRACE_SECONDS
    while time.monotonic() < min(deadline, stopper.deadline):
        stopper.look()
        try:
            kind, content = frames.get(timeout=_POLL_SECONDS)
        except queue.Empty:
            continue
        if kind == "answer" and isinstance(content, Answer):
            answer = _sound(content, request)
            return answer if answer.values is not None or best is None else replace(answer, values=best)
        if kind == "found" and _is_sound(content, len(request.arrays.c)):
            best = content
        elif kind == "news" and isinstance(content, Incumbent):
            bound = content.bound if content.bound is not None else bound
            stopper.watch.progress(content)
        elif kind != "found":  # the process is gone without an answer: a crash, no memory, or nonsense
            return _sound(Answer(Ended.failed, best, bound, remark=_status(process)), request)
    return _sound(Answer(Ended.stopped, best, bound, remark=_("killed")), request)


def _sound(answer: Answer, request: Request) -> Answer:
    """Return the answer without what cannot be: values or prices that are not numbers, or too few."""
    values = answer.values if _is_sound(answer.values, len(request.arrays.c)) else None
    prices = answer.prices if _is_sound(answer.prices, len(request.arrays.right)) else None
    bound = answer.bound if answer.bound is not None and isfinite(answer.bound) else None
    if (values is None) != (answer.values is None) or (prices is None) != (answer.prices is None):
        return Answer(Ended.failed, values, None, remark=_("not a number"))
    return replace(answer, values=values, prices=prices, bound=bound)


def _is_sound(numbers: Floats | None, size: int) -> bool:
    return isinstance(numbers, np.ndarray) and numbers.shape == (size,) and bool(np.isfinite(numbers).all())


def _status(process: subprocess.Popen[bytes]) -> str:
    try:
        return _("exit status {status}").format(status=process.wait(timeout=1))
    except subprocess.TimeoutExpired:
        return _("nonsense")


def _read_frames(source: IO[bytes], frames: Frames) -> None:
    while True:
        try:
            kind, content = pickle.load(source)  # written by our own child
            frames.put((kind, content))
        except Exception:  # noqa: BLE001 - whatever broke the stream, there is nothing more to read
            frames.put(("gone", None))
            return


def _write(target: IO[bytes], content: bytes) -> None:
    try:
        target.write(content)
        target.flush()
    except OSError:
        pass  # the process is gone; its reader says so


def _close(stream: IO[bytes]) -> None:
    with suppress(OSError):
        stream.close()
