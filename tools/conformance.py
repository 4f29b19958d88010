"""Hold what we read and write against corpora and programs that other people made.

    python -m tools.conformance [cap] [tlog] --corpora ../shared/corpora

The corpora are third-party and stay out of the repository; where the folder is not there this says
so and ends well, unless `--must` is given.  A miss that we stand by is listed in ARGUED with its
reason, printed, and not counted.  Exit code: 0 no miss, 1 a miss, 2 no corpora although they must.
"""

import argparse
import copy
import csv
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from sameboat.watch.alerts.cap import CapVerdict, check_alert, write_alert
from sameboat.watch.alerts.cap.check import parse_safely
from sameboat.watch.alerts.cap.feed import alerts_in
from sameboat.watch.alerts.cap.gate import Unsafe
from sameboat.watch.alerts.cap.schema import schema_fault
from sameboat.watch.alerts.cap.shapes import geojson_of, ground_of
from tools import tlog_check, tlog_vectors
from tools.comparing import Table

#: files where we differ from the index on purpose
ARGUED = {
    "cap/valid/AT-backbone__2.0.0.1.AT.1482847571.132AT003.cap__e7990a78.xml": (
        "web is 'w'; CAP 1.2 section 3.2.2 asks for a full, absolute URI (Google refuses it too)"),
    "cap/valid/Screenly__parser.test__c4b7679f.xml": (
        "derefUri is not base 64 as section 3.2.3 asks (Google refuses it too)"),
    "cap/valid/davidciani__main.rs__37c954d8.xml": (
        "its own signature does not fit its text (the JDK says so too)"),
    "cap/valid/google__canada__5d7f39be.xml": (
        "its own signature does not fit its text (the JDK says so too)"),
}  # fmt: skip
EXPECTED = {"schema": "refused", "prose": "flagged", "tolerate": "valid"}
SLOWEST_S = 1.0
MUTANTS = 5000
#: texts put in places where they do not belong
ODD = (
    "", " ", "Actual", " Actual", "Other", "-1", "+1.50", "1e3", "12:00", "en-", "x-klingon",
    "http://a b", "%zz", "2024-02-29T24:00:00-00:00", "2023-02-29T10:00:00+01:00",
    "0000-01-01T00:00:00-00:00", "2024-01-01T10:00:00+14:01", "2024-01-01T10:00:60-00:00",
    "2024-01-01T10:00:00Z",
)  # fmt: skip
#: attacks whose index leaves the outcome open
EITHER = ("or documented reject", "accept or reject", "reject or accept", "accept up to limit",
          "bounded time", "handle in", "generic XML", "entity expansion")  # fmt: skip


def rows(folder: Path, index: str) -> Iterator[dict[str, str]]:
    with (folder / index).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def said_of(found: CapVerdict) -> str:
    return " ".join([found.verdict, *found.flags, found.reason.code if found.reason else ""])


def mutated(folder: Path) -> Table:
    """One defect per file: schema -> refused, prose -> flagged, tolerate -> valid."""
    table = Table("cap/mutated: verdict as its category asks", ARGUED)
    for row in rows(folder, "cap/mutated/index.csv"):
        found = check_alert((folder / row["file"]).read_bytes())
        category = Path(row["file"]).name.partition("__")[0]
        table.expect(row["file"], found.verdict == EXPECTED[category], said_of(found))
    return table


def collected(folder: Path) -> Table:
    """Real and fixture messages: refused by OASIS -> refused; lint errors or 1.1 -> flagged."""
    table = Table("cap/valid, cap/invalid, CAP 1.1 suite: verdict", ARGUED)
    for row in rows(folder, "cap/index.csv"):
        found = check_alert((folder / row["file"]).read_bytes())
        expected = (
            "refused" if row["xsd_valid"] == "0"
            else "flagged" if row["lint_errors"] or row["version"] != "1.2"
            else "valid"
        )  # fmt: skip
        table.expect(row["file"], found.verdict == expected, f"{said_of(found)}, not {expected}")
    return table


