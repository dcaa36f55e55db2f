"""Headers and cookies of what the access table does not get: faults, files, sign-out, and the settings of production.

Each answer that it does get is asked the same there (answers.py).
"""

import functools
import json
import os
import re
import runpy
import subprocess
import sys

import pytest
from django.conf import settings as current
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core import signing
from django.urls import reverse

from config.headers import LARGEST_BODY
from config.tests.answers import faults
from scripts.commands import IN_PRODUCTION

YEAR = 365 * 24 * 60 * 60
ENVIRONMENT = IN_PRODUCTION | {
    "SECRET_KEY": "x" * 60, "DATABASE_URL": "postgresql:///throughcare", "PATH": os.environ["PATH"],
}  # fmt: skip
STRICT = (
    "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD",
    "SESSION_COOKIE_SECURE", "SESSION_COOKIE_NAME", "CSRF_COOKIE_SECURE", "CSRF_COOKIE_NAME",
)  # fmt: skip


@functools.cache
def in_production(*names):
    """The settings of these names where DEBUG is off."""
    code = f"import json; from config import settings as s; print(json.dumps({{n: getattr(s, n) for n in {names}}}))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=ENVIRONMENT, cwd=current.BASE_DIR, capture_output=True, text=True)
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def secure(settings):
    """As in production: everything over https, cookies of this host alone."""
    for name, value in in_production(*STRICT).items():
        setattr(settings, name, value)


def test_cookies_are_of_this_host_alone_out_of_reach_of_scripts(client, secure, officer):
    client.get("/sign-in/", secure=True)
    client.force_login(officer)
    client.post("/hats/wear/", {"membership": str(officer.memberships.get().pk)}, secure=True)
    assert set(client.cookies) == {"__Host-sessionid", "__Host-csrftoken"}
    for cookie in client.cookies.values():
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax"), cookie.key
        assert (cookie["path"], cookie["domain"]) == ("/", ""), cookie.key
        assert len(cookie.OutputString()) < 4096


def test_what_a_page_says_once_is_in_no_cookie(client, facilitator, make_offender):
    client.force_login(facilitator)
    note = {"kind": "visit", "text": "Met", "category": "general", "is_opinion": "fact", "shared_with": "team"}
    client.post(reverse("offenders:timeline", args=[make_offender().pk]), note)
    assert "messages" not in client.cookies


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/", "/sign-in/", "/nowhere/", "/api/v1/nowhere/", "/static/admin/css/base.css", "/x%00"]
)
def test_browsers_are_told_to_come_by_https_alone(client, secure, path):
    response = client.get(path, secure=True)
    response.close()
    wanted = f"max-age={YEAR}; includeSubDomains; preload"
    assert response["Strict-Transport-Security"] == wanted
    assert set(faults(response)) <= {"it may be kept"}
    in_clear = client.get(path)
    assert in_clear.status_code in (301, 400, 404)
    assert not list(faults(in_clear))


