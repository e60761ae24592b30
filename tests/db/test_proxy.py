"""The relay of the tests breaks what it is told to break, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.postgres_server import PostgresServer
from tests.proxy import Proxy, proxy


@pytest.fixture
def between(postgres: PostgresServer) -> Iterator[Proxy]:
    with proxy(postgres.port) as made:
        yield made


@pytest.fixture
def table(postgres: PostgresServer) -> Iterator[str]:
    """A database with one empty table."""
    address = postgres.create_database("relevo")
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE cosa (n integer)")
    yield address
    postgres.drop_database("relevo")


def _count(address: str) -> int:
    with psycopg.connect(address) as connection:
        found = connection.execute("SELECT count(*) FROM cosa").fetchone()
        assert found is not None
        return int(found[0])


def test_it_passes_on_what_is_said(between: Proxy, table: str) -> None:
    with psycopg.connect(between.address(table)) as connection:
        connection.execute("INSERT INTO cosa VALUES (1)")
    assert _count(between.address(table)) == 1


def test_a_cut_breaks_and_a_mend_takes_connections_again(between: Proxy, table: str) -> None:
    with psycopg.connect(between.address(table), autocommit=True) as connection:
        connection.execute("SELECT 1")
        between.cut()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(between.address(table), connect_timeout=2)
        between.mend()
        assert _count(between.address(table)) == 0


def test_frozen_it_says_nothing_until_it_thaws(between: Proxy, table: str) -> None:
    with psycopg.connect(between.address(table), autocommit=True) as connection:
        between.freeze()
        with pytest.raises(psycopg.OperationalError, match="timeout"):
            psycopg.connect(between.address(table), connect_timeout=2)
        between.thaw()
        connection.execute("SELECT 1")


@pytest.mark.parametrize(("how", "left"), [("swallow", 1), ("drop", 0)])
def test_a_commit_is_lost_on_its_way_back_or_there(between: Proxy, table: str, how: str, left: int) -> None:
    connection = psycopg.connect(between.address(table))
    connection.execute("INSERT INTO cosa VALUES (1)")
    getattr(between, how)()
    with pytest.raises(psycopg.OperationalError):
        connection.commit()
    connection.close()
    assert between.hit.is_set()
    assert _count(table) == left
