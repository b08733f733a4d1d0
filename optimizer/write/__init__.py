"""Plan -> folder: CSV and JSON, whole or not at all."""

from optimizer.write.folder import is_plan_folder, replace_folder
from optimizer.write.plan import PlanFiles, plan_files

__all__ = ["PlanFiles", "is_plan_folder", "plan_files", "replace_folder"]
