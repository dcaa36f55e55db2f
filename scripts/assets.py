"""The pages' styles and scripts: built when their sources changed, with the machine's Node or else pip's."""

import hashlib
import os
import shutil

from scripts.environment import PYTHON, ROOT, install
from scripts.terminal import alone, run, step, stop

SOURCES = ROOT / "frontend"
STAMP = ROOT / "build" / "assets.sha256"


def build_assets(variables):
    """Bring build/static up to date with frontend/."""
    with alone(ROOT / "build" / "assets.lock", waiting="Another terminal is building the assets; waiting."):
        now = fingerprint()
        if STAMP.exists() and STAMP.read_text() == now:
            return
        if not shutil.which("npm"):
            with step("Installing Node for the assets, from requirements-node.txt"):
                install(ROOT / "requirements-node.txt")
        with step("Building the assets", speaks=True):
            if run([PYTHON, ROOT / "manage.py", "build_assets"], env=variables):
                stop("The assets could not be built; npm's words are above. It needs a package registry it can reach.")
        STAMP.write_text(now)


def fingerprint():
    """Of every file the assets are made from, the command that makes them too."""
    paths = [ROOT / "partners/frame/management/commands/build_assets.py"]
    for folder, folders, files in os.walk(SOURCES):
        folders[:] = [name for name in folders if name != "node_modules"]
        paths += [os.path.join(folder, name) for name in files]
    digest = hashlib.sha256()
    for path in sorted(map(str, paths)):
        with open(path, "rb") as file:
            digest.update(f"{os.path.relpath(path, ROOT)} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return digest.hexdigest()
