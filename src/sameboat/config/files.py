"""Files for machines, answered before sessions, languages and pages: any cache may keep them."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from sameboat.api.log_bodies import answer_body, is_body
from sameboat.api.log_files import (
    answer_file,
    answer_hint,
    answer_witness,
    is_file,
    is_hint,
    is_witness,
)
from sameboat.api.version import answer_version, is_version
from sameboat.config.clock import node_now


class LogFilesMiddleware:
    """Answers the files of logs, bodies, hints, the witness, the version; all else goes on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer one request."""
        if is_file(request.path_info):
            return answer_file(request)
        if is_witness(request.path_info):
            return answer_witness(request, node_now())
        if is_body(request.path_info):
            return answer_body(request, node_now())
        if is_hint(request.path_info):
            return answer_hint(request)
        if is_version(request.path_info):
            return answer_version(request, node_now())
        return self.get_response(request)
