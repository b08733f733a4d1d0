"""Files -> Instance, with every finding at once."""

from optimizer.read.choice import read_choice
from optimizer.read.folder import ChecksumError
from optimizer.read.holdings import Rows, read_rows
from optimizer.read.incumbent import read_incumbent
from optimizer.read.instance import read_instance
from optimizer.read.kept import read_kept
from optimizer.read.limit_prices import LimitPrices, read_limit_prices
from optimizer.read.named import named_column
from optimizer.read.scenarios import Scenario, read_scenarios
from optimizer.read.stated import Stated, read_stated
from optimizer.read.warm import read_prices, read_warm

__all__ = [
    "ChecksumError",
    "LimitPrices",
    "Rows",
    "Scenario",
    "Stated",
    "named_column",
    "read_choice",
    "read_incumbent",
    "read_instance",
    "read_kept",
    "read_limit_prices",
    "read_prices",
    "read_rows",
    "read_scenarios",
    "read_stated",
    "read_warm",
]
