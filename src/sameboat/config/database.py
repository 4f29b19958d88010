"""Which database a node keeps its rows in."""

from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from sameboat.lib.home import NodeHome


def database_of(url: str, home: NodeHome) -> dict[str, Any]:
    """Return Django's settings of the database: SQLite in the node's folder, or PostgreSQL.

    Raises:
        ImproperlyConfigured: the URL is not postgresql://user:password@host:port/name.
    """
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": home.database,
            "OPTIONS": {
                # IMMEDIATE: a writer waits at the start instead of failing in the middle.
                "transaction_mode": "IMMEDIATE",
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
                    "PRAGMA busy_timeout=20000; PRAGMA mmap_size=134217728;"
                ),
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        raise ImproperlyConfigured(
            "database in sameboat.toml is not postgresql://user:password@host:port/name"
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.strip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        # As many as the threads of the pages, of /events and of the worker may need at once.
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 20, "timeout": 10}},
        "CONN_MAX_AGE": 0,
    }
