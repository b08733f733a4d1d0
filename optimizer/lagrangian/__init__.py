"""Problem and prices -> a bound that anyone can recompute (Geoffrion 1974; Fisher 1981), and what merchants do at them.

Import from the modules: only some need compiled code.
"""
