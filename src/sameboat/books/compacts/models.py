"""Compacts in their versions, and what each signatory's log said of them."""

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from sameboat.books.compacts.states import ANSWERS, LED, STATES


class Compact(models.Model):
    """An agreement between places.  Rows are read off the logs and can be made again from them."""

    address = models.CharField(max_length=160, unique=True, help_text="<place>/compact/<uuid>")
    proposed_at = models.DateTimeField()

    class Meta:
        ordering = ["proposed_at", "pk"]


class CompactVersion(models.Model):
    """One wording of a compact, as one entry proposed it."""

    compact = models.ForeignKey(Compact, models.PROTECT, related_name="versions")
    proposal = models.CharField(max_length=160, unique=True, help_text="address of its entry")
    key = models.CharField(max_length=64, help_text="chosen by who proposed it: twice is once")
    number = models.PositiveIntegerField(help_text="one more than what it amends; 1 at first")
    amends = models.CharField(max_length=160, blank=True, help_text="the earlier proposal")
    place = models.CharField(max_length=48, help_text="who proposed it")
    names = models.JSONField(help_text="by language")
    purpose = models.JSONField(help_text="by language: what it is for")
    members = models.JSONField(help_text="codes of places, sorted")
    body = models.CharField(max_length=48, blank=True, help_text="the coordinating body, if any")
    led = models.CharField(max_length=8)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the terms: what is signed")
    state = models.CharField(max_length=16)
    proposed_at = models.DateTimeField()
    in_force_at = models.DateTimeField(null=True, help_text="when the last signatory signed")
    left = models.JSONField(default=list, help_text="members who have left since")

    class Meta:
        ordering = ["number", "proposed_at", "pk"]
        constraints = [
            CheckConstraint(condition=Q(state__in=STATES), name="compact_state_is_known"),
            CheckConstraint(condition=Q(led__in=LED), name="compact_is_led_from_somewhere"),
            UniqueConstraint(
                fields=["compact"], condition=Q(state="in_force"), name="compact_has_one_text"
            ),
        ]


class CompactAnswer(models.Model):
    """What a signatory's own log said of a proposal."""

    version = models.ForeignKey(CompactVersion, models.CASCADE, related_name="answers")
    place = models.CharField(max_length=48)
    answer = models.CharField(max_length=16)
    because = models.TextField(blank=True)
    entry = models.CharField(max_length=160, help_text="address of the entry that says it")
    by = models.CharField(max_length=160, blank=True, help_text="desk and number")
    said_at = models.DateTimeField()

    class Meta:
        ordering = ["said_at", "pk"]
        constraints = [
            CheckConstraint(condition=Q(answer__in=ANSWERS), name="compact_answer_is_known"),
            UniqueConstraint(fields=["version", "place"], name="compact_answered_once_by_each"),
        ]
