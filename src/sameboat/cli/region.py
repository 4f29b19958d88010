"""`sameboat region`: check a region pack, before anybody relies on it."""

import json
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sameboat.cli.region_load import list_packs, load
from sameboat.cli.shown import current_language, say
from sameboat.cli.usage import App
from sameboat.lib.language import choose, translate
from sameboat.lib.language import mark as _

#: Faults of pack.toml that leave the folder unread.
NOT_READ = {"missing_file", "unreadable", "too_large"}

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
        from sameboat.watch.forecasts.parameters import check_scenarios

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
        pack = read_pack(folder)
        levels = Counter(place.level for place in pack.places)
        summary = translate(
            _(
                "{title} ({id} {version}) has no fault: {places} places ({levels}), "
                "{reaches} reaches, {sites} sites, {events} events, {observations} observations; "
                "scenarios: {scenarios}."
            ),
            language,
        )
        say(
            summary.format(
                title=choose(pack.title, language),
                id=pack.id,
                version=pack.version,
                places=len(pack.places),
                levels=", ".join(
                    f"{translate(level, language)} {count}" for level, count in levels.items()
                ),
                reaches=len(pack.reaches),
                sites=len(pack.sites),
                scenarios=len(pack.scenarios),
                events=len(pack.events),
                observations=sum(len(rows) for rows in pack.observations.values()),
            )
        )
