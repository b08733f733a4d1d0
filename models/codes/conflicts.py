"""Conflicts proven by arithmetic (INF), and policies that are legal but surely not meant (POL)."""

from __future__ import annotations

from models.codes.code import Code, Severity
from models.language import mark as _

CODES: dict[str, Code] = {
    "INF-01": Code(
        Severity.conflict,
        _(
            "rule {rule}{group} asks for at least {limit} of {measure}, but its cells can reach "
            "{reach} at most"
        ),
        _("Lower the rule's value to {reach}, offer larger options there, or make the rule soft."),
    ),
    "INF-02": Code(
        Severity.conflict,
        _("rule {rule}{group} allows at most {limit} of {measure}, but the pins alone come to {reach}"),
        _("Raise the rule's value to {reach}, or drop some of the pins ({pins})."),
    ),
    "INF-03": Code(
        Severity.conflict,
        _(
            "rule {rule}{group} asks for at least {floor} of {measure}, but {cap_rule}{cap_group} "
            "allows at most {cap}"
        ),
        _("Lower the floor to {cap}, or raise the cap to {floor}."),
    ),
    "INF-04": Code(
        Severity.conflict,
        _(
            "the floors of {rules} add up to {floor} of {measure}, but {cap_rule}{cap_group} "
            "allows at most {cap}"
        ),
        _("Lower the floors by {excess} in all, or raise the cap to {floor}."),
    ),
    "INF-05": Code(
        Severity.conflict,
        _(
            "rule {rule}{group} asks for at least {count} {measure}; their cheapest options draw "
            "{floor} of {pool}, "
            "but {cap_rule}{cap_group} allows at most {cap}"
        ),
        _("Lower the count, offer cheaper options, or raise the cap to {floor}."),
    ),
    "INF-06": Code(
        Severity.conflict,
        _("the pins alone draw {reach} of pool {pool}, whose amount is {limit}"),
        _("Raise the pool's amount to {reach}, or drop some of the pins ({pins})."),
    ),
    "INF-07": Code(
        Severity.conflict,
        _(
            "rule {rule}{group} cannot be met by any choice: {measure} would have to be at least "
            "{limit}, {reach} is the most"
        ),
        _("Relax the rule's value, or make the rule soft."),
    ),
    "INF-08": Code(
        Severity.conflict,
        _(
            "rule {rule}{group} allows at most {limit} of {measure}, but whatever is chosen comes to "
            "{reach} at least"
        ),
        _("Raise the rule's value to {reach}, or make the rule soft."),
    ),
    "INF-09": Code(
        Severity.conflict,
        _(
            "rule {rule}{group} asks for at least {limit} of {measure}, but the shares of the total in "
            "{rules} allow nothing of {emptied}: without it {reach} is the most"
        ),
        _("Mend the shares of {rules} first: only a plan without {emptied} meets them."),
    ),
    "INF-10": Code(
        Severity.conflict,
        _(
            "rule {rule}{group} asks for {share} of all {measure}, and its cells can take {reach} at most: "
            "the total can be {most} and the rest {rest} at most, but the floors of {rules} ask the rest "
            "for {floor}"
        ),
        _("Lower the share, offer larger options there, or lower the floors of {rules} to {rest} in all."),
    ),
    "INF-11": Code(
        Severity.conflict,
        _(
            "rule {rule}{group} asks for {share} of all {measure}, and its cells can take {reach} at most: "
            "the total can be {most} and the rest {rest} at most, but pins alone give the rest {floor}"
        ),
        _("Lower the share, offer larger options there, or drop some of the pins."),
    ),
    "INF-12": Code(
        Severity.conflict,
        _(
            "rule {rule} allows the {k} largest groups {limit} of {measure} together, but {groups} must have "
            "{floor} by {rules}"
        ),
        _("Raise the rule's value to {floor}, or lower the floors."),
    ),
    "INF-13": Code(
        Severity.conflict,
        _("the shares of the total in {rules} allow nothing of {emptied}, but the pins give some: {pins}"),
        _("Mend the shares, or drop those pins."),
    ),
    "POL-01": Code(
        Severity.warning,
        _(
            "the groups of rule {rule} cover every cell, and their shares of the total add up to "
            "{sum}: under 100 %"
        ),
        _(
            "Only an empty plan can meet this. Raise the shares to 100 % or more in all, or take "
            "`pool` as the basis."
        ),
    ),
    "POL-03": Code(
        Severity.warning,
        _(
            "the shares of all {measure} that the rules {rules} ask for, in groups that share no cell, "
            "add up to {sum}: over 100 %"
        ),
        _(
            "Only an empty plan can meet this. Lower the shares to 100 % or less in all, or take "
            "`pool` as the basis."
        ),
    ),
    "POL-04": Code(
        Severity.warning,
        _(
            "groups of {rules} hold every cell that can have {measure}, and their shares of the total add up "
            "to {sum}: under 100 %"
        ),
        _(
            "Only an empty plan can meet this. Raise the shares to 100 % or more in all, or take "
            "`pool` as the basis."
        ),
    ),
    "POL-05": Code(
        Severity.warning,
        _(
            "rule {rule} allows the {k} largest of {groups} groups {share} of all {measure}, but the {k} "
            "largest always have {least} or more"
        ),
        _("Only an empty plan can meet this. Raise the share to {least} or more."),
    ),
    "POL-02": Code(
        Severity.warning,
        _("the groups of rule {rule} ask for {sum} of the total in all: over 100 %"),
        _(
            "Only an empty plan can meet this. Lower the shares to 100 % or less in all, or take "
            "`pool` as the basis."
        ),
    ),
}
