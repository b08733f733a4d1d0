"""Why no plan exists, rule by rule, and what would mend it: for people and for programs."""

from __future__ import annotations

from fractions import Fraction
from shlex import quote

from rich.console import Console
from rich.text import Text

from models.amount import VALUE_DIGITS, exact_text, fraction_to_text, units_to_short_text, units_to_text
from models.conflict import Edit, Explained, Member, Repair
from models.finding import shown
from models.instance import Instance
from models.language import _
from models.rule import Rule
from optimizer.show.numbers import grouped
from optimizer.show.table import show_table

_MOST_CHARACTERS = 300
_SHARES = frozenset({"pool", "total", "eligible"})
"""Bases of which a value is a percentage, as people write it."""

_MULTIPLES = frozenset({"measure", "attribute"})
"""Bases of which a value below 1 is."""


def show_explained(console: Console, explained: Explained) -> None:
    """Print a conflict, the menu of repairs, and how to apply each of them."""
    instance = explained.instance
    text = _("No plan can meet these together (proven). Without any one of them the others can be met:")
    if explained.conflict.undecided:
        text = _("No plan can meet these together (proven; fewer of them may be enough):")
    console.print(Text(text, style="bold"))
    for member in explained.conflict.members:
        owner = f" [{own}]" if (own := member.owner(instance)) else ""
        console.print(Text(f"  {shown(_stated(instance, member) + owner, _MOST_CHARACTERS)}"))
    repairs = _menu(explained)
    if repairs:
        _show_menu(console, explained, repairs)
    for members, text in (
        (explained.helpless, _("Changing {member} alone cannot help: the other rules conflict without it.")),
        (explained.unknown, _("Whether changing {member} alone can help was not found out in time.")),
    ):
        for member in members:
            console.print(Text(shown(text.format(member=_named(instance, member)), _MOST_CHARACTERS)))


def explained_json(explained: Explained) -> dict[str, object]:
    """Return a conflict and its repairs as `--json` prints them."""
    instance, menu = explained.instance, _menu(explained)
    best = max((repair.plan.objective for repair in menu), default=Fraction(0))
    members = explained.conflict.members
    return {
        "conflict": {
            "members": [_member_json(instance, member) for member in members],
            "is_minimal": not explained.conflict.undecided,
            "cannot_help": [_member_json(instance, member) for member in explained.helpless],
            "not_decided": [_member_json(instance, member) for member in explained.unknown],
        },
        "repairs": [_repair_json(instance, one, best) for one in menu] if explained.has_menu else None,
    }


def _menu(explained: Explained) -> list[Repair]:
    return [*explained.repairs, *([] if explained.combined is None else [explained.combined])]


def _show_menu(console: Console, explained: Explained, repairs: list[Repair]) -> None:
    instance = explained.instance
    is_plain = instance.settings.objective.is_conversions
    best = max(repair.plan.objective for repair in repairs)
    columns = [("", True), (_("change"), False), (_("by"), True), (_("conversions then"), True)]
    columns += [] if is_plain else [(_("objective then"), True)]
    columns += [(_("against the best"), True), (_("owner"), False)]
    rows = []
    for number, repair in enumerate(repairs, start=1):
        reached = [_conversions(repair)] + ([] if is_plain else [_exact(repair.plan.objective)])
        owners = dict.fromkeys(owner for edit in repair.edits if (owner := edit.member.owner(instance)))
        rows.append(
            [
                str(number),
                ("~ " if _may_be_smaller(repair) else "")
                + "; ".join(_edited(instance, edit) for edit in repair.edits),
                "" if len(repair.edits) > 1 else grouped(_moved(instance, repair.edits[0])),
                *(grouped(one) for one in reached),
                grouped(_exact(repair.plan.objective - best)),
                ", ".join(owners),
            ]
        )
    show_table(console, _("Repairs, each enough by itself, the one that costs least first"), columns, rows)
    if any(map(_may_be_smaller, repairs)):
        console.print(Text(_("~ a smaller change may be enough: that was not decided in time")))
    console.print(Text(_("To apply one, solve again with its:")))
    for number, repair in enumerate(repairs, start=1):
        console.print(
            f"  {number}  {_applied(instance, repair)}", soft_wrap=True, markup=False, highlight=False
        )


def _may_be_smaller(repair: Repair) -> bool:
    """Say whether a smaller change of one member may be enough; several are moved as far as was seen."""
    return not repair.is_smallest and len(repair.edits) == 1 and repair.edits[0].after is not None


def _applied(instance: Instance, repair: Repair) -> str:
    parts = []
    for edit in repair.edits:
        key = _set_text(instance, edit)
        pin = _("{file} without row {row}").format(file="pins.csv", row=_row(instance, edit.member))
        parts.append(pin if key is None else f"--set {quote(key)}")
    return " ".join(parts)


