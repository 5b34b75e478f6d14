"""Settings, all from the environment. A missing or unsafe value stops the start with a sentence.

HALLWAY_MODE: `production` (default) refuses anything unsafe; `demo` and `test` run on loopback with
throw-away secrets; `check` is for static gates that open no service.
"""

from datetime import timedelta
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from config import policy, sign_in, unsafe
from config.rounds import rounds
from config.wiring import CLOSING_CHECKS as CLOSING_CHECKS
from config.wiring import DELIVERY_SUBJECTS as DELIVERY_SUBJECTS
from config.wiring import DOORBELL as DOORBELL
from config.wiring import JOBS as JOBS
from config.wiring import MERGE_CHECKS as MERGE_CHECKS
from config.wiring import PROTOCOL_FILES as PROTOCOL_FILES
from config.wiring import PROTOCOL_ROWS as PROTOCOL_ROWS
from config.wiring import REACTIONS as REACTIONS
from config.wiring import WORKS_SOMEWHERE as WORKS_SOMEWHERE
from core.lib.logs import lines

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

MODE = env("HALLWAY_MODE", default="production")
if MODE not in {"production", "demo", "test", "check"}:
    raise ImproperlyConfigured("HALLWAY_MODE must be production, demo, test or check.")
LOOPBACK = MODE in {"demo", "test", "check"}


def needed(name: str, *, loopback: str) -> str:
    """A value production must set; on loopback a harmless default stands in."""
    value = env(name, default=loopback if LOOPBACK else "")
    if not value:
        raise ImproperlyConfigured(
            f"Set {name} in the environment; Hallway does not start without it."
        )
    return str(value)


SECRET_KEY = needed("SECRET_KEY", loopback="loopback-only-" + "k" * 50)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])  # the former, for a while
DEBUG = False
BASE_URL = needed("BASE_URL", loopback="http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"] if LOOPBACK else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[] if LOOPBACK else [BASE_URL])

# --- what is installed -------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "simple_history",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django_structlog",
    "core.lib",
    "core.audit",
    "core.events",
    "core.accounts",
    "core.people",
    "core.protocols",
    "core.documents",
    "core.work",
    "core.importing",
    "messaging",
    "outcomes",
    "intake",
    "rehab",
    "procedures",
    "authorizations",
    "config.home",
]

MIDDLEWARE = [
    "config.home.middleware.HeadersMiddleware",
    "csp.middleware.CSPMiddleware",
    "core.audit.middleware.RequestContextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.accounts.middleware.NoStoreMiddleware",
    "core.accounts.middleware.ApiSlashMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "core.accounts.middleware.SessionEndMiddleware",  # before anything else looks who is asking
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "core.people.middleware.ClinicZoneMiddleware",
    "core.accounts.middleware.AccessMiddleware",
    "core.accounts.middleware.FactorMiddleware",
    "core.accounts.middleware.NulMiddleware",
    "config.home.errors.ErrorPages",
    "config.home.sent_once.SentOnce",  # innermost: what is decided before the view is no effect
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "core.lib.ui.environment",
            "context_processors": [
                "django.contrib.messages.context_processors.messages",
                "config.home.shell.shell",
                "config.home.chart.chart",
            ],
        },
    },
    {  # third-party mails (password reset) stay Django templates
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    },
]

# --- database: PostgreSQL only -----------------------------------------------------------------
DATABASES = {
    "default": env.db_url_config(
        needed("DATABASE_URL", loopback="postgres://hallway@127.0.0.1:5432/hallway")
    )
}
if "postgresql" not in str(DATABASES["default"].get("ENGINE", "")):
    raise ImproperlyConfigured("DATABASE_URL must point to PostgreSQL (postgres://…).")
WORKER = env.bool("HALLWAY_WORKER", default=False)
APP_DATABASE_PASSWORD = env("APP_DATABASE_PASSWORD", default="")  # grant_app_role gives it
DATABASE_ROLE = env("DATABASE_ROLE", default="")  # web and workers; migrations run as the owner
DATABASES["default"] |= {
    "CONN_MAX_AGE": 0 if WORKER else 60,
    "CONN_HEALTH_CHECKS": True,
    "OPTIONS": {
        **DATABASES["default"].get("OPTIONS", {}),
        "connect_timeout": 5,
        # Nobody waits for ever: a worker for a row, a row for a request that hangs.
        # Misspelt names: the index operator works at this threshold (people.selectors.SIMILAR).
        "options": "-c pg_trgm.word_similarity_threshold=0.45"
        " -c idle_in_transaction_session_timeout=60s"
        + (" -c lock_timeout=3s" if WORKER else "")
        + (f" -c role={DATABASE_ROLE}" if DATABASE_ROLE else ""),
    },
}
CACHES = {  # rate limits and used codes: never on the broker, so a broker flush resets no lockout
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache_rows"}
}

