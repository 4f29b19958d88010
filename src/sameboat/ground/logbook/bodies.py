"""Bodies beside the log: fetched only by those in an entry's audience, each by its digest.

Everybody may read the log and see that something was said, when and for whom; what was said is
given to a node that signs its request with the key of its log and is in the audience.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction

from sameboat.ground.logbook.keyring import trusted_keys
from sameboat.ground.logbook.models import Body, Entry, Peer, WantedBody
from sameboat.ground.logbook.queries import body_key, is_meant_for, newest_row
from sameboat.ground.places.models import PackLoad
from sameboat.lib.address import PLACE_CODE
from sameboat.lib.language import mark as _
from sameboat.lib.refusal import Refusal
from sameboat.proof.canon import read_canonical
from sameboat.proof.keys import Signer
from sameboat.proof.note import open_note, sign_note
from sameboat.proof.strict import read_decimal

#: The first line of a request: no checkpoint begins so, and no log may have this name.
FORM = "sameboat-body-request@v1"
#: As far as two clocks may be apart, each wrong by ten minutes, and a while on the way; and as long
#: as a request overheard can be sent again.
NEARLY = timedelta(minutes=25)
MOST_REQUEST = 4096
SALT = 16
#: So many entries are looked at again in one pass.
STRETCH = 2000
#: So many are asked for in one pass, and so long is waited after one that did not come.
BATCH, FIRST_PAUSE, LONGEST_PAUSE = 64, timedelta(seconds=2), timedelta(hours=1)


class NotForYou(Refusal):
    """Who is not in the audience is not told whether there is anything."""

    says = _("Nothing is here for {reader}.")


class NoRequest(Refusal):
    """The request is not signed by a place that we follow, or not now."""

    says = _("This is no request: {problem}.")


class WrongBody(Refusal):
    """What came is not what the entry promised."""

    says = _("What {origin} gave as the body of its entry {index} is not what its digest says.")


@dataclass(frozen=True)
class Given:
    """What is handed out: the salt and the content; nothing where the body was erased."""

    salt: bytes
    content: bytes

    @property
    def raw(self) -> bytes:
        """Return it as it is sent: 16 bytes of salt, then the content."""
        return self.salt + self.content


def request_body(
    entry: Entry, signer: Signer, now: datetime, *, replaced: Sequence[Signer] = ()
) -> bytes:
    """Return the request for an entry's body, signed with this node's log key.

    Args: replaced: earlier keys, which sign too: the other may not have heard of the new one yet.
    """
    lines = (FORM, settings.PLACE, entry.origin, entry.digest, str(int(now.timestamp())))
    return sign_note("".join(f"{line}\n" for line in lines), signer, *replaced).to_bytes()


def give_body(*, request: bytes, now: datetime) -> Given | None:
    """Return the body that a request asks for; None where it has been erased.

    Raises: NoRequest: it is not in form, not of this time, or not signed by a place that we
        follow.  NotForYou: there is nothing, or nothing for that place.
    """
    reader, origin, digest = _opened(request, now)
    # Each place hands out what it said itself: who copies our digest into its own log, with
    # itself as the audience, would else be given what was for others.
    if origin != settings.PLACE:
        raise NotForYou(reader=reader)
    # Any entry with this digest will do: the audience is that of the entry, and signed.
    entries = Entry.objects.filter(origin=origin, digest=digest)
    if not any(is_meant_for(entry, reader) for entry in entries):
        raise NotForYou(reader=reader)
    body = Body.objects.filter(digest=digest).first()
    if body is None:
        raise NotForYou(reader=reader)
    return Given(bytes(body.salt), bytes(body.content)) if body.content is not None else None


def _opened(request: bytes, now: datetime) -> tuple[str, str, str]:
    """Return who asks, whose log, and which digest; verified."""
    try:
        form, reader, origin, digest, time, *rest = request.decode().split("\n", 6)
        if form != FORM or not rest or not PLACE_CODE.fullmatch(reader):
            raise ValueError("it is not in form")
        peer = Peer.objects.filter(origin=reader, left_at=None).first()
        if peer is None:
            raise ValueError(f"{reader} is not followed here")
        open_note(request, trusted_keys(peer.origin)[-1:])
        at = datetime.fromtimestamp(read_decimal(time, "time"), UTC)
    except (ValueError, OverflowError, OSError) as problem:
        raise NoRequest(problem=str(problem)) from None
    if abs(at - now) > NEARLY:
        raise NoRequest(problem=f"its time is {at.isoformat()}, and here it is {now.isoformat()}")
    return reader, origin, digest


def want_bodies(entries: Iterable[Entry]) -> None:
    """Note which of a peer's new entries have a body beside the log that is for us."""
    WantedBody.objects.bulk_create(
        [WantedBody(entry=entry, origin=entry.origin) for entry in entries
         if entry.digest is not None and is_meant_for(entry, settings.PLACE)],
        ignore_conflicts=True,
    )  # fmt: skip


