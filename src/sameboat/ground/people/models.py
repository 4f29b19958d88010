"""People of this node, their roles and tokens, and the journal of the house."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from sameboat.ground.places.models import Place

ROLES = ("viewer", "duty_officer", "approver", "administrator")
SCOPES = ("read", "forecast", "alert")


class Person(AbstractUser):
    """Someone who signs in.  Entries name only the desk and the number, never the person."""

    desk = models.CharField(max_length=32, default="duty")
    number = models.PositiveIntegerField(unique=True, help_text="opaque staff number")
    language = models.CharField(max_length=8, default="zh-Hans")

    REQUIRED_FIELDS = ["number"]

    class Meta:
        verbose_name = "person"

    def sees(self) -> list[str]:
        """Return the topmost places that the person may see; every role lets one look."""
        if not self.is_active:
            return []
        return sorted(set(self.roles.values_list("place__code", flat=True)))


class Role(models.Model):
    """What a person may do, all year, at a place and everything below it."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="roles")
    place = models.ForeignKey(Place, models.PROTECT, related_name="roles")
    kind = models.CharField(max_length=16)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["person", "place", "kind"], name="role_is_given_once"),
            CheckConstraint(condition=Q(kind__in=ROLES), name="role_kind_is_known"),
        ]


class AccessToken(models.Model):
    """A key for a program that acts for one person within scopes.  Only its digest is kept."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField()
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class JournalLine(models.Model):
    """What happened inside the house.  The database refuses to change or delete it."""

    at = models.DateTimeField()
    by = models.CharField(max_length=128, help_text="desk and number, or the worker")
    place = models.CharField(max_length=48)
    what = models.CharField(max_length=64, help_text="sign_in, role.given, alert.submitted …")
    about = models.CharField(max_length=160, blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["what", "at"], name="journal_what")]
