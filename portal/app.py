"""create_app(): the only file that imports every module."""

import importlib
import pkgutil
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from flask_wtf import CSRFProtect
from htmx_flask import Htmx
from werkzeug.middleware.proxy_fix import ProxyFix

import portal
from portal import migrate
from portal.catalogue import names
from portal.config import ROOT, Settings
from portal.jobs import queue, worker
from portal.jobs.models import Job
from portal.kernel import engine, rowsecurity
from portal.kernel.actor import PUBLIC, Actor
from portal.kernel.db import db, guards, platform_tables
from portal.tenants import access, context, queries
from portal.tenants.models import Organisation
from portal.web import errors, filters, security
from portal.web.routing import NumberConverter, Pages, SmallIntConverter, TenantConverter

csrf = CSRFProtect()


def import_all() -> None:
    """Import every module's tables, views, jobs and checks, so that each feature registers what it has."""
    for package in pkgutil.iter_modules([str(Path(portal.__file__).parent)]):
        if package.ispkg:
            for name in ("models", "views", "jobs", "consumer", "checks"):
                if _has(package.name, name):
                    importlib.import_module(f"portal.{package.name}.{name}")
    importlib.import_module("portal.kernel.numbering")


def _has(package: str, name: str) -> bool:
    """Whether a feature has this module, as a file or grown into a folder."""
    folder = Path(portal.__file__).parent / package
    return (folder / f"{name}.py").exists() or (folder / name / "__init__.py").exists()


def create_app(settings: Settings) -> Flask:
    """The web application, also the frame in which workers, replay and the shell run."""
    import_all()
    app = Flask("portal", root_path=str(ROOT / "portal"), template_folder=str(ROOT / "templates"),
                static_folder=str(ROOT / "static"), static_url_path="/static")  # fmt: skip
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine.engine_options(settings.database_url),
        SESSION_COOKIE_NAME="__Host-portal" if settings.secure else "portal",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.extensions["settings"] = settings
    app.url_map.converters.update(tenant=TenantConverter, number=NumberConverter, int=SmallIntConverter)
    db.init_app(app)
    with app.app_context():
        engine.discipline(db.engine)
        rowsecurity.protect(db.engine, guards())
    Htmx(app)
    csrf.init_app(app)
    filters.install(app)
    security.install(app, secure=settings.secure, public_url=settings.public_url)
    errors.install(app)
    access.install(app)
    context.install(app, settings)
    names.install(app)
    for blueprint in blueprints():
        app.register_blueprint(blueprint)
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]
    worker.configure(app, _person_of, _clock_of)
    app.extensions["clock_actors"] = lambda: _clock_actors(app)
    connect_queue(app, settings)
    return app


def blueprints() -> list[Pages]:
    """Every feature's routes."""
    found = []
    for package in pkgutil.iter_modules([str(Path(portal.__file__).parent)]):
        if package.ispkg and _has(package.name, "views"):
            pages = importlib.import_module(f"portal.{package.name}.views").pages
            found += pages if isinstance(pages, list) else [pages]
    return found


def connect_queue(app: Flask, settings: Settings) -> None:
    """Let commands wake workers; without a queue address jobs wait for whoever runs them."""
    if not settings.queue_url:
        return
    huey = queue.connect(settings.queue_url)
    app.extensions["huey"] = huey
    queue.use(app, queue.task(huey, lambda job_id: worker.run(app, job_id)))


def _person_of(job: Job) -> Actor:
    if job.person_id is None or job.manufacturer_id is None:
        return _clock_of(job)
    return queries.actor_in(job.person_id, job.manufacturer_id, job.dealer_id, job.point_id)


def _clock_of(job: Job) -> Actor:
    if job.manufacturer_id is None:
        return PUBLIC
    manufacturer = db.session.get_one(Organisation, job.manufacturer_id)
    return queries.clock_actor(manufacturer.id, manufacturer.timezone)


def _clock_actors(app: Flask) -> list[Actor]:
    """Time, for each manufacturer on the platform."""
    with app.app_context():
        rows = db.session.execute(sa.select(Organisation).where(Organisation.code.is_not(None))).scalars()
        return [queries.clock_actor(row.id, row.timezone) for row in rows]


def is_fresh(url: str) -> bool:
    """Whether nothing is in the database at `url` yet."""
    owner = owner_engine(url)
    try:
        with owner.connect() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(Organisation)) == 0
    finally:
        owner.dispose()


def owner_engine(url: str) -> sa.Engine:
    """An engine of the owner, for migrations and checks: no scope, no row security on SQLite."""
    made = sa.create_engine(url, **engine.engine_options(url))
    engine.discipline(made)
    return made


def prepare(url: str) -> None:
    """Migrate the database at `url` to the newest schema and install its row security; done before any app starts."""
    migrate.upgrade(url)
    import_all()
    owner = owner_engine(url)
    with owner.begin() as connection:
        rowsecurity.install(connection, guards(), platform_tables())
    owner.dispose()
