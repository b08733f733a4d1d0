"""Names that a command line gives -> columns of an instance that was read."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from models.instance import Instance
from models.language import _
from models.rule import Column
from optimizer.read.rules_context import RuleContext
from optimizer.read.rules_text import did_you_mean
from optimizer.read.scope_columns import column_names, find_columns, names_like


def named_column(name: str, instance: Instance) -> Column:
    """Return the key or attribute that a name means, as in `by` of `rules.csv`.

    Raises
    ------
    ValueError
        If there is none, or several tables share it; the text is for people.
    """
    context = RuleContext(
        pools=instance.pools,
        values=(),
        measures=(),
        keys=instance.options.keys,
        tables={table: known for table, known in instance.tables.items() if known.columns},
        timezone=ZoneInfo(instance.settings.timezone),
    )
    found = find_columns(name, context)
    if len(found) > 1:
        text = _('"{name}" may be {first} or {second}: write which')
        raise ValueError(text.format(name=name, first=found[0].label, second=found[1].label))
    if not found:
        hint = did_you_mean(name, names_like(name, context))
        known = ", ".join(column_names(context))
        text = _('the instance has no key and no attribute "{name}"{hint}; it has {known}')
        raise ValueError(text.format(name=name, hint=hint, known=known))
    return found[0]
