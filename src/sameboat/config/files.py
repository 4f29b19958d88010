"""Files for machines, answered before sessions, languages and pages: any cache may keep them."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from sameboat.api.log_files import answer_file, is_file


class LogFilesMiddleware:
    """Answers `/log/checkpoint` and `/log/tile/…` itself; everything else goes on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer one request."""
        if is_file(request.path_info):
            return answer_file(request)
        return self.get_response(request)
