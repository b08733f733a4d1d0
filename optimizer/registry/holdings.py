"""What a plan holds in every cell, from its own tables: amounts of every pool, and by which options."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from models.amount import exact
from models.headers import KEYS
from optimizer.registry.content import stored_file

Keys = tuple[str, ...]
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
        for row in _rows(connection, content, table):
            keys = tuple(row.get(key, "") for key in KEYS)
            one = found.setdefault(keys, Holding([0] * len(decimals), is_booked=table == "booked"))
            for place, (pool, digits) in enumerate(decimals.items()):
                one.units[place] += int(exact(row[pool]) * 10**digits)
            if row["option"]:
                one.options.append((row["option"], row.get("fraction", "")))
    for one in found.values():
        one.options.sort()
    return found


def _rows(connection: Connection, content: str, table: str) -> Iterator[Mapping[str, str]]:
    """Go through the rows of one table of a plan, as texts without their guards."""
    data = stored_file(connection, content, f"{table}.csv")
    if data is not None:
        reader = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
        header = next(reader)
        for fields in reader:
            yield dict(zip(header, map(_unguarded, fields), strict=True))
        return
    data = stored_file(connection, content, f"{table}.parquet")
    if data is not None:
        yield from _parquet_rows(data)


def _parquet_rows(data: bytes) -> Iterator[Mapping[str, str]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    for batch in pq.ParquetFile(pa.BufferReader(data)).iter_batches():
        columns: Sequence[list[object]] = [column.to_pylist() for column in batch.columns]
        for fields in zip(*columns, strict=True):
            texts = ["" if value is None else str(value) for value in fields]
            yield dict(zip(batch.schema.names, texts, strict=True))


def _unguarded(text: str) -> str:
    return text.removeprefix(_GUARD)
