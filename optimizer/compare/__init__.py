"""Two plans -> how they differ."""

from optimizer.compare.comparing import Context, compare
from optimizer.compare.holding import holdings_of

__all__ = ["Context", "compare", "holdings_of"]
