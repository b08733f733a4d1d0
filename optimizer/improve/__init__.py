"""Linear, choice -> a better choice: whole numbers only, no solver, work counted and never timed."""

from optimizer.improve.improving import improve, repair, walk

__all__ = ["improve", "repair", "walk"]
