"""Findings about plan folders: unreadable ones (PLN) and those that fail verification (VER)."""

from __future__ import annotations

from models.codes.code import Code, Severity
from models.language import mark as _

_error = Severity.error

CODES: dict[str, Code] = {
    "PLN-01": Code(
        _error,
        _("it cannot be read: {reason}"),
        _("Check the path and the permissions."),
    ),
    "PLN-02": Code(
        _error,
        _("the plan folder lacks this file"),
        _("A plan folder is written whole: solve again, or fetch the whole folder."),
    ),
    "PLN-03": Code(
        _error,
        _("no file of a plan folder has this name"),
        _("Keep other files elsewhere."),
    ),
    "PLN-04": Code(
        _error,
        _("{other} is there as well"),
        _("Keep the one that the plan was written with."),
    ),
    "PLN-05": Code(
        _error,
        _("it does not begin with a UTF-8 byte-order mark"),
        _("Leave the files of a plan as they were written; edit a copy and `evaluate` it."),
    ),
    "PLN-06": Code(
        _error,
        _("it is not a table: {reason}"),
        _("Leave the files of a plan as they were written; edit a copy and `evaluate` it."),
    ),
    "PLN-07": Code(
        _error,
        _('the headers are "{value}", not "{expected}"'),
        _("Leave the files of a plan as they were written; edit a copy and `evaluate` it."),
    ),
    "PLN-08": Code(
        _error,
        _("it is not a JSON object as plans are written in: {reason} {value}"),
        _("Solve again."),
    ),
    "PLN-09": Code(
        _error,
        _('"{value}" is not what can stand here'),
        _("docs/files.md says what each key holds; solve again."),
    ),
    "PLN-10": Code(
        _error,
        _("its lines do not end in LF alone"),
        _("Leave the files of a plan as they were written; edit a copy and `evaluate` it."),
    ),
    "PLN-11": Code(
        _error,
        _("the row has {fields} fields, not {expected}"),
        _("Leave the files of a plan as they were written; edit a copy and `evaluate` it."),
    ),
    "PLN-12": Code(
        _error,
        _('the text "{value}" is not guarded by one apostrophe as it must be'),
        _("A text that begins with = + - @ ' (full-width too), tab or CR gets exactly one, no other does."),
    ),
    "PLN-13": Code(
        _error,
        _("the key {column} is missing"),
        _("Solve again."),
    ),
    "PLN-14": Code(
        _error,
        _("the key {column} is not one of a plan"),
        _("Solve again."),
    ),
    "PLN-20": Code(
        _error,
        _("the instance cannot be read, so nothing can be verified: {value}"),
        _("`fairpool check` says what is wrong with it."),
    ),
    "VER-01": Code(
        _error,
        _("this input has changed since the plan was made"),
        _("Solve again, or verify against the files that the plan was made from."),
    ),
    "VER-02": Code(
        _error,
        _('options.csv has no cell "{value}"'),
        _("A plan may only fund cells of the instance."),
    ),
    "VER-03": Code(
        _error,
        _('the cell has no option "{value}"'),
        _("A plan may only choose options of the cell."),
    ),
    "VER-04": Code(
        _error,
        _('the cell "{value}" is given more than one option'),
        _("A cell that is not divisible holds at most one option."),
    ),
    "VER-05": Code(
        _error,
        _('"{value}" is not a fraction that can stand here'),
        _("Above 0, at most 1, up to 9 decimals, no trailing zeros; blank where the cell is not divisible."),
    ),
    "VER-06": Code(
        _error,
        _("{value} is written where {expected} must stand"),
        _("The amounts of a row are its option's, rounded against the plan where a fraction is taken."),
    ),
    "VER-07": Code(
        _error,
        _('pins.csv asks for "{option}" in the cell "{value}", and the plan does not obey'),
        _("Solve again."),
    ),
    "VER-08": Code(
        _error,
        _('the row of "{value}" stands in the wrong place, or twice'),
        _("Rows are sorted by their keys and option, in code-point order."),
    ),
    "VER-09": Code(
        _error,
        _('the cell "{value}" holds a mix that is not on the line through its options'),
        _("At most two neighbours in order of cost, nothing being the first, whose fractions make 1."),
    ),
    "VER-10": Code(
        _error,
        _('rule {rule} is broken for "{value}": {used} is used, the limit is {limit}'),
        _("A hard rule may only be broken where its certificate proves that no plan can meet them all."),
    ),
    "VER-11": Code(
        _error,
        _('the row of rule {rule}, group "{value}", is missing'),
        _("limits.csv lists every limit and pool once."),
    ),
    "VER-12": Code(
        _error,
        _('the row of rule {rule}, group "{value}", should not be there'),
        _("limits.csv lists every limit and pool once."),
    ),
    "VER-13": Code(
        _error,
        _('the row of rule {rule}, group "{value}", stands in the wrong place'),
        _("Pools come first, then rules by id, then groups by their keys."),
    ),
    "VER-14": Code(
        _error,
        _('"{value}" is written where "{expected}" must stand'),
        _("The limit was recomputed from the rows of the plan and the rules."),
    ),
    "VER-15": Code(
        _error,
        _('"{value}" is written where "{expected}" must stand'),
        _("The figure was recomputed from the rows of the plan and the instance."),
    ),
    "VER-16": Code(
        _error,
        _('there is no limit of rule "{rule}" for "{value}"'),
        _("A certificate names limits as limits.csv does."),
    ),
    "VER-17": Code(
        _error,
        _('the limit of rule "{rule}" for "{value}" cannot be used like this in a proof'),
        _("Only limits that every plan obeys as one linear row are priced, soft ones up to their penalty."),
    ),
    "VER-18": Code(
        _error,
        _("the certificate's bound is {value}, but its prices prove {expected}"),
        _("Solve again."),
    ),
    "VER-19": Code(
        _error,
        _("the bound was not checked: a merchant's own search takes more than its counted work"),
        _("Price more of that merchant's limits instead of holding them inside."),
    ),
    "VER-20": Code(
        _error,
        _("the bound {value} is below what the plan itself reaches"),
        _("Solve again; one of the two is wrong."),
    ),
    "VER-21": Code(
        _error,
        _('the cell "{value}" is both booked and planned'),
        _("A cell can change or it cannot: it stands in one of the two files."),
    ),
    "VER-22": Code(
        _error,
        _('slot "{value}" states no start, so nothing in it can be booked'),
        _("Give the slot a start in slots.csv."),
    ),
    "VER-23": Code(
        Severity.note,
        _("what is booked was taken as it is written, but for what has been spent already"),
        _("The incumbent's own plan folder says what it promised."),
    ),
    "VER-24": Code(
        _error,
        _("the pool {value} is overspent: {used} is used of {limit}"),
        _("A pool is a hard cap in every plan. Solve again."),
    ),
    "VER-25": Code(
        _error,
        _("the certificate claims that no plan exists, but a leaf proves only {value}"),
        _("Every leaf of such a proof is below zero."),
    ),
    "VER-26": Code(
        _error,
        _("the decisions of the leaf contradict each other"),
        _("Leave the leaf out: it holds no plan."),
    ),
    "VER-27": Code(
        _error,
        _("the leaves do not cover every choice"),
        _("For every choice of options there is a leaf whose decisions it satisfies."),
    ),
    "VER-32": Code(
        _error,
        _('the plan is to keep the option "{option}" in the cell "{value}", and does not'),
        _("What `kept` of summary.json lists stands in plan.csv, whole. Solve again."),
    ),
    "VER-33": Code(
        Severity.note,
        _(
            "{count} cells were kept from an earlier plan (SHA-256 {value}): the bound is that of plans "
            "which keep them"
        ),
        _("Without --keep a better plan may exist."),
    ),
    "VER-34": Code(
        _error,
        _('the slot of the cell "{value}" has begun, so it stands in booked.csv or nowhere'),
        _("plan.csv holds what can still change. Reoptimise again."),
    ),
    "VER-35": Code(
        _error,
        _('"{value}": by the summary\'s `now`, what is booked has begun, and what is frozen has not'),
        _("Reoptimise again."),
    ),
    "VER-30": Code(
        _error,
        _("the plan is marked best_effort, but nothing proves that no plan can meet the hard rules"),
        _("Its certificate must be of the kind `infeasible`, every leaf below zero. Solve again."),
    ),
    "VER-31": Code(
        Severity.warning,
        _('best effort: rule {rule} is broken for "{value}": {used} is used, the limit is {limit}'),
        _("No plan can meet all hard rules (proven). Change one of them or make it soft, and solve again."),
    ),
    "VER-29": Code(
        _error,
        _("two leaves hold a choice in common"),
        _("Leaves come from a tree of decisions: any two of them disagree on some option."),
    ),
    "VER-28": Code(
        _error,
        _("the certificate claims that no plan exists, and here is one that breaks no rule"),
        _("Solve again; one of the two is wrong."),
    ),
}
