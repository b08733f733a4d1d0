"""An explanation of a plan for people: what limits it, the price list of policy, and how evenly it gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from rich.console import Console
from rich.text import Text

from models.amount import exact, fraction_to_text
from models.finding import shown
from models.instance import Instance
from models.language import _, ngettext
from models.plan import Plan
from optimizer.show.numbers import grouped, percent
from optimizer.show.table import show_table

_MOST_LIMITS = 16
_MOST_GROUPS = 20
_LARGE = 1_000
_AMOUNTS = (1, 1_000, 1_000_000)

Document = Mapping[str, Any]


def show_explanation(console: Console, plan: Plan, document: Document) -> None:
    """Print an explanation; `document` is what `explain --json` prints."""
    for override in document["overrides"]:
        text = _("override: {key} = {value}")
        console.print(Text(text.format(**{name: shown(one) for name, one in override.items()}), "yellow"))
    if document["changed_inputs"]:
        text = _("changed since the plan was made: {files}; all figures are of the files as they are now")
        console.print(Text(text.format(files=", ".join(map(shown, document["changed_inputs"]))), "yellow"))
    _show_limits(console, plan.problem.instance, document["limits"])
    _show_exchange(console, plan.problem.instance, document["exchange"])
    if document["policy"] is None:
        console.print()
        text = _("The plan breaks hard rules, pools or pins: what rules cost cannot be told from it.")
        console.print(Text(text, "bold yellow"))
    else:
        _show_policy(console, plan.problem.instance, document["policy"])
    _show_fairness(console, document["fairness"])


def _show_limits(console: Console, instance: Instance, limits: Sequence[Document]) -> None:
    columns = [
        (_("rule"), False),
        (_("group"), False),
        (_("used of limit"), False),
        (_("price"), True),
        (_("per"), True),
        (_("1 % more of it brings"), True),
    ]
    rows = [
        [
            limit["rule"],
            limit["group"],
            _used_of_limit(limit),
            _price(limit["price_per"]),
            _unit(instance, limit["measure"], limit["per"]),
            _price(limit["one_percent"]),
        ]
        for limit in limits[:_MOST_LIMITS]
    ]
    remarks = [_more(len(limits) - len(rows))]
    if any(limit["price"] is None for limit in limits[:_MOST_LIMITS]):
        remarks.append(_unpriced())
    show_table(console, _("What limits the plan"), columns, rows, "\n".join(filter(None, remarks)))


def _more(count: int) -> str:
    text = ngettext(
        "and {more} more limit (all of them with --json)",
        "and {more} more limits (all of them with --json)",
        count,
    )
    return text.format(more=grouped(count)) if count > 0 else ""


def _used_of_limit(limit: Document) -> str:
    sign = "≤" if limit["sense"] == "at_most" else "≥"
    text = f"{grouped(limit['used'])} {sign} {grouped(limit['limit']) or '-'}"
    if limit["status"] != "broken":
        return text
    told = _("{used}: broken, soft") if limit["enforcement"] == "soft" else _("{used}: broken")
    return told.format(used=text)


def _price(text: str | None) -> str:
    """Write a price; a question mark where the limit holds inside its merchant's search, without a price."""
    return "?" if text is None else figure(exact(text))


def _unit(instance: Instance, measure: str, per: str) -> str:
    units = {pool.name: pool.unit for pool in instance.pools if pool.unit}
    return f"{grouped(per)} {units.get(measure, measure)}"


def _show_exchange(console: Console, instance: Instance, rates: Sequence[Document]) -> None:
    """Say what other pools are worth in units of the first one that has a price."""
    if not rates:
        return
    first = next(pool.name for pool in instance.pools if any(rate["in"] == pool.name for rate in rates))
    names = {pool.name: f"{pool.name} ({pool.unit})" if pool.unit else pool.name for pool in instance.pools}
    console.print()
    for rate in rates:
        if rate["in"] != first:
            continue
        worth = exact(rate["worth"])
        amount = next((amount for amount in _AMOUNTS if amount * worth >= 1), _AMOUNTS[-1])
        text = _("At the margin {amount} {pool} is worth as much as {worth} {other}.")
        console.print(
            Text(
                text.format(
                    amount=grouped(amount),
                    pool=names[rate["pool"]],
                    worth=figure(worth * amount),
                    other=names[first],
                )
            )
        )


def _show_policy(console: Console, instance: Instance, policy: Document) -> None:
    by = {"solver": _("claimed by the solver"), "certificate": _("proven")}[policy["bounds_by"]]
    columns = [
        (_("rule"), False),
        (_("says"), False),
        (_("best without it"), True),
        *_effect_columns(),
        (_("at the margin"), False),
    ]
    rules = sorted(policy["rules"], key=lambda rule: -exact(rule["change"]))
    rows = [
        [
            rule["rule"],
            rule["label"],
            "" if rule["without"] is None else figure(exact(rule["without"]["objective"])),
            *_effect_cells(rule),
            _margin(instance, rule),
        ]
        for rule in rules
    ]
    title = _("Price list of policy (bars {by})").format(by=by)
    is_any = any(rule["marginal_price"] is None for rule in rules)
    show_table(console, title, columns, rows, _unpriced() if is_any else "")
    _show_waterfall(console, policy)
    _show_averages(console, policy)
    _show_remarks(console, policy)


