"""Helpers of the tests of reading: folders made on the spot, and instances compared."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from models.finding import Finding
from models.instance import Attributes, Instance, KeyColumn, Options
from optimizer.read import read_instance

POOLS = "pool,amount\ncash,100\n"
OPTIONS = (
    "merchant,category,slot,option,cash,conversions\nM1,C1,S1,A,10,1\nM1,C1,S1,B,20,1.5\nM2,C1,S1,A,5,0.5\n"
)


def folder_of(path: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write a folder; pools.csv and options.csv are filled in."""
    path.mkdir(parents=True, exist_ok=True)
    for name, content in {"pools.csv": POOLS, "options.csv": OPTIONS, **files}.items():
        (path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(path: Path, files: Mapping[str, str | bytes]) -> Instance:
    """Write and read a folder in which nothing may be wrong."""
    instance, findings = read_instance(folder_of(path, files))
    assert instance is not None, [str(one) for one in findings]
    return instance


def found(path: Path, files: Mapping[str, str | bytes]) -> list[Finding]:
    """Write and read a folder, for its findings."""
    return read_instance(folder_of(path, files))[1]


def codes(findings: list[Finding]) -> list[str]:
    """Return the codes of findings in their order."""
    return [one.code for one in findings]


def instances_equal(one: Instance, other: Instance) -> bool:
    """Whether two instances state the same, whatever files they came from (hashes, names and rows apart)."""
    return (
        one.pools == other.pools
        and _same_options(one.options, other.options)
        and one.tables.keys() == other.tables.keys()
        and all(_rows(table) == _rows(other.tables[name]) for name, table in one.tables.items())
        and (one.slots, one.slot_times, one.settings) == (other.slots, other.slot_times, other.settings)
        and [rule.model_copy(update={"row": None}) for rule in one.rules]
        == [rule.model_copy(update={"row": None}) for rule in other.rules]
        and sorted((pin.keys, pin.option) for pin in one.pins)
        == sorted((pin.keys, pin.option) for pin in other.pins)
        and one.actuals == other.actuals
        and one.overrides == other.overrides
    )


def _same_options(one: Options, other: Options) -> bool:
    return (
        list(one.keys) == list(other.keys)
        and all(_same_keys(key, other.keys[name]) for name, key in one.keys.items())
        and _same_keys(one.option, other.option)
        and list(one.costs) == list(other.costs)
        and all(np.array_equal(units, other.costs[name]) for name, units in one.costs.items())
        and list(one.values) == list(other.values)
        and all(np.array_equal(units, other.values[name]) for name, units in one.values.items())
        and one.texts == other.texts
    )


def _same_keys(one: KeyColumn, other: KeyColumn) -> bool:
    return (
        one.texts == other.texts
        and np.array_equal(one.codes, other.codes)
        and one.codes.dtype == other.codes.dtype
    )


def _rows(table: Attributes) -> dict[str, dict[str, str]]:
    return {
        key: {name: texts[index] for name, texts in table.columns.items()}
        for index, key in enumerate(table.keys)
    }