def schemas(folder: Path) -> Table:
    """Our schema agrees with those of OASIS (1.0: Google's) on every file that parses."""
    table = Table("our schema = the OASIS schema", ARGUED)
    theirs = {
        "1.2": etree.XMLSchema(etree.parse(folder / "cap/schema/CAP-v1.2-oasis.xsd")),
        "1.1": etree.XMLSchema(etree.parse(folder / "cap/schema/CAP-v1.1-oasis.xsd")),
        "1.0": etree.XMLSchema(etree.parse(folder / "cap/schema/cap10-google.xsd")),
    }
    for path in sorted([*(folder / "cap").rglob("*.xml"), *(folder / "xml-attacks").iterdir()]):
        try:
            root = parse_safely(path.read_bytes())
        except Unsafe:
            continue
        for version, schema in theirs.items():
            ours = schema_fault(root, version) is None
            name = str(path.relative_to(folder))
            table.expect(name, ours == schema.validate(root), f"{version}: ours says {ours}")
    return table


def mutants(folder: Path) -> Table:
    """Our schema agrees with the OASIS one on messages broken at random (fixed seed)."""
    table = Table("our schema = the OASIS schema, on random mutants", ARGUED)
    theirs = etree.XMLSchema(etree.parse(folder / "cap/schema/CAP-v1.2-oasis.xsd"))
    chance = random.Random(1)
    paths = sorted((folder / "cap/valid").glob("*.xml"))
    for number in range(MUTANTS):
        path = chance.choice(paths)
        root = parse_safely(path.read_bytes())
        for _step in range(chance.randint(1, 2)):
            mutate(root, chance)
        ours = schema_fault(root, "1.2") is None
        name = f"mutant {number} of {path.name}"
        table.expect(name, ours == theirs.validate(root), f"ours says {ours}")
    return table


def mutate(root: etree._Element, chance: random.Random) -> None:
    """Break one element: drop, double, move, rename, rewrite, decorate or fill it."""
    elements = list(root.iter())
    element = chance.choice(elements[1:] or elements)
    parent = element.getparent()
    other = chance.choice(elements)
    deed = chance.randrange(7)
    if parent is None or deed == 5:
        element.set("id", "x")
    elif deed == 0:
        parent.remove(element)
    elif deed == 1:
        parent.append(copy.deepcopy(element))
    elif deed == 2:
        parent.insert(chance.randrange(len(parent)), element)
    elif deed == 3:
        element.tag = other.tag
    elif deed == 4:
        element.text = other.text if chance.random() < 0.5 else chance.choice(ODD)
    else:
        element.tail = chance.choice(["x", " ", ""])


def written(folder: Path) -> Table:
    """What we write is valid by the OASIS schema, by our check, and reads back equal."""
    table = Table("written again: valid by the OASIS schema, equal", ARGUED)
    schema = etree.XMLSchema(etree.parse(folder / "cap/schema/CAP-v1.2-oasis.xsd"))
    for row in rows(folder, "cap/index.csv"):
        found = check_alert((folder / row["file"]).read_bytes())
        if found.verdict != "valid" or found.alert is None:
            continue
        raw = write_alert(found.alert)
        again = check_alert(raw)
        good = schema.validate(etree.fromstring(raw)) and again.alert == found.alert
        table.expect(row["file"], good, again.verdict)
    return table


def attacks(folder: Path) -> Table:
    """Hostile and broken XML: refused or read as the index asks, and soon."""
    table = Table(f"xml-attacks: as the index asks, each within {SLOWEST_S:g} s", ARGUED)
    for row in rows(folder, "xml-attacks/index.csv"):
        raw = (folder / "xml-attacks" / row["file"]).read_bytes()
        began = time.perf_counter()
        found = check_alert(raw)
        took = time.perf_counter() - began
        expected = row["expected"]
        if any(each in expected for each in EITHER):
            held = True
        elif expected.startswith(("reject", "schema", "policy")):
            held = found.verdict == "refused"
        elif "invalid" in expected:
            held = found.verdict in ("flagged", "refused")
        else:
            held = found.verdict != "refused"
        said = f"{said_of(found)} after {took:.2f} s, expected: {expected}"
        quiet = "root:" not in said_of(found) + str(found.reason)
        table.expect(f"xml-attacks/{row['file']}", held and took < SLOWEST_S and quiet, said)
    return table


