"""Problem and prices -> a bound that anyone can recompute (Geoffrion 1974; Fisher 1981)."""

from optimizer.lagrangian.certify import certify, common_divisor, printed_bound

__all__ = ["certify", "common_divisor", "printed_bound"]
