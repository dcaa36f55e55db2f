"""The folder that files lie in: outside all that is served, under random names that say nothing of anyone."""

import os
import secrets

from django.conf import settings


def keep(content):
    """Write a file, to last; returns the name that it has here."""
    name = secrets.token_hex(32)
    path = _path(name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
    return name


def opened(name):
    """The file, to read. Raises FileNotFoundError."""
    return _path(name).open("rb")


def remove(name):
    """Take the file from the disk; that it is gone already is no error."""
    _path(name).unlink(missing_ok=True)


def files():
    """Each file there is."""
    return (path for path in settings.FILES_ROOT.glob("??/*") if path.is_file())


def _path(name):
    return settings.FILES_ROOT / name[:2] / name
