"""How large the package is against the merchants."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.generate import market


@dataclass(frozen=True)
class Scale:
    """How large the pools are against the merchants.

    Attributes
    ----------
    traffic_decimals
        Of the traffic pool, whose unit is a thousand impressions.
    noticeable
        Cash in whole yuan from which a small merchant is reached.
    meaningful
        Cash in whole yuan below which a merchant of the last tier is not worth a contract.
    most_cells
        Cells of one merchant that may be funded.
    """

    traffic_decimals: int
    noticeable: int
    meaningful: int
    most_cells: int

    @property
    def traffic(self) -> int:
        """The traffic pool in its smallest units."""
        return market.TRAFFIC_IMPRESSIONS // 1000 * int(10**self.traffic_decimals)


def scale_of(num_merchants: int, cells_per_merchant: float) -> Scale:
    """Return the scale of a market of so many merchants: the more there are, the smaller are the parts."""
    yuan = market.CASH_FEN // 100 // num_merchants
    return Scale(
        traffic_decimals=0 if num_merchants <= 20_000 else 3,
        noticeable=_round_down(max(yuan // 400, 1)),
        meaningful=_round_down(max(yuan // 2, 1)),
        most_cells=max(3, int(3 * cells_per_merchant)),
    )


def _round_down(number: int) -> int:
    """Return the largest of 1, 2 and 5 times a power of ten that is at most `number`."""
    power = int(10 ** (len(str(number)) - 1))
    return max(step * power for step in (1, 2, 5) if step * power <= number)
