"""Entries: what a place said, in order, never overwritten; and the signed tree over them."""

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint


class Entry(models.Model):
    """One line of a place's logbook.  The database refuses to change or delete it."""

    origin = models.CharField(max_length=48, help_text="the place whose log this is")
    index = models.BigIntegerField(help_text="0, 1, 2 … without a gap in each origin")
    kind = models.CharField(max_length=64)
    place = models.CharField(max_length=48)
    said_at = models.DateTimeField()
    about = models.CharField(max_length=160, help_text="address of the thing it speaks of")
    audience = models.JSONField(help_text='addresses; ["*"] is everyone, [] is nobody')
    after = models.JSONField(help_text="addresses of entries that come first")
    canonical = models.BinaryField(help_text="the entry itself: RFC 8785 bytes, final")
    digest = models.CharField(max_length=64, null=True, help_text="of a body kept beside it")
    chain = models.CharField(max_length=64, help_text="SHA-256(previous chain ‖ canonical), hex")
    stored_at = models.DateTimeField()

    class Meta:
        ordering = ["origin", "index"]
        constraints = [
            UniqueConstraint(fields=["origin", "index"], name="entry_index_is_taken_once"),
            CheckConstraint(condition=Q(index__gte=0), name="entry_index_counts_from_zero"),
        ]
        indexes = [
            # In the order in which they are asked for: else SQLite walks a whole log for it.
            models.Index(fields=["about", "origin", "index"], name="entry_about"),
            models.Index(
                fields=["digest", "origin", "index"],
                condition=Q(digest__isnull=False),
                name="entry_beside",
            ),
            models.Index(fields=["kind", "said_at"], name="entry_kind"),
        ]


class Body(models.Model):
    """A body too large or not public, found by SHA-256(salt ‖ content); it may be erased."""

    digest = models.CharField(max_length=64, primary_key=True)
    salt = models.BinaryField(max_length=16, help_text="16 random bytes; none once erased")
    content = models.BinaryField(null=True, help_text="canonical bytes; null once erased")
    erased_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(content__isnull=False) | Q(erased_at__isnull=False),
                name="body_is_there_or_erased",
            )
        ]


class Cursor(models.Model):
    """How far one reaction has read one origin's log."""

    reaction = models.CharField(max_length=128)
    origin = models.CharField(max_length=48)
    next_index = models.BigIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["reaction", "origin"], name="cursor_is_one_per_reaction")
        ]


class ParkedEntry(models.Model):
    """An entry that one reaction could not take after several tries; people look at it."""

    reaction = models.CharField(max_length=128)
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="parked")
    problem = models.TextField()
    failures = models.PositiveIntegerField()
    parked_at = models.DateTimeField()
    waits_for = models.ForeignKey(Entry, models.PROTECT, null=True, related_name="+")
    retry_at = models.DateTimeField(null=True, help_text="when somebody asked for another try")

    class Meta:
        constraints = [UniqueConstraint(fields=["reaction", "entry"], name="entry_is_parked_once")]


class HeldEntry(models.Model):
    """An entry that came before what it comes after, or before its body; one reaction waits."""

    reaction = models.CharField(max_length=128)
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="held")
    origin = models.CharField(max_length=48, help_text="the entry's: each has a limit of its own")
    waits_origin = models.CharField(max_length=48, help_text="of the entry that it comes after")
    waits_index = models.BigIntegerField(null=True, help_text="null: it waits for its own body")
    held_at = models.DateTimeField()

    class Meta:
        constraints = [UniqueConstraint(fields=["reaction", "entry"], name="entry_is_held_once")]
        indexes = [
            models.Index(fields=["waits_origin", "waits_index"], name="held_waits_for"),
            models.Index(fields=["reaction", "origin"], name="held_of_origin"),
        ]


class WantedBody(models.Model):
    """A body beside a peer's log that this node may read and has not fetched yet."""

    entry = models.OneToOneField(Entry, models.PROTECT, related_name="wanted")
    origin = models.CharField(max_length=48, help_text="the entry's: it is asked for there")
    failures = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=400, blank=True, help_text="why it did not come")

    class Meta:
        indexes = [models.Index(fields=["origin", "retry_at"], name="wanted_is_due")]


