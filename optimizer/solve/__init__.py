"""Problem -> a solver's answer: the formulation handed to HiGHS, in a child process with a hard stop."""

from optimizer.solve.answer import Answer, Arrays, Ended, Incumbent, Request, Watch
from optimizer.solve.child import run
from optimizer.solve.model import Cut, Model

__all__ = ["Answer", "Arrays", "Cut", "Ended", "Incumbent", "Model", "Request", "Watch", "run"]
