"""Reading an entry that another place said: its bytes are final, whatever they hold."""

from datetime import UTC, datetime

from sameboat.ground.logbook.models import Entry
from sameboat.lib.address import PLACE_CODE, parse_address
from sameboat.proof.canon import read_canonical
from sameboat.proof.chain import link

#: The kind of an entry that cannot be read: it is kept, and no reaction cares.
UNREADABLE = "entry.unreadable"
#: Each entry that one comes after is looked up by every reaction on every node.
MOST_AFTER = 64
_FIELDS = {"v", "kind", "place", "said_at", "about", "after", "audience"}


def read_foreign(origin: str, index: int, raw: bytes, chain: str, now: datetime) -> Entry:
    """Return the row of an entry as its bytes say; it is not saved.

    One that is not in the form of an entry of this version is kept as unreadable: it is part of
    what was signed.
    """
    said = _read(raw)
    return Entry(
        origin=origin, index=index, canonical=raw, chain=link(chain, raw), stored_at=now,
        **(said or _unreadable(origin, index, now)),
    )  # fmt: skip


def _unreadable(origin: str, index: int, now: datetime) -> dict[str, object]:
    about = f"{origin}/entry/{index}"
    return {"kind": UNREADABLE, "place": origin, "said_at": now, "about": about, "audience": [],
            "after": [], "digest": None}  # fmt: skip


def _read(raw: bytes) -> dict[str, object] | None:
    try:
        said = read_canonical(raw)
        if not isinstance(said, dict) or not said.keys() >= _FIELDS or said["v"] != 1:
            return None
        if said.keys() - _FIELDS not in ({"body"}, {"digest"}):
            return None
        at = datetime.fromisoformat(said["said_at"])
        if at.tzinfo is None:
            return None
        at = at.astimezone(UTC)
        parse_address(said["about"])
        digest = said.get("digest")
        if "body" in said and not isinstance(said["body"], dict):
            return None
        lists = all(
            isinstance(said[key], list) and all(isinstance(each, str) for each in said[key])
            for key in ("after", "audience")
        )
        texts = (
            (said["kind"], 64), (said["place"], 48), (said["about"], 160),
            (digest if digest is not None else "", 64),
        )  # fmt: skip
        fits = all(isinstance(text, str) and len(text) <= most for text, most in texts)
        if not lists or len(said["after"]) > MOST_AFTER:
            return None
        if not fits or not PLACE_CODE.fullmatch(said["place"]):
            return None
        if b"\\u0000" in raw:  # a database's text cannot hold it
            return None
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return None
    return {key: said[key] for key in ("kind", "place", "about", "audience", "after")} | {
        "said_at": at, "digest": digest
    }  # fmt: skip
