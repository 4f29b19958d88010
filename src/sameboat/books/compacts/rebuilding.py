"""Reading a compact's rows off the logs."""

from django.conf import settings
from django.db import transaction

from sameboat.books.compacts import terms as texts
from sameboat.books.compacts.models import Compact, CompactAnswer, CompactVersion
from sameboat.ground.logbook.locking import lock_log
from sameboat.ground.logbook.queries import body_of, entries_about
from sameboat.lib.address import parse_address


@transaction.atomic
def rebuild(*, address: str) -> None:
    """Read a compact's rows off the logs again: whatever has arrived, in whatever order.

    Doing it twice changes nothing; rows of versions that are no longer any do not exist, because
    no entry is ever taken back.
    """
    owner = parse_address(address).place
    # Another's entry and ours may arrive at once; each must see what the other wrote.
    lock_log(settings.PLACE)
    versions = texts.fold(owner, _said_about(address))
    if not versions:
        return
    compact, _new = Compact.objects.get_or_create(
        address=address, defaults={"proposed_at": versions[0].said.said_at}
    )
    # What is no longer in force comes first: the database allows one text at a time.
    for version in sorted(versions, key=lambda each: each.state == "in_force"):
        _keep(compact, version)


def _keep(compact: Compact, version: texts.Version) -> None:
    terms = version.terms
    row, _new = CompactVersion.objects.update_or_create(
        proposal=version.address,
        defaults={
            "compact": compact, "number": version.number, "amends": terms.amends,
            "key": str(version.said.body.get("key", ""))[:64], "place": version.said.origin,
            "names": dict(terms.names), "purpose": dict(terms.purpose),
            "members": list(terms.members), "body": terms.body, "led": terms.led,
            "digest": terms.digest, "state": version.state, "left": sorted(version.left),
            "proposed_at": version.said.said_at, "in_force_at": version.in_force_at,
        },
    )  # fmt: skip
    for place, said in version.answers.items():
        CompactAnswer.objects.update_or_create(
            version=row, place=place,
            defaults={
                "answer": "signed" if said.kind == texts.SIGNED else "declined",
                "because": str(said.body.get("because", ""))[:1000], "entry": said.address,
                "by": str(said.body.get("by", ""))[:160], "said_at": said.said_at,
            },
        )  # fmt: skip


def _said_about(address: str) -> list[texts.Said]:
    rows = entries_about(address).filter(kind__in=texts.KINDS)
    return [texts.Said(row.origin, row.index, row.kind, body_of(row) or {}, row.said_at)
            for row in rows]  # fmt: skip