def _edited(instance: Instance, edit: Edit) -> str:
    """Write an edit: `small-floor: 40 -> 38`."""
    name = _named(instance, edit.member)
    if edit.member.kind == "pin":
        return _("{name}: removed").format(name=name)
    before = _value(instance, edit.member, edit.member.value(instance))
    after = _("only reported") if edit.after is None else _value(instance, edit.member, edit.after)
    return f"{name}: {before} -> {after}"


def _moved(instance: Instance, edit: Edit) -> str:
    before = edit.member.value(instance)
    if edit.after is None or before is None:
        return ""
    return _value(instance, edit.member, edit.after - before)


def _named(instance: Instance, member: Member) -> str:
    if member.kind == "pin":
        return _("{file} row {row}").format(file="pins.csv", row=_row(instance, member))
    if member.kind == "pool":
        return _("pool {pool}").format(pool=member.pool(instance).name)
    return _("rule {rule}").format(rule=member.rule(instance).rule)


def _stated(instance: Instance, member: Member) -> str:
    """Say what a member asks for: `rule small-floor: cash at_least 40`."""
    name = _named(instance, member)
    if member.kind == "pin":
        pin = instance.pins[member.index]
        return f"{name}: {', '.join(pin.keys)} = {pin.option}"
    value = _value(instance, member, member.value(instance))
    if member.kind == "pool":
        return f"{name}: at_most {value}"
    rule = member.rule(instance)
    kind = "" if rule.kind == "limit" else f"{rule.kind} "
    by = f" by {';'.join(column.label for column in rule.by)}" if rule.by else ""
    label = f" ({rule.label})" if rule.label else ""
    return f"{name}{label}: {kind}{rule.measure.text} {rule.sense} {value}{_basis(rule)}{by}"


def _basis(rule: Rule) -> str:
    basis = rule.basis
    if basis.kind == "absolute":
        return ""
    if basis.measure is not None:
        return f" x {basis.measure.text}"
    return f" x {basis.attribute.label}" if basis.attribute is not None else f" x {basis.kind}"


def _value(instance: Instance, member: Member, value: Fraction | None) -> str:
    """Write a value as `--set` takes it."""
    if value is None:
        return ""
    if member.kind == "pool":
        decimals = member.pool(instance).decimals
        return units_to_text(int(value * 10**decimals), decimals)
    rule = member.rule(instance)
    is_share = rule.basis.kind in _SHARES or (rule.basis.kind in _MULTIPLES and abs(rule.value) < 1)
    return f"{exact_text(value * 100)}%" if is_share else exact_text(value)


def _set_text(instance: Instance, edit: Edit) -> str | None:
    """Return what `--set` takes to make an edit; None for a pin, which is a row of a file."""
    member = edit.member
    if member.kind == "pin":
        return None
    if member.kind == "pool":
        return f"pools.{member.pool(instance).name}={_value(instance, member, edit.after)}"
    rule = member.rule(instance).rule.replace('"', '""')
    if edit.after is None:
        return f'rules."{rule}".enforcement=report'
    return f'rules."{rule}".value={_value(instance, member, edit.after)}'


def _row(instance: Instance, member: Member) -> int | None:
    if member.kind == "pin":
        return instance.pins[member.index].row
    return member.rule(instance).row if member.kind == "rule" else None


def _rule_name(instance: Instance, member: Member) -> str:
    return member.rule(instance).rule


def _pool_name(instance: Instance, member: Member) -> str:
    return member.pool(instance).name


def _pin_name(instance: Instance, member: Member) -> str:
    pin = instance.pins[member.index]
    return ";".join((*pin.keys, pin.option))


def _member_json(instance: Instance, member: Member) -> dict[str, object]:
    name = {"rule": _rule_name, "pool": _pool_name, "pin": _pin_name}[member.kind]
    return {
        "kind": member.kind,
        "name": name(instance, member),
        "row": _row(instance, member),
        "value": _value(instance, member, member.value(instance)) or None,
        "owner": member.owner(instance),
    }


def _repair_json(instance: Instance, repair: Repair, best: Fraction) -> dict[str, object]:
    return {
        "edits": [_edit_json(instance, edit) for edit in repair.edits],
        "is_smallest": repair.is_smallest,
        "conversions": _conversions(repair),
        "objective": _exact(repair.plan.objective),
        "against_best": _exact(repair.plan.objective - best),
    }


def _edit_json(instance: Instance, edit: Edit) -> dict[str, object]:
    return {
        **_member_json(instance, edit.member),
        "to": None if edit.after is None else _value(instance, edit.member, edit.after),
        "by": _moved(instance, edit) or None,
        "set": _set_text(instance, edit),
    }


def _conversions(repair: Repair) -> str:
    return units_to_short_text(sum(repair.plan.values["conversions"].tolist()), VALUE_DIGITS)


def _exact(value: Fraction) -> str:
    try:
        return exact_text(value)
    except ValueError:  # weights may be any fraction: what is shown is rounded
        return fraction_to_text(value, 12)
