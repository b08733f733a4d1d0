"""A zoo of small named problems, each odd in its own way, with the answer known."""

from __future__ import annotations

from tests.zoo import infeasible, lines, plain, policies
from tests.zoo.problem import ZooProblem

ZOO: dict[str, ZooProblem] = {
    each.name: each for each in (*plain.PROBLEMS, *policies.PROBLEMS, *lines.PROBLEMS, *infeasible.PROBLEMS)
}
"""Name -> problem."""

__all__ = ["ZOO", "ZooProblem"]