@pytest.mark.django_db
def test_a_program_that_comes_in_clear_is_refused_and_no_redirect_hides_it(client, secure):
    response = client.post("/api/v1/offenders/search/", {"q": "Sam"}, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (403, "in_clear")


def answers(client, user):
    """Answers of each kind there is: [(status, response)]."""
    yield 400, client.get("/", HTTP_HOST="elsewhere.example")
    yield 302, client.get("/")
    yield 403, client.get("/api/v1/offenders/")
    yield 404, client.get("/nowhere/")
    yield 413, client.post("/sign-in/", b"x" * (LARGEST_BODY + 1), content_type="text/plain")
    client.force_login(user)
    yield 400, client.get("/o2r/units/?%00=1")
    yield 403, client.get("/roles/")
    yield 405, client.get("/hats/wear/")
    yield 405, client.generic("TRACE", "/hats/wear/")
    yield 404, client.get(f"/people/{user.pk}/")


@pytest.mark.django_db
def test_faults_say_as_much_as_pages_do(client, officer, settings):
    settings.ALLOWED_HOSTS = ["testserver"]
    wrong = []
    for status, response in answers(client, officer):
        wrong += [f"{status}: {fault}" for fault in faults(response)]
        if response.status_code != status:
            wrong.append(f"{response.status_code}, not {status}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.django_db
def test_a_fault_of_ours_says_no_more_than_its_reference(client, officer, monkeypatch):
    def fails(*args, **kwargs):
        raise RuntimeError("Sam Person, born 1990-03-27")

    client.raise_request_exception = False
    monkeypatch.setattr("config.views.panels_for", fails)
    client.force_login(officer)
    response = client.get("/")
    assert response.status_code == 500
    assert not list(faults(response))
    page = response.content.decode()
    assert "Sam Person" not in page
    assert "RuntimeError" not in page
    assert response["X-Request-ID"] in page


@pytest.mark.django_db
def test_files_of_ours_may_be_kept_and_nothing_else_of_theirs_is_missing(client):
    response = client.get("/static/admin/css/base.css")
    response.close()
    assert response.status_code == 200
    assert list(faults(response)) == ["it may be kept"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/static/nothing.css", "/static/", "/static/../config/settings.py"])
def test_a_file_that_is_not_there_is_404_and_no_list(client, path):
    response = client.get(path)
    assert response.status_code == 404
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/roles/x.css", "/people/x.js", "/audit/x.png", "/home.css"])
def test_a_page_has_no_second_address_that_a_cache_takes_for_a_file(client, make_user, police, path):
    client.force_login(make_user("auditor", police))
    assert client.get(path).status_code == 404


def test_signing_out_clears_what_the_browser_kept(client, officer):
    client.force_login(officer)
    assert "Clear-Site-Data" not in client.get("/")
    response = client.post(reverse("sign_out"))
    assert response["Clear-Site-Data"] == '"cache", "storage"'


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/sign-in/", "/api/v1/offenders/search/"])
def test_a_body_too_large_is_refused_before_it_is_read(client, path):
    response = client.post(path, b"{" * (LARGEST_BODY + 1), content_type="application/json")
    assert response.status_code == 413
    said = response.json()["detail"] if "api" in path else response.content.decode()
    assert "This is too long. Send less at once." in said


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=B"])
def test_too_many_fields_are_refused(client, officer, kind):
    client.force_login(officer)
    parts = "&".join(f"a{n}=1" for n in range(5000))
    if "multipart" in kind:
        parts = "".join(f'--B\r\nContent-Disposition: form-data; name="a{n}"\r\n\r\n1\r\n' for n in range(5000))
    response = client.generic("POST", "/hats/wear/", parts.encode(), content_type=kind)
    assert response.status_code == 400
    assert not list(faults(response))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "head",
    [
        {"CONTENT_LENGTH": "-1"}, {"CONTENT_LENGTH": "ten"}, {"HTTP_ACCEPT_LANGUAGE": "x," * 4000},
        {"CONTENT_TYPE": "multipart/form-data"}, {"CONTENT_TYPE": f"multipart/form-data; boundary={'x' * 300}"},
        {"HTTP_COOKIE": f"sessionid={'x' * 4000}; sessionid=\x01"}, {"HTTP_X_FORWARDED_HOST": "evil.example"},
        {"HTTP_IF_MODIFIED_SINCE": "0" * 4000}, {"HTTP_X_FORWARDED_PROTO": "https"},
    ],
)  # fmt: skip
def test_a_header_of_no_sense_is_no_fault_of_ours(client, head):
    response = client.generic("POST", "/sign-in/", b"username=a", **head)
    assert response.status_code in (200, 400, 403, 422)
    assert "evil.example" not in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "asked", ["/o2r/team/?phase=a&phase=b", "/people/search/?q=a&q=b", "/audit/?kind=x&kind=refused"]
)
def test_a_parameter_sent_twice_is_refused_or_the_last_counts(client, make_user, police, facilitator, asked):
    client.force_login(make_user("auditor", police) if "audit" in asked else facilitator)
    assert client.get(asked).status_code in (200, 400)
    client.post("/hats/wear/", "membership=1&membership=2", content_type="application/x-www-form-urlencoded")
    assert "membership" not in client.session


@pytest.mark.django_db
def test_no_answer_tells_what_the_site_is_made_of(client, officer):
    for response in [client.get("/sign-in/"), *(response for _, response in answers(client, officer))]:
        told = f"{response.headers} {response.content.decode()}".lower()
        assert not {"server", "x-powered-by"} & {name.lower() for name in response.headers}
        assert not re.search(r"django/|python/|gunicorn|postgresql|whitenoise|wsgi", told)


@pytest.mark.django_db
def test_every_page_has_its_way_out(client, supervisor):
    client.force_login(supervisor)
    for path in ("/", "/people/search/", "/hats/", "/admin/", "/nowhere/"):
        way_out = reverse("admin:logout" if path == "/admin/" else "sign_out")
        assert f'action="{way_out}"' in client.get(path).content.decode(), path


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["application/csp-report", "application/json", "multipart/form-data; boundary=B"])
def test_a_breach_of_the_content_policy_is_in_the_log_without_the_page_it_was_on(client, caplog, kind):
    body = {
        "document-uri": "https://throughcare.example/people/Zanzibarine/", "effective-directive": "script-src-elem",
        "blocked-uri": "https://evil.example/x.js?Zanzibarine", "script-sample": "Zanzibarine",
    }  # fmt: skip
    assert "report-uri /csp-report/" in client.get("/sign-in/")["Content-Security-Policy"]
    response = client.generic("POST", "/csp-report/", json.dumps({"csp-report": body}), content_type=kind)
    assert response.status_code == 204
    told = "The content policy refused script-src-elem of evil.example"
    assert (told in caplog.text) is kind.endswith("csp-report")
    assert "Zanzibarine" not in caplog.text


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"csp-report": 5}', b'{"csp-report": {"blocked-uri": "http://[x"}}']
)
def test_a_report_of_no_sense_is_no_fault_of_ours(client, body):
    assert client.generic("POST", "/csp-report/", body, content_type="application/csp-report").status_code == 204


