"""The role that a deployment's processes sign in to the database with: nothing of its own, and enough."""

import psycopg
import pytest
import sqlalchemy as sa

from portal import serving
from portal.app import create_app
from portal.config import Settings
from tests import databases

WEB = "portal_web"


@pytest.fixture
def web_url(postgres: databases.Postgres) -> str:
    """A migrated database as a role sees it that is a member of `portal_app` and nothing else."""
    url = postgres.copy()
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute("drop role if exists portal_web")
        owner.execute("create role portal_web login")
        owner.execute("grant portal_app to portal_web")
    return url.replace("//portal@", f"//{WEB}@")


def test_it_serves(web_url: str) -> None:
    settings = Settings(database_url=web_url, secret_key="x1y2z3" * 8, queue_url="", secure=False)
    serving.check(settings)
    app = create_app(settings)
    assert app.test_client().get("/sign-in").status_code == 200
    databases.dispose(app)


@pytest.mark.parametrize(
    "statement",
    [
        "update alembic_version set version_num = '0'",
        "delete from fact",
        "alter table card disable row level security",
        "create table mine (id integer)",
    ],
)
def test_it_can_neither_change_the_schema_nor_the_past(web_url: str, statement: str) -> None:
    engine = sa.create_engine(web_url)
    with engine.connect() as connection, pytest.raises(sa.exc.ProgrammingError):
        connection.execute(sa.text(statement))
    engine.dispose()


def test_it_sees_no_row_before_it_says_whose(web_url: str) -> None:
    engine = sa.create_engine(web_url)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("select count(*) from dealer")) == 0
    engine.dispose()
