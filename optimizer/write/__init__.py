"""Plan -> folder: CSV and JSON, whole or not at all."""

from optimizer.write.folder import published, refuse_other_folder
from optimizer.write.plan import Written, with_timings, write_plan

__all__ = ["Written", "published", "refuse_other_folder", "with_timings", "write_plan"]
