"""The log as files that any cache or file server can hand on: checkpoint, tiles, bundles."""

import gzip
import hashlib

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from sameboat.ground.logbook import proving

#: What never changes may be kept for a year; the checkpoint for as long as one pass takes.
_FOR_EVER = "public, max-age=31536000, immutable"
_A_MOMENT = "public, max-age=1"
#: Shorter answers are not worth packing.
_LEAST_PACKED = 1024


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """Answer the newest checkpoint of this node's log, with the cosignatures that it has."""
    note = proving.newest_note(settings.PLACE)
    if note is None:
        raise Http404
    return _answer(request, note, "text/plain; charset=utf-8", _A_MOMENT)


@require_safe
def tile(request: HttpRequest, path: str) -> HttpResponse:
    """Answer a tile or a bundle of entries, full or partial, that a checkpoint implies."""
    content = proving.log_file(settings.PLACE, f"tile/{path}")
    if content is None:
        raise Http404
    return _answer(request, content, "application/octet-stream", _FOR_EVER)


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
    patch_vary_headers(answer, ["Accept-Encoding"])
    return answer
