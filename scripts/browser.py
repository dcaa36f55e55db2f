"""Chromium for the browser tests: the machine's own, installed from Debian where root can."""

import os
import shutil

from scripts.terminal import run_quietly, step, stop

NAMES = ("chromium", "chromium-browser", "google-chrome")
HOW = (
    "The browser tests need Chromium. Install it (Debian and Ubuntu: apt-get install chromium), "
    "or leave them out: ./dev test --no-browser"
)


def find_chromium(*, needed):
    """The variable that tells the tests where the browser is; where it is missing and needed(), install it or stop."""
    if not found() and needed():
        if os.geteuid() == 0 and shutil.which("apt-get"):
            install()
        if not found():
            stop(HOW)
    return {"CHROMIUM": found()} if found() else {}


def install():
    quiet = {"env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}}
    with step("Installing Chromium from Debian"):
        run_quietly(["apt-get", "update"], **quiet)
        run_quietly(["apt-get", "install", "-y", "--no-install-recommends", "chromium", "fonts-liberation"], **quiet)


def found():
    return next(filter(None, map(shutil.which, NAMES)), None)
