"""One tiny problem per family of the formulation, its best objective reckoned by hand."""

from __future__ import annotations

from tests.zoo import ZooProblem
from tests.zoo.problem import problem

_PAIR = """
merchant,category,slot,option,cash,conversions
M1,tea,S1,A,2,3
M1,tea,S1,B,4,5
M2,tea,S1,A,3,4
"""
_TRIO = """
merchant,category,slot,option,cash,conversions
M1,tea,S1,A,2,3
M1,tea,S1,B,4,5
M2,tea,S2,A,3,4
M3,toys,S3,A,5,6
"""
_TIERS = "merchant,tier / M1,big / M2,small / M3,small"
_COUNTS = """[objective.maximise]
conversions = 1
cells = 0.5
merchants = -1
"merchants(cash>=4)" = 3
"""
_AMPLE = "pool,amount / cash,100"

_PROBLEMS = (
    problem(
        "choice",
        "one option of M1 (its best is B, 5), and the only one of M2 (4): a cell of one option needs no row",
        "9",
        pools=_AMPLE,
        options=_PAIR,
    ),
    problem(
        "divisible",
        "45 yuan on lines that are not concave: half way from A to B of M1 is (1 + 6) / 2",
        "3.5",
        pools="pool,amount / cash,45",
        options="""merchant,category,slot,option,cash,conversions
        M1,tea,S1,A,30,1
        M1,tea,S1,B,60,6
        M2,toys,S1,A,40,3""",
        settings="divisible = true",
    ),
    problem(
        "pins",
        "M1 is pinned to A (3), M2 to nothing; only M3 is free (6)",
        "9",
        pools=_AMPLE,
        options=_TRIO,
        pins="merchant,category,slot,option / M1,tea,S1,A / M2,*,*,none",
    ),
    problem(
        "pools",
        "6.50 yuan and 30 views: B and A cost 7 yuan, so A and A (3 + 4)",
        "7",
        pools="pool,amount,unit,decimals / cash,6.50,yuan,2 / traffic,30,views,0",
        options="""merchant,category,slot,option,cash,traffic,conversions
        M1,tea,S1,A,2,10,3
        M1,tea,S1,B,4,10,5
        M2,tea,S1,A,3,20,4""",
    ),
    problem(
        "measures",
        "at most two cells, at most one merchant of tea, at least one of 4 yuan or more: B of M1 and M3",
        "11",
        pools=_AMPLE,
        options=_TRIO,
        rules="""rule,measure,where,by,sense,value
        a,cells,,,at_most,2
        b,merchants,category=tea,,at_most,1
        c,merchants(cash>=4),,,at_least,1""",
    ),
    problem(
        "limits",
        "cash at most 6 by category and 9 in all; small merchants get at least 75 % of it; no tier's cash "
        "in a category is over 75 % of all conversions: M2 and M3 (B of M1 and M3 would be 11, with 5 of 9 "
        "for the small)",
        "10",
        pools=_AMPLE,
        options=_TRIO,
        merchants=_TIERS,
        rules="""rule,measure,where,by,sense,value,basis,of
        a,cash,,category,at_most,6,,
        b,cash,tier=small,,at_least,75%,total,
        c,cash,,tier;category,at_most,75%,conversions,all
        d,cash,,,at_most,9,,""",
    ),
    problem(
        "windows",
        "at most 7 yuan in any two slots on end: B of M1 and A of M3 (5 + 6), which are not neighbours",
        "11",
        pools=_AMPLE,
        options=_TRIO,
        rules="rule,kind,measure,sense,value,k / w,window,cash,at_most,7,2",
    ),
    problem(
        "if_funded",
        "5 yuan, and at least 4 for who gets any: M3 alone (A of M1 and M2 would be 7, but too little each)",
        "6",
        pools="pool,amount / cash,5",
        options=_TRIO,
        rules="rule,measure,by,sense,value,applies / least,cash,merchant,at_least,4,if_funded",
    ),
    problem(
        "soft",
        "the second merchant goes 2 yuan over the 5 allowed, at 0.5 a yuan: B and A (5 + 4 - 1)",
        "8",
        pools=_AMPLE,
        options=_PAIR,
        rules="rule,measure,sense,value,enforcement,penalty / thrift,cash,at_most,5,soft,0.5",
    ),
    problem(
        "top",
        "the two largest together at most 8 yuan: A of everyone (M3 5, M2 3, M1 2)",
        "13",
        pools=_AMPLE,
        options=_TRIO,
        rules="rule,kind,measure,sense,value,k / two,top,cash,at_most,8,2",
    ),
    problem(
        "ratio",
        "8 yuan, and a merchant of one tier gets at most 1.5 times what one of the other gets: A of M1 (2) "
        "and M3 (5 for two); M2 and M3 would be 10, with nothing for the big",
        "9",
        pools="pool,amount / cash,8",
        options=_TRIO,
        merchants=_TIERS,
        rules="rule,kind,measure,by,sense,value / even,ratio,cash,tier,at_most,1.5",
    ),
    problem(
        "ratio_if_funded",
        "gains that may be negative: M2's -2 fails beside M1's 4, but alone it is compared with nothing",
        "5",
        pools="pool,amount / cash,5",
        options="""merchant,category,slot,option,cash,conversions,gain
        M1,tea,S1,A,2,4,4
        M2,tea,S1,A,3,5,-2""",
        rules="rule,kind,measure,by,sense,value,applies / even,ratio,gain,merchant,at_most,2,if_funded",
    ),
    problem(
        "objective_counts",
        "3 for each merchant of 4 yuan or more, 1 less for each that gets any, half for each cell: M1's B "
        "(5 + 3 - 1 + 0.5) and M2's A (4 - 1 + 0.5): its B (2 + 3 - 1 + 0.5) would be 9 yuan with M1's",
        "11",
        pools="pool,amount / cash,8",
        options="""merchant,category,slot,option,cash,conversions
        M1,tea,S1,A,2,3
        M1,tea,S1,B,4,5
        M2,tea,S1,A,3,4
        M2,tea,S1,B,5,2""",
        settings=_COUNTS,
    ),
    problem(
        "objective_cells",
        "a quarter for each funded cell: 30 yuan go half way to M2's A (3), and M1's option, which costs and "
        "brings nothing, is worth taking",
        "3.5",
        pools="pool,amount / cash,30",
        options="""merchant,category,slot,option,cash,conversions
        M1,tea,S1,A,0,0
        M2,toys,S1,A,60,6""",
        settings="divisible = true\n[objective]\nmaximise = {conversions = 1, cells = 0.25}\n",
    ),
    problem(
        "pools_made_up",
        "3 for each funded cell, and each takes one of two places, however little it gets: halves (1 + 6)",
        "7",
        pools="pool,amount,decimals / places,2,0",
        options="""merchant,category,slot,option,places,conversions
        M1,tea,S1,A,2,1
        M2,tea,S1,A,2,1
        M3,tea,S1,A,2,1""",
        settings="divisible = true\n[objective]\nmaximise = {conversions = 1, cells = 3}\n",
    ),
    problem(
        "objective",
        "half the sales less the cash: B of M1 earns 10 - 4; A of M2 would lose 2.5 - 3",
        "6",
        pools=_AMPLE,
        options="""merchant,category,slot,option,cash,conversions,gmv
        M1,tea,S1,A,2,3,12
        M1,tea,S1,B,4,5,20
        M2,tea,S1,A,3,4,5""",
        settings="[objective]\nmaximise = {gmv = 0.5, cash = -1}\n",
    ),
)
FAMILIES: dict[str, ZooProblem] = {each.name: each for each in _PROBLEMS}
"""Name of the golden file -> problem.

`windows`, `ratio_if_funded` and `pools_made_up` are forms of `limits`, `ratio` and `pools`.
"""
