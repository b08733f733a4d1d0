"""An independent oracle: it reads instance folders and expands rules by itself, from the contract alone.

Nothing here imports the product, and the product imports nothing from here. `evaluate` measures a plan,
`brute_force` tries every plan, `milp` and `cpsat` solve rows that the oracle stacks itself.
"""

from __future__ import annotations

from tests.oracle.brute import Best, brute_force, brute_force_folder, num_plans
from tests.oracle.evaluation import Evaluation, LimitRow, evaluate, evaluate_folder
from tests.oracle.folder import KEYS, Folder, parse, read
from tests.oracle.solvers import Answer, cpsat, cpsat_folders, milp, milp_folder
from tests.oracle.stages import Stage, lexicographic

__all__ = [
    "KEYS",
    "Answer",
    "Best",
    "Evaluation",
    "Folder",
    "LimitRow",
    "Stage",
    "brute_force",
    "brute_force_folder",
    "cpsat",
    "cpsat_folders",
    "evaluate",
    "evaluate_folder",
    "lexicographic",
    "milp",
    "milp_folder",
    "num_plans",
    "parse",
    "read",
]
