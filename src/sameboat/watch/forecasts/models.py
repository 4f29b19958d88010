"""Scenarios, observations, and forecasts with everything needed to make them again."""

from datetime import datetime
from typing import NamedTuple

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from sameboat.ground.people.models import Person
from sameboat.ground.places.models import PackLoad, Place

STATES = ("queued", "running", "made", "failed")
CASES = ("I", "II", "III", "none")
OBSERVATION_KINDS = ("value", "front", "peak", "detected", "not_detected")


class Substance(models.Model):
    """A pollutant of one load of a pack: its limit and how it fades."""

    load = models.ForeignKey(PackLoad, models.PROTECT, related_name="substances")
    key = models.CharField(max_length=64)
    names = models.JSONField()
    cas = models.CharField(max_length=32)
    limit_mg_l = models.FloatField(null=True)
    decay_per_day_20c = models.FloatField(null=True)
    decay_theta = models.FloatField(null=True)
    source = models.TextField()

    class Meta:
        constraints = [UniqueConstraint(fields=["load", "key"], name="substance_is_named_once")]


class Scenario(models.Model):
    """What happened or may happen, as a pack tells it."""

    load = models.ForeignKey(PackLoad, models.PROTECT, related_name="scenarios")
    key = models.CharField(max_length=64)
    title = models.JSONField()
    hazard = models.CharField(max_length=32)
    moves = models.CharField(max_length=16)
    origin = models.ForeignKey(Place, models.PROTECT, related_name="scenarios")
    started_at = models.DateTimeField()
    zone = models.CharField(max_length=64)
    content = models.JSONField()

    class Meta:
        constraints = [UniqueConstraint(fields=["load", "key"], name="scenario_is_named_once")]


class RecordedEvent(models.Model):
    """Something that a pack's sources say was done or said, for comparison."""

    load = models.ForeignKey(PackLoad, models.PROTECT, related_name="events")
    at = models.DateTimeField(null=True)
    date_only = models.BooleanField()
    actor = models.TextField()
    kind = models.CharField(max_length=32)
    what = models.TextField()
    places = models.JSONField()
    source = models.TextField()


class Observation(models.Model):
    """One measurement, or the news that nothing was found.  Withdrawn, never edited."""

    key = models.UUIDField(unique=True, help_text="chosen by the caller; makes a retry safe")
    place = models.ForeignKey(Place, models.PROTECT, related_name="observations")
    load = models.ForeignKey(PackLoad, models.PROTECT, related_name="observations")
    series = models.CharField(max_length=64, blank=True, help_text="file of the pack; empty: typed")
    site = models.CharField(max_length=64)
    at = models.DateTimeField()
    quantity = models.CharField(max_length=64)
    value = models.FloatField(null=True)
    below = models.FloatField(null=True, help_text="detection limit where nothing was found")
    unit = models.CharField(max_length=16)
    kind = models.CharField(max_length=16)
    error = models.FloatField(null=True)
    known_at = models.DateTimeField()
    source = models.TextField(blank=True)
    recorded_by = models.CharField(max_length=128)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(kind__in=OBSERVATION_KINDS), name="observation_kind_is_known"
            ),
            CheckConstraint(
                condition=Q(value__isnull=True) | Q(value__gte=0),
                name="observation_value_is_not_negative",
            ),
            UniqueConstraint(
                fields=["load", "series", "site", "at", "quantity", "kind"],
                condition=Q(withdrawn_at__isnull=True),
                name="observation_is_told_once",
            ),
        ]
        indexes = [models.Index(fields=["load", "site", "at"], name="observation_site")]


