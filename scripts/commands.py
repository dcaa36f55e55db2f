"""The commands of ./dev: what each does is the first line of its docstring."""

import argparse
import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time

from scripts import lock, mutate
from scripts.assets import build_assets
from scripts.browser import find_chromium
from scripts.embedded_pg import Cluster, PostgresError, find_binaries
from scripts.environment import PYTHON, ROOT
from scripts.terminal import alone, begin, run, run_quietly, say, step, stop

DATA = ROOT / ".data"
MANAGE = [PYTHON, ROOT / "manage.py"]
PROGRAMS = PYTHON.parent
# commands of manage.py that need every table, and may be the first thing done on a new machine
ON_ROWS = {"find_duplicates", "import_divert", "import_o2r", "report", "seed", "sync_roles", "sync_reference", "shell"}
NOT_OURS = {"build", "node_modules", "test-results"}
IN_PRODUCTION = {
    "DEBUG": "", "DEMONSTRATION": "", "ALLOWED_HOSTS": "throughcare.example", "SITE_URL": "https://throughcare.example",
    "FILES_ROOT": "/var/lib/throughcare/files",
    **dict.fromkeys(["NOTIFY_API_KEY", "NOTIFY_SMS_TEMPLATE", "NOTIFY_EMAIL_TEMPLATE"], "none"),
}  # fmt: skip


@contextlib.contextmanager
def database(folder="pg", *, durable=True):
    """The variables that manage.py and the tests run with, on DATABASE_URL or else on our own PostgreSQL, started."""
    variables = {name: value for name, value in os.environ.items() if name not in {"PYTHONHOME", "PYTHONSAFEPATH"}}
    variables["PATH"] = f"{PROGRAMS}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    variables.setdefault("DEBUG", "1")
    with contextlib.ExitStack() as stack:
        if not variables.get("DATABASE_URL"):
            cluster = Cluster(DATA / folder, durable=durable)
            with step("Starting PostgreSQL"):
                stack.enter_context(cluster.in_use())
            variables["DATABASE_URL"] = cluster.url
            variables.setdefault("DEMONSTRATION", "1")
        yield variables


def serve(words):
    """Set everything up and serve it, with demonstration data and its worker, at http://127.0.0.1:8000/ (--port N)."""
    parser = argparse.ArgumentParser(prog="./dev run")
    parser.add_argument("--port", type=int, default=8000)
    port = parser.parse_args(words).port
    if listening(port):
        stop(f"Port {port} is taken. End what uses it, or choose another: ./dev run --port {port + 1}")
    with database() as variables:
        variables.setdefault("DEMONSTRATION", "1")
        build_assets(variables)
        if status := run([PYTHON, "-m", "scripts.prepare"], cwd=ROOT, env=variables):
            return status
        variables.setdefault("DJANGO_RUNSERVER_HIDE_WARNING", "true")
        variables.setdefault("SITE_URL", f"http://127.0.0.1:{port}")
        commands = {
            "server": [*MANAGE, "runserver", f"127.0.0.1:{port}"],
            "worker": [*MANAGE, "procrastinate", "worker"],
        }
        # Each in a session of its own: whatever becomes of its first process, all of it can be ended.
        programs = {name: begin(command, env=variables, start_new_session=True) for name, command in commands.items()}
        try:
            while not ended(programs) and not listening(port):
                time.sleep(0.1)
            if not ended(programs):
                say(f"\nThroughcare is at http://127.0.0.1:{port}/ - Ctrl-C stops it.\n")
            while not (name := ended(programs)):
                time.sleep(0.5)
            say(f"The {name} ended by itself ({programs[name].returncode}). Start it again with ./dev run")
            return 1
        except KeyboardInterrupt:
            say("\nStopping.")
            return 0
        finally:
            for program in programs.values():
                end(program)


def ended(programs):
    """The name of one of these that is over, or None."""
    return next((name for name, program in programs.items() if program.poll() is not None), None)


def listening(port):
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


def end(program):
    """End every process of the program's session, the polite way first."""
    for signal_number, patience in ((signal.SIGTERM, 10), (signal.SIGKILL, 5)):
        with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(program.pid, signal_number)
            program.wait(patience)


def test(words):
    """Run the tests, browser tests included; words after it are pytest's (--no-browser leaves those out)."""
    without_browser = "--no-browser" in words
    words = [word for word in words if word != "--no-browser"]
    waiting = "Other tests are running in this checkout; waiting for them to end."  # they share a database's name
    with alone(DATA / "tests.lock", waiting=waiting), database("test-pg", durable=False) as variables:
        return pytest(words, variables, without_browser)


def pytest(words, variables, without_browser):
    # The whole suite on two processors is half as long; a few tests are sooner done without starting workers.
    command = [PYTHON, "-m", "pytest", *(words or ["-n2", "--dist=worksteal"])]
    if without_browser:
        say("Leaving out the browser tests, as --no-browser asks; the access table is tried in short.")
        variables.setdefault("ACCESS_TABLE", "short")
        command += ["-m", "not browser"]
    else:
        variables |= find_chromium(needed=lambda: not words or collects_browser_tests(command, variables))
    build_assets(variables)
    return run(command, cwd=ROOT, env=variables)


