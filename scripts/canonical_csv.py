"""Write the Parquet tables of an instance and a plan as CSV, for `verify_plan.py --csv`.

`python scripts/canonical_csv.py INSTANCE PLAN --out FOLDER`: each NAME.parquet becomes FOLDER/NAME.csv,
written as plans are: UTF-8 with its mark, commas, line feeds; pool amounts with the decimals of their column,
values without trailing zeros, texts that a spreadsheet would run behind one apostrophe (plan tables only).
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

PLAN_TABLES = ("plan", "booked", "limits")
TEXTS = ("merchant", "category", "slot", "segment", "option", "rule", "group", "measure", "sense", "status")
_RUNS = tuple("=+-@'＝＋－＠＇\t\r")


def main() -> int:
    """Export what is Parquet in both folders."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("instance", type=Path)
    parser.add_argument("plan", type=Path)
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    for path in sorted([*asked.instance.glob("*.parquet"), *asked.plan.glob("*.parquet")]):
        write(path, asked.out / f"{path.stem}.csv")
        print(asked.out / f"{path.stem}.csv")
    return 0


def write(source: Path, target: Path) -> None:
    """Write one table as CSV."""
    file = pa.parquet.ParquetFile(source)
    is_of_plan = source.stem in PLAN_TABLES
    with target.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        names = file.schema_arrow.names
        first_value = names.index("conversions") if "conversions" in names else len(names)  # pools are before
        writer.writerow(names)
        for batch in file.iter_batches():
            columns = [
                list(_texts(column, is_of_plan and name in TEXTS, is_of_plan and place >= first_value))
                for place, (name, column) in enumerate(zip(batch.schema.names, batch.columns, strict=True))
            ]
            writer.writerows(zip(*columns, strict=True))


def _texts(column: pa.Array, is_guarded: bool, is_short: bool) -> Iterator[str]:
    for value in column.to_pylist():
        text = "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)
        if isinstance(value, (Decimal, float)):
            text = format(Decimal(repr(value)) if isinstance(value, float) else value, "f")
        if is_short and "." in text:
            text = text.rstrip("0").rstrip(".")
        yield f"'{text}" if is_guarded and text.startswith(_RUNS) else text


if __name__ == "__main__":
    sys.exit(main())