def drawn(folder: Path) -> Table:
    """Every area that can be read becomes a valid shape inside the map."""
    table = Table("areas: valid shapes, none beyond 180 degrees", ARGUED)
    for path in sorted((folder / "xml-attacks").glob("geo_*")) + sorted(
        (folder / "cap").rglob("*.xml")
    ):
        alert = check_alert(path.read_bytes()).alert
        for info in alert.infos if alert else ():
            for area in info.areas:
                shape, geometry = ground_of(area), geojson_of(area)
                west, south, east, north = shape.bounds if not shape.is_empty else (0, 0, 0, 0)
                inside = west >= -180 and east <= 180 and south >= -90 and north <= 90
                name = str(path.relative_to(folder))
                table.expect(name, shape.is_valid and inside, geometry["type"])
    return table


def feeds(folder: Path) -> Table:
    """Every alert inside a feed is found."""
    table = Table("feeds: every alert inside is found", ARGUED)
    for row in rows(folder, "feeds/index.csv"):
        raw = (folder / "feeds" / row["file"]).read_bytes()
        try:
            found = len(alerts_in(raw))
        except Unsafe as unsafe:
            table.expect(row["file"], row["embedded_alerts"] == "0", unsafe.fault.code)
            continue
        # The index counts "embedded" messages; a feed whose one entry is a link has none.
        table.expect(row["file"], found == int(row["embedded_alerts"]) or not found, str(found))
    return table


def cap_tables(corpora: Path, _asked: argparse.Namespace) -> Iterator[Table]:
    for compare in (mutated, collected, schemas, mutants, written, attacks, drawn, feeds):
        yield compare(corpora)


def tlog_tables(corpora: Path, asked: argparse.Namespace) -> Iterator[Table]:
    for compare in tlog_vectors.ALL:
        yield compare(corpora / "tlog")
    with tempfile.TemporaryDirectory() as folder:
        source = corpora.parent / "tools/tlogcheck"
        program = asked.tlogcheck or tlog_check.build(source, Path(folder))
        if isinstance(program, str):
            print(f"tlogcheck: {program}; nobody else judged our logs.", file=sys.stderr)
            return
        yield tlog_check.judge_logs(program)
        yield tlog_check.judge_witness(program)


#: part -> the file without which it has nothing to compare, and its tables
PARTS = {
    "cap": ("cap/index.csv", cap_tables),
    "tlog": ("tlog/note_vectors.json", tlog_tables),
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description="Hold what we read and write against corpora.")
    parser.add_argument("part", nargs="*", help=f"{', '.join(PARTS)}; all without")
    parser.add_argument("--corpora", type=Path, default=Path("../shared/corpora"))
    parser.add_argument("--must", action="store_true", help="fail where the folder is not there")
    parser.add_argument("--tlogcheck", type=Path, help="the program, where it is built already")
    asked = parser.parse_args()
    if unknown := set(asked.part) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}; there are: {', '.join(PARTS)}")
    tables = []
    for part in asked.part or PARTS:
        needed, make = PARTS[part]
        if not (asked.corpora / needed).is_file():
            print(f"{asked.corpora}: no corpora of {part} here.", file=sys.stderr)
            if asked.must:
                return 2
            continue
        tables += make(asked.corpora, asked)
    counts: Counter[str] = Counter()
    if tables:
        print(f"{'compared':58} {'held':>6} {'argued':>6} {'missed':>6}")
    for table in tables:
        print(f"{table.name:58} {table.held:6} {len(table.argued):6} {len(table.missed):6}")
        counts["missed"] += len(table.missed)
    for table in tables:
        for line in table.argued:
            print(f"argued: {line}")
        for line in table.missed:
            print(f"MISSED: {line}", file=sys.stderr)
    return 1 if counts["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