class Forecast(models.Model):
    """One answer to: which places does it reach, when, how strongly, how surely.

    Everything needed to make it again is in the row: the load of the pack, the scenario as it
    was, model, version, seed, parameters, and the observations used.
    """

    uuid = models.UUIDField(unique=True, help_text="UUIDv7; the end of its address")
    key = models.UUIDField(unique=True, help_text="chosen by the caller; makes a retry safe")
    place = models.ForeignKey(Place, models.PROTECT, related_name="forecasts")
    load = models.ForeignKey(PackLoad, models.PROTECT, related_name="forecasts")
    scenario_key = models.CharField(max_length=64)
    scenario = models.JSONField(help_text="the whole scenario as it was used")
    title = models.JSONField()
    hazard = models.CharField(max_length=32)
    origin = models.ForeignKey(Place, models.PROTECT, related_name="+")
    started_at = models.DateTimeField(help_text="when the harm began")
    members = models.PositiveIntegerField()
    seed = models.BigIntegerField()
    until = models.DateTimeField(null=True, help_text="nothing known later was used")
    observations = models.ManyToManyField(Observation, related_name="forecasts")
    state = models.CharField(max_length=16)
    requested_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True)
    model = models.CharField(max_length=64, blank=True)
    model_version = models.CharField(max_length=32, blank=True)
    parameters = models.JSONField(default=dict)
    case = models.CharField(max_length=8, blank=True)
    result = models.JSONField(null=True, help_text="the answer as `sameboat forecast` prints it")
    map_hours = models.JSONField(
        default=list, help_text="hours since started_at at which presence is told"
    )
    reaches = models.JSONField(default=dict, help_text="reach key -> what is told of it on the map")
    members_digest = models.CharField(max_length=64, blank=True, help_text="file of member arrays")
    notices = models.JSONField(default=list)
    failure = models.JSONField(null=True, help_text="{name, facts} of the refusal")
    earlier = models.ForeignKey("self", models.PROTECT, null=True, related_name="later")

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(state__in=STATES), name="forecast_state_is_known"),
            CheckConstraint(condition=Q(members__gt=0), name="forecast_has_members"),
            CheckConstraint(
                condition=~Q(state="made") | Q(result__isnull=False, made_at__isnull=False),
                name="forecast_made_has_an_answer",
            ),
            CheckConstraint(
                condition=Q(case__in=CASES) | Q(case=""), name="forecast_case_is_known"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-requested_at"], name="forecast_newest"),
            models.Index(fields=["requested_at"], name="forecast_requested"),
            models.Index(fields=["state", "made_at"], name="forecast_made"),
        ]


class Moments(NamedTuple):
    """When, as the 10th, 50th and 90th percentile of the members that reach the target."""

    p10: datetime
    p50: datetime
    p90: datetime


class ForecastTarget(models.Model):
    """What one forecast says of one site or place at one threshold."""

    forecast = models.ForeignKey(Forecast, models.CASCADE, related_name="targets")
    kind = models.CharField(max_length=8, help_text="site or place")
    code = models.CharField(max_length=64, help_text="place code or site key")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    threshold = models.PositiveSmallIntegerField(help_text="position in the list of thresholds")
    p_reached = models.FloatField()
    arrival_p10 = models.DateTimeField(null=True)
    arrival_p50 = models.DateTimeField(null=True)
    arrival_p90 = models.DateTimeField(null=True)
    peak_at_p10 = models.DateTimeField(null=True)
    peak_at_p50 = models.DateTimeField(null=True)
    peak_at_p90 = models.DateTimeField(null=True)
    cleared_p10 = models.DateTimeField(null=True)
    cleared_p50 = models.DateTimeField(null=True)
    cleared_p90 = models.DateTimeField(null=True)
    peak_p10 = models.FloatField(null=True)
    peak_p50 = models.FloatField(null=True)
    peak_p90 = models.FloatField(null=True)
    population = models.BigIntegerField(null=True)
    presence = models.JSONField(
        default=list, help_text="per mille of members above the threshold at each map time"
    )

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["forecast", "kind", "code", "threshold"], name="target_is_answered_once"
            ),
            CheckConstraint(
                condition=Q(p_reached__gte=0, p_reached__lte=1), name="target_p_is_a_probability"
            ),
        ]
        indexes = [models.Index(fields=["code", "-forecast"], name="target_code")]

    @property
    def arrival(self) -> Moments | None:
        """Return when the threshold is first exceeded; None where no member reaches it."""
        if self.arrival_p10 is None or self.arrival_p50 is None or self.arrival_p90 is None:
            return None
        return Moments(self.arrival_p10, self.arrival_p50, self.arrival_p90)


class ForecastSeries(models.Model):
    """The band of the ensemble at one site, or in one place, for its chart."""

    forecast = models.ForeignKey(Forecast, models.CASCADE, related_name="series")
    site = models.CharField(max_length=64)
    times = models.JSONField(help_text="UTC, ISO 8601")
    p10 = models.JSONField()
    p50 = models.JSONField()
    p90 = models.JSONField()

    class Meta:
        constraints = [UniqueConstraint(fields=["forecast", "site"], name="series_is_one_per_site")]
