"""The river network of a pack: nodes, reaches, the stretch of each place, sites."""

from collections import defaultdict
from pathlib import Path

from sameboat.lib.fault import Fault
from sameboat.lib.language import mark as _
from sameboat.packs.numbers import number_of, required
from sameboat.packs.places import code_of, property_of, read_features
from sameboat.packs.records import Reach, Site, Stretch
from sameboat.packs.text import Row, Unreadable, listed, read_text, rows_of

NODE_COLUMNS = ("node", "lon", "lat")
REACH_COLUMNS = (
    "reach", "name_zh", "name_en", "from_node", "to_node", "length_km", "share",
    "drainage_area_km2", "mean_discharge_m3s", "slope", "width_m", "schematic", "source",
)  # fmt: skip
STRETCH_COLUMNS = ("reach", "place", "start", "end")
SITE_COLUMNS = (
    "site",
    "name_zh",
    "name_en",
    "kind",
    "place",
    "lon",
    "lat",
    "reach",
    "fraction",
    "source",
)
SITE_KINDS = ("gauge", "intake", "plant", "dam", "care_home", "outfall")
Line = tuple[tuple[float, float], ...]


def read_reaches(folder: Path, faults: list[Fault]) -> tuple[Reach, ...]:
    """Read the network: every reach hangs on two nodes, none leads back to itself."""
    nodes = listed("nodes.csv", _read_nodes(folder, faults), faults)
    lines = _read_lines(folder, faults)
    rows = list(_table(folder, "reaches.csv", REACH_COLUMNS, faults))
    reaches = [_reach(row, lines, faults) for row in rows]
    _no_duplicates(rows, "reach", faults)
    for row in rows:
        for column in ("from_node", "to_node"):
            if row[column] and row[column] not in nodes:
                faults.append(
                    row.fault(
                        "dangling_reach",
                        column,
                        _("is not listed in nodes.csv: the reach hangs in the air."),
                        next_step=_("Add the node, or name the right one."),
                    )
                )
    _check_cycles(rows, reaches, faults)
    _check_shares(rows, reaches, faults)
    known = listed("reaches.csv", (reach.key for reach in reaches), faults)
    for key in sorted(key for key in lines if key not in known):
        faults.append(
            Fault(
                "unknown_reach",
                _("is drawn but not listed in reaches.csv."),
                file="reaches.geojson",
                field="reach",
                value=key,
                next_step=_("Add the reach there, or take its line out."),
            )
        )
    return tuple(reaches)


def _table(folder: Path, name: str, columns: tuple[str, ...], faults: list[Fault]) -> list[Row]:
    if not (folder / name).exists():
        return []
    try:
        return list(rows_of(read_text(folder / name, name), name, columns, faults))
    except Unreadable as problem:
        faults.append(problem.fault)
        return []


def _read_nodes(folder: Path, faults: list[Fault]) -> set[str]:
    if (folder / "reaches.csv").exists() and not (folder / "nodes.csv").exists():
        faults.append(
            Fault(
                "missing_file",
                _("the file is not there."),
                file="nodes.csv",
                next_step=_("Add it; docs/reference/region-pack.md shows its columns."),
            )
        )
    rows = _table(folder, "nodes.csv", NODE_COLUMNS, faults)
    _no_duplicates(rows, "node", faults)
    for row in rows:
        number_of(row, "lon", faults, least=-180, most=180)
        number_of(row, "lat", faults, least=-90, most=90)
    return {required(row, "node", faults) for row in rows}


def _read_lines(folder: Path, faults: list[Fault]) -> dict[str, Line]:
    name = "reaches.geojson"
    if not (folder / name).exists():
        return {}
    lines: dict[str, Line] = {}
    for position, feature in enumerate(read_features(folder / name, name, faults)):
        key = property_of(feature, "reach")
        try:
            line = tuple(
                (float(point[0]), float(point[1])) for point in feature["geometry"]["coordinates"]
            )
            good = len(line) >= 2 and all(-180 <= x <= 180 and -90 <= y <= 90 for x, y in line)
        except (KeyError, TypeError, ValueError, IndexError):
            good = False
        if not good or key in lines:
            faults.append(
                Fault(
                    "invalid_line",
                    _("is not one line of two or more points in lon, lat."),
                    file=name,
                    field=f"features[{position}]",
                    value=key,
                    next_step=_("Draw it as one LineString, in the direction the water runs."),
                )
            )
            continue
        lines[key] = line
    return lines