def collects_browser_tests(command, variables):
    asked = [*command, "-m", "browser", "--collect-only", "-q"]
    return subprocess.run(asked, cwd=ROOT, env=variables, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0


def check(words):
    """All that must hold before a change is shared: format, lint, templates, migrations, docs, lock, tests."""
    parser = argparse.ArgumentParser(prog="./dev check")
    parser.add_argument("--no-tests", action="store_true", help="the quick checks alone")
    parser.add_argument("--no-browser", action="store_true", help="leave out the tests that need Chromium")
    options = parser.parse_args(words)
    failed = []
    with database("test-pg", durable=False) as variables:
        production = variables | IN_PRODUCTION | {"SECRET_KEY": secrets.token_urlsafe(64)}
        for what, command, environment in (
            ("format", [PROGRAMS / "ruff", "format", "--check", "."], variables),
            ("lint", [PROGRAMS / "ruff", "check", "."], variables),
            ("templates", djade("--check"), variables),
            ("migrations", [*MANAGE, "makemigrations", "--check", "--dry-run"], variables),
            ("generated docs", [*MANAGE, "workflow", "--check"], variables),
            ("what the API promises", [*MANAGE, "api_outline", "--check"], variables),
            ("production settings", [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"], production),
        ):
            try:
                with step(f"Checking {what}"):
                    run_quietly(command, cwd=ROOT, env=environment)
            except SystemExit as output:
                say(output)
                failed.append(what)
    if files := lock.stale():
        say(f"pyproject.toml asks for other packages than {', '.join(files)}: run ./dev lock")
        failed.append("lock")
    if not options.no_tests and test(["--no-browser"] if options.no_browser else []):
        failed.append("tests")
    say(f"Not in order: {', '.join(failed)}. ./dev fix mends format and docs." if failed else "All in order.")
    return 1 if failed else 0


def djade(*words):
    """The command that formats the templates, all of the project's."""
    templates = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in NOT_OURS)
        templates += [os.path.join(folder, name) for name in files if name.endswith(".html")]
    return [PROGRAMS / "djade", *words, "--target-version", "5.2", *templates] if templates else [PYTHON, "-c", ""]


def fix(words):
    """Mend what can be mended without thinking: format, simple lint, templates, generated docs."""
    with database() as variables:
        for command in (
            [PROGRAMS / "ruff", "check", "--fix", "."],
            [PROGRAMS / "ruff", "format", "."],
            djade(),
            [*MANAGE, "workflow"],
            [*MANAGE, "api_outline"],
        ):
            run(command, cwd=ROOT, env=variables)
    return 0


def manage(words):
    """Any command of manage.py, on the development database, brought up to date first."""
    with database() as variables:
        if words and words[0] in ON_ROWS and is_behind(variables):
            if os.environ.get("DATABASE_URL"):
                stop("The database at DATABASE_URL is not up to date. First: ./dev manage migrate")
            with step("Migrating the database"):
                run_quietly([*MANAGE, "migrate", "--verbosity", "0"], env=variables)
        return run([*MANAGE, *words], env=variables)


def is_behind(variables):
    asked = [*MANAGE, "migrate", "--check"]
    return subprocess.run(asked, env=variables, stdin=subprocess.DEVNULL, capture_output=True).returncode != 0


def shell(words):
    """A Python prompt with the models at hand."""
    return manage(["shell", *words])


def seed(words):
    """Fill the database with the demonstration's invented people."""
    return manage(["seed", *words])


def psql(words):
    """A psql prompt on the development database."""
    with database() as variables:
        try:
            program = find_binaries() / "psql"
        except PostgresError:
            program = "psql"
        return run([program, variables["DATABASE_URL"], *words], env=variables)


def sbom(words):
    """Write what the site is made of, for whoever watches for holes: build/sbom-python.json, sbom-frontend.json."""
    (ROOT / "build").mkdir(exist_ok=True)
    python, frontend = ROOT / "build" / "sbom-python.json", ROOT / "build" / "sbom-frontend.json"
    command = [PROGRAMS / "cyclonedx-py", "requirements", "--output-reproducible", "-o", python, "requirements.txt"]
    run_quietly(command, cwd=ROOT)
    command = ["npm", "sbom", "--sbom-format", "cyclonedx", "--package-lock-only", "--omit", "dev"]
    done = subprocess.run(command, cwd=ROOT / "frontend", capture_output=True, text=True)
    if done.returncode:
        stop(done.stderr)
    frontend.write_text(done.stdout)
    say(f"{python}\n{frontend}")
    return 0


COMMANDS = {
    "run": serve,
    "test": test,
    "check": check,
    "mutate": mutate.mutate,
    "fix": fix,
    "shell": shell,
    "db": psql,
    "seed": seed,
    "manage": manage,
    "lock": lock.make,
    "sbom": sbom,
}


def show_help():
    print("./dev COMMAND [words]\n")
    for name, command in COMMANDS.items():
        print(f"  {name:8}{command.__doc__.splitlines()[0]}")
    print("\nDATABASE_URL points any of them at another PostgreSQL than the project's own. README.md says more.")
    return 0


def run_command(name, words):
    """Run a command. What ends it early is said in a sentence, and PostgreSQL is left in order."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a script puts in the background
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    try:
        return COMMANDS[name](words)
    except KeyboardInterrupt:
        return 130
    except PostgresError as error:
        stop(str(error))
    except PermissionError as error:
        stop(f"{error.filename} belongs to another user. Work as that user, or in a checkout of your own.")
