"""Django's settings, made from the node's own (config.node) and the house's layout."""

import secrets
import tempfile
from datetime import timedelta
from pathlib import Path

from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from sameboat.config.database import database_of
from sameboat.config.node import NodeSettings
from sameboat.lib.home import NodeHome, current_home

BASE_DIR = Path(__file__).resolve().parents[1]
NODE = NodeSettings()
# Without a node (lint, makemigrations) a folder that goes with the process stands in.
HOME = current_home() or NodeHome(Path(tempfile.gettempdir()) / "sameboat-without-a-node")
PLACE = NODE.place

#: The rooms in order, each with its apps from the lowest up; tests/test_tidy.py reads it.
ROOMS = {
    "ground": [["places"], ["logbook"], ["people"]],
    "books": [["compacts"]],
    "watch": [["forecasts"], ["alerts"]],
}


def _secret_key() -> str:
    file = HOME.keys / "secret_key"
    return file.read_text("ascii").strip() if file.exists() else secrets.token_urlsafe(48)


SECRET_KEY = _secret_key()
#: What opens the keys of the log, from the environment or from a file that it names.
LOG_PASSPHRASE = NODE.log_passphrase
LOG_PASSPHRASE_FILE = NODE.log_passphrase_file
LOG_KEYS = HOME.keys
#: Whose cosignatures of our log are enough; None: nobody's are needed.
LOG_POLICY = HOME.folder / NODE.policy if NODE.policy else None
DEBUG = False
# A demo's passwords are published: no other name leads to it, whatever the settings say.
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"] if NODE.demo else NODE.hosts
#: Added to the wall clock by the doors; zero except in a replay, which says so on every page.
CLOCK_SHIFT = (
    NODE.clock_starts_at - NODE.clock_set_at
    if NODE.demo and NODE.clock_starts_at and NODE.clock_set_at
    else timedelta()
)
DEMO = NODE.demo

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_tasks",
    "django_tasks_db",
    "django_htmx",
    "csp",
    "rules.apps.AutodiscoverRulesConfig",
    *(
        f"sameboat.{room}.{app}"
        for room, floors in ROOMS.items()
        for floor in floors
        for app in floor
    ),
    "sameboat.console",
    "sameboat.api",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "sameboat.config.files.LogFilesMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "sameboat.api.problems.ProblemMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "sameboat.config.activity.SessionActivityMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "sameboat.config.clock.ClockMiddleware",
    "sameboat.console.frame.PositionMiddleware",
]
ROOT_URLCONF = "sameboat.config.urls"
WSGI_APPLICATION = "sameboat.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "csp.context_processors.nonce",
                "sameboat.console.frame.frame",
            ]
        },
    }
]

DATABASES = {"default": database_of(NODE.database, HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
    },
    # Drawings of forecasts that were made: they never change, so each process draws them once.
    "drawings": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "TIMEOUT": None,
        "OPTIONS": {"MAX_ENTRIES": 500},
    },
}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = [
    "rules.permissions.ObjectPermissionBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "sameboat.ground.people.sign_in.ClosedSignup"
MFA_ADAPTER = "sameboat.ground.people.sign_in.SealedSecrets"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = {"login_failed": "5/5m/key,20/5m/ip"}
ALLAUTH_TRUSTED_PROXY_COUNT = NODE.trusted_proxies
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
USERSESSIONS_ADAPTER = "sameboat.ground.people.sign_in.NotedSessions"
USERSESSIONS_TRACK_ACTIVITY = True
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
TLS = NODE.tls
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = NODE.https or NODE.tls
SESSION_COOKIE_NAME = "sameboat_session"
CSRF_COOKIE_HTTPONLY = False
SECURE_REFERRER_POLICY = "same-origin"
# A year; whoever came once over TLS comes no other way.  Said on pages that came over TLS only, and
# not with a certificate of our own: no browser lets anybody past that one again.
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if NODE.https else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if NODE.https else None
X_FRAME_OPTIONS = "DENY"
# ".node.example" is every name below it, which an origin writes with a star.
CSRF_TRUSTED_ORIGINS = [
    f"https://{'*' if host.startswith('.') else ''}{host}" for host in NODE.hosts if NODE.https
]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "worker-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

LANGUAGE_CODE = NODE.language.lower()
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = NODE.zone
STATIC_URL = "static/"
STATIC_ROOT = HOME.static
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "sameboat.config.static.HashedStatic"},
}
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"  # nothing leaves by mail
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
