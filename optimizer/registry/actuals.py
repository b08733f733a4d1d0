"""What has been spent so far, as the registry needs it from an instance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from models.codes import Severity
from models.finding import Finding
from models.headers import KEYS
from models.instance import Instance
from models.language import _
from models.refusal import Reason, Refused
from optimizer.registry.holdings import Keys

FILES = ("actuals.csv", "actuals.parquet")
ReadInstance = Callable[[Path], tuple[Instance | None, list[Finding]]]


@dataclass(frozen=True)
class Spent:
    """What `actuals.csv` of an instance says.

    Attributes
    ----------
    instance
        Name of the instance.
    decimals
        Pool -> its decimals, in the order of `pools.csv`.
    cells
        Keys of a cell (a blank where the instance has no segments) -> smallest units, one per pool.
    sha256
        SHA-256 of the file; blank: there is none.
    """

    instance: str
    decimals: Mapping[str, int]
    cells: Mapping[Keys, tuple[int, ...]]
    sha256: str

    def totals(self) -> dict[str, int]:
        """Return pool -> what was spent of it in all, in smallest units."""
        return {
            pool: sum(units[place] for units in self.cells.values())
            for place, pool in enumerate(self.decimals)
        }


def has_actuals(folder: Path) -> bool:
    """Say whether an instance states what has been spent."""
    return any((folder / name).exists() for name in FILES)


def read_spent(folder: Path, read: ReadInstance) -> Spent:
    """Read what has been spent.

    Raises
    ------
    Refused
        If the instance is invalid.
    OSError
        If it cannot be read.
    """
    instance, findings = read(folder)
    if instance is None:
        errors = tuple(found for found in findings if found.severity is Severity.error)
        message = _("the instance {folder} is invalid; nothing was changed")
        raise Refused(Reason.invalid, message.format(folder=folder), errors)
    names = tuple(instance.options.keys)
    places = [names.index(key) if key in names else None for key in KEYS]
    decimals = {pool.name: pool.decimals for pool in instance.pools}
    cells = {
        tuple("" if place is None else actual.keys[place] for place in places): tuple(
            actual.spent[pool] for pool in decimals
        )
        for actual in instance.actuals
    }
    sha256 = next((instance.inputs[name] for name in FILES if name in instance.inputs), "")
    return Spent(instance.name, decimals, cells, sha256)
