"""Places, sites and rivers, as each load of a region pack knew them."""

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from sameboat.lib.codes import LEVELS

GROUNDS = ("boundary", "point", "inherited")


def _share(name: str) -> CheckConstraint:
    inside = Q(**{f"{name}__gte": 0, f"{name}__lte": 1})
    return CheckConstraint(
        condition=Q(**{f"{name}__isnull": True}) | inside, name=f"place_version_{name}_is_a_share"
    )


class PackLoad(models.Model):
    """One version of one region pack, read into this node.  Written once, never edited."""

    pack = models.CharField(max_length=64)
    version = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, help_text="SHA-256 over the pack's files, hex")
    title = models.JSONField()
    zone = models.CharField(max_length=64)
    licences = models.JSONField(help_text="[{id, attribution, files, url}]")
    sources = models.JSONField()
    valid_from = models.DateTimeField(null=True, help_text="the network is described from then")
    loaded_at = models.DateTimeField()
    loaded_by = models.CharField(max_length=128)

    class Meta:
        constraints = [UniqueConstraint(fields=["pack", "version"], name="pack_version_loads_once")]

    def __str__(self) -> str:
        return f"{self.pack} {self.version}"


class Place(models.Model):
    """Ground, or a body formed by places, with someone answerable for it.  Identity only."""

    code = models.CharField(max_length=48, unique=True)

    def __str__(self) -> str:
        return self.code


class PlaceVersion(models.Model):
    """What one load of a pack knew of a place."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="versions")
    load = models.ForeignKey(PackLoad, models.PROTECT, related_name="place_versions")
    current = models.BooleanField(help_text="the newest that this node has of the place")
    names = models.JSONField(help_text="BCP 47 tag -> name")
    search_text = models.TextField(help_text="code and names, one a line, lower case")
    level = models.CharField(max_length=16)
    parent = models.ForeignKey(Place, models.PROTECT, null=True, related_name="child_versions")
    path = models.CharField(max_length=320, help_text="codes from the root, each closed by /")
    population = models.BigIntegerField(null=True, help_text="residents; null where not known")
    share_60 = models.FloatField(null=True)
    share_65 = models.FloatField(null=True)
    share_80 = models.FloatField(null=True)
    ground = models.CharField(max_length=16)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    boundary = models.BinaryField(null=True, help_text="WKB, EPSG:4326")
    zone = models.CharField(max_length=64)
    licence = models.CharField(max_length=64)
    valid_from = models.DateTimeField()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["place", "load"], name="place_has_one_version_per_load"),
            UniqueConstraint(
                fields=["place"], condition=Q(current=True), name="place_has_one_current_version"
            ),
            CheckConstraint(condition=Q(level__in=LEVELS), name="place_version_level_is_known"),
            CheckConstraint(condition=Q(ground__in=GROUNDS), name="place_version_ground_is_known"),
            CheckConstraint(
                condition=Q(population__isnull=True) | Q(population__gte=0),
                name="place_version_population_is_not_negative",
            ),
            CheckConstraint(
                condition=~Q(ground="boundary") | Q(boundary__isnull=False),
                name="place_version_boundary_is_there",
            ),
            _share("share_60"),
            _share("share_65"),
            _share("share_80"),
        ]
        indexes = [
            models.Index(fields=["current", "path"], name="place_version_tree"),
            models.Index(fields=["current", "parent"], name="place_version_children"),
        ]

    def __str__(self) -> str:
        return f"{self.place_id} in {self.load_id}"


class Neighbour(models.Model):
    """Two places that share a border, as one load of a pack knew it."""

    load = models.ForeignKey(PackLoad, models.PROTECT, related_name="neighbours")
    place = models.ForeignKey(Place, models.PROTECT, related_name="neighbours")
    other = models.ForeignKey(Place, models.PROTECT, related_name="+")
    border_km = models.FloatField()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["load", "place", "other"], name="neighbour_is_told_once")
        ]


class Reach(models.Model):
    """A stretch of river between two nodes; water runs from `from_node` to `to_node`."""

    load = models.ForeignKey(PackLoad, models.PROTECT, related_name="reaches")
    key = models.CharField(max_length=64)
    names = models.JSONField()
    from_node = models.CharField(max_length=64)
    to_node = models.CharField(max_length=64)
    length_km = models.FloatField()
    line = models.JSONField(help_text="[[lon, lat]], downstream order")
    share = models.FloatField(null=True, help_text="of the flow where the river divides")
    drainage_area_km2 = models.FloatField(null=True)
    mean_discharge_m3s = models.FloatField(null=True)
    slope = models.FloatField(null=True)
    width_m = models.FloatField(null=True)
    schematic = models.BooleanField()
    source = models.TextField()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["load", "key"], name="reach_key_is_unique_in_a_load"),
            CheckConstraint(condition=Q(length_km__gt=0), name="reach_has_length"),
        ]


class Stretch(models.Model):
    """The part of a reach that lies in one place, as fractions of its length."""

    reach = models.ForeignKey(Reach, models.PROTECT, related_name="stretches")
    place = models.ForeignKey(Place, models.PROTECT, related_name="stretches")
    start = models.FloatField()
    end = models.FloatField()

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(start__gte=0, end__lte=1, end__gt=models.F("start")),
                name="stretch_lies_on_its_reach",
            )
        ]


class Site(models.Model):
    """A thing that can do or suffer harm: gauge, intake, plant, dam, care home, outfall."""

    load = models.ForeignKey(PackLoad, models.PROTECT, related_name="sites")
    key = models.CharField(max_length=64)
    names = models.JSONField()
    kind = models.CharField(max_length=32)
    place = models.ForeignKey(Place, models.PROTECT, related_name="sites")
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    reach = models.ForeignKey(Reach, models.PROTECT, null=True, related_name="sites")
    fraction = models.FloatField(null=True)
    source = models.TextField()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["load", "key"], name="site_key_is_unique_in_a_load"),
        ]