@dataclass(frozen=True)
class Look:
    """How far entries were looked at again for bodies, and which pack was the newest then."""

    load: int = 0
    row: int = 0


def want_again(look: Look) -> Look:
    """Want the bodies of entries that became ours since they were stored; a stretch in one pass.

    A newer pack may know a place below us that the one of yesterday did not.
    Args: look: what the look before returned; `Look()` at first.
    """
    load = PackLoad.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    row = look.row if load == look.load else 0
    stop = min(row + STRETCH, newest_row())
    rows = Entry.objects.filter(id__gt=row, id__lte=stop, digest__isnull=False)
    meant: dict[tuple[str, ...], bool] = {}
    ours: dict[str, list[Entry]] = {}
    for entry in rows.exclude(origin=settings.PLACE).order_by("id"):
        audience = tuple(entry.audience)
        if audience not in meant:
            meant[audience] = is_meant_for(entry, settings.PLACE)
        if meant[audience] and entry.digest is not None:
            ours.setdefault(body_key(entry.origin, entry.digest), []).append(entry)
    # A row for each that came, and for each that was erased.
    here = set(Body.objects.filter(digest__in=list(ours)).values_list("digest", flat=True))
    want_bodies(entry for key, group in ours.items() if key not in here for entry in group)
    return Look(load, max(row, stop))


def wanted_of(origin: str, now: datetime) -> list[WantedBody]:
    """Return the bodies of a peer's log that are to be asked for now; new ones come first.

    However many are wanted, a batch is looked up: bodies that never come cost no more.
    """
    rows = WantedBody.objects.select_related("entry").filter(origin=origin)
    found: list[WantedBody] = []
    for due in (
        rows.filter(retry_at=None).order_by("pk"),
        rows.filter(retry_at__lte=now).order_by("retry_at", "pk"),
        # Longer than any pause: the clock was put back since.
        rows.filter(retry_at__gt=now + LONGEST_PAUSE).order_by("retry_at", "pk"),
    ):
        found += due[: BATCH - len(found)]
    return found


@transaction.atomic
def keep_body(*, wanted: WantedBody, raw: bytes | None, now: datetime) -> None:
    """Keep a body that came; None: its place has erased it.  Twice is once.

    Raises: WrongBody: it is not what the entry promised; nothing is kept.
    """
    entry = wanted.entry
    assert entry.digest is not None
    if raw is None:
        kept = {"salt": b"", "content": None, "erased_at": now}
    else:
        _check_body(entry, raw)
        kept = {"salt": raw[:SALT], "content": raw[SALT:], "erased_at": None}
    Body.objects.get_or_create(digest=body_key(entry.origin, entry.digest), defaults=kept)
    WantedBody.objects.filter(pk=wanted.pk).delete()


def _check_body(entry: Entry, raw: bytes) -> None:
    wrong = WrongBody(origin=entry.origin, index=entry.index)
    if len(raw) <= SALT or hashlib.sha256(raw).hexdigest() != entry.digest:
        raise wrong
    if b"\\u0000" in raw[SALT:]:  # a database's text cannot hold it
        raise wrong
    try:
        if not isinstance(read_canonical(raw[SALT:]), dict):
            raise wrong
    except ValueError:
        raise wrong from None


def note_missing(*, wanted: WantedBody, problem: str, now: datetime) -> None:
    """Write down why a body did not come, and wait longer each time."""
    pause = min(FIRST_PAUSE * 2 ** min(wanted.failures, 12), LONGEST_PAUSE)
    WantedBody.objects.filter(pk=wanted.pk).update(
        failures=wanted.failures + 1, retry_at=now + pause, problem=problem[:400]
    )


def list_wanted() -> list[WantedBody]:
    """Return every body that has not come yet, oldest first."""
    return list(WantedBody.objects.select_related("entry").order_by("pk"))
