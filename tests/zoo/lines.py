"""Problems with divisible cells."""

from __future__ import annotations

from tests.zoo.problem import problem
from tests.zoo.shop import MERCHANTS, OPTIONS, POOLS

_CONCAVE = """
merchant,category,slot,option,cash,conversions
M1,tea,S1,A,30,3
M1,tea,S1,B,60,5
M2,toys,S1,A,40,2
"""
_HOLLOW = """
merchant,category,slot,option,cash,conversions
M1,tea,S1,A,30,1
M1,tea,S1,B,60,6
M2,toys,S1,A,40,3
"""

PROBLEMS = (
    problem(
        "divisible",
        "a concave line: 45 buy A and half of the step to B",
        "4",
        slack="0.000002",
        pools="pool,amount / cash,45",
        options=_CONCAVE,
        settings="divisible = true",
    ),
    problem(
        "divisible-thirds",
        "an amount that no nine decimals can state: a third of 30",
        "1",
        slack="0.000002",
        pools="pool,amount / cash,10",
        options="merchant,category,slot,option,cash,conversions / M1,tea,S1,A,30,3",
        settings="divisible = true",
    ),
    problem(
        "divisible-hollow",
        "the line is not concave: 45 are 3.5 for M1 alone, not the 4.5 of a straight line",
        "3.5",
        slack="0.000002",
        pools="pool,amount / cash,45",
        options=_HOLLOW,
        settings="divisible = true",
    ),
    problem(
        "divisible-in-part",
        "only toys may be divided: A of M1 whole, and three eighths of M2",
        "3.75",
        slack="0.000002",
        pools="pool,amount / cash,45",
        options=_CONCAVE,
        settings='divisible = ["toys"]',
    ),
    problem(
        "divisible-shop",
        "the shop with fractions: 90 at the best rates, then a quarter of the step to B",
        "10.25",
        slack="0.000005",
        pools=POOLS,
        options=OPTIONS,
        settings="divisible = true",
    ),
    problem(
        "divisible-minimum",
        "a funded merchant gets at least 35, so the 30 best yuan cannot be spent on M1 alone",
        "2.75",
        slack="0.000005",
        pools="pool,amount / cash,35",
        options="""merchant,category,slot,option,cash,conversions
        M1,tea,S1,A,30,2.5
        M1,tea,S2,A,50,2.5
        M2,toys,S1,A,40,2""",
        settings="divisible = true",
        rules="rule,measure,by,sense,value,applies / least,cash,merchant,at_least,35,if_funded",
    ),
    problem(
        "divisible-pinned",
        "a pin forces the whole option, whatever the line says",
        "5",
        slack="0.000002",
        pools="pool,amount / cash,60",
        options=_CONCAVE,
        settings="divisible = true",
        pins="merchant,category,slot,option / M1,tea,S1,B",
    ),
    problem(
        "divisible-half-reaches",
        "10 yuan are half of M1's A, which is exactly the 4 that earn 5 more; M2's would be 6",
        "9",
        pools="pool,amount / cash,10",
        options="""merchant,category,slot,option,cash,conversions
        M1,tea,S1,A,20,8
        M2,tea,S1,A,10,6""",
        merchants="merchant,least / M1,4 / M2,100",
        settings="""divisible = true
[objective]
maximise = {conversions = 1, "merchants(conversions>=least)" = 5}
""",
    ),
    problem(
        "divisible-places",
        "a place is not divided: who gets a part of the option takes one of two, and each counts for 3",
        "7",
        pools="pool,amount,decimals / places,2,0",
        options="""merchant,category,slot,option,places,conversions
        M1,tea,S1,A,2,1
        M2,tea,S1,A,2,1
        M3,tea,S1,A,2,1""",
        settings="divisible = true\n[objective]\nmaximise = {conversions = 1, cells = 3}\n",
    ),
    problem(
        "divisible-less-than-a-place",
        "55 yuan are five of the options and half of a sixth, which takes its one place all the same",
        "5.5",
        slack="0.000001",
        pools="pool,amount,decimals / places,9,0 / cash,55,2",
        options="""merchant,category,slot,option,places,cash,conversions
        M1,tea,S1,A,1,10,1
        M2,tea,S1,A,1,10,1
        M3,tea,S1,A,1,10,1
        M4,tea,S1,A,1,10,1
        M5,tea,S1,A,1,10,1
        M6,tea,S1,A,1,10,1""",
        settings="divisible = true",
    ),
    problem(
        "divisible-crowd",
        "only one cell may be funded, however small the fraction",
        "3.5",
        slack="0.000002",
        pools="pool,amount / cash,45",
        options=_HOLLOW,
        settings="divisible = true",
        rules="rule,measure,sense,value / one,cells,at_most,1",
        merchants=MERCHANTS,
    ),
)
