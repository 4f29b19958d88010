"""`sameboat backup`, `restore` and `upgrade`: a node in one file, and back."""

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
import zlib
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Annotated

import typer

from sameboat.cli.init import prepare_database, write_keys
from sameboat.cli.newer import open_to_write
from sameboat.cli.node import Home, home_of
from sameboat.cli.shown import current_language, tell
from sameboat.lib.home import NodeHome
from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal

MANIFEST = "manifest.json"
#: Tables with keys of live sessions.
SESSIONS = {"django_session", "usersessions_usersession"}


class NotEmbedded(Refusal):
    """The rows are in PostgreSQL, which has its own tools."""

    says = _(
        "This node keeps its rows in PostgreSQL. Back that up with pg_dump, this folder apart."
    )


class CannotWrite(Refusal):
    """The file cannot be written."""

    says = _("{file} cannot be written: {problem}. Nothing was left behind.")


class BrokenBackup(Refusal):
    """The file is no backup, or not whole."""

    says = _("{file} is not a whole backup: {problem}. The folder was not changed.")


class FolderTaken(Refusal):
    """Restoring would overwrite a node."""

    says = _("{folder} is not empty. Restore into a new folder, then take its place.")


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write, e.g. node.tar.gz.")],
    home: Home = None,
    with_keys: Annotated[
        bool, typer.Option(help="Put the keys in as well; keep such a file like a key.")
    ] = False,
) -> None:
    """Write the whole node into one file, consistent while it runs.

    Keys and the secret of second factors are left out unless asked for: they lie apart.
    """
    node = home_of(home)
    count = write_backup(node, file, with_keys=with_keys)
    tell(_("{file} holds {count} files of {folder}."), current_language(),
         file=file, count=count, folder=node.folder)  # fmt: skip


def write_backup(node: NodeHome, file: Path, *, with_keys: bool = False) -> int:
    """Write a backup; return the number of files in it.

    Raises:
        NotEmbedded, CannotWrite.
    """
    if node.read_settings().get("database"):
        raise NotEmbedded
    part = file.with_name(file.name + ".part")
    try:
        with tempfile.TemporaryDirectory(prefix="sameboat-backup-") as scratch:
            copy = Path(scratch) / node.database.name
            _copy_database(node.database, copy)
            parts = _policy(node)
            parts |= {node.database.name: copy, node.settings_file.name: node.settings_file}
            folders = [node.raw, node.templates] + ([node.keys] if with_keys else [])
            for folder in folders:
                for each in sorted(folder.rglob("*")) if folder.exists() else ():
                    if each.is_file() and each.suffix != ".part":
                        parts[each.relative_to(node.folder).as_posix()] = each
            _write_archive(part, parts)
            part.replace(file)
    except OSError as problem:
        part.unlink(missing_ok=True)
        raise CannotWrite(file=file, problem=problem.strerror or str(problem)) from None
    return len(parts)


def _policy(node: NodeHome) -> dict[str, Path]:
    """Return the node's policy by its name in the folder; nothing where it lies elsewhere."""
    folder = node.folder.resolve()
    file = (folder / str(node.read_settings().get("policy", ""))).resolve()
    inside = file.is_relative_to(folder) and not file.is_relative_to(folder / node.keys.name)
    return {file.relative_to(folder).as_posix(): file} if inside and file.is_file() else {}


def _copy_database(source: Path, target: Path) -> None:
    """Copy a database that others write to, page by page, as of one moment.

    Live sessions stay behind: whoever reads their keys is signed in as somebody.
    """
    with sqlite3.connect(source) as live, sqlite3.connect(target) as copy:
        live.backup(copy)
        copy.execute("PRAGMA secure_delete = ON")
        tables = {name for (name,) in copy.execute("SELECT name FROM sqlite_master")}
        for table in SESSIONS & tables:
            copy.execute(f"DELETE FROM {table}")
    live.close()
    copy.close()