def _effect_columns() -> list[tuple[str, bool]]:
    return [(_("costs"), True), (_("at least"), True), (_("at most"), True)]


def _effect_cells(effect: Document) -> list[str]:
    change = _("about 0") if effect["about_zero"] else figure(exact(effect["change"]))
    return [change, figure(exact(effect["low"])), figure(exact(effect["high"]))]


def _margin(instance: Instance, rule: Document) -> str:
    """Say what a step of the rule's value brings, and how large the step is."""
    if rule["enforcement"] == "report":
        return _("only reported")
    price = rule["marginal_price_per"]
    if price is None or price == "0":
        return _price(price)
    measure = next(one.measure.text for one in instance.rules if one.rule == rule["rule"])
    unit = _("% point") if rule["per"] == "0.01" else _unit(instance, measure, rule["per"])
    return _("{price} per {unit}").format(price=_price(price), unit=unit)


def _unpriced() -> str:
    return _("?: a limit of one merchant, kept inside that merchant's search: it has no price of its own")


def _show_waterfall(console: Console, policy: Document) -> None:
    steps = policy["waterfall"]
    rows = [[_("best without any rule"), figure(exact(policy["without_rules"]["objective"])), "", "", ""]]
    rows += [[step["rule"], figure(exact(step["after"])), *_effect_cells(step)] for step in steps]
    left = exact(policy["left_by_the_plan"])
    if left:
        after = exact(policy["with_rules"]["objective"]) - left
        rows.append([_("left by the plan in hand"), figure(after), figure(left), "", ""])
    columns = [(_("with one rule more"), False), (_("best"), True), *_effect_columns()]
    show_table(console, _("From no rules to the plan"), columns, rows)


def _show_averages(console: Console, policy: Document) -> None:
    if policy["shapley"] is None:
        return
    columns = [(_("rule"), False), *_effect_columns()]
    averages = sorted(policy["shapley"], key=lambda effect: -exact(effect["change"]))
    rows = [[effect["rule"], *_effect_cells(effect)] for effect in averages]
    show_table(console, _("Averaged over all orders (Shapley)"), columns, rows)


def _show_remarks(console: Console, policy: Document) -> None:
    console.print()
    price = policy["price_of_fairness"]
    if price is not None:
        text = _("Price of fairness: the rules cost {share} of the best without them ({low} to {high}).")
        shares = {name: percent(exact(price[name]), 2) for name in ("share", "low", "high")}
        console.print(Text(text.format(**shares), "bold"))
    solved = ngettext("{n} search was made.", "{n} searches were made.", policy["solved"])
    console.print(solved.format(n=grouped(policy["solved"])))
    if policy["why_no_shapley"] == "time":
        console.print(_("Averages over all orders are not given: --time-limit leaves too little for them."))
    if not policy["gap_met"]:
        text = _(
            "The time ended before every gap was met; the bars say what that leaves open. More time "
            "(--time-limit) makes them narrower."
        )
        console.print(text)


def _show_fairness(console: Console, fairness: Document) -> None:
    sales = fairness["sales"]
    for divided in fairness["by"]:
        columns = [
            (divided["column"], False),
            (fairness["measure"], True),
            (_("share"), True),
            (_("of merchants"), True),
            (_("of {sales}").format(sales=sales["column"]) if sales else _("of sales"), True),
            (_("of potential"), True),
            (_("funded"), True),
        ]
        rows = [_group_cells(group) for group in divided["groups"][:_MOST_GROUPS]]
        more = len(divided["groups"]) - len(rows)
        text = ngettext(
            "and {more} more group (all of them with --json)",
            "and {more} more groups (all of them with --json)",
            more,
        )
        caption = text.format(more=grouped(more)) if more > 0 else ""
        show_table(console, _("Shares by {column}").format(column=divided["column"]), columns, rows, caption)
    top, lorenz = fairness["top_shares"], {point["merchants"]: point["share"] for point in fairness["lorenz"]}
    text = _(
        "Of {measure} the top 1, 5 and 10 % of merchants get {one}, {five} and {ten}, the lower half {half}; "
        "Gini {gini}; {coverage} of merchants are funded."
    )
    shares = {"one": top["1"], "five": top["5"], "ten": top["10"], "half": lorenz["0.5"]}
    shares |= {"coverage": fairness["coverage"]}
    told = {name: percent(exact(share), 1) for name, share in shares.items()}
    gini = fraction_to_text(exact(fairness["gini"]), 3)
    console.print()
    console.print(Text(text.format(measure=fairness["measure"], gini=gini, **told)))


def _group_cells(group: Document) -> list[str]:
    shares = ("share", "share_of_merchants", "share_of_sales", "share_of_potential")
    told = ["-" if group[name] is None else percent(exact(group[name]), 1) for name in shares]
    funded = f"{grouped(group['funded_merchants'])}/{grouped(group['merchants'])}"
    return [group["group"], grouped(group["used"]), *told, funded]


def figure(value: Fraction) -> str:
    """Write a number with as many digits as people read: four significant ones after a small whole."""
    if value == 0:
        return "0"
    decimals = 0 if abs(value) >= 100 * _LARGE else 1 if abs(value) >= _LARGE else 4
    text = fraction_to_text(value, decimals)
    return grouped(text) if text.strip("-0.") else f"<{fraction_to_text(Fraction(1, 10**decimals), decimals)}"
