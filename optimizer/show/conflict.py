"""Why no plan can meet the hard rules, as prices prove it."""

from __future__ import annotations

from fractions import Fraction

from rich.console import Console
from rich.text import Text

from models.amount import fraction_to_text
from models.certificate import Certificate
from models.finding import shown
from models.language import _
from models.problem import Problem

_MOST_CHARACTERS = 300


def show_conflict(console: Console, problem: Problem, certificate: Certificate) -> None:
    """Print the limits that cannot all hold, and by how much each would have to give at least."""
    console.print(
        Text(
            _("No plan can meet these limits together (proven; they are not the only ones in force):"),
            style="bold",
        )
    )
    for line in conflict_lines(problem, certificate):
        console.print(Text(f"  {shown(line, _MOST_CHARACTERS)}"))
    console.print(
        Text(
            _(
                "Relax one of them by at least the amount beside it, or make one soft; then check again. "
                "More may be needed."
            )
        )
    )


def conflict_lines(problem: Problem, certificate: Certificate) -> list[str]:
    """Return one line per limit of the conflict, the smallest necessary change first."""
    leaf = max(certificate.leaves, key=lambda leaf: leaf.bound)
    lines = []
    for price in leaf.prices:
        need = -leaf.bound / price.price
        lines.append((need, f"{_name(problem, price.limits, price.limit)} - {_by(need)}"))
    return [line for _need, line in sorted(lines)]


def _name(problem: Problem, index: int, limit: int) -> str:
    if index < 0:
        return _("pool {pool}").format(pool=problem.instance.pools[limit].name)
    limits = problem.limits[index]
    group = limits.label(limit)
    text = _("rule {rule} ({group})") if group else _("rule {rule}")
    owner = f" [{limits.rule.owner}]" if limits.rule.owner else ""
    return text.format(rule=limits.rule.rule, group=group) + owner


def _by(need: Fraction) -> str:
    return _("by {amount} at least").format(amount=fraction_to_text(need, 6))
