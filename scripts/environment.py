"""The Python environment: made from the lock with python3 and pip alone, at once the second time.

Run by whichever python3 started ./dev, so the standard library is all there is.
"""

import hashlib
import importlib.util
import os
import shutil
import sys
from pathlib import Path

from scripts.terminal import alone, run_quietly, step, stop

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements-dev.txt"
FOLDER = ROOT / (os.environ.get("THROUGHCARE_VENV") or ".venv")
PYTHON = FOLDER / "bin" / "python"
STAMP = FOLDER / "requirements-dev.sha256"  # inside, so that checkouts may share one environment by a link


def is_this():
    """Whether this very process runs in the environment, and the environment is the lock's."""
    return Path(sys.prefix).resolve() == FOLDER.resolve() and matches()


def matches():
    return PYTHON.exists() and STAMP.exists() and STAMP.read_text().split()[:1] == [fingerprint()]


def fingerprint():
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


def make():
    """The environment's python, after making the environment anew where it is not the lock's."""
    if matches():
        return PYTHON
    if sys.prefix != sys.base_prefix and Path(sys.prefix).resolve() == FOLDER.resolve():
        stop("The environment you are in is out of date, and cannot be replaced from inside. Run: deactivate")
    if FOLDER.is_symlink():
        stop(f"{FOLDER} is a link to {FOLDER.resolve()}, which is not what {LOCK.name} asks for. Remove the link.")
    if FOLDER.exists() and not (FOLDER / "pyvenv.cfg").exists() and any(FOLDER.iterdir()):
        stop(f"{FOLDER} is not a Python environment, so it is left as it is. Move it away, or set THROUGHCARE_VENV.")
    with alone(FOLDER.with_name(f"{FOLDER.name}.lock"), waiting="Another terminal is making the environment; waiting."):
        if not matches():
            build()
    return PYTHON


def build():
    """From nothing: python's own venv, what the lock names and nothing else, compiled."""
    with step(f"Making the Python environment in {FOLDER.name}, from {LOCK.name}"):
        shutil.rmtree(FOLDER, ignore_errors=True)
        own_pip = importlib.util.find_spec("ensurepip") is not None
        if not own_pip and importlib.util.find_spec("pip") is None:
            stop(
                "This python3 has neither ensurepip nor pip, so it cannot make an environment. "
                "On Debian and Ubuntu: apt-get install python3-venv"
            )
        run("-m", "venv", *([] if own_pip else ["--without-pip"]), FOLDER, otherwise="python3 could not make one.")
        install(LOCK)
        # Where PYTHONDONTWRITEBYTECODE is set, nothing would ever be compiled, and every start would be slow.
        run("-m", "compileall", "-q", "-j", "0", FOLDER / "lib", python=PYTHON)
        STAMP.write_text(f"{fingerprint()}\n")


def install(lock):
    """What the lock names, each file checked against its hash, and nothing built from source."""
    python, pip = PYTHON, ["pip"]
    if not any(FOLDER.glob("lib/*/site-packages/pip")):  # then the pip of the python it was made from
        python = f"{sys.base_prefix}/bin/python{sys.version_info.major}.{sys.version_info.minor}"
        pip = ["pip", "--python", PYTHON]
    run(
        *("-m", *pip, "install", "--require-hashes", "--only-binary", ":all:", "--no-deps", "--no-compile"),
        *("-r", lock),
        *("--quiet", "--no-input", "--disable-pip-version-check"),
        python=python,
        otherwise="pip could not install the packages. It needs a package index it can reach: where the usual one is "
        "blocked, set PIP_INDEX_URL, and PIP_CERT if a proxy signs with its own certificate; then run this again.",
    )


def run(*words, python=sys.executable, otherwise=""):
    """Run python on the words. It sees none of the caller's own Python settings."""
    variables = {name: value for name, value in os.environ.items() if name not in {"PYTHONHOME", "PYTHONPATH"}}
    try:
        run_quietly([python, *words], env=variables)
    except SystemExit as failed:
        stop(f"{failed}\n\n{otherwise}".strip())
