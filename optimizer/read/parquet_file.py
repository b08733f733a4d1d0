"""Parquet in place of CSV."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from models.headers import KEYS
from optimizer.read.columns import Columns
from optimizer.read.findings import Findings
from optimizer.read.layout import Layout, fit, has_too_many

_NAMES = ("option", "pool", "rule")


def read_parquet(path: Path, file: str, layout: Layout, findings: Findings) -> Columns | None:
    """Return the columns of a Parquet file; its first row is row 2, as if under a header.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    try:
        with pq.ParquetFile(path) as source:
            headers = source.schema_arrow.names
            if has_too_many(headers, file, findings):
                return None
            names = fit(headers, file, layout, findings)
            table = source.read()
        table.validate(full=True)  # texts of damaged files may not be UTF-8
    except (pa.ArrowException, ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:  # pyarrow's own have none: damaged data
            raise
        findings.add(
            "FIL-08", file, reason=str(error).splitlines()[0] if str(error) else type(error).__name__
        )
        return None
    arrays = {}
    for position, name in names.items():
        array = table.column(position)
        is_text = name in (*KEYS, *_NAMES)
        if not _is_readable(array.type) or (is_text and pa.types.is_floating(array.type)):
            findings.add("FIL-09", file, None, headers[position], type=array.type)
            array = pa.chunked_array([pa.nulls(len(array), pa.string())])
        is_encoded = pa.types.is_dictionary(array.type)
        arrays[name] = array.cast(array.type.value_type) if is_encoded else array
    written = {name: headers[position].strip() for position, name in names.items()}
    return Columns(file, written, arrays, np.arange(2, table.num_rows + 2, dtype=np.int64))


def _is_readable(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_readable(kind.value_type)
    checks = (
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_integer,
        pa.types.is_decimal,
        pa.types.is_floating,
        pa.types.is_boolean,
        pa.types.is_date,
        pa.types.is_timestamp,
        pa.types.is_null,
    )
    return any(check(kind) for check in checks)
