"""Why a plan is as it is: what limits it, what every rule costs, and how evenly it gives.

Nothing here solves anything: whoever composes it hands over what was solved, or a way to solve.
"""

from optimizer.explain.binding import binding_json, marginal_prices
from optimizer.explain.exchange import exchange_json
from optimizer.explain.fairness import Sales, fairness_json
from optimizer.explain.known import Known, Shown
from optimizer.explain.policy import Means, price_policy
from optimizer.explain.policy_json import Asked, policy_json

__all__ = [
    "Asked",
    "Known",
    "Means",
    "Sales",
    "Shown",
    "binding_json",
    "exchange_json",
    "fairness_json",
    "marginal_prices",
    "policy_json",
    "price_policy",
]
