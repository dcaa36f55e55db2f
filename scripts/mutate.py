"""What notices when a defence is gone: ./dev mutate access."""

import argparse
import hashlib
import os
import shutil

from scripts.environment import PYTHON, ROOT
from scripts.terminal import alone, run, say

SUFFIXES = {".py", ".html", ".txt", ".csv", ".toml"}


def mutate(words):
    """Take away each defence of access in turn, and say which of them nothing noticed (… access NAME takes some)."""
    from scripts.commands import DATA, build_assets, database  # which has this as one of its commands

    parser = argparse.ArgumentParser(prog="./dev mutate")
    parser.add_argument("what", choices=["access"])
    parser.add_argument("names", nargs="*", help="parts of names, as in scope, permission rehab. or Case.visible_to")
    options = parser.parse_args(words)
    waiting = "Other tests are running in this checkout; waiting for them to end."
    with alone(DATA / "tests.lock", waiting=waiting), database("test-pg", durable=False) as variables:
        variables.setdefault("ACCESS_TABLE", "short")
        build_assets(variables)
        command = [PYTHON, "-m", "pytest", "-p", "config.tests.mutating", "--ignore=scripts", "-m", "not browser"]
        command += ["-n2", "--dist=worksteal", "-v", "--no-header"]
        failed, folder = 0, DATA / "mutate" / fingerprint()
        if not (folder / "done").exists():
            if not folder.exists():
                shutil.rmtree(folder.parent, ignore_errors=True)
                folder.mkdir(parents=True)
            say("Running the tests as they are, to see what each of them asks.")
            failed = run([*command, f"--look={folder}"], cwd=ROOT, env=variables)
            if not failed:
                (folder / "done").touch()
        say("Taking away one defence after another.")
        take = [f"--take={folder}", f"--named={'|'.join(options.names)}", "--no-summary"]
        status = run([*command, *take], cwd=ROOT, env=variables)
        if failed:
            say("Some tests fail with every defence in place. They were not asked: mend them first.")
        return status or failed


def fingerprint():
    """Of everything the tests are made from."""
    digest = hashlib.sha256()
    for folder, folders, files in os.walk(ROOT):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in {"build", "node_modules"}
        )
        for name in sorted(files):
            path = os.path.join(folder, name)
            if os.path.splitext(name)[1] in SUFFIXES:
                with open(path, "rb") as file:
                    digest.update(f"{path}{hashlib.file_digest(file, 'sha256').hexdigest()}".encode())
    return digest.hexdigest()[:16]
