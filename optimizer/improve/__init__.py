"""Linear, choice -> a better choice: whole numbers only, no solver, work counted and never timed."""

from optimizer.improve.improving import improve, is_probed, probe, repair

__all__ = ["improve", "is_probed", "probe", "repair"]