def _reach(row: Row, lines: dict[str, Line], faults: list[Fault]) -> Reach:
    key = required(row, "reach", faults)
    required(row, "from_node", faults)
    required(row, "to_node", faults)
    required(row, "length_km", faults)
    length = number_of(row, "length_km", faults, least=0.001, most=10_000)
    if row["schematic"] not in {"0", "1"}:
        faults.append(
            row.fault("unknown_value", "schematic", _("is none of those known."), allowed="0, 1")
        )
    return Reach(
        key=key,
        names={tag: name for tag, name in _names(row).items() if name},
        from_node=row["from_node"],
        to_node=row["to_node"],
        length_km=length or 0.001,
        line=lines.get(key, ()),
        share=number_of(row, "share", faults, least=0, most=1),
        drainage_area_km2=number_of(row, "drainage_area_km2", faults, least=0.01, most=8e6),
        mean_discharge_m3s=number_of(row, "mean_discharge_m3s", faults, least=1e-4, most=3e5),
        slope=number_of(row, "slope", faults, least=1e-7, most=1),
        width_m=number_of(row, "width_m", faults, least=0.1, most=50_000),
        schematic=row["schematic"] != "0",
        source=row["source"],
    )


def _names(row: Row) -> dict[str, str]:
    return {"zh-Hans": row["name_zh"], "en": row["name_en"]}


def _no_duplicates(rows: list[Row], column: str, faults: list[Fault]) -> None:
    seen: set[str] = set()
    for row in rows:
        if row[column] and row[column] in seen:
            faults.append(
                row.fault("duplicate", column, _("stands twice."), next_step=_("Keep one line."))
            )
        seen.add(row[column])


def _check_cycles(rows: list[Row], reaches: list[Reach], faults: list[Fault]) -> None:
    """Name each reach from which water would come back to its own start (Kahn's order)."""
    leaving: dict[str, list[int]] = defaultdict(list)
    waiting: dict[str, int] = defaultdict(int)
    for position, reach in enumerate(reaches):
        leaving[reach.from_node].append(position)
        waiting[reach.to_node] += 1
    ready = [node for node in leaving if not waiting[node]]
    dry = set(range(len(reaches)))
    while ready:
        for position in leaving.pop(ready.pop(), ()):
            dry.discard(position)
            node = reaches[position].to_node
            waiting[node] -= 1
            if not waiting[node]:
                ready.append(node)
    for position in sorted(dry):
        if _returns(reaches, position, dry):
            faults.append(
                rows[position].fault(
                    "cycle",
                    "to_node",
                    _("the river leads back to where the reach begins."),
                    next_step=_("Turn one reach round, or take it out."),
                )
            )


def _returns(reaches: list[Reach], start: int, among: set[int]) -> bool:
    goal, seen, nodes = reaches[start].from_node, set(), [reaches[start].to_node]
    while nodes:
        node = nodes.pop()
        if node == goal:
            return True
        if node not in seen:
            seen.add(node)
            nodes += [reaches[p].to_node for p in among if reaches[p].from_node == node]
    return False


def _check_shares(rows: list[Row], reaches: list[Reach], faults: list[Fault]) -> None:
    leaving: dict[str, list[int]] = defaultdict(list)
    for position, reach in enumerate(reaches):
        leaving[reach.from_node].append(position)
    for node, positions in leaving.items():
        known = [share for p in positions if (share := reaches[p].share) is not None]
        total = sum(known)
        complete = len(known) == len(positions)
        if total > 1 + 1e-6 or (complete and abs(total - 1) > 1e-6):
            faults.append(
                rows[positions[0]].fault(
                    "shares",
                    "share",
                    _("the shares of the flow that leaves {node} add up to {total}."),
                    allowed=_("1 together"),
                    next_step=_("Mend the shares, or leave all of them empty."),
                    node=node,
                    total=f"{total:g}",
                )
            )