def _write_archive(target: Path, parts: dict[str, Path]) -> None:
    digests = {}
    # Its owner's from the first byte on: nobody opens it before its mode is set.
    target.unlink(missing_ok=True)
    opened = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with (
        os.fdopen(opened, "wb") as stream,
        tarfile.open(fileobj=stream, mode="w:gz", compresslevel=6) as archive,
    ):
        for name, path in parts.items():
            digests[name] = _digest(path)
            archive.add(path, arcname=name, recursive=False)
        manifest = json.dumps({"format": 1, "files": digests}, indent=1).encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size = len(manifest)
        archive.addfile(info, io.BytesIO(manifest))


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def restore(
    file: Annotated[Path, typer.Argument(help="A file written by `sameboat backup`.")],
    folder: Annotated[Path, typer.Argument(help="A new folder for the node.")],
) -> None:
    """Make a node's folder from a backup; every file is checked before any is kept.

    Without keys in the backup, fresh ones are made: people sign in again, and second factors
    are set up anew unless the old keys/mfa_key is put back.
    """
    read_backup(file, folder)
    tell(_("{folder} is restored. Next: sameboat doctor --home {folder}"), current_language(),
         folder=folder)  # fmt: skip


def read_backup(file: Path, folder: Path) -> NodeHome:
    """Restore a backup into a new folder.

    Raises:
        FolderTaken, BrokenBackup.
    """
    if folder.exists() and any(folder.iterdir()):
        raise FolderTaken(folder=folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=folder.parent) as scratch:
        unpacked = Path(scratch) / "node"
        try:
            with tarfile.open(file, "r:gz") as archive:
                _unpack(archive, unpacked)
            _check_files(unpacked)
        except (OSError, EOFError, tarfile.TarError, KeyError, ValueError, zlib.error) as problem:
            raise BrokenBackup(file=file, problem=str(problem)) from None
        (unpacked / MANIFEST).unlink()
        if folder.exists():
            folder.rmdir()
        shutil.move(unpacked, folder)
    home = NodeHome(folder.resolve())
    home.folder.chmod(0o700)
    home.keys.mkdir(mode=0o700, exist_ok=True)
    home.raw.mkdir(mode=0o700, exist_ok=True)
    write_keys(home)
    return home


def _unpack(archive: tarfile.TarFile, into: Path) -> None:
    """Write the plain files of a backup below a folder, and nothing anywhere else.

    `extractall(filter="data")` does so too, but Python 3.11.0 to 3.11.3, which Debian 12 ships,
    do not know it.

    Raises:
        ValueError: the archive has something that no backup has.
    """
    into.mkdir()
    for member in archive:
        name = PurePosixPath(member.name)
        if not member.isfile() or name.is_absolute() or ".." in name.parts:
            raise ValueError(f"{member.name} does not belong in a backup")
        path = into / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("wb") as target:
            if (source := archive.extractfile(member)) is not None:
                shutil.copyfileobj(source, target)
        path.chmod(member.mode & 0o700)


def _check_files(unpacked: Path) -> None:
    """Raise ValueError unless the files are those of the manifest, no more, and plain files."""
    manifest = json.loads((unpacked / MANIFEST).read_text("utf-8"))
    listed = manifest.get("files") if isinstance(manifest, dict) else None
    if not isinstance(listed, dict):
        raise ValueError(f"{MANIFEST} lists no files")
    found = {
        path.relative_to(unpacked).as_posix(): path
        for path in unpacked.rglob("*")
        if path.is_symlink() or not path.is_dir()
    }
    del found[MANIFEST]
    if others := found.keys() ^ listed.keys():
        raise ValueError(f"{min(others)} is listed and missing, or there and not listed")
    for name, path in found.items():
        if path.is_symlink() or not path.is_file():
            raise ValueError(f"{name} is no plain file")
        if _digest(path) != listed[name]:
            raise ValueError(f"{name} has another digest")


def upgrade(home: Home = None) -> None:
    """Back the node up, bring its tables up to this program, and check it.

    Refuses a database that is newer than the program.  Stop `sameboat serve` first.
    """
    node = open_to_write(home)
    language = current_language()
    if not node.read_settings().get("database") and node.database.exists():
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        file = node.folder / "backups" / f"before-upgrade-{stamp}.tar.gz"
        file.parent.mkdir(mode=0o700, exist_ok=True)
        write_backup(node, file)
        tell(_("Backed up to {file}."), language, file=file)
    prepare_database()
    tell(_("The database fits this program."), language)
