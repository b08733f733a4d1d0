"""Problems without any feasible plan, each in its own way."""

from __future__ import annotations

from tests.zoo.problem import problem
from tests.zoo.shop import MERCHANTS, OPTIONS, POOLS

SHOP = {"pools": POOLS, "options": OPTIONS, "merchants": MERCHANTS}

PROBLEMS = (
    problem(
        "floor-beyond-everything",
        "even all options together do not reach the floor",
        None,
        **SHOP,
        rules="rule,measure,sense,value / reach,conversions,at_least,100",
    ),
    problem(
        "floor-beyond-pool",
        "the options could reach the floor, the pool cannot pay them",
        None,
        **SHOP,
        rules="rule,measure,sense,value / reach,conversions,at_least,14",
    ),
    problem(
        "floors-beyond-pool",
        "each floor can be met, together they are more than the pool",
        None,
        **SHOP,
        rules="""rule,measure,where,sense,value
        big,cash,tier=big,at_least,60
        small,cash,tier=small,at_least,50""",
    ),
    problem(
        "floor-above-cap",
        "one merchant's floor is above its own cap",
        None,
        **SHOP,
        rules="""rule,measure,where,sense,value
        cap,cash,merchant=M1,at_most,20
        floor,cash,merchant=M1,at_least,30""",
    ),
    problem(
        "coverage-beyond-pool",
        "every cell is to be funded, at 30 + 20 + 40 + 10 of 99.99",
        None,
        pools="pool,amount / cash,99.99",
        options=OPTIONS,
        rules="rule,measure,sense,value,basis / all,cells,at_least,100%,eligible",
    ),
    problem(
        "coverage-of-forbidden",
        "every merchant is to be funded, and a pin forbids one",
        None,
        **SHOP,
        rules="rule,measure,sense,value,basis / all,merchants,at_least,100%,eligible",
        pins="merchant,category,slot,option / M3,*,*,none",
    ),
    problem(
        "pins-beyond-pool",
        "forced options cost 140 of 100",
        None,
        **SHOP,
        pins="merchant,category,slot,option / M1,tea,S1,B / M2,toys,S1,B",
    ),
    problem(
        "between-options",
        "the linear relaxation is feasible: M2 may draw 0, 40 or 80, never 45 to 49",
        None,
        **SHOP,
        rules="""rule,measure,where,sense,value
        cap,cash,merchant=M2,at_most,49
        floor,cash,merchant=M2,at_least,45""",
    ),
    problem(
        "parity",
        "all costs are tens, and exactly 55 are to be spent",
        None,
        **SHOP,
        rules="rule,measure,sense,value / cap,cash,at_most,55 / floor,cash,at_least,55",
    ),
    problem(
        "shares-under-whole",
        "shares of a partition under 100 % force the empty plan, and a floor asks for more",
        None,
        **SHOP,
        rules="""rule,measure,where,by,sense,value,basis
        share,cash,,tier,at_most,45%,total
        some,cells,,,at_least,1,""",
    ),
    problem(
        "equal-or-nothing",
        "merchants are to get the same, which their options do not allow, and one is to get something",
        None,
        **SHOP,
        rules="""rule,kind,measure,by,sense,value
        even,ratio,conversions,merchant,at_most,1
        some,,cells,,at_least,1""",
    ),
    problem(
        "minimum-above-cap",
        "whoever is funded gets at least 70, nobody over 50, and somebody is to be funded",
        None,
        **SHOP,
        rules="""rule,measure,by,sense,value,applies
        least,cash,merchant,at_least,70,if_funded
        most,cash,merchant,at_most,50,
        some,merchants,,at_least,1,""",
    ),
    problem(
        "divisible-floor",
        "even with fractions of everything the pool cannot buy the floor: its best is 10.25",
        None,
        **SHOP,
        settings="divisible = true",
        rules="rule,measure,sense,value / reach,conversions,at_least,10.26",
    ),
    problem(
        "window-against-floor",
        "two slots in a row may get 40, and each is to get 30",
        None,
        **SHOP,
        rules="""rule,kind,measure,by,sense,value,k
        pace,window,cash,,at_most,40,2
        each,,cash,slot,at_least,30,""",
    ),
    problem(
        "top-against-floor",
        "the largest merchant may get 30 % of the total, and there are three",
        None,
        **SHOP,
        rules="""rule,kind,measure,sense,value,basis,k
        largest,top,cash,at_most,30%,total,1
        some,,conversions,at_least,0.5,,""",
    ),
)
