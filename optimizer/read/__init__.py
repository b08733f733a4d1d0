"""Files -> Instance, with every finding at once."""

from optimizer.read.choice import read_choice
from optimizer.read.folder import ChecksumError
from optimizer.read.incumbent import read_incumbent
from optimizer.read.instance import read_instance
from optimizer.read.kept import read_kept
from optimizer.read.stated import Stated, read_stated
from optimizer.read.warm import read_prices, read_warm

__all__ = [
    "ChecksumError",
    "Stated",
    "read_choice",
    "read_incumbent",
    "read_instance",
    "read_kept",
    "read_prices",
    "read_stated",
    "read_warm",
]
