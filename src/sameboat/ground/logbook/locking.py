"""One writer at a time for each log: the head must not be seen by two."""

from django.db import connection


def lock_log(name: str) -> None:
    """Let one transaction at a time go on for this log; until it ends, others wait.

    SQLite's BEGIN IMMEDIATE has done so already.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 42))", [name])
