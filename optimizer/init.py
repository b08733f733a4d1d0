"""`init`: an empty instance to fill in, valid as it stands."""

from __future__ import annotations

from pathlib import Path

from models.language import _, mark
from optimizer.folder import whole_new, write_synced

_POOLS = """\
pool,amount,unit,decimals,unused,note
cash,1000.00,CNY,2,false,what there is to give out
"""

_OPTIONS = """\
merchant,category,slot,segment,option,cash,conversions,conversions_se,gmv
m1,snacks,S1,heavy,basic,200.00,30,4,900
m1,snacks,S1,heavy,plus,400.00,50,6,1500
m2,tea,S1,heavy,basic,300.00,24,5,2400
"""

_MERCHANTS = """\
merchant,name,tier,is_new,cash_cap
m1,Example one,small,true,500
m2,Example two,mid,false,800
"""

_CATEGORIES = """\
category,name
snacks,Snacks
tea,Tea
"""

_SLOTS = """\
slot,start,end,settled
S1,2030-01-01T20:00,2030-01-01T22:00,2030-01-08T00:00
"""

_SEGMENTS = """\
segment,name
heavy,Heavy users
"""

_RULES = """\
rule,label,kind,measure,where,by,sense,value,basis,of,k,applies,enforcement,penalty,owner,note
merchant-cap,No merchant over its own cap,limit,cash,,merchant,at_most,1,merchants.cash_cap,,,always,hard,,,
new-reach,One new merchant,limit,merchants(cash>=100),is_new=true,,at_least,1,absolute,,,always,hard,,,
"""

_PINS = """\
merchant,category,slot,segment,option,note
m2,tea,S1,heavy,basic,example: this option is forced
"""

_ACTUALS = """\
merchant,category,slot,segment,option,cash,conversions,gmv,note
"""

_SETTINGS = """\
# Every key with its default (or an example). Take the # away to set one; unknown keys are errors.
# The command line wins over this file.

# name = "my campaign"          # as reports call it; default: the folder's name
# currency = "CNY"
# timezone = "Asia/Shanghai"    # of times without an offset
# divisible = false             # true: any amount between options; or a list of categories: ["tea"]
# gap = 1e-4                    # relative; where solve may stop
# time_limit = 600              # seconds

# [objective]
# maximise = "conversions"      # a measure, or weights: { gmv = 0.05, cash = -1 }
# caution = 0                   # standard errors (conversions_se) taken off every option's conversions

# [measures]                    # weighted sums, to be used wherever a measure can
# support = { cash = 1 }        # with a second pool: { cash = 1, traffic = 0.02 }
"""

