"""GLPK, which shares nothing with HiGHS, as the judge of a formulation that is written as text."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from pathlib import Path

import swiglpk as glp

_WHOLE = 1e-9
"""How far from whole a whole variable may be."""


class Program:
    """A program in LP format; may be solved again and again with other options taken."""

    def __init__(self, text: str) -> None:
        glp.glp_term_out(glp.GLP_OFF)
        self._program = glp.glp_create_prob()
        with tempfile.TemporaryDirectory() as home:
            file = Path(home) / "program.lp"
            file.write_text(text, encoding="utf-8")
            if glp.glp_read_lp(self._program, None, str(file)) != 0:
                raise ValueError(f"GLPK cannot read:\n{text}")
        glp.glp_create_index(self._program)
        glp.glp_scale_prob(self._program, glp.GLP_SF_AUTO)

    def best(self, *, is_relaxed: bool = False) -> float | None:
        """Return the best objective; None: nothing is feasible. `is_relaxed`: variables need not be whole."""
        glp.glp_std_basis(self._program)
        settings = glp.glp_smcp()
        glp.glp_init_smcp(settings)
        _check(glp.glp_simplex(self._program, settings))
        status = glp.glp_get_status(self._program)
        if status in (glp.GLP_NOFEAS, glp.GLP_INFEAS):
            return None
        assert status == glp.GLP_OPT, f"GLPK: status {status}"
        return float(glp.glp_get_obj_val(self._program)) if is_relaxed else self._best_whole()

    def fix(self, taken: Collection[int], num_options: int) -> None:
        """Fix the variable of every option: those in `taken` whole, the others to nothing."""
        for option in range(num_options):
            column = glp.glp_find_col(self._program, f"choice_take({option})")
            if column:  # else it stands in no row, and its pin or its worth decide nothing
                amount = float(option in taken)
                glp.glp_set_col_bnds(self._program, column, glp.GLP_FX, amount, amount)

    def _best_whole(self) -> float | None:
        settings = glp.glp_iocp()
        glp.glp_init_iocp(settings)
        settings.tol_int = _WHOLE
        _check(glp.glp_intopt(self._program, settings))
        status = glp.glp_mip_status(self._program)
        if status == glp.GLP_NOFEAS:
            return None
        assert status == glp.GLP_OPT, f"GLPK: status {status}"
        return float(glp.glp_mip_obj_val(self._program))


def _check(ended: int) -> None:
    assert ended == 0, f"GLPK ended with {ended}"
