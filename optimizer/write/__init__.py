"""Plan -> folder: CSV and JSON, whole or not at all."""

from optimizer.write.folder import refuse_other_folder, replace_folder
from optimizer.write.plan import PlanFiles, plan_files

__all__ = ["PlanFiles", "plan_files", "refuse_other_folder", "replace_folder"]
