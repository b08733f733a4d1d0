"""The shop that most problems share: three merchants, four cells, six options."""

POOLS = "pool,amount / cash,100"

OPTIONS = """
merchant,category,slot,option,cash,conversions
M1,tea,S1,A,30,3
M1,tea,S1,B,60,5
M1,tea,S2,A,20,2.5
M2,toys,S1,A,40,4
M2,toys,S1,B,80,7
M3,toys,S2,A,10,0.5
"""

MERCHANTS = """
merchant,tier
M1,big
M2,small
M3,small
"""
