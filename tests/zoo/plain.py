"""Problems that are odd without rules: empty, single, tied, negative, huge."""

from __future__ import annotations

from tests.zoo.problem import problem
from tests.zoo.shop import OPTIONS, POOLS

_KNIFE = """
merchant,category,slot,option,cash,conversions
M1,tea,S1,A,3333333333.33,3
M2,tea,S1,A,3333333333.33,3
M3,tea,S1,A,3333333333.34,3
M4,tea,S1,A,3333333333.31,2.5
"""
_TWINS = """
merchant,category,slot,option,cash,conversions
M1,tea,S1,A,30,3
M1,tea,S1,B,30,3
M2,tea,S1,A,30,3
M2,tea,S1,B,30,3
M3,tea,S1,A,30,3
"""

PROBLEMS = (
    problem(
        "shop",
        "nothing odd: 100 for cells of 30 or 60, 20, 40 or 80, and 10",
        "10",
        "100",
        pools=POOLS,
        options=OPTIONS,
    ),
    problem(
        "one-cell",
        "one cell with one option",
        "3",
        "30",
        pools=POOLS,
        options="merchant,category,slot,option,cash,conversions / M1,tea,S1,A,30,3",
    ),
    problem(
        "nothing-affordable",
        "the pool is smaller than every option",
        "0",
        "0",
        pools="pool,amount / cash,9.99",
        options=OPTIONS,
    ),
    problem(
        "empty-pool",
        "a pool with nothing in it: only what costs nothing can be given",
        "1.5",
        "0 20",
        pools="pool,amount / cash,0 / traffic,50",
        options="""merchant,category,slot,option,cash,traffic,conversions
        M1,tea,S1,A,10,5,3
        M1,tea,S1,B,0,20,1.5
        M2,tea,S1,A,0.01,0,4""",
    ),
    problem(
        "unused-pool",
        "a pool that no option draws from",
        "3",
        "30 0",
        pools="pool,amount,unused / cash,40, / hours,0,true",
        options="merchant,category,slot,option,cash,conversions / M1,tea,S1,A,30,3 / M2,tea,S1,A,20,2",
    ),
    problem(
        "free-option",
        "an option that costs nothing is worth taking, and one that brings nothing is not",
        "2",
        "0",
        pools=POOLS,
        options="merchant,category,slot,option,cash,conversions / M1,tea,S1,A,0,2 / M2,tea,S1,A,10,0",
    ),
    problem(
        "nothing-gains",
        "every option does harm, so the best plan is empty",
        "0",
        "0",
        pools=POOLS,
        options="merchant,category,slot,option,cash,conversions / M1,tea,S1,A,1,-1 / M2,tea,S1,A,0,-0.000001",
    ),
    problem(
        "twin-options",
        "identical options and identical merchants: many best plans",
        "9",
        "90",
        pools=POOLS,
        options=_TWINS,
    ),
    problem(
        "tie-on-draw",
        "equal conversions for less: the best plans all reach 6, the one that draws least draws 45",
        "6",
        "45",
        pools=POOLS,
        options="""merchant,category,slot,option,cash,conversions
        M1,tea,S1,A,30,3
        M1,tea,S1,B,25,3
        M2,tea,S1,A,20,3
        M3,tea,S1,A,10,0""",
    ),
    problem(
        "tie-on-second-pool",
        "equal objective and equal cash: the second pool decides, and the first goes before it",
        "5",
        "30 7",
        pools="pool,amount / cash,100 / traffic,100",
        options="""merchant,category,slot,option,cash,traffic,conversions
        M1,tea,S1,A,30,9,5
        M1,tea,S1,B,30,7,5
        M1,tea,S1,C,31,0,5""",
    ),
    problem(
        "negative-values",
        "an option that loses conversions is taken only where coverage forces it",
        "2",
        "40",
        pools=POOLS,
        options="""merchant,category,slot,option,cash,conversions
        M1,tea,S1,A,30,3
        M2,tea,S1,A,10,-1
        M2,tea,S1,B,5,-4""",
        rules="rule,measure,sense,value / both,merchants,at_least,2",
    ),
    problem(
        "stops-where-money-no-longer-pays",
        "five per cent of sales less the cash: only what earns its cost is bought",
        "20",
        "30",
        pools=POOLS,
        options="""merchant,category,slot,option,cash,conversions,gmv
        M1,tea,S1,A,30,1,1000
        M1,tea,S1,B,60,9,1100
        M2,tea,S1,A,20,9,399.99""",
        settings="[objective]\nmaximise = {gmv = 0.05, cash = -1}\n",
    ),
    problem(
        "caution",
        "counted less two standard errors, the sure option beats the brilliant one",
        "2.8",
        "30",
        pools="pool,amount / cash,30",
        options="""merchant,category,slot,option,cash,conversions,conversions_se
        M1,tea,S1,A,30,3,0.1
        M2,tea,S1,A,30,5,1.2""",
        settings="[objective]\ncaution = 2\n",
    ),
    problem(
        "named-objective",
        "the objective is a weighted sum of the settings",
        "9",
        "40",
        pools="pool,amount / cash,45",
        options="""merchant,category,slot,option,cash,conversions,ltv
        M1,tea,S1,A,40,1,4
        M2,tea,S1,A,30,5,0.5""",
        settings='[objective]\nmaximise = "worth"\n[measures]\nworth = {ltv = 2, conversions = 1}\n',
    ),
    problem(
        "knife-edge-exact",
        "1e12 fen, spent to the last",
        "9",
        "10000000000.00",
        pools="pool,amount / cash,10000000000.00",
        options=_KNIFE,
    ),
    problem(
        "knife-edge-one-below",
        "1e12 fen less one: three full cells cost one fen too much",
        "8.5",
        "9999999999.97",
        pools="pool,amount / cash,9999999999.99",
        options=_KNIFE,
    ),
    problem(
        "knife-edge-one-above",
        "1e12 fen and one",
        "9",
        "10000000000.00",
        pools="pool,amount / cash,10000000000.01",
        options=_KNIFE,
    ),
    problem(
        "two-pools",
        "cash alone would take M1 and M2, traffic forbids the pair",
        "7",
        "70 60",
        pools="pool,amount,unit,decimals / cash,100,yuan,2 / traffic,60,views,0",
        options="""merchant,category,slot,option,cash,traffic,conversions
        M1,tea,S1,A,50,40,5
        M2,tea,S1,A,40,30,4
        M3,tea,S1,A,20,20,2""",
    ),
    problem(
        "segments",
        "a user group is a key like the others",
        "7",
        "70",
        pools="pool,amount / cash,70",
        options="""merchant,category,slot,segment,option,cash,conversions
        M1,tea,S1,heavy,A,30,3
        M1,tea,S1,passer-by,A,40,4
        M1,tea,S1,medium,A,50,4.5""",
    ),
)
