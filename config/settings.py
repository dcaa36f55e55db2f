"""One file; what differs between places comes from the environment.

Safe by default: with DEBUG off, a missing variable stops the start and is named.
"""

import os
from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

from config import logs

BASE_DIR = Path(__file__).resolve().parent.parent
DEBUG = os.environ.get("DEBUG", "").lower() in {"1", "true", "yes"}


def given(name):
    """The variable's value, or what stands in the file that NAME_FILE names; nothing where neither is there."""
    if file := os.environ.get(f"{name}_FILE"):
        return Path(file).read_text().strip()
    return os.environ.get(name, "")


def required(name, in_development):
    """The same; in development, where it is missing, the one given."""
    value = given(name) or (in_development if DEBUG else None)
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
SECRET_KEY_FALLBACKS = words(given("SECRET_KEY_FALLBACKS"))  # the keys before, until what they signed has expired
ALLOWED_HOSTS = words(required("ALLOWED_HOSTS", in_development="*"))
CSRF_TRUSTED_ORIGINS = words(os.environ.get("CSRF_TRUSTED_ORIGINS", ""))
DATABASES = {"default": database(required("DATABASE_URL", in_development="postgresql:///throughcare"))}

# Whether this database may be filled with invented people.
DEMONSTRATION = os.environ.get("DEMONSTRATION", "").lower() in {"1", "true", "yes"}

INSTALLED_APPS = [
    "referrals.insight",
    "referrals.oversight",
    "referrals.rehab",
    "referrals.booking",
    "referrals",
    "offenders.alerts",
    "offenders.documents",
    "offenders.retention",
    "offenders.subject_access",
    "offenders",
    "partners.audit",
    "partners.frame",
    "partners.notices",
    "partners.signin",
    "partners.systems",
    "partners",
    "config",
    "config.apps.BackOfficeConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
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
    "drf_spectacular",
    "procrastinate.contrib.django",
    "rest_framework",
]

MIDDLEWARE = [
    "config.headers.Headers",
    "config.requests.RequestLog",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "partners.systems.middleware.SystemMiddleware",
    "partners.systems.versions.EndingMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "partners.middleware.ActingMiddleware",
    "partners.signin.session_limits.SessionLimits",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "partners.signin.second_step.SecondStep",
    "partners.signin.recent.RecentSignIn",
    "offenders.merge_views.FollowMerge",
    "config.views.ErrorPages",
    "partners.once.OnceMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.frame",
            ],
            "builtins": ["partners.frame.templatetags.frame"],
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
ACCOUNT_ADAPTER = "partners.signin.adapter.Account"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # an administrator makes the account; its address is the agency's own
SOCIALACCOUNT_ADAPTER = "partners.signin.sso_adapter.FromProvider"
# an agency's provider is asked whether someone is still there when its last answer is so old (0: each time); while it
# does not answer, the last answer is trusted for so long
SSO_ASK_AGAIN = timedelta(seconds=int(os.environ.get("SSO_ASK_AGAIN", 60)))
SSO_TRUST_UNANSWERED = timedelta(seconds=int(os.environ.get("SSO_TRUST_UNANSWERED", 300)))
MFA_REQUIRED = os.environ.get("MFA_REQUIRED", "" if DEBUG else "1").lower() in {"1", "true", "yes"}
MFA_ADAPTER = "partners.signin.second_step.SecondSteps"
MFA_SUPPORTED_TYPES = ["totp", "webauthn"]  # recovery codes are our own: the library's are not kept as hashes
MFA_TOTP_TOLERANCE = 0  # the code of now alone: of those beside it the library forgets too soon that they were used
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG  # for http://localhost:8000
MFA_ALLOW_UNVERIFIED_EMAIL = True  # an address is an administrator's word
PASSWORD_RESET_TIMEOUT = 60 * 60
# So many tries from one address, of one account, by one user. What counts as one is in partners/signin/adapter.py.
ACCOUNT_RATE_LIMITS = {
    "login": "100/m/ip",
    "login_failed": "5/15m/key,20/m/ip,200/h/ip",  # of codes too; nobody is kept out of their account for longer
    "change_password": "5/15m/user",
    "reset_password": "20/m/ip,3/15m/key",
}
CACHES = {"default": {"BACKEND": "partners.signin.limits.Limits"}}
# how many proxies of ours stand before the server: what they say of where a request comes from is believed, no more
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("TRUSTED_PROXIES", 0))
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "partners.signin.passwords.Guessable"},
]

