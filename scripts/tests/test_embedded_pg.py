import os
import shutil
import signal
import subprocess
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from scripts import embedded_pg
from scripts.embedded_pg import Cluster, PostgresError


@pytest.fixture(scope="module")
def clusters():
    """A folder for clusters. Not pytest's own: root's is closed to the account that PostgreSQL runs as."""
    folder = Path(tempfile.mkdtemp(prefix="clusters-"))
    folder.chmod(0o755)
    yield folder
    for data in folder.glob("*/PG_VERSION"):
        Cluster(data.parent, durable=False).stop()
    shutil.rmtree(folder)


@pytest.fixture
def cluster(clusters):
    return Cluster(clusters / "one", durable=False)


def sql(cluster, text):
    command = [cluster.binaries / "psql", cluster.url, "-Atqc", text]
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout.strip()


def test_it_runs_while_in_use_and_keeps_what_was_committed(cluster):
    with cluster.in_use():
        sql(cluster, "CREATE TABLE kept AS SELECT 42 AS answer")
    assert cluster.pid() is None
    with cluster.in_use():
        assert sql(cluster, "SELECT answer FROM kept") == "42"


def test_its_role_is_no_superuser_and_may_make_test_databases(cluster):
    with cluster.in_use():
        assert sql(cluster, "SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user") == "f|t"


def test_only_its_account_can_open_the_sockets(cluster):
    with cluster.in_use():
        assert cluster.sockets.stat().st_mode & 0o777 == 0o700
        assert sql(cluster, "SHOW listen_addresses") == ""


def test_after_a_kill_it_starts_again_with_all_that_was_acknowledged(clusters):
    cluster = Cluster(clusters / "durable")
    with cluster.in_use():
        sql(cluster, "CREATE TABLE acknowledged (n int)")
        for n in range(3):
            sql(cluster, f"INSERT INTO acknowledged VALUES ({n})")
            os.kill(cluster.pid(), signal.SIGKILL)
            cluster.start()
        assert sql(cluster, "SELECT count(*) FROM acknowledged") == "3"


def test_two_terminals_share_it_and_the_last_one_out_stops_it(clusters):
    together = threading.Barrier(2, timeout=30)
    seen = []

    def terminal():
        mine = Cluster(clusters / "shared", durable=False)
        together.wait()
        with mine.in_use():
            seen.append(mine.pid())
            together.wait()

    terminals = [threading.Thread(target=terminal) for _ in range(2)]
    for each in terminals:
        each.start()
    for each in terminals:
        each.join()
    assert len(seen) == 2
    assert len(set(seen)) == 1
    assert Cluster(clusters / "shared", durable=False).pid() is None


def test_one_leaving_does_not_stop_it_for_the_other(cluster):
    with cluster.in_use():
        with Cluster(cluster.data, durable=False).in_use():
            pass
        assert cluster.ready()


def test_a_reused_process_number_is_not_taken_for_the_server(cluster):
    with cluster.in_use():
        pass
    (cluster.data / "postmaster.pid").write_text(f"{os.getpid()}\n")
    assert cluster.pid() is None
    with cluster.in_use():
        assert cluster.ready()


def test_a_long_path_with_odd_characters_gets_a_short_socket(clusters):
    cluster = Cluster(clusters / ("a rather, long & 'odd' name " * 6).strip() / "pg", durable=False)
    with ExitStack() as after:
        after.callback(shutil.rmtree, cluster.sockets, ignore_errors=True)
        with cluster.in_use():
            assert len(str(cluster.sockets)) < 60
            assert sql(cluster, "SELECT 1") == "1"


def test_a_socket_folder_that_is_a_link_is_refused(cluster, tmp_path):
    cluster.sockets = tmp_path / "link"
    cluster.sockets.symlink_to(tmp_path)
    with pytest.raises(PostgresError, match="belongs to somebody else"), cluster.in_use():
        pass


def test_durable_data_of_another_version_is_left_alone(clusters):
    data = clusters / "older"
    data.mkdir()
    (data / "PG_VERSION").write_text("9\n")
    with pytest.raises(PostgresError, match="was made by PostgreSQL 9"):
        Cluster(data).start()
    assert (data / "PG_VERSION").exists()
    shutil.rmtree(data)


def test_without_binaries_it_says_what_may_be_done(monkeypatch):
    monkeypatch.setenv("PG_BIN", "/nowhere")
    with pytest.raises(PostgresError, match="Set PG_BIN"):
        embedded_pg.find_binaries()
