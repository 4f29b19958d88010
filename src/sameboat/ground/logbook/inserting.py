"""Storing one entry, quickly: every place speaks through this."""

from functools import lru_cache

from django.db import connection, models

from sameboat.ground.logbook.models import Entry

_FIELDS = [field for field in Entry._meta.concrete_fields if not field.primary_key]
#: Texts and numbers are handed to every database as they are.
_PLAIN = (models.CharField, models.BigIntegerField)
_KEPT = [(field, field.attname, isinstance(field, _PLAIN)) for field in _FIELDS]


def insert_entry(entry: Entry) -> Entry:
    """Store a new entry; return it with its row.

    As `save` does, by a statement that is put together once: that takes a third of the time.
    Raises: IntegrityError: there is an entry with its index.
    """
    told = vars(entry)
    given = [
        told[name] if plain else field.get_db_prep_save(told[name], connection)
        for field, name, plain in _KEPT
    ]
    with connection.cursor() as cursor:
        cursor.execute(_statement(), given)
        entry.pk = cursor.fetchone()[0]
    entry._state.adding, entry._state.db = False, connection.alias
    return entry


@lru_cache(maxsize=1)
def _statement() -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in _FIELDS)
    places = ", ".join(["%s"] * len(_FIELDS))
    table, row = quote(Entry._meta.db_table), quote(str(Entry._meta.pk.column))
    return f"INSERT INTO {table} ({columns}) VALUES ({places}) RETURNING {row}"
