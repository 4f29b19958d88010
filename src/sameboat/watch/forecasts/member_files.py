"""Member arrays of forecasts: one compressed file each, named by the digest of its bytes."""

import hashlib
import os
import tempfile
from pathlib import Path

from django.conf import settings

from sameboat.lib.home import NodeHome


def store_members(content: bytes) -> str:
    """Keep the bytes in the node's raw folder and return their SHA-256 in hex.

    They are on disk before this returns, and no reader ever sees half a file.
    """
    digest = hashlib.sha256(content).hexdigest()
    path = members_path(digest)
    if path.exists():
        return digest
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)
    return digest


def members_path(digest: str) -> Path:
    """Return where the file of this digest lies, or would lie."""
    home: NodeHome = settings.HOME
    return home.raw / digest[:2] / f"{digest}.npz"


def _sync_folder(folder: Path) -> None:
    """Make the new name durable, where the system can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
