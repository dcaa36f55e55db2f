"""The lock: what pyproject.toml asks for, as exact versions with hashes, in files that pip alone can install.

Each file begins with the fingerprint of what was asked, so that a forgotten renewal shows without a network.
"""

import hashlib
import json
import shutil
import subprocess
import tomllib

from scripts.environment import ROOT
from scripts.terminal import step, stop

FILES = {
    "requirements.txt": ["pyproject.toml"],
    "requirements-dev.txt": ["pyproject.toml", "--group", "dev", "--constraint", "requirements.txt"],
    "requirements-node.txt": ["--group", "node"],
}


def asked():
    """The fingerprint of everything pyproject.toml asks for."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = pyproject["project"]
    wishes = [project["requires-python"], project["dependencies"], pyproject["dependency-groups"]]
    return hashlib.sha256(json.dumps(wishes, sort_keys=True).encode()).hexdigest()


def first_line():
    return f"# Made by ./dev lock from pyproject.toml {asked()}"


def stale():
    """The names of the lock's files that were made from another pyproject.toml, or are missing."""
    paths = [ROOT / name for name in FILES]
    return [path.name for path in paths if not path.exists() or path.read_text().split("\n")[0] != first_line()]


def make(words):
    """Make the lock's files anew; versions stay as they are where they can, unless --upgrade is among the words."""
    uv = shutil.which("uv")
    if uv is None:
        stop("Only uv makes the lock. Install it (pip install uv, outside this project), and run ./dev lock again.")
    fixed = ["--universal", "--python-version", "3.11", "--generate-hashes", "--only-binary", ":all:"]
    quiet = ["--no-header", "--no-annotate", "--quiet"]
    for name, source in FILES.items():
        with step(f"Locking {name}"):
            # Its own file, not the standard output: uv keeps the versions it finds there.
            done = subprocess.run([uv, "pip", "compile", *source, *fixed, *quiet, "-o", name, *words], cwd=ROOT)
            if done.returncode:
                stop(f"uv could not lock {name}.")
            path = ROOT / name
            path.write_text(f"{first_line()}\n{path.read_text()}")
    return 0
