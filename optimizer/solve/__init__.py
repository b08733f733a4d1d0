"""Problem -> a solver's answer: the formulation handed to HiGHS, in a child process with a hard stop.

Import from the modules: the child process must not pay for importing Pyomo.
"""
