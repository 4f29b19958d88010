"""Compacts: which there are, what each says, who has signed, and deciding on one."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from sameboat.books.compacts import actions, queries
from sameboat.console.answers import (
    done,
    new_key,
    now_of,
    reader,
    refuse,
    say_beside,
    sent_key,
    there,
)
from sameboat.console.compact_form import FIELD_OF, CompactForm, filled_from
from sameboat.ground.logbook.peers import list_peers
from sameboat.ground.logbook.proving import published
from sameboat.ground.people.queries import may
from sameboat.ground.places.queries import names_of
from sameboat.lib.address import parse_address
from sameboat.lib.fault import FaultyInput
from sameboat.lib.language import LANGUAGES
from sameboat.lib.refusal import Refusal

if TYPE_CHECKING:
    from sameboat.books.compacts.models import Compact, CompactAnswer, CompactVersion


@dataclass
class Signature:
    """What one signatory's log said of a version, and the proof of it."""

    place: str
    name: str
    said: "CompactAnswer | None"
    entry: tuple[str, int] | None = None
    provable: bool = False
    left: bool = False


@dataclass
class Wording:
    """A version as the page shows it: its text, its signatures, what it changed, what we may do."""

    version: "CompactVersion"
    signatures: list[Signature]
    proposal: tuple[str, int]
    members: list[str]
    body: str
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    deeds: list[str] = field(default_factory=list)

    @property
    def signed(self) -> int:
        """How many have signed."""
        return sum(bool(each.said and each.said.answer == "signed") for each in self.signatures)


@login_required
def compacts(request: HttpRequest) -> HttpResponse:
    """List the compacts; what waits for us comes first."""
    person: Any = request.user
    waiting = {version.proposal for version in queries.waiting_for_us()}
    rows = [
        {"compact": each, "wordings": _live(each),
         "waits": any(one.proposal in waiting for one in each.versions.all())}
        for each in queries.list_compacts()
    ]  # fmt: skip
    rows.sort(key=lambda row: not row["waits"])
    return render(
        request, "console/compacts.html",
        {"at": "compacts", "rows": rows, "decides": may(person, "approve", settings.PLACE)},
    )  # fmt: skip


@login_required
def compact(request: HttpRequest, address: str) -> HttpResponse:
    """Show one compact, and take what is decided on it."""
    person: Any = request.user
    found = there(queries.compact_by_address(address))
    if request.method == "POST":
        _decide(request, found)
        return redirect("compact", address)
    decides = may(person, "approve", settings.PLACE)
    wordings = [_wording(each, found, decides=decides) for each in found.versions.all()]
    current = queries.in_force(found)
    return render(
        request, "console/compact.html",
        {"at": "compacts", "compact": found, "wordings": wordings[::-1], "current": current,
         "head": current or wordings[-1].version, "tags": sorted(LANGUAGES, key=_foreign),
         "open": [each for each in wordings if each.deeds],
         "leaves": decides and current is not None and _is_ours(current)},
    )  # fmt: skip


@login_required
def edit_compact(request: HttpRequest) -> HttpResponse:
    """Propose a compact, or another text of one in force; what was typed is kept."""
    person: Any = request.user
    if not may(person, "approve", settings.PLACE):
        raise PermissionDenied
    earlier = _amended(request.GET.get("amends", ""))
    initial: dict[str, Any] = {"members": [settings.PLACE], "led": "beside"}
    if earlier is not None:
        initial = filled_from(earlier)
    form = CompactForm(request.POST or None, initial=initial, places=_known_places(earlier))
    key = new_key(request)
    if request.method == "POST":
        key = sent_key(request)
        if form.is_valid():
            try:
                made = actions.propose_compact(
                    **form.terms(), amends=earlier.proposal if earlier else "", key=key,
                    by=person, now=now_of(request),
                )  # fmt: skip
                return redirect("compact", made.compact.address)
            except FaultyInput as refusal:
                say_beside(form, refusal, FIELD_OF)
            except Refusal as refusal:
                refuse(request, refusal)
    status = 422 if form.is_bound else 200
    context = {"at": "compacts", "form": form, "key": key, "earlier": earlier,
               "alone": len(form.fields["members"].choices) < 2}  # type: ignore[attr-defined]  # fmt: skip
    return render(request, "console/edit_compact.html", context, status=status)


def _foreign(tag: str) -> bool:
    """The reader's own language comes first."""
    return tag[:2] != reader()[:2]