_README = mark("""\
# An instance to fill in

Replace the example rows with your own, then run `fairpool check` and `fairpool solve` on this folder.
Files are CSV as a spreadsheet saves them, with a header row; columns may stand in any order. All files but
`pools.csv` and `options.csv` may be removed, and so may all columns that are not "required" here. `note` and
columns whose names begin with `x_` are yours to fill (in pools, rules, pins and actuals).

## pools.csv: what there is to give out

| column | meaning |
|---|---|
| `pool` | required; its name: letters, digits, `_`, `-`. `options.csv` has one cost column of this name |
| `amount` | required; how much there is, plain digits without thousands separators |
| `unit` | for reports: CNY, thousand impressions, hours |
| `decimals` | digits after the point of the smallest unit, 0 to 6; blank: 2 |
| `unused` | true: `options.csv` has no cost column for it |

## options.csv: who could get what, and what it would add

One row for each option of a cell. A cell is a merchant, category, slot and (if you use them) segment; it gets
one of its options or nothing.

| column | meaning |
|---|---|
| `merchant`, `category`, `slot` | required; the keys of the cell, any text |
| `segment` | a group of users; remove the column everywhere if you have none |
| `option` | required; name of the package, unique inside its cell |
| `cash` | required; the most that it can draw from the pool `cash`; one such column for each pool |
| `conversions` | required; what it is expected to add over giving nothing |
| `conversions_se` | standard error of `conversions`, for `caution` in the settings |
| `gmv` | an example of a further value; any numeric column may stand here and be used in rules |

## merchants.csv, categories.csv, slots.csv, segments.csv: attributes

The first column is the key; every other column is an attribute of your own that rules and reports can name.

| column | meaning |
|---|---|
| `merchant`, `category`, `slot`, `segment` | required; the key, written as in `options.csv` |
| `name` | for reports |
| `tier`, `is_new`, `cash_cap` | examples of attributes: a group, a yes or no, a number |
| `start`, `end` | when the slot begins and ends: 2030-01-01T20:00; slots are ordered by `start` |
| `settled` | when its bookings are final |

## rules.csv: the policy, one rule a row

| column | meaning |
|---|---|
| `rule` | required; a unique name |
| `label` | the rule in plain words |
| `kind` | `limit` (default), `top` (largest groups), `ratio` (largest to smallest), `window` (slots on end) |
| `measure` | required; a pool, `conversions`, a value, `cells`, `merchants`, `merchants(cash>=100)` |
| `where` | which cells count: `tier=small;is_new=true`; blank: all |
| `by` | one limit for each of these: `merchant`, `tier`, `merchant;slot`, `cell`; blank: one limit |
| `sense` | required; `at_most` or `at_least` |
| `value` | required; a number or a percentage |
| `basis` | what `value` multiplies: `absolute` (default: 1), `pool`, `total`, a measure, an attribute \
(`merchants.cash_cap`), `per_merchant`, `eligible` |
| `of` | with a basis in the plan: over which columns of `by` it is totalled; `all`: over every cell |
| `k` | `top`: how many groups, or what percentage; `window`: how many slots |
| `applies` | `always` (default); `if_funded`: only to groups that get something |
| `enforcement` | `hard` (default), `soft` (may be broken at the penalty), `report` (only measured) |
| `penalty` | of a soft rule: objective units for each unit of the measure |
| `owner` | who answers for the rule |

## pins.csv: decided already

| column | meaning |
|---|---|
| `merchant`, `category`, `slot`, `segment` | required; the cell. With `none`, a key may be `*`: every value |
| `option` | required; this option is forced; `none`: the cell gets nothing |

## actuals.csv: what has happened so far

Fill it in while the campaign runs; `fairpool reoptimise` reads it. Rows of one cell add up.

| column | meaning |
|---|---|
| `merchant`, `category`, `slot`, `segment` | required; the cell |
| `option` | what it holds |
| `cash` | required; what is spent; one such column for each pool |
| `conversions` | required; what was really added |
| `gmv` | and the other values of `options.csv`, as they really were |

## settings.toml

Every key stands in the file with its default, as a comment.
""")

FILES = {
    "README.md": _README,
    "actuals.csv": _ACTUALS,
    "categories.csv": _CATEGORIES,
    "merchants.csv": _MERCHANTS,
    "options.csv": _OPTIONS,
    "pins.csv": _PINS,
    "pools.csv": _POOLS,
    "rules.csv": _RULES,
    "segments.csv": _SEGMENTS,
    "settings.toml": _SETTINGS,
    "slots.csv": _SLOTS,
}
"""Name of each file -> its text. Data files are the planner's: only the README is translated."""


def init(folder: Path) -> list[str]:
    """Write an empty instance to fill in, and return the names of its files, sorted.

    The folder appears whole or not at all. CSV has a byte-order mark, so that spreadsheets open it right.

    Raises
    ------
    FileExistsError
        If `folder` exists and is not an empty folder: nothing is ever overwritten.
    OSError
        If it cannot be written.
    """
    with whole_new(folder) as beside:
        for name, text in FILES.items():
            content = "\ufeff" + text if name.endswith(".csv") else _(text)
            write_synced(beside / name, content.encode())
    return sorted(FILES)