def read_stretches(
    folder: Path, reaches: set[str], places: set[str], faults: list[Fault]
) -> tuple[Stretch, ...]:
    """Read which part of each reach lies in which place.

    Two places may share a stretch, where the river is their border; one place has it once.
    """
    found = []
    beside: dict[tuple[str, str], list[Stretch]] = defaultdict(list)
    for row in _table(folder, "stretches.csv", STRETCH_COLUMNS, faults):
        place = code_of(row, "place", faults)
        _known(row, "reach", row["reach"], reaches, "reaches.csv", faults)
        _known(row, "place", place, places, "places.csv", faults)
        start = number_of(row, "start", faults, least=0, most=1)
        end = number_of(row, "end", faults, least=0, most=1)
        if start is None or end is None or not start < end:
            if _told_already(row, faults):
                continue
            faults.append(
                row.fault(
                    "out_of_range",
                    "end",
                    _("a stretch runs from start to a larger end."),
                    allowed="0 <= start < end <= 1",
                )
            )
            continue
        stretch = Stretch(row["reach"], place, start, end)
        for other in beside[stretch.reach, place]:
            if stretch.start < other.end and other.start < stretch.end:
                faults.append(
                    row.fault(
                        "overlap",
                        "start",
                        _("the same place has {start} … {end} of this reach already."),
                        next_step=_("Make one stretch of the two, or mend their ends."),
                        start=other.start,
                        end=other.end,
                    )
                )
        beside[stretch.reach, place].append(stretch)
        found.append(stretch)
    return tuple(found)


def _told_already(row: Row, faults: list[Fault]) -> bool:
    """Return whether the last fault is of this very line: a number outside its range."""
    return bool(faults) and (faults[-1].file, faults[-1].line) == (row.file, row.line)


def _known(
    row: Row, column: str, value: str, known: set[str], file: str, faults: list[Fault]
) -> None:
    if value not in known:
        faults.append(
            row.fault(
                "unknown_reach" if column == "reach" else "unknown_place",
                column,
                _("is not listed in {file}."),
                next_step=_("Add it there, or name the right one."),
                file=file,
            )
        )


def read_sites(
    folder: Path, reaches: set[str], places: set[str], faults: list[Fault]
) -> tuple[Site, ...]:
    """Read the sites; one on a river names its reach and where on it."""
    rows = _table(folder, "sites.csv", SITE_COLUMNS, faults)
    _no_duplicates(rows, "site", faults)
    sites = []
    for row in rows:
        place = code_of(row, "place", faults)
        _known(row, "place", place, places, "places.csv", faults)
        fraction = number_of(row, "fraction", faults, least=0, most=1)
        if row["kind"] not in SITE_KINDS:
            faults.append(
                row.fault(
                    "unknown_value",
                    "kind",
                    _("is none of those known."),
                    allowed=", ".join(SITE_KINDS),
                )
            )
        if row["reach"]:
            _known(row, "reach", row["reach"], reaches, "reaches.csv", faults)
            if not row["fraction"]:
                faults.append(
                    row.fault(
                        "empty",
                        "fraction",
                        _("the site lies on a reach but not where on it."),
                        allowed="0 … 1",
                        next_step=_("0 is where the reach begins, 1 where it ends."),
                    )
                )
        if bool(row["lon"]) != bool(row["lat"]):
            faults.append(
                row.fault(
                    "no_point",
                    "lat" if row["lon"] else "lon",
                    _("is empty, while the other half of the point is given."),
                    next_step=_("Give both, or neither."),
                )
            )
        if not row["name_zh"] and not row["name_en"]:
            faults.append(row.fault("empty", "name_zh", _("the site has no name in any language.")))
        sites.append(
            Site(
                key=required(row, "site", faults),
                names={tag: name for tag, name in _names(row).items() if name},
                kind=row["kind"],
                place=place,
                lon=number_of(row, "lon", faults, least=-180, most=180),
                lat=number_of(row, "lat", faults, least=-90, most=90),
                reach=row["reach"] or None,
                fraction=fraction,
                source=row["source"],
            )
        )
    return tuple(sites)


def read_neighbours(
    folder: Path, places: set[str], faults: list[Fault]
) -> tuple[tuple[str, str, float], ...]:
    """Read which places share a border, with its length in km."""
    found: dict[frozenset[str], tuple[str, str, float]] = {}
    for row in _table(folder, "odbl/neighbours.csv", ("place_a", "place_b", "border_km"), faults):
        codes = [code_of(row, column, faults) for column in ("place_a", "place_b")]
        for column, code in zip(("place_a", "place_b"), codes, strict=True):
            _known(row, column, code, places, "places.csv", faults)
        required(row, "border_km", faults)
        border = number_of(row, "border_km", faults, least=0)
        pair = frozenset(codes)
        if len(pair) < 2:
            faults.append(row.fault("duplicate", "place_b", _("is the same place as place_a.")))
        elif pair in found:
            faults.append(
                row.fault(
                    "duplicate",
                    "place_b",
                    _("these two places stand together on an earlier line."),
                    next_step=_("Keep one line; it holds in both directions."),
                )
            )
        else:
            found[pair] = (codes[0], codes[1], border or 0.0)
    return tuple(found.values())