class LogTile(models.Model):
    """Up to 256 hashes of an origin's tree, side by side; it only ever grows, at its end."""

    origin = models.CharField(max_length=48)
    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField(help_text="32 bytes each")

    class Meta:
        constraints = [
            UniqueConstraint(fields=["origin", "level", "index"], name="tile_lies_in_one_place")
        ]


class Checkpoint(models.Model):
    """How long an origin's log was, and the hash of all of it, signed by its key."""

    origin = models.CharField(max_length=48)
    size = models.BigIntegerField()
    root = models.CharField(max_length=64, help_text="hex")
    note = models.BinaryField(help_text="the signed note, as it is handed on")
    kept_at = models.DateTimeField(help_text="signed here, or first seen of another's log")

    class Meta:
        ordering = ["origin", "size"]
        constraints = [
            UniqueConstraint(fields=["origin", "size"], name="checkpoint_is_one_per_size")
        ]


class LogKey(models.Model):
    """A public key of an origin's log, ours or a peer's; a private one lies in a file of its node.

    The newest signs.  An earlier one vouches for what it signed before it was replaced.
    """

    origin = models.CharField(max_length=48)
    verifier = models.CharField(max_length=400, help_text="name+hash+base64")
    since_index = models.BigIntegerField(default=0, help_text="of the entry that introduced it")
    made_at = models.DateTimeField()
    revoked_index = models.BigIntegerField(null=True, help_text="of the entry that revoked it")

    class Meta:
        ordering = ["origin", "since_index", "pk"]
        constraints = [UniqueConstraint(fields=["origin", "verifier"], name="log_key_told_once")]


class Peer(models.Model):
    """Another place's node whose log we follow, under the key that two officers compared."""

    origin = models.CharField(max_length=48, unique=True, help_text="the place")
    address = models.CharField(max_length=400, help_text="of its node, such as https://…")
    verifier = models.CharField(max_length=400, help_text="the key of its log")
    witness = models.CharField(max_length=400, help_text="the key with which it cosigns")
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True, help_text="when its log was read last")
    failures = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    hinted = models.BooleanField(default=False, help_text="it said that there is something new")
    certificate = models.CharField(
        max_length=64, blank=True, help_text="SHA-256 of its TLS certificate, hex; empty: any"
    )
    begun = models.BinaryField(
        null=True, help_text="the note under which its log is being taken, while it is not all here"
    )
    expelled_because = models.CharField(max_length=400, blank=True)
    problem = models.CharField(max_length=400, blank=True, help_text="why it could not be read")


class Witnessed(models.Model):
    """The largest tree of an origin that this node has cosigned: what it never signs against."""

    name = models.CharField(max_length=200, unique=True, help_text="of the log, as it signs")
    size = models.BigIntegerField()
    root = models.CharField(max_length=64, help_text="hex")
    note = models.BinaryField()
    cosigned_at = models.DateTimeField()


class Cosignature(models.Model):
    """What another node said of a checkpoint of ours, and when."""

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="cosignatures")
    witness = models.CharField(max_length=200, help_text="its key's name")
    line = models.TextField(help_text="as it stands under the note")
    time = models.DateTimeField()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["checkpoint", "witness"], name="cosigned_once_by_each")
        ]


class Fork(models.Model):
    """Two notes, validly signed by one log, that cannot both be its history."""

    name = models.CharField(max_length=200, help_text="of the log")
    first = models.BinaryField(help_text="the note of the smaller tree")
    second = models.BinaryField()
    earlier = models.BinaryField(help_text="root of the larger tree at the smaller's size")
    proof = models.BinaryField(help_text="32 bytes each: leads from it to the larger root")
    found_at = models.DateTimeField()

    class Meta:
        constraints = [UniqueConstraint(fields=["name", "first", "second"], name="fork_kept_once")]
