"""A folder -> an instance, with every finding at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from models.finding import Finding, ordered
from models.headers import KEY_TABLES, RULE_COLUMNS
from models.instance import Actual, Attributes, Instance, Options, Pin, Pool
from models.rule import Rule
from models.settings import Settings
from optimizer.read import actuals, attributes, options, pins, pools
from optimizer.read.cells import Cells
from optimizer.read.divisible import report_falling_costs
from optimizer.read.findings import Findings
from optimizer.read.folder import SETTINGS_FILE, check_sums, find_tables
from optimizer.read.layout import Layout
from optimizer.read.objective import read_counts
from optimizer.read.overrides import apply_overrides
from optimizer.read.rules import KEY_LACKING, RuleContext, read_rules
from optimizer.read.settings import Names, aim_of, parse_settings, read_settings
from optimizer.read.slots import read_slot_times, slot_order
from optimizer.read.source import Source
from optimizer.read.stages import read_stages
from optimizer.read.table import Table

_RULES = Layout(known=(*RULE_COLUMNS, "note"), required=("rule", "measure", "sense", "value"))
_CELL_FILES = tuple(
    f"{table}{suffix}" for table in ("pools", "options", *KEY_TABLES) for suffix in (".csv", ".parquet")
)
_LOST = ("TAB-02", "TAB-03", "TAB-05", "FIL-07", "FIL-09", "KEY-02", "POO-01", "POO-02")
_NO_ATTRIBUTES = Attributes((), {})


@dataclass(frozen=True)
class _KeyTables:
    """The tables of attributes that the folder has."""

    tables: dict[str, Attributes]
    rows: dict[str, tuple[int, ...]]
    files: dict[str, str]
    unread: set[str]


def read_instance(
    folder: Path, overrides: tuple[tuple[str, str], ...] = ()
) -> tuple[Instance | None, list[Finding]]:
    """Read an instance folder.

    Parameters
    ----------
    overrides
        What `--set` changes: (key, value) pairs such as (`pools.cash`, `1e9`).

    Returns
    -------
    The instance, None if any finding is an error, and the findings, most severe first.

    Raises
    ------
    OSError
        If the folder or a file of it cannot be read; `ChecksumError` if a file does not match SHA256SUMS.
    """
    findings = Findings()
    with Source(find_tables(folder, findings), findings) as source:
        instance = _read(folder, source, overrides)
    is_valid = instance is not None and not findings.has_error
    return instance if is_valid else None, ordered(findings.all())


def _read(folder: Path, source: Source, overrides: tuple[tuple[str, str], ...]) -> Instance | None:
    """Read everything; None where there is too little to make an instance of."""
    findings = source.findings
    raw, stated = _raw(folder, source, overrides)
    read_pools = pools.read_pools(raw["pools"], findings) if "pools" in raw else ()
    read_options = _options(source, read_pools)
    key_tables = _key_tables(source, read_pools)
    names = _names(source, read_pools, read_options)
    settings = read_settings(stated, names, findings)
    context = _context(read_pools, read_options, key_tables, settings, source)
    rules = _rules(raw.get("rules"), context, findings)
    settings = _with_counts(settings, stated, context, findings)
    settings = _with_stages(settings, stated, names, context, findings)
    zone = ZoneInfo(settings.timezone)
    slots, rows = key_tables.tables.get("slots", _NO_ATTRIBUTES), key_tables.rows.get("slots", ())
    times = read_slot_times(slots, rows, key_tables.files.get("slots", ""), zone, findings)
    read_pins, read_actuals = _of_cells(source, read_pools, read_options)
    inputs = source.hashes()
    check_sums(folder, inputs)
    if read_options is None:
        return None
    _report_across(source, read_options, read_pools, key_tables, settings)
    return Instance(
        name=settings.name or folder.resolve().name,
        pools=read_pools,
        options=read_options,
        tables={name: key_tables.tables.get(name, _NO_ATTRIBUTES) for name in KEY_TABLES},
        slots=slot_order(slots, times, read_options.keys["slot"].texts),
        slot_times=times,
        rules=rules,
        pins=read_pins,
        actuals=read_actuals,
        settings=settings,
        inputs=inputs,
        overrides=overrides,
    )


def _raw(
    folder: Path, source: Source, overrides: tuple[tuple[str, str], ...]
) -> tuple[dict[str, Table], dict[str, object]]:
    """Read what overrides may change, and change it."""
    tables = {"pools": source.table("pools", pools.LAYOUT), "rules": source.table("rules", _RULES)}
    read = {name: table for name, table in tables.items() if table is not None}
    if "pools" in read and not read["pools"].rows:
        source.findings.add_if_sound("TAB-01", read["pools"].file)
    text = source.text(folder / SETTINGS_FILE)
    stated = parse_settings(text, source.findings) if text else {}
    if not overrides:
        return read, stated
    changed, stated, found = apply_overrides(overrides, read, stated)
    source.findings.extend(found)
    return changed, stated


def _options(source: Source, read_pools: Sequence[Pool]) -> Options | None:
    columns = source.columns("options", options.layout(read_pools))
    return None if columns is None else options.read_options(columns, read_pools, source.findings)


def _key_tables(source: Source, read_pools: Sequence[Pool]) -> _KeyTables:
    read = _KeyTables({}, {}, {}, set())
    for name, key in KEY_TABLES.items():
        table = source.table(name, attributes.layout(name, read_pools))
        if table is not None:
            read.tables[name], read.rows[name] = attributes.read_attributes(name, table, source.findings)
            read.files[name] = table.file
        if name in source.paths and (table is None or key not in table.columns):
            read.unread.add(name)
    return read


def _names(source: Source, read_pools: Sequence[Pool], read_options: Options | None) -> Names:
    names = tuple(pool.name for pool in read_pools)
    if read_options is None or not read_pools:
        return Names(names, None, None)
    values = tuple(dict.fromkeys(("conversions", *read_options.values)))
    categories = read_options.keys["category"].texts
    return Names(
        names,
        None if _has_lost(source, "pools") else values,
        None if _has_lost(source, "options") else categories,
    )


def _context(
    read_pools: Sequence[Pool],
    read_options: Options | None,
    key_tables: _KeyTables,
    settings: Settings,
    source: Source,
) -> RuleContext | None:
    """Return what rules are read against, if pools and options say enough."""
    findings = source.findings
    if read_options is None or not read_pools:
        return None
    options_file = source.paths["options"].name
    return RuleContext(
        pools=tuple(read_pools),
        values=tuple(read_options.values),
        measures=tuple(settings.measures),
        keys=read_options.keys,
        tables=key_tables.tables,
        timezone=ZoneInfo(settings.timezone),
        files=key_tables.files,
        rows=key_tables.rows,
        is_complete=not findings.has_error_in(_CELL_FILES),
        unread=frozenset(key_tables.unread),
        has_every_pool=not _has_lost(source, "pools"),
        options_file=options_file,
        first_rows=lambda key: attributes.first_rows(
            read_options.keys[key], read_options, findings.rows_of(options_file, "KEY-01")
        ),
    )


def _rules(table: Table | None, context: RuleContext | None, findings: Findings) -> tuple[Rule, ...]:
    """Read the rules, if there is anything to read them against."""
    if table is None or context is None:
        return ()
    rules, found = read_rules(table, context)
    _add(found, findings)
    return rules


def _with_counts(
    settings: Settings, stated: dict[str, object], context: RuleContext | None, findings: Findings
) -> Settings:
    """Read what the objective counts, which is said in the words of rules."""
    if context is None:
        return settings
    objective = stated.get("objective", {})
    aim, key = aim_of(objective) if isinstance(objective, dict) else (None, "")
    counts, found = read_counts(aim, key, context, findings)
    _add(found, findings)
    return settings.model_copy(update={"objective": settings.objective.model_copy(update={"counts": counts})})


def _with_stages(
    settings: Settings,
    stated: dict[str, object],
    names: Names,
    context: RuleContext | None,
    findings: Findings,
) -> Settings:
    """Read what comes before the objective."""
    objective = stated.get("objective", {})
    if not isinstance(objective, dict) or "stages" not in objective:
        return settings
    stages, found = read_stages(objective, names, settings.measures, context, findings)
    _add(found, findings)
    return settings.model_copy(update={"objective": settings.objective.model_copy(update={"stages": stages})})


def _add(found: Sequence[Finding], findings: Findings) -> None:
    for one in found:
        if one.code == KEY_LACKING:  # its column goes by the header of another file
            findings.add(one.code, one.file, one.row, one.column, one.value, **dict(one.facts))
        else:
            findings.extend([one])


def _has_lost(source: Source, table: str) -> bool:
    """Whether rows or keys of a table could not be read: what leans on them may be right."""
    return source.findings.has_any(source.paths[table].name, _LOST)


def _of_cells(
    source: Source, read_pools: Sequence[Pool], read_options: Options | None
) -> tuple[tuple[Pin, ...], tuple[Actual, ...]]:
    """Read pins and actuals, which name cells."""
    if read_options is None:
        return (), ()
    cells = Cells(read_options, is_complete=not _has_lost(source, "options"))
    table = source.table("pins", pins.layout(cells.names))
    read_pins = pins.read_pins(table, cells, source.findings) if table is not None else ()
    value_names = tuple(read_options.values)
    columns = source.columns("actuals", actuals.layout(cells.names, read_pools, value_names))
    if columns is None:
        return read_pins, ()
    return read_pins, actuals.read_actuals(columns, cells, read_pools, value_names, source.findings)


def _report_across(
    source: Source,
    read_options: Options,
    read_pools: tuple[Pool, ...],
    key_tables: _KeyTables,
    settings: Settings,
) -> None:
    """Report what only shows when tables are held beside each other."""
    findings = source.findings
    file = source.paths["options"].name
    reported = {dict(one.facts)["table"] for one in findings.all() if one.code == KEY_LACKING}
    files = {
        name: table
        for name, table in key_tables.files.items()
        if table not in reported and not findings.has_error_in((table,))
    }
    attributes.report_missing_keys(read_options, file, key_tables.tables, files, findings)
    report_falling_costs(read_options, read_pools, settings, file, findings)
