"""`sameboat init`: make a node, which is one folder."""

import csv
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from sameboat.cli.newer import check_not_newer
from sameboat.cli.node import start_django
from sameboat.cli.shown import current_language, tell
from sameboat.lib.codes import normalise_code
from sameboat.lib.home import NodeHome
from sameboat.lib.language import mark as _
from sameboat.lib.private import write_private
from sameboat.lib.refusal import Refusal

SETTINGS = """# This node's settings.  The environment wins: SAMEBOAT_ZONE=… and so on.

place = "{place}"        # the home place this node speaks for, with all places below it
zone = "{zone}"  # IANA time zone of the home place
language = "{language}"    # what a visitor sees first: zh-Hans or en
{demo}
# hosts = ["localhost", "127.0.0.1", "[::1]", "node.example"]   # names the node answers to
# https = true            # the node is served behind TLS: cookies are sent over TLS only
# tls = true              # it serves TLS itself, with the certificate of `sameboat serve --tls`
# trusted_proxies = 1     # proxies in front that append the visitor's address to X-Forwarded-For
# log_passphrase_file = "/run/credentials/sameboat/log"   # opens the key with which it signs
# policy = "policy.txt"   # whose cosignatures of our log are enough: sameboat log policy
# database = "postgresql://user:password@host:5432/name"   # instead of SQLite in this folder
"""
DEMO = "demo = true               # accounts with published passwords; binds to loopback only\n"
LANGUAGES = ("zh-Hans", "en")
REGIONS = Path(__file__).resolve().parents[3] / "regions"


class FolderNotEmpty(Refusal):
    """Something else lies in the folder."""

    says = _("{folder} is not empty and not a node. Name a new or empty folder.")


class OtherPlace(Refusal):
    """A node speaks for one place as long as it lives: its log says so."""

    says = _("{folder} is already a node for {place}; nothing was changed. Name a new folder.")


class NotAPlace(Refusal):
    """The code is no place code."""

    says = _("{code} is not a place code: write cn:220200, or another scheme as iso:RU-KHA.")


class NotAZone(Refusal):
    """The zone is unknown."""

    says = _("{zone} is not an IANA time zone: write one such as Asia/Shanghai.")


class NotALanguage(Refusal):
    """The console does not speak it."""

    says = _("{language} is not a language of the console: write zh-Hans or en.")


class NotWritable(Refusal):
    """The folder cannot be made."""

    says = _("{folder} cannot be written: {problem}. Choose another folder or mend its rights.")


def init(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")],
    place: Annotated[str, typer.Option(help="Home place, e.g. cn:220200.")],
    zone: Annotated[str, typer.Option(help="IANA time zone of the home place.")] = "Asia/Shanghai",
    language: Annotated[str, typer.Option(help="zh-Hans or en.")] = "zh-Hans",
) -> None:
    """Make a node: settings, keys and an empty database in one folder.

    Repeating it on a node finishes what was interrupted and changes nothing else.
    """
    create_node(folder, place=place, zone=zone, language=language)
    tell(
        _(
            "{folder} is a node for {place}. Next: sameboat region load regions/songhua --home "
            "{folder}; sameboat user add NAME --home {folder}; sameboat serve --home {folder}"
        ),
        current_language(),
        folder=folder,
        place=place,
    )
    if not in_a_pack(place):
        tell(
            _("Note: no region pack that comes with the program has {place}. Compare the code; "
              "if it is right, load a pack that has it."),
            current_language(), place=place,
        )  # fmt: skip


def in_a_pack(place: str) -> bool:
    """Return whether a pack that lies beside the program has a place; true where none lies there.

    Only the column of codes is looked at: a pack is read whole when it is loaded.
    """
    tables = list(REGIONS.glob("*/places.csv"))
    return not tables or any(
        row.get("code") == place
        for table in tables
        for row in csv.DictReader(table.read_text("utf-8-sig").splitlines())
    )


def create_node(
    folder: Path,
    *,
    place: str,
    zone: str = "Asia/Shanghai",
    language: str = "zh-Hans",
    demo: bool = False,
) -> NodeHome:
    """Make a node's folder and start Django on it.  Twice is once.

    Raises:
        NotAPlace, NotAZone, NotALanguage, FolderNotEmpty, NotWritable; OtherPlace: it is a node
        for another; BrokenSettings, SettingsUnreadable.
    """
    try:
        place = normalise_code(place)
    except ValueError:
        raise NotAPlace(code=place) from None
    try:
        ZoneInfo(zone)
    except Exception:  # zoneinfo raises several kinds for text that is no zone
        raise NotAZone(zone=zone) from None
    if language not in LANGUAGES:
        raise NotALanguage(language=language)
    home = NodeHome(folder.resolve())
    if home.settings_file.exists() and (ours := home.read_settings().get("place")) != place:
        raise OtherPlace(folder=str(folder), place=ours)
    if folder.exists() and not folder.is_dir():
        raise FolderNotEmpty(folder=str(folder))
    free = home.settings_file.exists() or not folder.exists() or not any(folder.iterdir())
    if not free:
        raise FolderNotEmpty(folder=str(folder))
    try:
        for part in (home.folder, home.keys, home.raw):
            part.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_keys(home)
        if not home.settings_file.exists():
            text = SETTINGS.format(
                place=place, zone=zone, language=language, demo=DEMO if demo else ""
            )
            write_private(home.settings_file, text.encode())
    except OSError as problem:
        raise NotWritable(folder=str(folder), problem=problem.strerror) from None
    start_django(home)
    prepare_database()
    return home


def write_keys(home: NodeHome) -> None:
    """Make the keys that are not there yet, each file 0600."""
    _write_once(home.keys / "secret_key", lambda: secrets.token_urlsafe(48).encode())

    def mfa_key() -> bytes:
        from cryptography.fernet import Fernet

        return Fernet.generate_key()

    _write_once(home.keys / "mfa_key", mfa_key)


def _write_once(path: Path, make: Callable[[], bytes]) -> None:
    if not path.exists():
        write_private(path, make())


def prepare_database() -> None:
    """Bring the tables of the opened node up to the program.

    Raises:
        NewerDatabase.
    """
    from django.conf import settings
    from django.core.management import call_command

    check_not_newer()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    database = Path(str(settings.DATABASES["default"]["NAME"]))
    if database.exists():
        for file in database.parent.glob(database.name + "*"):
            file.chmod(0o600)
