"""What others gave us: kept to the byte, with its verdict and the reason."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from sameboat.console.answers import now_of, reader, refuse, there
from sameboat.lib.fault import Fault
from sameboat.lib.language import translate
from sameboat.lib.refusal import Refusal
from sameboat.watch.alerts.actions import receive_alert
from sameboat.watch.alerts.cap.flags import FLAGS
from sameboat.watch.alerts.queries import received_by_digest, taken_from

if TYPE_CHECKING:
    from sameboat.watch.alerts.models import ReceivedAlert

_READ_AT_MOST = 16 * 1024 * 1024  #: one byte more is refused by name
_SHOWN = 40_000


@login_required
def take_in(request: HttpRequest) -> HttpResponse:
    """Keep a CAP file that someone chose, and show what we make of it; without one, the list."""
    person: Any = request.user
    file = request.FILES.get("file")
    if file is None:
        return redirect("alerts")
    try:
        kept = receive_alert(
            raw=file.read(_READ_AT_MOST + 1), source=str(file.name), by=person, now=now_of(request)
        )
    except Refusal as refusal:
        refuse(request, refusal)
        return redirect("alerts")
    return redirect("received", digest=kept.digest)


@login_required
def received(request: HttpRequest, digest: str) -> HttpResponse:
    """Show one received message: verdict, flags, reason, and the bytes as text."""
    person: Any = request.user
    kept = there(received_by_digest(person, digest))
    raw = bytes(kept.raw)
    return render(
        request,
        "console/received.html",
        {
            "at": "alerts", "kept": kept, "size": len(raw), "cut": len(raw) > _SHOWN,
            "text": raw[:_SHOWN].decode("utf-8", errors="replace"),
            "reason": _reason(kept.reason), "taken": _taken(kept),
            "flags": [_flag(code) for code in kept.flags],
        },
    )  # fmt: skip


def _taken(kept: "ReceivedAlert") -> list[tuple["ReceivedAlert", bool]]:
    """Return the alerts of a feed, each with whether its bytes are the feed's own."""
    ways = [each["as_sent"] for each in kept.summary.get("alerts", ())]
    return list(zip(taken_from(kept), ways, strict=True))


def _flag(code: str) -> str:
    """Return what a flag says, in the reader's language."""
    return translate(FLAGS[code][0], reader()) if code in FLAGS else code


def _reason(reason: dict[str, Any] | None) -> str:
    """Return why a message was refused, in the reader's language."""
    return Fault.from_row(reason).in_language(reader()) if reason else ""