def _decide(request: HttpRequest, found: "Compact") -> None:
    """Sign, decline or leave; a refusal is shown word for word."""
    person: Any = request.user
    now, because = now_of(request), request.POST.get("because", "").strip()
    proposal = request.POST.get("proposal", "")
    if proposal and proposal not in [each.proposal for each in found.versions.all()]:
        raise Http404
    doings = {
        "sign": lambda: actions.sign_compact(proposal=proposal, by=person, now=now),
        "decline": lambda: actions.decline_compact(
            proposal=proposal, because=because, by=person, now=now
        ),
        "leave": lambda: actions.leave_compact(
            address=found.address, because=because, by=person, now=now
        ),
    }
    said = {"sign": _("Signed in our log."), "decline": _("Declined in our log."),
            "leave": _("We have left it.")}  # fmt: skip
    deed = request.POST.get("deed", "")
    if done(request, doings, deed):
        messages.success(request, said[deed])


def _live(found: "Compact") -> list[dict[str, Any]]:
    """Return what holds and what there is to decide on, else the last, with our own answer."""
    versions = list(found.versions.all())
    live = [each for each in versions if each.state in ("proposed", "in_force")] or versions[-1:]
    codes = {code for each in live for code in (*each.members, each.body) if code}
    names = names_of(codes, reader())
    return [
        {"version": each, "members": [names[code] for code in each.members],
         "body": names.get(each.body, ""), "ours": _our_word(each)}
        for each in live
    ]  # fmt: skip


def _our_word(version: "CompactVersion") -> str:
    """Return signed, declined, left, waits or none."""
    if settings.PLACE in version.left:
        return "left"
    said = next((each for each in version.answers.all() if each.place == settings.PLACE), None)
    if said is not None:
        return said.answer
    ours = version.state == "proposed" and settings.PLACE in queries.signatories_of(version)
    return "waits" if ours else "none"


def _is_ours(version: "CompactVersion") -> bool:
    return settings.PLACE in (*version.members, version.body) and settings.PLACE not in version.left


def _wording(version: "CompactVersion", found: "Compact", *, decides: bool) -> Wording:
    signatories = queries.signatories_of(version)
    names = names_of({*signatories, *version.members, *version.left, version.body}, reader())
    said = {each.place: each for each in version.answers.all()}
    signatures = [_signature(code, names[code], said.get(code), version) for code in signatories]
    wording = Wording(
        version, signatures, _place_of(version.proposal),
        [names[code] for code in version.members], names[version.body] if version.body else "",
    )  # fmt: skip
    earlier = next((e for e in found.versions.all() if e.proposal == version.amends), None)
    if earlier is not None:
        wording.changes = _changes(earlier, version)
    if decides and _our_word(version) == "waits":
        wording.deeds = ["sign", "decline"]
    return wording


def _signature(
    code: str, name: str, said: "CompactAnswer | None", version: "CompactVersion"
) -> Signature:
    if said is None:
        return Signature(code, name, None, left=code in version.left)
    origin, index = _place_of(said.entry)
    newest = published(origin)
    provable = newest is not None and newest.size > index
    return Signature(code, name, said, (origin, index), provable, code in version.left)


def _place_of(address: str) -> tuple[str, int]:
    parts = parse_address(address)
    return parts.place, int(parts.id)


def _changes(earlier: "CompactVersion", version: "CompactVersion") -> list[tuple[str, str, str]]:
    """Return (what, before, after) of each part of the terms that is not as it was."""
    names = names_of({*earlier.members, *version.members, earlier.body, version.body}, reader())
    rows = [(f"{_('Name')} ({tag})", earlier.names.get(tag, ""), version.names.get(tag, ""))
            for tag in ("zh-Hans", "en")]  # fmt: skip
    rows += [(f"{_('What it is for')} ({tag})", earlier.purpose.get(tag, ""),
              version.purpose.get(tag, "")) for tag in ("zh-Hans", "en")]  # fmt: skip
    gone, come = (
        set(earlier.members) - set(version.members),
        (set(version.members) - set(earlier.members)),
    )
    rows.append((_("Member places"), ", ".join(names[code] for code in sorted(gone)),
                 ", ".join(names[code] for code in sorted(come))))  # fmt: skip
    rows.append((_("Coordinating body"), names[earlier.body] if earlier.body else "",
                 names[version.body] if version.body else ""))  # fmt: skip
    led = {"above": _("from above"), "beside": _("from beside")}
    rows.append((_("Led"), led[earlier.led], led[version.led]))
    return [row for row in rows if row[1] != row[2]]


def _amended(address: str) -> "CompactVersion | None":
    """Return the text in force of the compact that is to be amended, None where none is named."""
    if not address:
        return None
    found = there(queries.compact_by_address(address))
    return there(queries.in_force(found))


def _known_places(earlier: "CompactVersion | None") -> list[tuple[str, str]]:
    """Return ourselves and whose logs we follow: only their signature could be seen."""
    codes = {settings.PLACE, *(peer.origin for peer in list_peers() if peer.left_at is None)}
    if earlier is not None:
        codes |= {*earlier.members, *([earlier.body] if earlier.body else [])}
    return sorted(names_of(codes, reader()).items())
