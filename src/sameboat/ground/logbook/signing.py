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
from sameboat.lib.private import write_private
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
        if any(self._key(kind).exists() for kind in FILES):
            raise KeyExists(folder=str(self.folder))
        own, witness = make_signer(name, LOG), make_signer(f"{name}/witness", COSIGNER)
        for signer in (own, witness):
            content = {"name": signer.name, "kind": signer.kind,
                       "key": lock(signer, passphrase).decode("ascii")}  # fmt: skip
            write_private(self._key(signer.kind), json.dumps(content).encode())
        return own, witness

    def open(self, kind: int, passphrase: bytes | None) -> Signer:
        """Return a key.

        Raises: NoKey: none was made.  KeyLocked: no passphrase, or another one.
        """
        try:
            told = json.loads(self._key(kind).read_text("utf-8"))
        except FileNotFoundError:
            raise NoKey(folder=str(self.folder)) from None
        if not passphrase:
            raise KeyLocked(file=str(self._key(kind)), problem="no_passphrase")
        try:
            return unlock(
                told["key"].encode("ascii"), passphrase, name=told["name"], kind=told["kind"]
            )
        except (ValueError, KeyError) as problem:
            raise KeyLocked(file=str(self._key(kind)), problem=str(problem)) from None

    @property
    def made(self) -> bool:
        """Whether the log has a key."""
        return self._key(LOG).exists()

    def changed_ns(self, kind: int) -> int:
        """Return when a key's file was written, 0 where there is none."""
        file = self._key(kind)
        return file.stat().st_mtime_ns if file.exists() else 0

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
    def alone(self) -> Iterator[None]:
        """Let one process at a time sign with these keys.

        Raises: LogInUse: another is signing.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / "log.lock").open("a+b") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
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
