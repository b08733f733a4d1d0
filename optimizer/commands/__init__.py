"""The commands, one a file: each parses, calls one use case, prints, and ends with an exit code.

With `cli`, which puts them together, the only place that imports click. What a command needs is imported when
it runs, so that help answers at once.
"""
