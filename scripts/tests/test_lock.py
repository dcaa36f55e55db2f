from scripts import lock
from scripts.environment import ROOT


def test_the_lock_is_what_pyproject_asks_for():
    assert lock.stale() == []


def test_a_lock_of_something_else_is_stale(monkeypatch):
    monkeypatch.setattr(lock, "asked", lambda: "something else")
    assert lock.stale() == list(lock.FILES)


def test_the_lock_names_no_package_index():
    for name in lock.FILES:
        assert "://" not in (ROOT / name).read_text()


def test_every_package_has_a_hash():
    for name in lock.FILES:
        packages = (ROOT / name).read_text().replace("\\\n", "").splitlines()[1:]
        assert packages
        assert all("--hash=sha256:" in line for line in packages)
