"""One amount varied: what is varied, over which amounts, and what the points found make of a curve."""

from optimizer.vary.curve import curve_of
from optimizer.vary.grid import Level, amounts_between
from optimizer.vary.shadow import shadow_price
from optimizer.vary.subject import changed, pool_subject, rule_subject

__all__ = ["Level", "amounts_between", "changed", "curve_of", "pool_subject", "rule_subject", "shadow_price"]
