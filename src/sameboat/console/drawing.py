"""The server's own map: GeoJSON as shapes of an SVG, readable without JavaScript and in print."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from math import cos, radians
from typing import Any

WIDTH = 1000.0  #: of the viewBox; the page scales it
_MARGIN = 64.0
_TALLEST, _FLATTEST = 1.0, 0.45  #: height of the map as a share of its width
_KM_PER_DEGREE = 111.195
_ROUND_KM = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_LINE = 16.0  #: height of a label
_RANK = {"origin": 0, "place": 1, "site": 2}
_PHONE = 2.9  #: size of names on a phone, as map.css has it
_MARK = 9.0  #: half of a place's mark
_CELL = 8.0  #: of the grid that knows where the river is
#: where a name may stand: beside its mark, above, below, at a corner
_AROUND = (
    (14, 5, "start"), (-14, 5, "end"), (0, -14, "middle"), (0, 22, "middle"),
    (9, -9, "start"), (9, 18, "start"), (-9, -9, "end"), (-9, 18, "end"),
)  # fmt: skip
#: From more reaches on, rivers are drawn finer, as map.js does.
MANY_REACHES = 60
_Box = tuple[float, float, float, float]


@dataclass
class Shape:
    """One feature ready to be drawn."""

    kind: str  #: place, reach or site
    code: str
    name: str
    path: str = ""  #: of polygons and lines
    x: float | None = None
    y: float | None = None
    told: str = ""  #: class of the colour: p0 … p9, a0 … a9, or nothing
    schematic: bool = False
    front: bool = False
    probability: float | None = None


@dataclass
class Label:
    """A name that found room."""

    x: float
    y: float
    text: str
    anchor: str
    minor: bool  #: left out where the map is small
    code: str = ""


@dataclass
class Drawing:
    """An SVG map: shapes from back to front, labels, scale bar."""

    height: int
    shapes: list[Shape] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    scale_width: float = 0.0
    scale_km: int = 0

    @property
    def scale_x(self) -> float:
        """Where the scale bar ends."""
        return round(24 + self.scale_width, 1)

    @property
    def scale_y(self) -> int:
        """Where the scale bar lies."""
        return self.height - 16

    @property
    def scale_y0(self) -> int:
        """Where the ticks of the scale bar begin."""
        return self.height - 24

    def of(self, kind: str, *, pointed: bool = False) -> list[Shape]:
        """Return the shapes of one kind, with an outline or as points."""
        return [s for s in self.shapes if s.kind == kind and (s.x is not None) == pointed]

    @property
    def lands(self) -> list[Shape]:
        """Places with an outline."""
        return self.of("place")

    @property
    def rivers(self) -> list[Shape]:
        """Reaches."""
        return self.of("reach")

    @property
    def fine(self) -> bool:
        """Whether rivers are drawn finer: hundreds of reaches would hide the places."""
        return len(self.rivers) > MANY_REACHES

    @property
    def dots(self) -> list[Shape]:
        """Places known by a point."""
        return self.of("place", pointed=True)

    @property
    def sites(self) -> list[Shape]:
        """Sites."""
        return self.of("site", pointed=True)


class Frame:
    """Longitude and latitude to the viewBox: equirectangular at the middle latitude."""

    def __init__(self, points: Iterable[tuple[float, float]]) -> None:
        known = list(points) or [(0.0, 0.0), (1.0, 1.0)]
        self.west, self.east = min(p[0] for p in known), max(p[0] for p in known)
        self.south, self.north = min(p[1] for p in known), max(p[1] for p in known)
        self.squeeze = cos(radians((self.south + self.north) / 2))
        across = max((self.east - self.west) * self.squeeze, 0.02)
        up = max(self.north - self.south, 0.02)
        room = WIDTH - 2 * _MARGIN
        self.height = min(max(up / across, _FLATTEST), _TALLEST) * WIDTH
        self.zoom = min(room / across, (self.height - 2 * _MARGIN) / up)
        self.left = (WIDTH - across * self.zoom) / 2
        self.top = (self.height - up * self.zoom) / 2

    def at(self, point: Iterable[float]) -> tuple[float, float]:
        """Return x and y of [lon, lat]."""
        lon, lat = list(point)[:2]
        return (
            round(self.left + (lon - self.west) * self.squeeze * self.zoom, 1),
            round(self.top + (self.north - lat) * self.zoom, 1),
        )


def draw(
    collection: Mapping[str, Any],
    *,
    by: str = "chance",
    hour: int | None = None,
    origin: str = "",
    letters: float = 1.4,
    around: Collection[str] = (),
) -> Drawing:
    """Return the map coloured by the chance of being reached, at one map hour, or by arrival.

    `by` is "chance" or "arrival"; `hour` is a position in the collection's `hours`; `letters` is
    the size of names where the drawing is shown smaller than it is; `around`: codes of places
    that fill the drawing, whatever lies beyond.
    """
    features = [each for each in collection["features"] if each.get("geometry")]
    framed = [each for each in features if each["properties"].get("code") in around] or features
    frame = Frame(point for each in framed for point in _points(each["geometry"]))
    drawing = Drawing(height=round(frame.height))
    span = _span(features)
    for feature in features:
        drawing.shapes.append(_shape(feature, frame, by, hour, span))
    if hour is not None:
        _mark_front(drawing.shapes, features, collection, hour)
    drawing.labels = _labels(drawing.shapes, drawing.height, origin, letters)
    drawing.scale_km, drawing.scale_width = _scale(frame)
    return drawing


def arrival_step(arrival: str | None, span: tuple[datetime, datetime] | None) -> int | None:
    """Return the step of the arrival scale, 0 the soonest, 9 the last."""
    if arrival is None or span is None:
        return None
    length = (span[1] - span[0]).total_seconds()
    since = (datetime.fromisoformat(arrival) - span[0]).total_seconds()
    return min(9, int(10 * since / length)) if length > 0 else 0


def _shape(
    feature: Mapping[str, Any],
    frame: Frame,
    by: str,
    hour: int | None,
    span: tuple[datetime, datetime] | None,
) -> Shape:
    told, geometry = feature["properties"], feature["geometry"]
    chance = told.get("p")
    if hour is not None:
        presence = told.get("presence") or []
        chance = presence[hour] / 1000 if hour < len(presence) else None
    shape = Shape(
        kind=told.get("kind", "place"), code=told.get("code", ""), name=told.get("name", ""),
        schematic=bool(told.get("schematic")), probability=chance,
    )  # fmt: skip
    if by == "arrival":
        step = arrival_step(told.get("arrival_p50"), span) if (told.get("p") or 0) >= 0.1 else None
        shape.told = "" if step is None else f"a{step}"
    elif chance is not None and chance >= 0.005:
        shape.told = f"p{min(9, int(chance * 10))}"
    if geometry["type"] == "Point":
        shape.x, shape.y = frame.at(geometry["coordinates"])
    else:
        shape.path = _path(geometry, frame)
    return shape


def _span(features: Iterable[Mapping[str, Any]]) -> tuple[datetime, datetime] | None:
    known = [
        datetime.fromisoformat(each["properties"]["arrival_p50"])
        for each in features
        if each["properties"].get("arrival_p50") and (each["properties"].get("p") or 0) >= 0.1
    ]
    return (min(known), max(known)) if known else None


def _mark_front(
    shapes: list[Shape],
    features: list[Mapping[str, Any]],
    collection: Mapping[str, Any],
    hour: int,
) -> None:
    """The front is a band: the reaches where it may be arriving at this hour."""
    started = datetime.fromisoformat(collection["started_at"])
    hours = collection["hours"]
    if hour >= len(hours):
        return
    for shape, feature in zip(shapes, features, strict=True):
        told = feature["properties"]
        if shape.kind != "reach" or not told.get("arrival_p10") or not told.get("arrival_p90"):
            continue
        ends = [
            (datetime.fromisoformat(told[name]) - started).total_seconds() / 3600
            for name in ("arrival_p10", "arrival_p90")
        ]
        shape.front = ends[0] <= hours[hour] <= ends[1]


def _labels(shapes: list[Shape], height: float, origin: str, letters: float) -> list[Label]:
    """Place names where they touch no other name: the origin first, then places, then sites."""
    wanted = [s for s in shapes if s.kind in {"place", "site"} and s.name]
    wanted.sort(key=lambda s: (0 if s.code == origin else _RANK[s.kind], -(s.probability or 0)))
    dots = [(s.x, s.y or 0.0) for s in shapes if s.kind == "place" and s.x is not None]
    room, small = _Room(shapes, dots, height, letters), _Room(shapes, dots, height, _PHONE)
    labels, names = [], set()
    for shape in wanted:
        x, y = (shape.x, shape.y or 0.0) if shape.x is not None else _middle(shape.path)
        # The place's own name stands for a site that lies under its mark.
        under = shape.kind == "site" and any(abs(x - a) + abs(y - b) < _MARK * 2 for a, b in dots)
        if shape.name in names or under or (label := room.find(x, y, shape.name)) is None:
            continue
        room.take(label)
        names.add(shape.name)
        if small.holds(label):
            small.take(label)
        else:
            label.minor = True
        label.code = shape.code
        labels.append(label)
    return labels


class _Room:
    """What is still free for names, with letters of one size."""

    def __init__(
        self, shapes: list[Shape], dots: list[tuple[float, float]], height: float, size: float
    ) -> None:
        self.height, self.size = height, size
        self.taken: list[_Box] = []
        self.dots = [(x - _MARK, y - _MARK, x + _MARK, y + _MARK) for x, y in dots]
        self.water = {
            (int(x / _CELL), int(y / _CELL))
            for shape in shapes
            if shape.kind == "reach"
            for x, y in _along(shape.path)
        }

    def find(self, x: float, y: float, text: str) -> Label | None:
        """Return the label around a point that covers no mark, no name and least of the river."""
        grown = (self.size - 1) * 5
        found, least = None, None
        for dx, dy, anchor in _AROUND:
            label = Label(
                round(x + dx, 1),
                round(y + dy + (0 if abs(dy) < 6 else grown * (3 if dy > 0 else 0)), 1),
                text, anchor, minor=False,
            )  # fmt: skip
            if not self.holds(label):
                continue
            covered = len(self.water & self._cells(self._box(label)))
            if least is None or covered < least:
                found, least = label, covered
        return found

    def holds(self, label: Label) -> bool:
        """Return whether the label lies on the map and touches no mark and no name."""
        box = self._box(label)
        inside = box[0] > 4 and box[2] < WIDTH - 4 and box[1] > 4 and box[3] < self.height - 4
        return inside and not any(_touch(box, other) for other in (*self.taken, *self.dots))

    def take(self, label: Label) -> None:
        """Give the label its room."""
        self.taken.append(self._box(label))

    def _box(self, label: Label) -> _Box:
        wide = sum(12.5 if ord(letter) > 0x2E7F else 7.0 for letter in label.text) * self.size
        left = label.x - (
            0 if label.anchor == "start" else wide if label.anchor == "end" else wide / 2
        )
        above, below = _LINE * self.size * 0.7, 3 * self.size
        return (left - 1, label.y - above, left + wide + 1, label.y + below)

    def _cells(self, box: _Box) -> set[tuple[int, int]]:
        across = range(int(box[0] / _CELL), int(box[2] / _CELL) + 1)
        down = range(int(box[1] / _CELL), int(box[3] / _CELL) + 1)
        return {(x, y) for x in across for y in down}


def _along(path: str) -> Iterator[tuple[float, float]]:
    """Return points of a line no further apart than a cell of the grid."""
    numbers = [float(n) for n in path.replace("M", " ").replace("L", " ").split()]
    points = list(zip(numbers[::2], numbers[1::2], strict=True))
    for (x0, y0), (x1, y1) in pairwise(points):
        steps = int(max(abs(x1 - x0), abs(y1 - y0)) / _CELL) + 1
        for step in range(steps + 1):
            yield x0 + (x1 - x0) * step / steps, y0 + (y1 - y0) * step / steps


def _touch(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _scale(frame: Frame) -> tuple[int, float]:
    """Return a round number of km and its width: at most a quarter of the map."""
    per_km = frame.zoom / _KM_PER_DEGREE
    fitting = [km for km in _ROUND_KM if km * per_km <= WIDTH / 4]
    km = fitting[-1] if fitting else _ROUND_KM[0]
    return km, round(km * per_km, 1)


def _middle(path: str) -> tuple[float, float]:
    numbers = [float(n) for n in path.replace("M", " ").replace("L", " ").replace("Z", " ").split()]
    xs, ys = numbers[::2], numbers[1::2]
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


def _path(geometry: Mapping[str, Any], frame: Frame) -> str:
    return "".join(
        "M" + "L".join("{} {}".format(*frame.at(point)) for point in line) + ("Z" if ring else "")
        for line, ring in _lines(geometry)
    )


def _lines(geometry: Mapping[str, Any]) -> Iterator[tuple[list[Any], bool]]:
    kind, coordinates = geometry["type"], geometry.get("coordinates", [])
    if kind == "LineString":
        yield coordinates, False
    elif kind == "MultiLineString":
        yield from ((line, False) for line in coordinates)
    elif kind == "Polygon":
        yield from ((ring, True) for ring in coordinates)
    elif kind == "MultiPolygon":
        yield from ((ring, True) for polygon in coordinates for ring in polygon)
    elif kind == "GeometryCollection":
        for each in geometry["geometries"]:
            yield from _lines(each)


def _points(geometry: Mapping[str, Any]) -> Iterator[tuple[float, float]]:
    if geometry["type"] == "Point":
        yield tuple(geometry["coordinates"][:2])
        return
    for line, _ring in _lines(geometry):
        yield from ((point[0], point[1]) for point in line)
