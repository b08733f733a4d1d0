"""Alembic's migrations of the registry: `env.py` is run by Alembic, `versions/` holds one file a step.

Steps are never edited once released. A new one is a new file whose `down_revision` names the last; the tests
compare what all of them make with `schema.py`, on both databases.
"""
