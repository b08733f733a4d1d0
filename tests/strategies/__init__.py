"""Random instances for tests: every legal combination of the rule language, small."""

from __future__ import annotations

from tests.strategies.combination import COMBINATIONS, Combination
from tests.strategies.instance import Drawn, instances, random_instance
from tests.strategies.tally import Tally

__all__ = ["COMBINATIONS", "Combination", "Drawn", "Tally", "instances", "random_instance"]
