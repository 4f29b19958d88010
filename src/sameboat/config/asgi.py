"""The server's one entry: live changes as a bare ASGI function, every page through Django."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sameboat.config.settings")

from django.conf import settings

from sameboat.config.bridge import Bridge, Receive, Scope, Send
from sameboat.config.limits import Limits
from sameboat.config.wsgi import application as pages
from sameboat.console.live import serve_events

_bridge = Bridge(pages, limits=Limits(settings.ALLAUTH_TRUSTED_PROXY_COUNT))


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one connection."""
    if scope["type"] != "http":
        return
    if scope["path"] == "/events":
        await serve_events(scope, receive, send)
        return
    await _bridge(scope, receive, send)
