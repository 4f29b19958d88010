"""The product's own settings on a throw-away node."""

import os
import secrets
import tempfile
from pathlib import Path

_home = Path(tempfile.mkdtemp(prefix="sameboat-tests-"))
(_home / "keys").mkdir(mode=0o700)
(_home / "raw").mkdir()
(_home / "keys" / "secret_key").write_text(secrets.token_urlsafe(48))
(_home / "sameboat.toml").write_text('place = "cn:220200"\nlanguage = "en"\n')
os.environ["SAMEBOAT_HOME"] = str(_home)

from sameboat.config.settings import *  # noqa: E402, F403
from sameboat.config.settings import DATABASES, STORAGES  # noqa: E402

DATABASES["default"]["TEST"] = {"NAME": str(_home / "test.sqlite3")}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
