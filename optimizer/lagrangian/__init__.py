"""Problem and prices -> a bound that anyone can recompute, and what merchants do at them (Fisher 1981).

Import from the modules: only some need compiled code.
"""