# Sessions: 12 hours at the most, and so long without use (less in a role that opens the back office); before what is in
# partners/signin/recent.py a sign-in, or the password or the provider again, no older than RECENT
SESSION_ENGINE = "partners.signin.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60
IDLE, IDLE_PRIVILEGED, RECENT = timedelta(minutes=30), timedelta(minutes=15), timedelta(minutes=15)

# Cookies and headers
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_NAME = "sessionid" if DEBUG else "__Host-sessionid"
CSRF_COOKIE_NAME = "csrftoken" if DEBUG else "__Host-csrftoken"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "config.views.csrf_failure"
SECURE_SSL_REDIRECT = not DEBUG
SECURE_REDIRECT_EXEMPT = [r"^api/"]  # config/headers.py refuses it in clear: a redirect would hide what was sent so
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if os.environ.get("BEHIND_PROXY") else None
SECURE_HSTS_SECONDS = 0 if DEBUG else 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SIGNED_COOKIE_LEGACY_SALT_FALLBACK = False
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # a cookie would hold what they say
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
        "report-uri": "/csp-report/",
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
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "partners.systems.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
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
        "ReviewGroupEnum": "offenders.retention.models.groups.Group",
        "RestrictionWhatEnum": "offenders.models.restriction.Restriction.What",
        "RetentionWhatEnum": "offenders.retention.models.decision.Decision.What",
        "RetentionStatusEnum": "offenders.retention.models.decision.Decision.Status",
        "HoldStatusEnum": "offenders.retention.models.hold.Hold.Status",
        "PlacementStatusEnum": "referrals.rehab.workflow.Stay",
        "AskedHowEnum": "offenders.subject_access.models.SubjectRequest.How",
        "HowAnsweredEnum": "offenders.models.consent.Consent.How",
        "AppointmentStatusEnum": "referrals.booking.workflow.Status",
        "AppointmentKindEnum": "referrals.booking.models.appointment.Appointment.Kind",
        "AskedByEnum": "referrals.booking.models.appointment.Appointment.AskedBy",
        "DeadlineKindEnum": "referrals.models.deadline.Deadline.Kind",
        "DeadlineStatusEnum": "referrals.workflow.Due",
        "ResolutionKindEnum": "referrals.models.resolution.Resolution.Kind",
        "CoverStatusEnum": "referrals.workflow.Arranged",
        "TaskKindEnum": "referrals.models.task.Task.Kind",
        "TodoStatusEnum": "referrals.workflow.Todo",
        "FundingStatusEnum": "referrals.rehab.workflow.Answer",
        "OverspendStatusEnum": "referrals.rehab.workflow.Wish",
        "PreparationKindEnum": "referrals.rehab.models.preparation.Preparation.Kind",
        "PreparationStatusEnum": "referrals.rehab.workflow.Stage",
        "QuestionStatusEnum": "referrals.rehab.workflow.Asked",
        "CircumstanceEnum": "referrals.rehab.matching.Circumstance",
        "PlanStatusEnum": "referrals.rehab.plan.workflow.PlanState",
        "PlanDomainStatusEnum": "referrals.rehab.plan.workflow.DomainState",
        "ActionLinkStatusEnum": "referrals.rehab.plan.workflow.LinkState",
        "AbsenceKindEnum": "referrals.rehab.models.absence.Absence.Kind",
        "AbsenceStatusEnum": "referrals.rehab.workflow.Away",
        "TokenScopeEnum": "partners.systems.models.Token.Scope",
        "NoticeStatusEnum": "partners.notices.models.Notice.Status",
        "CaseReviewStatusEnum": "referrals.rehab.review.workflow.Stands",
        "YesNoUnsureEnum": "referrals.rehab.models.review.Answer",
        "FollowUpAnswerEnum": "referrals.rehab.models.follow_up.FollowUp.Answer",
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
# Webhooks of partners go to https:// on the open internet alone; in development to this machine too
HOOKS_ANYWHERE = DEBUG
# Files that people add: a folder that nothing is served from, kept and backed up with the database
FILES_ROOT = Path(required("FILES_ROOT", in_development=str(BASE_DIR / ".data" / "files")))
FILE_UPLOAD_HANDLERS = ["offenders.documents.uploads.OneFile"]
DATA_UPLOAD_MAX_NUMBER_FILES = 1
# The socket of a clamd, a path or host:port, that scans them; until it has, they are held
CLAMAV = os.environ.get("CLAMAV", "")
HOLD_UNSCANNED = os.environ.get("HOLD_UNSCANNED", "1").lower() in {"1", "true", "yes"}
PROCRASTINATE_WORKER_DEFAULTS = {"delete_jobs": "successful"}

LOGGING = logs.configuration(plain=DEBUG)
