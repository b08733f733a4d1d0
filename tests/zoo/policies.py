"""Problems whose rules are odd: redundant, degenerate, soft, pinned, only reported."""

from __future__ import annotations

from tests.zoo.problem import problem
from tests.zoo.shop import MERCHANTS, OPTIONS, POOLS

SHOP = {"pools": POOLS, "options": OPTIONS, "merchants": MERCHANTS}

PROBLEMS = (
    problem(
        "redundant",
        "the same cap three times, and looser ones beside it",
        "9.5",
        "90",
        **SHOP,
        rules="""rule,measure,sense,value,basis
        a,cash,at_most,95,
        b,cash,at_most,95%,pool
        c,cash,at_most,95.00,absolute
        d,cash,at_most,1000,
        e,conversions,at_least,0,""",
    ),
    problem(
        "degenerate",
        "pool, merchants and slots all bind at the same plan",
        "6",
        "60",
        pools="pool,amount / cash,60",
        options="""merchant,category,slot,option,cash,conversions
        M1,tea,S1,A,30,3
        M1,tea,S2,A,30,2.9
        M2,tea,S1,A,30,2.9
        M2,tea,S2,A,30,3""",
        rules="""rule,measure,by,sense,value
        merchant,cash,merchant,at_most,30
        slot,cash,slot,at_most,30
        merchant-floor,cash,merchant,at_least,30
        slot-floor,cash,slot,at_least,30""",
    ),
    problem(
        "soft-tiny",
        "so small a penalty is paid: 60 too much at 0.0001",
        "9.994",
        "100",
        **SHOP,
        rules="rule,measure,sense,value,enforcement,penalty / cheap,cash,at_most,40,soft,0.0001",
    ),
    problem(
        "soft-huge",
        "a penalty of a million a yuan is as good as hard",
        "5.5",
        "50",
        **SHOP,
        rules="rule,measure,sense,value,enforcement,penalty / dear,cash,at_most,59.99,soft,1000000",
    ),
    problem(
        "soft-unreachable",
        "a soft floor that no plan reaches only costs: 14 - 10 conversions at 0.5",
        "8",
        "100",
        **SHOP,
        rules="rule,measure,sense,value,enforcement,penalty / dream,conversions,at_least,14,soft,0.5",
    ),
    problem(
        "pinned",
        "a forced option that nobody would choose, and a forbidden cell",
        "9",
        "100",
        **SHOP,
        pins="merchant,category,slot,option / M1,tea,S1,B / M1,tea,S2,none",
        rules="rule,measure,sense,value / spend,cash,at_least,61",
    ),
    problem(
        "all-forbidden",
        "every cell is forbidden",
        "0",
        "0",
        **SHOP,
        pins="merchant,category,slot,option / *,*,*,none",
    ),
    problem(
        "only-reported",
        "rules that no plan could meet, only measured",
        "10",
        "100",
        **SHOP,
        rules="""rule,kind,measure,by,sense,value,enforcement
        a,,cash,,at_least,1000,report
        b,ratio,cash,tier,at_most,1,report""",
    ),
    problem(
        "shares-force-nothing",
        "a partition of caps on the total that adds up to 90 %: only the empty plan is left",
        "0",
        "0",
        **SHOP,
        rules="rule,measure,by,sense,value,basis / share,cash,tier,at_most,45%,total",
    ),
    problem(
        "minimum-worth-having",
        "a merchant gets 50 or nothing: M3 never, M1 with both cells or the large option",
        "9.5",
        "90",
        **SHOP,
        rules="""rule,measure,by,sense,value,applies
        least,conversions,merchant,at_least,4,if_funded
        two,merchants,,at_most,2,""",
    ),
    problem(
        "negative-largest",
        "the largest two groups together, where amounts are negative: exactly k are counted",
        "-1",
        "20",
        pools=POOLS,
        options="""merchant,category,slot,option,cash,conversions,net
        M1,tea,S1,A,10,-2,-3
        M2,tea,S1,A,10,1,-1
        M3,tea,S1,A,10,5,4""",
        rules="rule,kind,measure,by,sense,value,k / worst,top,net,merchant,at_most,-1,2",
    ),
    problem(
        "blank-and-foreign",
        "blank attributes are a group, and a merchant without cells is in none",
        "6.5",
        "60",
        pools=POOLS,
        options=OPTIONS,
        merchants="merchant,tier / M1,big / M2, / M3, / M4,mid",
        rules="""rule,measure,by,sense,value,basis
        groups,cells,tier,at_most,50%,eligible
        each,cash,tier,at_most,25,per_merchant""",
    ),
    problem(
        "slots-without-cells",
        "S0 lies between S1 and S2, so windows of two never join them",
        "10",
        "100",
        **SHOP,
        slots="slot / S1 / S0 / S2",
        rules="rule,kind,measure,sense,value,k / pace,window,cash,at_most,70,2",
    ),
    problem(
        "own-thresholds",
        "merchants that reach an attribute of their own are at most one",
        "9.5",
        "100",
        pools=POOLS,
        options=OPTIONS,
        merchants="merchant,least / M1,31 / M2,40 / M3,10",
        rules="rule,measure,sense,value / few,merchants(cash>=least),at_most,1",
    ),
)
