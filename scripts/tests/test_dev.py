import subprocess
import sys

import pytest

from scripts import browser, commands, environment
from scripts.commands import COMMANDS
from scripts.environment import ROOT


def dev(*words):
    command = [sys.executable, ROOT / "dev", *words]
    return subprocess.run(command, text=True, capture_output=True)


def test_help_names_every_command():
    shown = dev("help").stdout
    assert all(f"  {name} " in shown for name in COMMANDS)


def test_an_unknown_command_is_told_which_there_are():
    refused = dev("frobnicate")
    assert refused.returncode == 1
    assert "There are: run, test, check" in refused.stderr


def test_a_taken_port_is_said_before_anything_starts(monkeypatch):
    monkeypatch.setattr(commands, "listening", lambda port: True)
    with pytest.raises(SystemExit, match="Port 9000 is taken"):
        commands.serve(["--port", "9000"])


def test_what_runs_beside_what_was_killed_is_ended():
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    programs = {name: commands.begin(command, start_new_session=True) for name in ("server", "worker")}
    assert commands.ended(programs) is None
    programs["worker"].kill()
    programs["worker"].wait()
    assert commands.ended(programs) == "worker"
    for program in programs.values():
        commands.end(program)
    assert programs["server"].returncode


def test_an_environment_of_another_lock_does_not_match(monkeypatch, tmp_path):
    monkeypatch.setattr(environment, "PYTHON", tmp_path)
    monkeypatch.setattr(environment, "STAMP", tmp_path / "stamp")
    assert not environment.matches()
    environment.STAMP.write_text(f"{environment.fingerprint()}\n")
    assert environment.matches()
    environment.STAMP.write_text("of another lock\n")
    assert not environment.matches()


def test_a_linked_environment_is_never_replaced(monkeypatch, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    monkeypatch.setattr(environment, "FOLDER", link)
    monkeypatch.setattr(environment, "matches", lambda: False)
    with pytest.raises(SystemExit, match="is a link"):
        environment.make()


def test_a_folder_that_is_no_environment_is_never_replaced(monkeypatch, tmp_path):
    (tmp_path / "letter.txt").write_text("keep me")
    monkeypatch.setattr(environment, "FOLDER", tmp_path)
    monkeypatch.setattr(environment, "matches", lambda: False)
    with pytest.raises(SystemExit, match="is not a Python environment"):
        environment.make()
    assert (tmp_path / "letter.txt").exists()


def test_without_a_browser_and_without_root_it_says_how(monkeypatch):
    monkeypatch.setattr(browser, "found", lambda: None)
    monkeypatch.setattr(browser.os, "geteuid", lambda: 1000)
    with pytest.raises(SystemExit, match="--no-browser"):
        browser.find_chromium(needed=lambda: True)
    assert browser.find_chromium(needed=lambda: False) == {}
