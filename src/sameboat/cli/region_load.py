"""`sameboat region load` and `list`: take a checked pack into a node, and say what it has."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sameboat.cli.newer import NewerDatabase, open_to_write
from sameboat.cli.node import BadSetting, ExtraMissing, Home, NoHome, moment, open_node
from sameboat.cli.shown import current_language, say, tell
from sameboat.lib.fault import FaultyInput
from sameboat.lib.home import NotANode
from sameboat.lib.language import choose, translate
from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal

if TYPE_CHECKING:
    from sameboat.ground.places.models import PackLoad


def load(
    folder: Annotated[Path, typer.Argument(help="The pack's folder, the one with pack.toml.")],
    home: Home = None,
) -> None:
    """Take a region pack into the node: all of it, or nothing.

    Loading the same version again changes nothing; a newer one becomes current, and forecasts
    made with an earlier one keep it.

    Exit code: 0 loaded, or there already · 1 the pack has faults, or is refused · 2 no node, or
    one of a newer program.
    """
    language = current_language()
    try:
        open_to_write(home)
        row, seconds, new = load_folder(folder, progress=teller(language))
    except (NoHome, NotANode, ExtraMissing, BadSetting, NewerDatabase) as refusal:
        typer.echo(refusal.in_language(language), err=True)
        raise typer.Exit(2) from None
    except FaultyInput as refusal:
        for fault in refusal.faults:
            typer.echo(fault.in_language(language), err=True)
        tell(
            _("Faults in {folder}: {count}. Nothing was loaded."),
            language,
            count=len(refusal.faults),
            folder=folder,
        )
        raise typer.Exit(1) from None
    except Refusal as refusal:
        typer.echo(refusal.in_language(language), err=True)
        raise typer.Exit(1) from None
    said = (
        _("{title} ({pack} {version}) is loaded: {seconds} s.")
        if new
        else _("{title} ({pack} {version}) was loaded before; nothing changed.")
    )
    say(
        translate(said, language).format(
            title=choose(row.title, language),
            pack=row.pack,
            version=row.version,
            seconds=f"{seconds:.1f}",
        )
    )


def list_packs(
    home: Home = None,
    format: Annotated[str, typer.Option(help="text for people, json for programs.")] = "text",
) -> None:
    """List the region packs this node has loaded, the newest first.

    Exit code: 0 · 2 no node.
    """
    language = current_language()
    try:
        open_node(home)
    except (NoHome, NotANode, ExtraMissing) as refusal:
        typer.echo(refusal.in_language(language), err=True)
        raise typer.Exit(2) from None
    from sameboat.ground.places.queries import current_loads, list_loads

    current = {row.pk for row in current_loads()}
    rows = [_shown(row, row.pk in current, language) for row in list_loads()]
    if format == "json":
        say(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    if not rows:
        tell(_("No region pack is loaded: sameboat region load DIR."), language)
    for row in rows:
        now = (
            translate(_("current"), language)
            if row["current"]
            else translate(_("earlier"), language)
        )
        say(f"{row['pack']} {row['version']} · {row['title']} · {row['loaded_at']} · {now}")


def teller(language: str) -> Callable[..., None]:
    """Return what tells progress on stderr: a marked template and its facts."""
    return lambda text, **facts: tell(text, language, **facts)


def load_folder(folder: Path, progress: Callable[..., None]) -> tuple["PackLoad", float, bool]:
    """Read, check and store a pack; return its load, the seconds it took, and whether it is new.

    Raises:
        FaultyInput: the pack has faults.
        VersionAlreadyLoaded: this version is here with other content.
    """
    from time import monotonic

    from django.db import transaction

    from sameboat.ground.places.actions import load_pack
    from sameboat.ground.places.queries import find_load
    from sameboat.packs import read_pack
    from sameboat.watch.forecasts.actions import load_scenarios
    from sameboat.watch.forecasts.checking import check_scenarios

    started = monotonic()
    progress(_("Reading and checking {folder} …"), folder=folder)
    pack = read_pack(folder)
    if faults := check_scenarios(pack):
        raise FaultyInput(faults)
    progress(_("Storing {places} places …"), places=len(pack.places))
    now = moment()
    new = find_load(pack.id, pack.version) is None
    with transaction.atomic():
        row = load_pack(pack=pack, by="operator", now=now)
        load_scenarios(pack=pack, load=row, by="operator", now=now)
    return row, monotonic() - started, new


def _shown(row: "PackLoad", current: bool, language: str) -> dict[str, Any]:
    return {
        "pack": row.pack,
        "version": row.version,
        "title": choose(row.title, language),
        "digest": row.digest,
        "loaded_at": row.loaded_at.isoformat(timespec="minutes"),
        "current": current,
    }
