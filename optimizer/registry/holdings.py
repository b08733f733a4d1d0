"""What a plan holds in every cell, from its own tables: amounts of every pool, and by which options."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from models.headers import KEYS
from optimizer.registry.content import stored_file

Keys = tuple[str, ...]
Rows = Iterable[Sequence[str]]
_GUARD = "'"


@dataclass
class Holding:
    """One cell of a plan.

    Attributes
    ----------
    units
        Smallest units, one per pool in the order asked for.
    options
        (option, fraction) pairs; none where what is booked names no option.
    is_booked
        Whether it can no longer change.
    """

    units: list[int]
    options: list[tuple[str, str]] = field(default_factory=list)
    is_booked: bool = False


def holdings(connection: Connection, content: str, decimals: Mapping[str, int]) -> dict[Keys, Holding]:
    """Return the cells of a registered plan that hold anything, `plan` and `booked` together.

    Parameters
    ----------
    decimals
        Pool -> its decimals, in the order in which amounts are wanted.
    """
    found: dict[Keys, Holding] = {}
    for table in ("plan", "booked"):
        for header, rows in _tables(connection, content, table):
            _add(found, header, rows, decimals, is_booked=table == "booked")
    for one in found.values():
        one.options.sort()
    return found


def _add(
    found: dict[Keys, Holding],
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    decimals: Mapping[str, int],
    *,
    is_booked: bool,
) -> None:
    """Add the rows of a table to the cells."""
    key_places = [header.index(key) if key in header else None for key in KEYS]
    pool_places = [
        (place, header.index(pool), digits)
        for place, (pool, digits) in enumerate(decimals.items())
        if pool in header  # a plan made before the instance had the pool draws nothing of it
    ]
    option_place = header.index("option")
    fraction_place = header.index("fraction") if "fraction" in header else None
    for row in rows:
        keys = tuple("" if place is None else row[place] for place in key_places)
        one = found.get(keys)
        if one is None:
            one = found[keys] = Holding([0] * len(decimals), is_booked=is_booked)
        for place, column, digits in pool_places:
            one.units[place] += _units(row[column], digits)
        if row[option_place]:
            fraction = "" if fraction_place is None else row[fraction_place]
            one.options.append((row[option_place], fraction))


def _units(text: str, digits: int) -> int:
    """Return a written amount in smallest units; the plan has been verified, so it has no more digits."""
    whole, _point, part = text.partition(".")
    return int(whole + part.ljust(digits, "0"))


def _tables(connection: Connection, content: str, table: str) -> Iterator[tuple[Sequence[str], Rows]]:
    """Give the header and rows of one table of a plan, in pieces, as texts without their guards."""
    data = stored_file(connection, content, f"{table}.csv")
    if data is not None:
        reader = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
        header = next(reader)
        yield header, ([text.removeprefix(_GUARD) for text in fields] for fields in reader)
        return
    data = stored_file(connection, content, f"{table}.parquet")
    if data is not None:
        yield from _parquet_tables(data)


def _parquet_tables(data: bytes) -> Iterator[tuple[Sequence[str], Rows]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    for batch in pq.ParquetFile(pa.BufferReader(data)).iter_batches():
        columns = [
            ["" if one is None else str(one) for one in column.to_pylist()] for column in batch.columns
        ]
        yield batch.schema.names, zip(*columns, strict=True)
