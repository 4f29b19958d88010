"""Alerts of our own, and what we received and kept."""

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from sameboat.ground.logbook.models import Entry
from sameboat.ground.people.models import Person
from sameboat.ground.places.models import Place
from sameboat.watch.alerts.states import ISSUED, KINDS, MESSAGE_TYPES, STATES, STATUSES
from sameboat.watch.forecasts.models import Forecast


def everyone() -> list[str]:
    """Return the audience of what is said to all."""
    return ["*"]


class Alert(models.Model):
    """A warning, an information or a search report; drafted by one, issued by another.

    From the moment it is issued the database refuses to change its content; only its state
    moves on.
    """

    uuid = models.UUIDField(unique=True, help_text="UUIDv7; the end of its address")
    key = models.UUIDField(unique=True, help_text="chosen by the caller; makes a retry safe")
    place = models.ForeignKey(Place, models.PROTECT, related_name="alerts")
    state = models.CharField(max_length=16)
    kind = models.CharField(max_length=16)
    status = models.CharField(max_length=16)
    message_type = models.CharField(max_length=16)
    earlier = models.ForeignKey("self", models.PROTECT, null=True, related_name="later")
    forecast = models.ForeignKey(Forecast, models.PROTECT, null=True, related_name="alerts")
    content = models.JSONField(help_text="what the author wrote: infos, areas, times")
    audience = models.JSONField(default=everyone, help_text='places; ["*"] is everyone')
    recipients = models.JSONField(default=list, help_text="places that its author adds")
    revision = models.PositiveIntegerField(default=1, help_text="counts edits; guards approval")
    author = models.ForeignKey(Person, models.PROTECT, related_name="+")
    writers = models.ManyToManyField(Person, related_name="+", help_text="all who changed it")
    drafted_at = models.DateTimeField()
    submitted_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    returned_because = models.TextField(blank=True)
    issued_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    issued_at = models.DateTimeField(null=True)
    issue_key = models.UUIDField(unique=True, null=True, help_text="of the approval")
    expires_at = models.DateTimeField(null=True)
    identifier = models.CharField(max_length=200, unique=True, null=True)
    cap = models.BinaryField(null=True, help_text="the XML as issued, to the byte")

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(state__in=STATES), name="alert_state_is_known"),
            CheckConstraint(condition=Q(kind__in=KINDS), name="alert_kind_is_known"),
            CheckConstraint(condition=Q(status__in=STATUSES), name="alert_status_is_known"),
            CheckConstraint(
                condition=Q(message_type__in=MESSAGE_TYPES), name="alert_message_type_is_known"
            ),
            CheckConstraint(
                condition=Q(message_type="Alert", earlier__isnull=True)
                | (~Q(message_type="Alert") & Q(earlier__isnull=False)),
                name="alert_refers_to_one_earlier",
            ),
            CheckConstraint(
                condition=~Q(state__in=ISSUED)
                | Q(
                    cap__isnull=False,
                    identifier__isnull=False,
                    issued_at__isnull=False,
                    expires_at__isnull=False,
                    issued_by__isnull=False,
                    submitted_by__isnull=False,
                ),
                name="alert_issued_is_complete",
            ),
            CheckConstraint(
                condition=Q(issued_by__isnull=True)
                | (~Q(issued_by=F("author")) & ~Q(issued_by=F("submitted_by"))),
                name="alert_is_issued_by_a_second_person",
            ),
            CheckConstraint(condition=~Q(audience=[]), name="alert_is_for_somebody"),
            UniqueConstraint(
                fields=["earlier"],
                condition=Q(state__in=ISSUED),
                name="alert_is_followed_once",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-issued_at"], name="alert_newest"),
            models.Index(fields=["drafted_at"], name="alert_drafted"),
            models.Index(fields=["state", "drafted_at"], name="alert_drafted_in_state"),
        ]


class ReceivedAlert(models.Model):
    """A CAP message someone gave us: its bytes, what we made of it, and why."""

    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the bytes, hex")
    raw = models.BinaryField()
    source = models.CharField(max_length=500)
    received_at = models.DateTimeField()
    received_by = models.CharField(max_length=128)
    verdict = models.CharField(max_length=16)
    flags = models.JSONField(default=list)
    reason = models.JSONField(null=True)
    identifier = models.CharField(max_length=500, blank=True)
    sender = models.CharField(max_length=500, blank=True)
    sent = models.CharField(max_length=64, blank=True)
    message_type = models.CharField(max_length=16, blank=True)
    summary = models.JSONField(default=dict)

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(verdict__in=("valid", "flagged", "refused")),
                name="received_alert_verdict_is_known",
            )
        ]
        indexes = [models.Index(fields=["sender", "identifier"], name="received_alert_identity")]


class ThreadLink(models.Model):
    """Where an entry that issued an alert, ours or another place's, stands in its thread.

    Computed from the entries alone, which never change; so it never changes either.
    """

    entry = models.OneToOneField(Entry, models.PROTECT, related_name="+")
    origin = models.CharField(max_length=48)
    index = models.BigIntegerField()
    about = models.CharField(max_length=160)
    first = models.BooleanField(help_text="no earlier one of its origin issued the same alert")
    root = models.BigIntegerField(help_text="index of the entry that the thread begins with")
    number = models.PositiveIntegerField(help_text="in its thread; 1 is the root")
    via = models.BigIntegerField(
        null=True, help_text="index of the entry it comes after that leads to what it follows"
    )

    class Meta:
        constraints = [
            UniqueConstraint(fields=["origin", "index"], name="thread_link_is_one_per_entry"),
            UniqueConstraint(fields=["origin", "root", "number"], name="thread_is_in_order"),
            UniqueConstraint(
                fields=["origin", "about"], condition=Q(first=True), name="thread_link_is_first"
            ),
        ]


class ThreadCursor(models.Model):
    """How far an origin's log was put into threads."""

    origin = models.CharField(max_length=48, unique=True)
    next_index = models.BigIntegerField(default=0)