# --- sign-in -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "core.accounts.passwords.Length"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "core.accounts.passwords.NotGuessable"},
]
PASSWORD_RESET_TIMEOUT = 24 * 3600
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home:today"
LOGOUT_REDIRECT_URL = "account_login"
vars().update(sign_in.POLICY)
MFA_FOR_PATIENTS = env.bool("MFA_FOR_PATIENTS", default=False)  # staff always need one
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
LOCKOUT_ADDRESS_LIMIT = env.int("LOCKOUT_ADDRESS_LIMIT", default=20)  # a clinic shares one address
TRUSTED_PROXIES = sign_in.networks(env.list("TRUSTED_PROXIES", default=[]))
SECRETS_KEYS = sign_in.secrets_keys(
    env.list("SECRETS_KEYS", default=[]), derive_from=SECRET_KEY if LOOPBACK else ""
)
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# --- the web's edges ---------------------------------------------------------------------------
SECURE_COOKIES = not LOOPBACK or MODE == "check"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_NAME = "__Host-session" if SECURE_COOKIES else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE_COOKIES else "csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "config.home.errors.csrf_failure"
SECURE_SSL_REDIRECT = SECURE_COOKIES
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_TLS_PROXY", default=False) else None
)
SECURE_REDIRECT_EXEMPT = [
    r"^healthz$",
    r"^readyz$",
]  # probes come over plain HTTP inside the network
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE_COOKIES else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_COOKIES
SECURE_REFERRER_POLICY = policy.HEADERS["Referrer-Policy"]
SECURE_CROSS_ORIGIN_OPENER_POLICY = policy.HEADERS["Cross-Origin-Opener-Policy"]
X_FRAME_OPTIONS = policy.HEADERS["X-Frame-Options"]
CONTENT_SECURITY_POLICY = policy.CSP
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# Files stay in memory up to what an import takes: patients' data never lie in a temporary folder.
FILE_UPLOAD_MAX_MEMORY_SIZE = 26 * 1024 * 1024
# Load tests and fuzzing ask more often than people; production cannot be set looser.
RATE_FACTOR = env.float("RATE_FACTOR", default=1.0) if LOOPBACK else 1.0

# --- static files, time, language ----------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))
WHITENOISE_USE_FINDERS = LOOPBACK
WHITENOISE_AUTOREFRESH = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if LOOPBACK
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
MEDIA_ROOT = env("MEDIA_ROOT", default=str(BASE_DIR / ".local" / "media"))
# Documents are scanned before anybody opens them; "none" = working without, said on purpose.
DOCUMENT_SCANNER = needed("DOCUMENT_SCANNER", loopback="none")
CLAMD_ADDRESS = env("CLAMD_ADDRESS", default="/run/clamav/clamd.ctl")  # or host:port
CLAMD_SECONDS = env.float("CLAMD_SECONDS", default=10.0)
FILE_UPLOAD_HANDLERS = ["core.documents.uploads.Bounded"]
DATA_UPLOAD_MAX_NUMBER_FILES = 20
BACKUP_RECIPIENT = env("BACKUP_RECIPIENT", default="")  # age public key
RETENTION_CHART_YEARS = env.int("RETENTION_CHART_YEARS", default=0)  # 0 = kept for good
if 0 < RETENTION_CHART_YEARS < 6:
    raise ImproperlyConfigured("RETENTION_CHART_YEARS must be 6 or more, or 0 to keep charts.")
AUDIT_ANCHOR_FILE = env(  # the chain's daily head; best on another machine; "" = none
    "AUDIT_ANCHOR_FILE",
    default="" if LOOPBACK else f"{Path(MEDIA_ROOT).parent}/audit-anchors.jsonl",
)
LANGUAGE_CODE = "en-us"
USE_TZ = True
TIME_ZONE = "UTC"

# --- queue: PostgreSQL is the ledger, the broker only a doorbell ---------------------------------
REDIS_URL = needed("REDIS_URL", loopback="redis://127.0.0.1:6379/0")
TICK_SECONDS = env.float("TICK_SECONDS", default=30.0)
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT = "config.broker:Transport"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10.0
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
SOCKET_SECONDS = 5 if WORKER else 1  # a page answers although the broker is frozen
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": SOCKET_SECONDS,
    "socket_connect_timeout": 2 if WORKER else 1,
    "health_check_interval": 10,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULE = rounds(TICK_SECONDS)

# --- deliveries ----------------------------------------------------------------------------------
EMAIL_URL = env.email_url("EMAIL_URL", **({"default": "smtp://127.0.0.1:2525"} if LOOPBACK else {}))
vars().update(EMAIL_URL)
EMAIL_TIMEOUT = 10
PLAIN_HOSTS = env.list("PLAIN_HOSTS", default=[])  # neighbours that need no TLS
FAX_GATEWAY_URL = env("FAX_GATEWAY_URL", default="")  # not set: print is offered
FAX_GATEWAY_TOKEN = env("FAX_GATEWAY_TOKEN", default="")
SMS_GATEWAY_URL = env("SMS_GATEWAY_URL", default="")
SMS_GATEWAY_TOKEN = env("SMS_GATEWAY_TOKEN", default="")
if not LOOPBACK:
    unsafe.refuse(vars(), debug=env.bool("DEBUG", default=False), plain_hosts=PLAIN_HOSTS)
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="hallway@localhost")
DELIVERY_LEASE_SECONDS = env.float("DELIVERY_LEASE_SECONDS", default=60.0)
DELIVERY_BACKOFF_SECONDS = [
    float(s) for s in env.list("DELIVERY_BACKOFF_SECONDS", default=[60, 120, 300, 900, 1800, 3600])
]
DELIVERY_MOST_ATTEMPTS = env.int("DELIVERY_MOST_ATTEMPTS", default=40)  # backoff: about 29 a day
HEARTBEAT_LATE_SECONDS = env.float("HEARTBEAT_LATE_SECONDS", default=150.0)

# --- API -----------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "core.accounts.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["core.accounts.access.DeclaredAccess"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.lib.parsers.BoundedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["core.work.limits.ApiThrottle"],
    "EXCEPTION_HANDLER": "config.home.errors.api_exception",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Hallway",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- logs: ids only, never health data -----------------------------------------------------------
LOGGING = lines(level=env("LOG_LEVEL", default="INFO"))
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True  # RequestContextMiddleware put ours in its place
ADMINS: list[tuple[str, str]] = []  # error mails would carry health data: off for good
SILENCED_SYSTEM_CHECKS = ["axes.W002"]  # its middleware would answer in our pages' place
