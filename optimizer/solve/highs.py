"""The solver's process: one `Request` from standard input, a run of HiGHS, frames to standard output.

Run as `python -m optimizer.solve.highs`. A frame is a pickled tuple: ("news", Incumbent), ("found", values)
or ("answer", Answer). One byte on standard input asks it to stop. It never publishes anything: its parent
decides.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import time
from typing import Any, BinaryIO

import highspy
import numpy as np

from optimizer.solve.answer import Answer, Arrays, Ended, Incumbent, Request

_TIGHT, _USUAL = 1e-9, 1e-6
_SMALL_COLUMNS = 5_000
"""Up to so many variables the solver is held to the tighter tolerance, which costs larger problems dearly."""

_NEWS_SECONDS = 0.2


def main() -> None:
    """Serve one request."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # meant for the parent, which asks us to stop
    frames = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(
        os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
    )  # what HiGHS prints must not mix with frames
    request = pickle.load(sys.stdin.buffer)
    stop = threading.Event()
    threading.Thread(target=_wait_for_stop, args=(sys.stdin.buffer, stop), daemon=True).start()
    answer = _Run(request, frames, stop).answer()
    pickle.dump(("answer", answer), frames, pickle.HIGHEST_PROTOCOL)
    frames.flush()


def _wait_for_stop(source: BinaryIO, stop: threading.Event) -> None:
    if not source.read(1):
        os._exit(1)  # the parent is gone: no one waits for an answer
    stop.set()


class _Run:
    """One run of HiGHS."""

    def __init__(self, request: Request, frames: BinaryIO, stop: threading.Event) -> None:
        self._request, self._frames, self._stop = request, frames, stop
        self._began = self._told = time.monotonic()
        self._highs = highspy.Highs()  # type: ignore[no-untyped-call]

    def answer(self) -> Answer:
        highs, request = self._highs, self._request
        self._set_options()
        if (
            highs.passModel(lp_of(request.arrays, is_relaxed=request.is_relaxed))
            == highspy.HighsStatus.kError
        ):
            return Answer(Ended.failed, remark="passModel")
        if request.start is not None:
            solution = highspy.HighsSolution()
            solution.col_value = request.start.tolist()
            highs.setSolution(solution)
        self._listen()
        highs.run()
        return self._read()

    def _set_options(self) -> None:
        request = self._request
        tolerance = _TIGHT if len(request.arrays.c) <= _SMALL_COLUMNS else _USUAL
        options: dict[str, Any] = {
            "output_flag": False,
            "threads": 1,  # answers differ between one and two
            "random_seed": request.seed,
            "time_limit": max(request.time_limit, 0.01),
            "mip_rel_gap": request.gap,
            "mip_abs_gap": request.absolute_gap,
            "mip_feasibility_tolerance": tolerance,
            "primal_feasibility_tolerance": tolerance,
            "dual_feasibility_tolerance": tolerance,
        }
        if not request.is_presolved:
            options["presolve"] = "off"
        if request.node_limit is not None:
            options["mip_max_nodes"] = request.node_limit
        if request.target is not None:
            options["objective_target"] = request.target
        for name, value in options.items():
            if self._highs.setOptionValue(name, value) == highspy.HighsStatus.kError:
                raise ValueError(f"HiGHS refuses option {name}")

    def _listen(self) -> None:
        kind = highspy.cb.HighsCallbackType
        self._highs.setCallback(self._called, None)
        for event in (
            kind.kCallbackMipInterrupt,
            kind.kCallbackMipImprovingSolution,
            kind.kCallbackSimplexInterrupt,
            kind.kCallbackIpmInterrupt,
        ):
            self._highs.startCallback(event)

    def _called(
        self,
        event: highspy.cb.HighsCallbackType,
        _message: str,
        out: highspy.cb.HighsCallbackOutput,
        given_back: highspy.cb.HighsCallbackInput,
        _data: object,
    ) -> None:
        kind = highspy.cb.HighsCallbackType
        if event == kind.kCallbackMipImprovingSolution:
            self._send("found", np.array(out.mip_solution, np.float64))
            self._tell(out)
            return
        if self._stop.is_set():
            given_back.user_interrupt = True
        if event == kind.kCallbackMipInterrupt and time.monotonic() - self._told > _NEWS_SECONDS:
            self._tell(out)

    def _tell(self, out: highspy.cb.HighsCallbackOutput) -> None:
        self._told = time.monotonic()
        news = Incumbent(self._told - self._began, _finite(out.mip_primal_bound), _finite(out.mip_dual_bound))
        self._send("news", news)

    def _send(self, kind: str, content: object) -> None:
        pickle.dump((kind, content), self._frames, pickle.HIGHEST_PROTOCOL)
        self._frames.flush()

    def _read(self) -> Answer:
        highs, status = self._highs, self._highs.getModelStatus()
        states = highspy.HighsModelStatus
        stopped = (
            states.kTimeLimit,
            states.kInterrupt,
            states.kSolutionLimit,
            states.kIterationLimit,
            states.kObjectiveTarget,
        )
        info = highs.getInfo()
        has_solution = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        solution = highs.getSolution() if has_solution else None
        values = np.array(solution.col_value, np.float64) if solution is not None else None
        if status == states.kOptimal and self._request.is_relaxed:
            assert solution is not None
            return Answer(
                Ended.optimal, values, info.objective_function_value, np.array(solution.row_dual, np.float64)
            )
        nodes = max(int(info.mip_node_count), 0)
        bound = None if self._request.is_relaxed else _finite(info.mip_dual_bound)
        if status == states.kOptimal:
            return Answer(Ended.optimal, values, bound, nodes=nodes)
        if status in (states.kInfeasible, states.kUnboundedOrInfeasible):
            return Answer(Ended.infeasible, nodes=nodes)
        if status not in stopped:  # then its bound is not one: out of memory it says 0
            return Answer(Ended.failed, values, nodes=nodes, remark=highs.modelStatusToString(status))
        return Answer(Ended.stopped, values, bound, nodes=nodes, remark=highs.modelStatusToString(status))


def lp_of(arrays: Arrays, *, is_relaxed: bool) -> highspy.HighsLp:
    """Return arrays as HiGHS takes them."""
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(arrays.c), len(arrays.right)
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = arrays.c, arrays.low, arrays.high
    lp.row_lower_, lp.row_upper_ = np.full(len(arrays.right), -highspy.kHighsInf), arrays.right
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = arrays.starts, arrays.columns
    lp.a_matrix_.value_ = arrays.coefficients
    if not is_relaxed:
        kinds = highspy.HighsVarType
        lp.integrality_ = [
            kinds.kInteger if whole else kinds.kContinuous for whole in arrays.is_whole.tolist()
        ]
    return lp


def _finite(value: float) -> float | None:
    return value if abs(value) < highspy.kHighsInf else None


if __name__ == "__main__":
    main()
