"""What is said to one database or the other in its own SQL."""

from __future__ import annotations

CHECK_KEYS = "pragma foreign_keys = on"
"""SQLite checks foreign keys only where it is asked to."""

SYNC_FULLY = "pragma synchronous = full"
"""What is kept is kept after a power cut."""

BEGIN = "begin"
BEGIN_WRITING = "begin immediate"
"""Begin at once as a writer: two that first read and then both write would lock each other out."""

WHO_AND_WHEN = "select session_user, clock_timestamp()"
"""The login, whatever role was taken since, and the server's time."""

WAIT_FOR_MIGRATIONS = "select pg_advisory_xact_lock(1717658988)"
"""The number is any, as long as everybody takes the same."""
