"""Runs the solver's process, follows it, stops it, and kills it when it does not stop."""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any

from optimizer.solve.answer import Answer, Ended, Floats, Incumbent, Request, Watch

_POLL_SECONDS = 0.1
_GRACE_SECONDS = 5.0
"""How long a solver may take to stop after its time limit, or after it was asked to, before it is killed."""

Frames = queue.SimpleQueue[tuple[str, Any]]


def run(request: Request, watch: Watch) -> Answer:
    """Run HiGHS on a request in a process of its own.

    Whatever happens to that process (a crash, no memory, a hang past the time limit), the answer is an `Answer`: the
    best solution that it reported before, if any.

    Notes
    -----
    The process runs with one thread and reads nothing but its standard input.
    """
    root = Path(__file__).resolve().parent.parent.parent
    environment = {**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "optimizer.solve.highs"],
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
    reader.start()
    try:
        _write(process.stdin, pickle.dumps(request, pickle.HIGHEST_PROTOCOL))
        return _follow(process, frames, request, watch)
    finally:
        process.kill()
        process.wait()
        reader.join()
        process.stdout.close()
        _close(process.stdin)


def _follow(process: subprocess.Popen[bytes], frames: Frames, request: Request, watch: Watch) -> Answer:
    """Wait for the answer; ask to stop when cancelled, and give up when a stop is overdue."""
    best: Floats | None = None
    bound: float | None = None
    deadline = time.monotonic() + request.time_limit + _GRACE_SECONDS
    is_asked = False
    while time.monotonic() < deadline:
        if not is_asked and watch.is_cancelled():
            is_asked = True
            deadline = min(deadline, time.monotonic() + _GRACE_SECONDS)
            assert process.stdin is not None
            _write(process.stdin, b"s")
        try:
            kind, content = frames.get(timeout=_POLL_SECONDS)
        except queue.Empty:
            continue
        if kind == "answer":
            answer: Answer = content
            return answer if answer.values is not None or best is None else Answer(answer.ended, best, answer.bound)
        if kind == "found":
            best = content
        elif kind == "news":
            news: Incumbent = content
            bound = news.bound if news.bound is not None else bound
            watch.progress(news)
        else:  # the process is gone without an answer: a crash, or no memory
            return Answer(Ended.failed, best, bound, remark=f"exit status {process.wait()}")
    return Answer(Ended.stopped, best, bound, remark="killed")


def _read_frames(source: IO[bytes], frames: Frames) -> None:
    while True:
        try:
            frames.put(pickle.load(source))  # noqa: S301 - written by our own child process
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
    try:
        stream.close()
    except OSError:
        pass
