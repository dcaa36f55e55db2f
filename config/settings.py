"""One file; what differs between places comes from the environment.

Safe by default: with DEBUG off, a missing variable stops the start and is named.
"""

import os
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

BASE_DIR = Path(__file__).resolve().parent.parent
DEBUG = os.environ.get("DEBUG", "").lower() in {"1", "true", "yes"}


def required(name, in_development):
    """The variable's value; in development, where it is missing, the one given."""
    value = os.environ.get(name) or (in_development if DEBUG else None)
    if value is None:
        raise ImproperlyConfigured(f"Set {name} in the environment, or DEBUG=1 for development.")
    return value


def words(text):
    return [word for word in text.replace(",", " ").split() if word]


def database(url):
    """Django's words for a postgresql:// address."""
    parts = conninfo_to_dict(url)
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "ATOMIC_REQUESTS": True,
        "OPTIONS": {
            **{k: v for k, v in parts.items() if k not in names.values()},
            "pool": {"min_size": 1, "max_size": 8, "timeout": 10},
        },
        **{theirs: parts.get(ours, "") for theirs, ours in names.items()},
    }


SECRET_KEY = required("SECRET_KEY", in_development="for development only: not a secret")
ALLOWED_HOSTS = words(required("ALLOWED_HOSTS", in_development="*"))
CSRF_TRUSTED_ORIGINS = words(os.environ.get("CSRF_TRUSTED_ORIGINS", ""))
DATABASES = {"default": database(required("DATABASE_URL", in_development="postgresql:///throughcare"))}

# Whether this database may be filled with invented people.
DEMONSTRATION = os.environ.get("DEMONSTRATION", "").lower() in {"1", "true", "yes"}

INSTALLED_APPS = [
    "referrals.insight",
    "referrals.rehab",
    "referrals.booking",
    "referrals",
    "offenders",
    "partners.audit",
    "partners.frame",
    "partners.notices",
    "partners",
    "config",
    "config.apps.BackOfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "csp",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "procrastinate.contrib.django",
    "rest_framework",
    "template_partials",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "partners.middleware.ActingMiddleware",
    "offenders.merge_views.FollowMerge",
    "config.views.ErrorPages",
    "partners.once.OnceMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.frame",
            ],
            "builtins": ["partners.frame.templatetags.frame", "template_partials.templatetags.partials"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Who signs in
AUTH_USER_MODEL = "partners.User"
AUTHENTICATION_BACKENDS = ["partners.auth.ActingBackend"]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign_in"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# Cookies, headers, sessions: 12 hours at the most
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_NAME = "sessionid" if DEBUG else "__Host-sessionid"
CSRF_COOKIE_NAME = "csrftoken" if DEBUG else "__Host-csrftoken"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "config.views.csrf_failure"
SECURE_SSL_REDIRECT = not DEBUG
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if os.environ.get("BEHIND_PROXY") else None
SECURE_HSTS_SECONDS = 0 if DEBUG else 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

# Words, time, files
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = ["config.formats"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "build" / "collected"
STATICFILES_DIRS = [folder for folder in [BASE_DIR / "build" / "static"] if folder.exists()]
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["partners.frame.parser.TextParser"],
    "DEFAULT_FILTER_BACKENDS": ["partners.frame.filters.StrictFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "partners.frame.paging.KeysetPagination",
    "DEFAULT_SCHEMA_CLASS": "partners.frame.schema.AutoSchema",
    "EXCEPTION_HANDLER": "partners.frame.api.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Throughcare",
    "DESCRIPTION": "The shared case system of a police force and its treatment partners.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "ReferralStatusEnum": "referrals.workflow.Status",
        "PlacementStatusEnum": "referrals.rehab.workflow.Stay",
        "HowAnsweredEnum": "offenders.models.consent.Consent.How",
        "AppointmentStatusEnum": "referrals.booking.workflow.Status",
        "AppointmentKindEnum": "referrals.booking.models.appointment.Appointment.Kind",
        "AskedByEnum": "referrals.booking.models.appointment.Appointment.AskedBy",
        "DeadlineKindEnum": "referrals.models.deadline.Deadline.Kind",
        "ResolutionKindEnum": "referrals.models.resolution.Resolution.Kind",
        "TaskKindEnum": "referrals.models.task.Task.Kind",
        "TodoStatusEnum": "referrals.workflow.Todo",
        "FundingStatusEnum": "referrals.rehab.workflow.Answer",
        "PreparationKindEnum": "referrals.rehab.models.preparation.Preparation.Kind",
        "PreparationStatusEnum": "referrals.rehab.workflow.Stage",
        "QuestionStatusEnum": "referrals.rehab.workflow.Asked",
        "CircumstanceEnum": "referrals.rehab.matching.Circumstance",
        "PlanStatusEnum": "referrals.rehab.plan.workflow.PlanState",
        "PlanDomainStatusEnum": "referrals.rehab.plan.workflow.DomainState",
        "ActionLinkStatusEnum": "referrals.rehab.plan.workflow.LinkState",
        "AbsenceKindEnum": "referrals.rehab.models.absence.Absence.Kind",
        "AbsenceStatusEnum": "referrals.rehab.workflow.Away",
        "YesNoUnknownEnum": [("yes", "yes"), ("no", "no"), ("unknown", "unknown")],
    },
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
}

# Messages to people and staff: with a key GOV.UK Notify sends them; in development they are files in a folder
SITE_URL = required("SITE_URL", in_development="http://127.0.0.1:8000").rstrip("/")
NOTIFY_API_KEY = required("NOTIFY_API_KEY", in_development="")
NOTIFY_SMS_TEMPLATE = required("NOTIFY_SMS_TEMPLATE", in_development="")
NOTIFY_EMAIL_TEMPLATE = required("NOTIFY_EMAIL_TEMPLATE", in_development="")
OUTBOX = BASE_DIR / ".data" / "outbox"
PROCRASTINATE_WORKER_DEFAULTS = {"delete_jobs": "successful"}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"procrastinate": {"level": "WARNING"}},
}
