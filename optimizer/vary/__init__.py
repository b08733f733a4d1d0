"""One amount varied: what is varied, over which amounts, and what the points found make of a curve."""

from optimizer.vary.curve import Curve, Point, Step, curve_of
from optimizer.vary.grid import Level, amounts_between
from optimizer.vary.shadow import shadow_price
from optimizer.vary.subject import Subject, pool_subject, rule_subject

__all__ = [
    "Curve",
    "Level",
    "Point",
    "Step",
    "Subject",
    "amounts_between",
    "curve_of",
    "pool_subject",
    "rule_subject",
    "shadow_price",
]
