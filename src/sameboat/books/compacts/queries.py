"""Which compacts there are, who belongs to each, and for whom something said under one is."""

from django.conf import settings
from django.db.models import Prefetch, QuerySet

from sameboat.books.compacts.models import Compact, CompactAnswer, CompactVersion

_OPEN = ("proposed",)


def list_compacts() -> list[Compact]:
    """Return every compact that is known here with its versions, oldest first."""
    return list(_whole(Compact.objects.all()))


def compact_by_address(address: str) -> Compact | None:
    """Return one compact with its versions and answers, None where it is not known."""
    return _whole(Compact.objects.filter(address=address)).first()


def in_force(compact: Compact) -> CompactVersion | None:
    """Return the version of a compact that is in force, None where none is."""
    return next((each for each in compact.versions.all() if each.state == "in_force"), None)


def compacts_in_force() -> list[CompactVersion]:
    """Return the versions that are in force, oldest compact first."""
    rows = CompactVersion.objects.filter(state="in_force").select_related("compact")
    return list(rows.order_by("compact__proposed_at", "pk"))


def version_of(proposal: str) -> CompactVersion | None:
    """Return the version that an entry proposed, None where it is not known."""
    rows = CompactVersion.objects.select_related("compact").prefetch_related("answers")
    return rows.filter(proposal=proposal).first()


def members_of(address: str) -> list[str]:
    """Return the members of the compact in force, without those who have left; else nobody."""
    version = CompactVersion.objects.filter(compact__address=address, state="in_force").first()
    return [code for code in version.members if code not in version.left] if version else []


def audience_of(address: str) -> list[str]:
    """Return for whom something said under a compact is: its members and its coordinating body.

    What is not in force, or not known, has no audience: nobody.
    """
    version = CompactVersion.objects.filter(compact__address=address, state="in_force").first()
    if version is None:
        return []
    both = [*version.members, *([version.body] if version.body else [])]
    return sorted(code for code in both if code not in version.left)


def signatories_of(version: CompactVersion) -> list[str]:
    """Return who must sign a version: its members and body, and those of what it amends."""
    own = {*version.members, *([version.body] if version.body else [])}
    earlier = CompactVersion.objects.filter(proposal=version.amends).first()
    if earlier is not None:
        before = {*earlier.members, *([earlier.body] if earlier.body else [])}
        own |= before - set(earlier.left)
    return sorted(own)


def waiting_for_us() -> list[CompactVersion]:
    """Return the proposals that this node's place has still to sign or decline."""
    rows = CompactVersion.objects.filter(state__in=_OPEN).select_related("compact")
    answered = CompactAnswer.objects.filter(place=settings.PLACE).values("version")
    return [each for each in rows.exclude(pk__in=answered).order_by("proposed_at", "pk")
            if settings.PLACE in signatories_of(each)]  # fmt: skip


def _whole(rows: QuerySet[Compact]) -> QuerySet[Compact]:
    answers = Prefetch("answers", CompactAnswer.objects.order_by("said_at", "pk"))
    versions = CompactVersion.objects.prefetch_related(answers)
    return rows.prefetch_related(Prefetch("versions", versions))
