"""`sameboat region`: check a region pack, before anybody relies on it."""

import json
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sameboat.cli.region_load import list_packs, load
from sameboat.cli.shown import current_language, say
from sameboat.cli.usage import App
from sameboat.lib.language import choose, mark_plural, translate, translate_count
from sameboat.lib.language import mark as _

if TYPE_CHECKING:
    from sameboat.packs.records import RegionPack

#: Faults of pack.toml that leave the folder unread.
NOT_READ = {"missing_file", "unreadable", "too_large"}

_LEVELS = {
    "province": mark_plural("{n} province", "{n} provinces"),
    "prefecture": mark_plural("{n} prefecture", "{n} prefectures"),
    "county": mark_plural("{n} county", "{n} counties"),
    "township": mark_plural("{n} township", "{n} townships"),
    "village": mark_plural("{n} village", "{n} villages"),
    "body": mark_plural("{n} body formed by places", "{n} bodies formed by places"),
}
_PLACES = mark_plural("{n} place ({levels})", "{n} places ({levels})")
_REACHES = mark_plural("{n} reach", "{n} reaches")
_SITES = mark_plural("{n} site", "{n} sites")
_EVENTS = mark_plural("{n} event", "{n} events")
_OBSERVATIONS = mark_plural("{n} observation", "{n} observations")
_SCENARIOS = mark_plural("{n} scenario", "{n} scenarios")

app = App(no_args_is_help=True, help="Region packs: places, rivers, sites, scenarios.")
app.command()(load)
app.command("list")(list_packs)


class Format(StrEnum):
    """How the answer is printed."""

    text = "text"
    json = "json"


@app.command()
def check(
    folder: Annotated[Path, typer.Argument(help="The pack's folder, the one with pack.toml.")],
    format: Annotated[Format, typer.Option(help="text for people, json for programs.")] = (
        Format.text
    ),
) -> None:
    """Name every fault of a region pack by file, line and value; change nothing.

    Exit code: 0 no fault · 1 faults were found · 2 the folder cannot be read.
    """
    from sameboat.packs import check_pack, read_pack

    faults = check_pack(folder)
    if not faults:
        from sameboat.watch.forecasts.checking import check_scenarios

        faults = check_scenarios(read_pack(folder))
    language = current_language()
    if format is Format.json:
        say(json.dumps([fault.as_dict() for fault in faults], ensure_ascii=False, indent=2))
    else:
        for fault in faults:
            say(fault.in_language(language))
    if faults:
        found = translate(_("Faults in {folder}: {count}. Mend them and check again."), language)
        typer.echo(found.format(count=len(faults), folder=folder), err=True)
        unreadable = any(f.file == "pack.toml" and f.code in NOT_READ for f in faults)
        raise typer.Exit(2 if unreadable else 1)
    if format is Format.text:
        say(_summed_up(read_pack(folder), language))


def _summed_up(pack: "RegionPack", language: str) -> str:
    """Return the pack's title, version and what it holds, counted."""
    levels = Counter(place.level for place in pack.places)
    by_level = translate(_(", "), language).join(
        translate_count(_LEVELS[level], count, language) for level, count in levels.items()
    )
    observed = sum(len(rows) for rows in pack.observations.values())
    counts = [
        translate_count(_PLACES, len(pack.places), language, levels=by_level),
        translate_count(_REACHES, len(pack.reaches), language),
        translate_count(_SITES, len(pack.sites), language),
        translate_count(_EVENTS, len(pack.events), language),
        translate_count(_OBSERVATIONS, observed, language),
        translate_count(_SCENARIOS, len(pack.scenarios), language),
    ]
    return translate(_("{title} ({id} {version}) has no fault: {counts}."), language).format(
        title=choose(pack.title, language),
        id=pack.id,
        version=pack.version,
        counts=translate(_("; "), language).join(counts),
    )
