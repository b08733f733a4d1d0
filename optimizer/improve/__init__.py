"""Linear, choice -> a better choice: whole numbers only, no solver, work counted and never timed."""

from optimizer.improve.improving import improve, probe, repair

__all__ = ["improve", "probe", "repair"]
