"""What `fairpool explain` answers about merchants and rules: `--merchant`, `--all`, `--rule`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from models.language import _, mark
from optimizer.commands.frame import print_json, say, wrote
from optimizer.commands.parameters import Number, processors
from optimizer.show.ending import INVALID, STOPPED
from optimizer.show.output import console_of, named

if TYPE_CHECKING:
    from models.finding import Finding
    from models.solution import SearchOptions
    from models.why import Answer, RuleAnswer
    from optimizer.answering import AskedAbout

Frame = dict[str, object] | None
"""What a document begins with; None: the answer is for people."""

DEFAULT_MOVE = Fraction(1, 10)
_TIER = "tier"
_PERCENT = 100


class Share(Number):
    """An exact share above zero: `10%`, `0.1`."""

    name = "share"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Fraction:
        """Return the share, or fail with what is wrong."""
        text = str(value)
        is_percent = text.endswith("%")
        share = super().convert(text.removesuffix("%") if is_percent else value, param, ctx)
        share = share / _PERCENT if is_percent else share
        if not 0 < share < 1:
            self.fail(_("{value!r} is not a share between 0 and 1").format(value=text), param, ctx)
        return share


def asking_options(function: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options that are answered here."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


_OPTIONS = (
    click.option(
        "--merchant", metavar="M", help=mark("Why this merchant got what it got, and what would help.")
    ),
    click.option("--rule", metavar="R", help=mark("Who gains and who loses if this rule is moved.")),
    click.option("--move", type=Share(), metavar="SHARE", help=mark("Move the rule by this (default 10%).")),
    click.option(
        "--all", "is_everyone", is_flag=True, help=mark("Why each unfunded merchant is, a sentence each.")
    ),
    click.option(
        "--csv",
        "table",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help=mark("With --all: write the sentences to this file."),
    ),
    click.option(
        "--shareable",
        "is_shareable",
        is_flag=True,
        help=mark("With --merchant or --all: no other merchant and no price."),
    ),
)


@dataclass(frozen=True)
class Asked:
    """What is asked; see the options."""

    merchant: str | None
    rule: str | None
    move: Fraction | None
    is_everyone: bool
    table: Path | None
    is_shareable: bool

    @classmethod
    def of(cls, options: dict[str, Any]) -> Asked:
        """Take what is asked out of a command's options.

        Raises
        ------
        click.UsageError
            If they do not go together.
        """
        asked = cls(**{name: options.pop(name) for name in cls.__dataclass_fields__})
        given = [asked.merchant is not None, asked.rule is not None, asked.is_everyone]
        if sum(given) > 1:
            raise click.UsageError(_("ask one thing at a time: --merchant, --rule or --all"))
        if asked.table is not None and not asked.is_everyone:
            raise click.UsageError(_("--csv goes with --all"))
        if asked.move is not None and asked.rule is None:
            raise click.UsageError(_("--move goes with --rule"))
        if asked.is_shareable and asked.merchant is None and not asked.is_everyone:
            raise click.UsageError(_("--shareable goes with --merchant or --all"))
        return asked

    @property
    def is_answered_here(self) -> bool:
        """Whether a merchant, all of them or a rule is asked about."""
        return self.merchant is not None or self.rule is not None or self.is_everyone


def answer(
    asked: Asked, folders: tuple[Path, Path], within: tuple[Fraction | None, float], *, as_json: bool
) -> int:
    """Answer what is asked about a plan; return the exit code.

    Parameters
    ----------
    folders
        Of the instance, and of the plan.
    within
        The gap of every search (None: what suits), and the seconds of all together.
    """
    from models.solution import SearchOptions
    from optimizer import pipeline
    from optimizer.answering import AS_SUITS, asked_about
    from optimizer.show.findings import findings_json, show_findings

    in_hand = pipeline.take_in_hand(*folders)
    if in_hand.plan is None:
        return _refused(in_hand.findings, as_json=as_json)
    if not as_json and not asked.is_shareable:  # findings may name anyone
        show_findings(console_of(sys.stdout), in_hand.findings)
    frame = {} if asked.is_shareable else findings_json(in_hand.findings)
    if not asked.is_shareable:
        frame["changed_inputs"] = list(in_hand.changed)
    if in_hand.changed:
        say(_("changed since the plan was made: {files}").format(files=", ".join(in_hand.changed)), 0)
    about = asked_about(folders[1], in_hand)
    if asked.is_everyone:
        return _everyone(asked, about, frame if as_json else None)
    gap = AS_SUITS if within[0] is None else within[0]
    options = SearchOptions(gap=gap, time_limit=within[1], threads=processors())
    if asked.rule is not None:
        return _rule(asked, about, options, frame if as_json else None)
    return _merchant(asked, about, options, frame if as_json else None)


def _merchant(asked: Asked, about: AskedAbout, options: SearchOptions, frame: Frame) -> int:
    from optimizer.answering import about_merchant
    from optimizer.show.merchant import show_merchant
    from optimizer.show.merchant_json import merchant_json
    from optimizer.show.progress import watching
    from optimizer.show.shareable import shareable_json, show_shareable

    with watching() as watch:
        found, findings = about_merchant(
            about, asked.merchant or "", options, watch, may_name_others=not asked.is_shareable
        )
        is_stopped = watch.is_cancelled()
    if found is None:
        return _refused(findings, as_json=frame is not None)
    code = STOPPED if is_stopped or _is_cut_short(found) else 0
    if frame is not None:
        print_json(code, {**frame, **(shareable_json(found) if asked.is_shareable else merchant_json(found))})
        return code
    console = console_of(sys.stdout)
    if asked.is_shareable:
        show_shareable(console, found)
    else:
        show_merchant(console, found)
    return code


def _is_cut_short(found: Answer) -> bool:
    """Say whether neither a plan with (or without) the merchant nor a proof that there is none was found."""
    sides = [side for side in (found.with_it, found.without) if side is not None]
    return any(side.plan is None and not side.is_impossible for side in sides)


def _rule(asked: Asked, about: AskedAbout, options: SearchOptions, frame: Frame) -> int:
    from optimizer.answering import about_rule
    from optimizer.show.moving import rule_json, show_rule
    from optimizer.show.progress import watching

    with watching() as watch:
        found, findings = about_rule(about, asked.rule or "", asked.move or DEFAULT_MOVE, options, watch)
        is_stopped = watch.is_cancelled()
    if found is None:
        return _refused(findings, as_json=frame is not None)
    code = STOPPED if is_stopped or _is_move_cut_short(found) else 0
    if frame is not None:
        print_json(code, {**frame, **rule_json(found, _TIER)})
    else:
        show_rule(console_of(sys.stdout), found, _TIER)
    return code


def _is_move_cut_short(found: RuleAnswer) -> bool:
    return any(shift.side.plan is None and not shift.side.is_impossible for shift in found.shifts)


def _everyone(asked: Asked, about: AskedAbout, frame: Frame) -> int:
    from optimizer.answering import about_everyone
    from optimizer.show.everyone import everyone_rows, show_everyone
    from optimizer.write.sentences import write_sentences

    everyone = about_everyone(about)
    columns = everyone_rows(about.problem, everyone, is_shareable=asked.is_shareable)
    if asked.table is not None:
        write_sentences(asked.table, columns)
        wrote(asked.table)
    if frame is not None:
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        print_json(0, {**frame, "unfunded": rows, "csv": None if asked.table is None else str(asked.table)})
        return 0
    show_everyone(console_of(sys.stdout), everyone, "" if asked.table is None else named(asked.table))
    if asked.table is None:
        say(_("--csv FILE writes one sentence per merchant"), 0)
    return 0


def _refused(findings: Sequence[Finding], *, as_json: bool) -> int:
    """Print why nothing can be answered, and return the exit code."""
    from optimizer.show.findings import findings_json, show_findings

    if as_json:
        print_json(INVALID, findings_json(findings))
    else:
        show_findings(console_of(sys.stdout), findings)
    return INVALID
