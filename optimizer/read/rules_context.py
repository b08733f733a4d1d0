"""What rules are read against: the names and texts of the rest of the instance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from models.instance import Attributes, KeyColumn, Pool


@dataclass(frozen=True, eq=False)
class RuleContext:
    """What rules are read against.

    Attributes
    ----------
    pools
        Every pool, in the order of `pools.csv`.
    values
        Names of the value columns of `options.csv` (`conversions`, `gmv`, ...).
    measures
        Names of the settings' named sums.
    keys
        `Options.keys`: the key columns that cells have (`segment` only where options have it), one code a row
        of options. Rows of one cell may repeat; the order of rows does not matter.
    tables
        `merchants`, `categories`, `slots`, `segments` -> attributes, for the tables that the folder *has*
        (absent: the folder lacks the table). `columns` holds every column but the key: `start` and `end` too.
    files
        Table -> name of its file (`merchants.csv`, `merchants.parquet`).
    rows
        Table -> row of its file for each of `Attributes.keys`, for findings; may lack tables.
    timezone
        Of times without an offset: `zoneinfo.ZoneInfo(settings.timezone)`.
    is_complete
        False where `options.csv` could not be read whole: then nothing is said of scopes and what is in them.
    """

    pools: tuple[Pool, ...]
    values: tuple[str, ...]
    measures: tuple[str, ...]
    keys: Mapping[str, KeyColumn]
    tables: Mapping[str, Attributes]
    timezone: tzinfo
    files: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    is_complete: bool = True
