"""Django's settings, from the settings of the node (``conf.schema``, table in docs/operation.md)."""

import hashlib
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from django.conf.global_settings import LANGUAGES
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import to_locale

from lockss_portal.conf.load import ROOT, SettingsError, load_node
from lockss_portal.conf.secret import secret_key
from lockss_portal.engines.broker import broker_settings
from lockss_portal.engines.node import database_settings
from lockss_portal.supervisor.identity import ProcessId

try:
    NODE = load_node()
except SettingsError as error:
    raise ImproperlyConfigured(str(error)) from None

BASE_DIR = ROOT
SECRET_KEY = secret_key(NODE.keys_dir)
DEBUG = False
_portal, _content = urlsplit(NODE.public_url), urlsplit(NODE.content_url)
HTTPS = _portal.scheme == "https"
LOOPBACK = _portal.hostname in ("127.0.0.1", "::1", "localhost")
ALLOWED_HOSTS = [_portal.hostname, *NODE.allowed_hosts]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "lockss_portal",
    "apps.common",
    "apps.accounts",
    "apps.repository",
    "apps.peers",
    "apps.titles",
    "apps.plugins",
    "apps.aus",
    "apps.permissions",
    "apps.crawls",
    "apps.polls",
    "apps.delivery",
    "apps.exports",
    "apps.usage",
    "apps.kbart",
    "apps.nodes",
    "apps.network",
    "apps.api",
]
MIDDLEWARE = [
    *(["apps.common.middleware.SecurityHeaders"] if find_spec("apps.common.middleware") else []),
    "lockss_portal.health.FirstMiddleware",
    "lockss_portal.hosts.KnownHostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "lockss_portal.health.ReadyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    *(["apps.common.middleware.KnownMethods"] if find_spec("apps.common.middleware") else []),
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.accounts.middleware.PersonMiddleware",
    # Its rows and protocols are used, none of its pages; it wants to stand here.
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    *(["apps.common.middleware.FormAddress"] if find_spec("apps.common.middleware") else []),
]
ROOT_URLCONF = "lockss_portal.urls"
WSGI_APPLICATION = "lockss_portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lockss_portal.context.node",
            ],
        },
    }
]

DATABASES = {"default": database_settings(NODE)}
# Whose end also ends an embedded server that a command had to start; None: the command itself.
ENGINE_OWNER: ProcessId | None = None
# Set by the test suite: the folder that goes with the server.
TEST_HOME: Path | None = None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
BROKER = broker_settings(NODE)
CACHES = {"default": BROKER.cache}

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "/accounts/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
MFA_ADAPTER = "apps.accounts.mfa.PortalMfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
# Clocks of telephones; a code is good once whatever the window (services.factors).
MFA_TOTP_TOLERANCE = 1
SOCIALACCOUNT_ADAPTER = "apps.accounts.oidc.PortalSocialAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
ACCOUNT_EMAIL_VERIFICATION = "none"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# Cookies ignore ports: the names of two nodes on one host must differ. Browsers take ``__Host-`` from https only;
# Chromium and Firefox treat loopback as secure.
_digest = hashlib.sha256(NODE.lcap_identity.encode()).hexdigest()[:10]
_host = "__Host-" if HTTPS or LOOPBACK else ""
SESSION_COOKIE_NAME = f"{_host}session-{_digest}"
CSRF_COOKIE_NAME = f"{_host}csrf-{_digest}"
LANGUAGE_COOKIE_NAME = f"{_host}language-{_digest}"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = bool(_host)
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_ENGINE = "apps.accounts.sessions"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_FAILURE_VIEW = "apps.common.views.csrf_failure"
CSRF_TRUSTED_ORIGINS = [NODE.public_url]
SECURE_SSL_REDIRECT = HTTPS
# Health is asked by machines beside us, in plain http.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 365 * 86_400 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if NODE.behind_proxy else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = NODE.time_zone
LOCALE_PATHS = [BASE_DIR / "locale"]
# Those that have a catalogue: a page never calls itself French and speaks English.
LANGUAGES = [
    (code, name)
    for code, name in LANGUAGES
    if code == LANGUAGE_CODE or (LOCALE_PATHS[0] / to_locale(code) / "LC_MESSAGES" / "django.mo").is_file()
]
# What somebody chose without an account.
LANGUAGE_COOKIE_AGE = 365 * 86_400
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Served from where they lie, by WhiteNoise; nothing is collected or built.
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600
MEDIA_ROOT = NODE.media_dir
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
# Requests for preserved pages that come closer together share one look at what was said about serving, and what was
# found for one reader is good for the next one for so long (apps/delivery/services/remembered.py).
SERVING_STAMP_S, SERVING_REMEMBERED_S = 0.02, 10.0

# The task that a stored peer message wakes; its name only, because lcapd lies below the polls.
LCAP_INBOUND_TASK = "apps.polls.tasks.read_inbox"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "filters": {"expected": {"()": "lockss_portal.logs.NoTrace"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["expected"]}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # A line for every scan would hide the lines that matter.
        "celery.app.trace": {"handlers": [], "level": "WARNING", "propagate": True},
        "celery.worker.strategy": {"handlers": [], "level": "WARNING", "propagate": True},
        "celery.worker.request": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
    },
}
SILENCED_SYSTEM_CHECKS: list[str] = []
CONTENT_ORIGIN = f"{_content.scheme}://{_content.netloc}"
