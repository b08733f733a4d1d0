"""HiGHS by itself: arrays straight to `passModel`."""

from __future__ import annotations

import time
from collections.abc import Callable

import highspy
import numpy as np

from benchmarks.peer.stated import Answer, Asked, Stated


def solve(asked: Asked) -> Answer:
    """Solve the whole problem."""
    stated = Stated.load(asked.model)
    began = time.perf_counter()
    written = stated.written()
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = stated.num_columns, stated.num_rows
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = written.objective, written.lower, written.upper
    lp.row_lower_ = np.full(stated.num_rows, -highspy.kHighsInf)
    lp.row_upper_ = written.right
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = stated.start, stated.column
    lp.a_matrix_.value_ = written.value
    lp.integrality_ = [highspy.HighsVarType.kInteger] * stated.num_columns
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    settings = (
        ("output_flag", False),
        ("time_limit", asked.time_limit),
        ("mip_rel_gap", asked.gap),
        ("threads", asked.threads),
    )
    for name, value in settings:
        if solver.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise ValueError(f"HiGHS refuses {name} = {value}")
    if solver.passModel(lp) == highspy.HighsStatus.kError:
        raise ValueError("HiGHS refuses the model")
    built = time.perf_counter() - began
    trace = list[tuple[float, float, float]]()
    solver.setCallback(_noting(trace, began), None)
    kinds = highspy.cb.HighsCallbackType
    for kind in (kinds.kCallbackMipImprovingSolution, kinds.kCallbackMipLogging):
        solver.startCallback(kind)
    solver.run()
    info = solver.getInfo()
    has_solution = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    take = np.array(solver.getSolution().col_value)[: stated.num_options] if has_solution else None
    bound = info.mip_dual_bound if np.isfinite(info.mip_dual_bound) else None
    status = solver.modelStatusToString(solver.getModelStatus())
    return Answer(status, take, bound, time.perf_counter() - began, built, tuple(trace))


def _noting(trace: list[tuple[float, float, float]], began: float) -> Callable[..., None]:
    """Return a callback that notes news, at most one in a tenth of a second."""

    def note(_kind: object, _words: str, out: highspy.cb.HighsCallbackOutput, *_others: object) -> None:
        seconds = time.perf_counter() - began
        objective, bound = (
            value if np.isfinite(value) else np.nan for value in (out.mip_primal_bound, out.mip_dual_bound)
        )
        if not trace or seconds > trace[-1][0] + 0.1:
            trace.append((seconds, objective, bound))

    return note
