"""The private keys of a node's log: files beside the database, locked with a passphrase.

What was signed last is told in a file beside the key, written before the checkpoint is published:
a database that was put back to yesterday does not sign another history.
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sameboat.ground.logbook.refusals import KeyExists, KeyLocked, LogInUse, NoKey
from sameboat.lib.private import sync_folder, write_private
from sameboat.proof.keys import COSIGNER, LOG, Signer, lock, make_signer, unlock

#: The log's own key, and the key with which the node witnesses others' logs.
FILES = {LOG: "log", COSIGNER: "witness"}


@dataclass(frozen=True)
class Head:
    """What was signed last: so many entries, and their root (hex)."""

    size: int
    root: str


@dataclass(frozen=True)
class KeyFolder:
    """The folder in which a node's keys lie."""

    folder: Path

    def make(self, name: str, passphrase: bytes) -> tuple[Signer, Signer]:
        """Make the two keys of a log and its witness; never over others.

        Raises: KeyExists: there are keys.  ValueError: the name or the passphrase is none.
        """
        if self.made or any(self._key(kind).exists() for kind in FILES):
            raise KeyExists(folder=str(self.folder))
        own, witness = make_signer(name, LOG), make_signer(f"{name}/witness", COSIGNER)
        for signer in (own, witness):
            _write(self._key(signer.kind), signer, passphrase)
        return own, witness

    def open(self, kind: int, passphrase: bytes | None) -> Signer:
        """Return a key.

        Raises: NoKey: none was made.  KeyLocked: no passphrase, or another one.
        """
        return self._open(self._key(kind), passphrase)

    def open_replaced(self, number: int, passphrase: bytes | None) -> Signer:
        """Return the log's first, second … key, which was replaced since.

        Raises: NoKey, KeyLocked.
        """
        return self._open(self.replaced(number), passphrase)

    def _open(self, file: Path, passphrase: bytes | None) -> Signer:
        try:
            told = json.loads(file.read_text("utf-8"))
        except FileNotFoundError:
            raise NoKey(folder=str(self.folder)) from None
        if not passphrase:
            raise KeyLocked(file=str(file), problem="no_passphrase")
        try:
            return unlock(
                told["key"].encode("ascii"), passphrase, name=told["name"], kind=told["kind"]
            )
        except (ValueError, KeyError) as problem:
            raise KeyLocked(file=str(file), problem=str(problem)) from None

    @property
    def made(self) -> bool:
        """Whether the log has a key."""
        return self._key(LOG).exists() or self.next.exists()

    @property
    def next(self) -> Path:
        """The file of a key that is about to replace the log's; it is there for a moment only."""
        return self.folder / "log.next.key"

    def replaced(self, number: int) -> Path:
        """Return the file of the log's first, second … key, once it was replaced."""
        return self.folder / f"log.{number}.key"

    def make_next(self, name: str, passphrase: bytes) -> Signer:
        """Make the key that will replace the log's; it signs nothing until `take_next`."""
        made = make_signer(name, LOG)
        _write(self.next, made, passphrase)
        return made

    def verifier(self, kind: int) -> str | None:
        """Return the public key of a kind, for which nothing need be opened; None: there is none.

        It lies beside the private one in clear, and is only ever used to look for our own lines.
        """
        try:
            return str(json.loads(self._key(kind).read_text("utf-8"))["verifier"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def next_verifier(self) -> str | None:
        """Return the public key of the one that is about to replace the log's, None without."""
        try:
            return str(json.loads(self.next.read_text("utf-8"))["verifier"])
        except FileNotFoundError:
            return None

    def take_next(self, number: int) -> None:
        """Put the next key in the place of the log's, which is kept as its `number`-th.

        Killed between the two, doing it again does the rest.
        """
        if self._key(LOG).exists():
            self._key(LOG).replace(self.replaced(number))
        self.next.replace(self._key(LOG))
        sync_folder(self.folder)

    def erase(self, file: Path) -> None:
        """Erase the file of a key.  Twice is once."""
        file.unlink(missing_ok=True)
        sync_folder(self.folder)

    def changed_ns(self, kind: int) -> int:
        """Return when a key's file was written, 0 where there is none."""
        return changed_ns(self._key(kind))

    def head(self) -> Head:
        """Return what was signed last; nothing before the first."""
        try:
            told = json.loads(self._head.read_text("utf-8"))
        except FileNotFoundError:
            return Head(0, "")
        return Head(int(told["size"]), str(told["root"]))

    def note_head(self, head: Head) -> None:
        """Write down what is about to be signed, durably."""
        write_private(self._head, json.dumps({"size": head.size, "root": head.root}).encode())

    @contextmanager
    def alone(self, *, wait: bool = False) -> Iterator[None]:
        """Let one process at a time sign with these keys.

        Args: wait: until nobody else does.
        Raises: LogInUse: another is signing, and it is not waited for.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / "log.lock").open("a+b") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                raise LogInUse(folder=str(self.folder)) from None
            try:
                yield
            finally:
                fcntl.flock(stream, fcntl.LOCK_UN)

    @property
    def _head(self) -> Path:
        return self.folder / "log.head"

    def _key(self, kind: int) -> Path:
        return self.folder / f"{FILES[kind]}.key"


def changed_ns(file: Path) -> int:
    """Return when a file was written, 0 where there is none."""
    try:
        return file.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _write(file: Path, signer: Signer, passphrase: bytes) -> None:
    content = {"name": signer.name, "kind": signer.kind, "verifier": str(signer.verifier),
               "key": lock(signer, passphrase).decode("ascii")}  # fmt: skip
    write_private(file, json.dumps(content).encode())
