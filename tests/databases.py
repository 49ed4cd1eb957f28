"""Databases for tests: an empty PostgreSQL where TEST_DATABASE_URL answers, and whatever else a store lives in."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa


@contextmanager
def an_empty_postgresql() -> Iterator[str]:
    """The address of a database of the test's own, which is gone afterwards; skips where there is no server."""
    server = os.environ.get("TEST_DATABASE_URL")
    if not server:
        pytest.skip("TEST_DATABASE_URL is not set: PostgreSQL is not tested here (.ci/postgres starts one)")
    address = sa.make_url(server).set(drivername="postgresql+psycopg")
    name = f"test_{secrets.token_hex(6)}"
    engine = sa.create_engine(address, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        yield address.set(database=name).render_as_string(hide_password=False)
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        engine.dispose()
