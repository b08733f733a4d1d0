"""Names of columns -> columns: keys of cells, and attributes of the key tables."""

from __future__ import annotations

from models.headers import KEY_TABLES
from models.rule import Column
from optimizer.read.rules_context import TABLE_OF, RuleContext
from optimizer.read.rules_report import RuleReport
from optimizer.read.rules_text import did_you_mean, fold, header, word
from optimizer.read.scope_grammar import GrammarError, names

CELL, EVERY = "cell", "all"


def find_columns(name: str, context: RuleContext) -> tuple[Column, ...]:
    """Return every column that a name may mean: none if unknown, several if tables share it.

    A key goes before an attribute of its name, the name as written before its folded and translated forms.
    """
    for form in dict.fromkeys((name, fold(name), header(name), header(fold(name)))):
        if found := _find(form, context):
            return found
    return ()


def read_column(name: str, cell: str, report: RuleReport, context: RuleContext) -> Column | None:
    """Return the column that a name in the rule's column `cell` means, or add a finding why not."""
    found = find_columns(name, context)
    if len(found) == 1:
        use(found[0], report)
        return found[0]
    if found:
        report.add("RUL-11", cell, name, name=name, first=found[0].label, second=found[1].label)
        return None
    key = _key_named(name)
    table = TABLE_OF.get(key, "")
    if key and key not in context.key_names:
        report.add("RUL-13", cell, name, name=name, key=key)
    elif context.may_be_unread(name, table if "." in fold(name) else ""):
        report.is_unsure = True
    elif "." in fold(name) and key and table not in context.tables:
        report.add("RUL-12", cell, name, name=name, table=table)
    else:
        report.add("RUL-10", cell, name, name=name, hint=did_you_mean(name, names_like(name, context)))
    return None


def read_columns(text: str, cell: str, report: RuleReport, context: RuleContext) -> tuple[Column, ...]:
    """Return the columns that `by` or `of` names, in their order; `cell` stands for all keys."""
    try:
        written = names(text)
    except GrammarError as error:
        report.add("RUL-15", cell, text, part=error.part)
        return ()
    columns: list[Column] = []
    for name in written:
        if word(name) == CELL:
            meant = [Column(key=key, label=key) for key in context.key_names]
        else:
            column = read_column(name, cell, report, context)
            meant = [column] if column else []
        for column in meant:
            if column in columns:
                report.add("RUL-14", cell, text, name=column.label)
        columns += [column for column in meant if column not in columns]
    return tuple(columns)


def use(column: Column, report: RuleReport) -> None:
    """Note that the rule uses the column's table, if it is an attribute."""
    if column.attribute:
        report.tables.add(TABLE_OF[column.key])


def column_names(context: RuleContext) -> list[str]:
    """Return the names of every key and attribute, as groups are written."""
    tables = ((table, context.tables[table].columns) for table in _tables(context))
    attributes = (_attribute(table, name, context).label for table, names in tables for name in names)
    return [*context.key_names, *attributes]


def names_like(name: str, context: RuleContext) -> list[str]:
    """Return what a name may have been meant to be: with its table in front, where it has one."""
    if "." not in fold(name):
        return column_names(context)
    return [f"{table}.{known}" for table in _tables(context) for known in context.tables[table].columns]


def _find(name: str, context: RuleContext) -> tuple[Column, ...]:
    if name in context.key_names:
        return (Column(key=name, label=name),)
    sharing = [table for table in _tables(context) if name in context.tables[table].columns]
    if sharing:
        return tuple(_attribute(table, name, context) for table in sharing)
    key, attribute = _key_named(name), name.partition(".")[2].strip()
    table = TABLE_OF.get(key, "")
    if not attribute or table not in _tables(context):
        return ()
    for form in dict.fromkeys((attribute, header(attribute))):
        if form == key:
            return (Column(key=key, label=key),)
        if form in context.tables[table].columns:
            return (_attribute(table, form, context),)
    return ()


def _key_named(name: str) -> str:
    # merchants.tier and 商家.tier name the merchant; so does a key by itself. Blank for any other name.
    first, dot, _ = fold(name).partition(".")
    known = header(first.strip())
    is_key = known in TABLE_OF and (not dot or known != first.strip())
    return known if is_key else KEY_TABLES.get(known, "") if dot else ""


def _tables(context: RuleContext) -> list[str]:
    return [
        table for table, key in KEY_TABLES.items() if table in context.tables and key in context.key_names
    ]


def _attribute(table: str, name: str, context: RuleContext) -> Column:
    sharing = [other for other in _tables(context) if name in context.tables[other].columns]
    is_plain = len(sharing) == 1 and name not in (*TABLE_OF, CELL, EVERY)
    return Column(key=KEY_TABLES[table], attribute=name, label=name if is_plain else f"{table}.{name}")