def test_production_is_strict_by_default():
    found = in_production(
        "SECURE_SSL_REDIRECT", "SECURE_PROXY_SSL_HEADER", "SESSION_COOKIE_SECURE", "DEBUG", "DEMONSTRATION",
        "SIGNED_COOKIE_LEGACY_SALT_FALLBACK", "WHITENOISE_USE_FINDERS",
    )  # fmt: skip
    assert found == {
        "SECURE_SSL_REDIRECT": True, "SECURE_PROXY_SSL_HEADER": None, "SESSION_COOKIE_SECURE": True, "DEBUG": False,
        "DEMONSTRATION": False, "SIGNED_COOKIE_LEGACY_SALT_FALLBACK": False, "WHITENOISE_USE_FINDERS": False,
    }  # fmt: skip


def test_no_header_of_a_client_says_that_it_came_by_https(client, secure, db):
    assert client.get("/sign-in/", headers={"X-Forwarded-Proto": "https"}).status_code == 301
    assert current.USE_X_FORWARDED_HOST is False


def started(**environment):
    """What becomes of the settings with these variables and no others of their names."""
    environment = {name: value for name, value in (ENVIRONMENT | environment).items() if value is not None}
    command = [sys.executable, "-c", "from config import settings; print(settings.SECRET_KEY)"]
    return subprocess.run(command, env=environment, cwd=current.BASE_DIR, capture_output=True, text=True)


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "ALLOWED_HOSTS", "NOTIFY_API_KEY", "SITE_URL"])
def test_without_its_secrets_it_does_not_start(name):
    done = started(**{name: None})
    assert done.returncode
    assert f"Set {name} in the environment" in done.stderr


def test_a_secret_may_come_from_a_file(tmp_path):
    file = tmp_path / "key"
    file.write_text("from a file\n")
    assert started(SECRET_KEY=None, SECRET_KEY_FILE=str(file)).stdout == "from a file\n"
    assert started(SECRET_KEY="plain", SECRET_KEY_FILE=str(file)).stdout == "from a file\n"


def test_what_an_older_key_signed_still_holds_and_no_other(settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "old" * 20, []
    signed = signing.dumps("stop")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new" * 20, ["old" * 20]
    assert signing.loads(signed) == "stop"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(signing.BadSignature):
        signing.loads(signed)


def test_passwords_are_kept_by_a_slow_hash():
    assert in_production("PASSWORD_HASHERS")["PASSWORD_HASHERS"][0].endswith("Argon2PasswordHasher")
    hasher = Argon2PasswordHasher()
    assert (hasher.time_cost, hasher.memory_cost) >= (2, 19_456)


def test_as_many_threads_as_connections(monkeypatch):
    served = runpy.run_path(str(current.BASE_DIR / "gunicorn.conf.py"))
    assert served["threads"] <= current.DATABASES["default"]["OPTIONS"]["pool"]["max_size"]
    assert served["accesslog"] is None
    assert served["limit_request_fields"] <= 100


@pytest.mark.django_db
def test_the_masked_box_is_filled_by_a_manager_or_by_pasting(client):
    page = client.get("/sign-in/").content.decode()
    (box,) = re.findall(r"<input[^>]*type=.password.[^>]*>", page)
    assert 'autocomplete="current-password"' in box
    scripts = [path.read_text() for path in (current.BASE_DIR / "frontend" / "src").rglob("*js")]
    assert not [script for script in scripts if "paste" in script]
