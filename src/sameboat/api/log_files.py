"""The log as files that any cache or file server can hand on, and the witness of others' logs."""

import gzip
import hashlib
import re
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseNotFound

from sameboat.ground.logbook import proving
from sameboat.ground.logbook.following import note_hint
from sameboat.ground.logbook.own import open_own
from sameboat.ground.logbook.witnessing import witness
from sameboat.lib.address import PLACE_CODE
from sameboat.lib.refusal import Refusal
from sameboat.proof.keys import COSIGNER
from sameboat.proof.witness import MOST_BYTES, SIZE_TYPE

#: What never changes may be kept for a year; the checkpoint for as long as one pass takes.
_FOR_EVER = "public, max-age=31536000, immutable"
_A_MOMENT = "public, max-age=1"
_CHECKPOINT, _WITNESS, _HINT = "checkpoint", "/witness/add-checkpoint", "/witness/hint"
_MOST_HINT = 64
#: Our own log, and those that we follow, by their place.
_FILE = re.compile(r"/log/(?:of/(?P<origin>[^/]{1,48})/)?(?P<path>checkpoint|tile/.*)")
_TEXT, _BYTES = "text/plain; charset=utf-8", "application/octet-stream"
#: Shorter answers are not worth packing.
_LEAST_PACKED = 1024


def is_file(path: str) -> bool:
    """Return whether a path of a request names a file of our log, or of one that we follow."""
    return _FILE.fullmatch(path) is not None


def answer_file(request: HttpRequest) -> HttpResponse:
    """Answer the newest checkpoint, or a tile or bundle that it implies; else nothing is there.

    Of a log that we follow it is the copy that we verified: who cannot reach its node reads ours.
    """
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    match = _FILE.fullmatch(request.path_info)
    assert match is not None
    origin, path = match["origin"] or settings.PLACE, match["path"]
    if not PLACE_CODE.fullmatch(origin):
        return _nothing()
    if path == _CHECKPOINT:
        content, kind, keep = proving.newest_note(origin), _TEXT, _A_MOMENT
    else:
        content, kind, keep = proving.log_file(origin, path), _BYTES, _FOR_EVER
    return _nothing() if content is None else _answer(request, content, kind, keep)


def _nothing() -> HttpResponse:
    return HttpResponseNotFound("nothing is here\n", content_type=_TEXT)


def is_witness(path: str) -> bool:
    """Return whether a path of a request is where logs ask to be cosigned."""
    return path == _WITNESS


def answer_witness(request: HttpRequest, now: datetime) -> HttpResponse:
    """Answer a log that wants its checkpoint cosigned; what is signed was recorded before."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    body = request.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        return HttpResponse(f"at most {MOST_BYTES} bytes\n", status=413, content_type=_TEXT)
    try:
        signer = open_own(COSIGNER)
    except Refusal:
        return HttpResponseNotFound("nothing is witnessed here\n", content_type=_TEXT)
    found = witness(request=body, signer=signer, now=now)
    kind = SIZE_TYPE if found.status == 409 else _TEXT
    return HttpResponse(found.body, status=found.status, content_type=kind)


def is_hint(path: str) -> bool:
    """Return whether a path of a request is where peers say that there is something new."""
    return path == _HINT


def answer_hint(request: HttpRequest) -> HttpResponse:
    """Take a hint: its body names a place.  It proves nothing and is only looked into."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    body = request.read(_MOST_HINT + 1)
    if len(body) > _MOST_HINT:
        return HttpResponse(f"at most {_MOST_HINT} bytes\n", status=413, content_type=_TEXT)
    origin = body.decode("ascii", "replace").strip()
    known = PLACE_CODE.fullmatch(origin) is not None and note_hint(origin=origin)
    return HttpResponse(status=202 if known else 404, content_type=_TEXT)


def _answer(request: HttpRequest, content: bytes, kind: str, keep: str) -> HttpResponse:
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    if request.headers.get("If-None-Match") == tag:
        answer = HttpResponse(status=304)
    else:
        packed = content
        if "gzip" in request.headers.get("Accept-Encoding", "") and len(content) >= _LEAST_PACKED:
            packed = gzip.compress(content, 6, mtime=0)
        smaller = len(packed) < len(content)  # hashes are not
        answer = HttpResponse(packed if smaller else content, content_type=kind)
        if smaller:
            answer["Content-Encoding"] = "gzip"
    answer["ETag"] = tag
    answer["Cache-Control"] = keep
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Vary"] = "Accept-Encoding"
    return answer
