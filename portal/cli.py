"""The commands behind `python3 -m portal …`, run with everything installed."""

import argparse
import json
import logging
import os
import sys
import tempfile
import threading
from pathlib import Path

from portal import config

log = logging.getLogger("portal")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit status."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    log.setLevel(logging.INFO)
    try:
        return int(options.run(options) or 0)
    except config.BadSettings as error:
        print(f"The portal was not started / 未启动:\n{error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 -m portal", description="After-sales portal of manufacturers and their dealers."
    )
    commands = parser.add_subparsers(required=True, metavar="command")

    demo = commands.add_parser("demo", help="a portal with made-up companies on this machine")
    demo.add_argument("--host", default="127.0.0.1")
    demo.add_argument("--port", type=int, default=8000)
    demo.add_argument("--reset", action="store_true", help="begin with fresh data")
    demo.set_defaults(run=_demo)

    serve = commands.add_parser("serve", help="the web processes of a deployment (gunicorn)")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    serve.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    serve.set_defaults(run=_serve)

    worker = commands.add_parser("worker", help="a worker of a deployment; run as many as it takes")
    worker.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    worker.set_defaults(run=_worker)

    migrate = commands.add_parser("migrate", help="bring the database to the newest schema (as its owner)")
    migrate.add_argument("--database", default="", help="address of the database; else PORTAL_DATABASE_URL")
    migrate.set_defaults(run=_migrate)

    tenant = commands.add_parser("tenant", help="manufacturers on this platform")
    actions = tenant.add_subparsers(required=True, metavar="action")
    add = actions.add_parser("add", help="add a manufacturer and invite its first administrator")
    add.add_argument("code")
    add.add_argument("name")
    add.add_argument("--admin-email", required=True)
    add.add_argument("--admin-name", required=True)
    add.add_argument("--timezone", default="Asia/Shanghai")
    add.set_defaults(run=_tenant_add)

    operator = commands.add_parser("operator", help="make somebody the platform's operator")
    operator.add_argument("email")
    operator.add_argument("name")
    operator.set_defaults(run=_operator)

    replay = commands.add_parser("replay", help="play scenario files through the real commands")
    replay.add_argument("files", nargs="+", metavar="FILE")
    replay.add_argument("--database", default="", help="a fresh database to play on")
    replay.add_argument("--pdf", type=Path, metavar="DIR", help="write the issued statements")
    replay.set_defaults(run=_replay)

    bench = commands.add_parser(
        "bench", help="measure the portal against the least that this machine could do it with"
    )
    bench.add_argument("--long", action="store_true", help="thousands of dealers instead of hundreds")
    bench.add_argument("--database", default="", help="a fresh database to measure on, of no use afterwards")
    bench.set_defaults(run=_bench)

    check = commands.add_parser("check", help="rebuild the ledger's balances and verify every log's chain")
    check.set_defaults(run=_check)
    return parser


def settings() -> config.Settings:
    """From the environment; without any, those of the portal on this machine."""
    return config.from_environment() if os.environ.get("PORTAL_DATABASE_URL") else config.local()


def _demo(options: argparse.Namespace) -> int:
    import waitress

    from portal import demo
    from portal.app import create_app, prepare

    logging.getLogger("huey").setLevel(logging.WARNING)
    application = demo.prepare(
        host=options.host,
        port=options.port,
        reset=options.reset,
        migrate=prepare,
        create=create_app,
        say=_say,
    )
    stop = _background(application)
    _say(demo.announcement(f"http://{options.host}:{options.port}"))
    try:
        waitress.serve(application, host=options.host, port=options.port, threads=8, ident=None, _quiet=True)
    finally:
        stop.set()
    return 0


def _say(line: str) -> None:
    print(line, flush=True)


def _background(application: object) -> threading.Event:
    """One consumer in this process: the embedded portal needs no other."""
    from portal.jobs import consumer

    return consumer.start_embedded(application)  # type: ignore[arg-type]


def _serve(options: argparse.Namespace) -> int:
    from portal import serving

    return serving.serve(config.from_environment(), options.host, options.port, options.workers)


def _worker(options: argparse.Namespace) -> int:
    from portal.app import create_app
    from portal.jobs import consumer

    return consumer.run(create_app(config.from_environment()), options.workers)


def _migrate(options: argparse.Namespace) -> int:
    from portal.app import prepare

    url = options.database or settings().database_url
    prepare(url)
    print("The database has the newest schema.")
    return 0


def _tenant_add(options: argparse.Namespace) -> int:
    from portal.app import create_app
    from portal.kernel.actor import Actor
    from portal.kernel.errors import PortalError
    from portal.tenants import commands
    from portal.tenants.rules import OPERATOR_PERMISSIONS

    operator = Actor("operator", OPERATOR_PERMISSIONS)
    try:
        with create_app(settings()).app_context():
            link = commands.open_tenant(
                operator,
                code=options.code,
                name=options.name,
                timezone=options.timezone,
                admin_email=options.admin_email,
                admin_name=options.admin_name,
            )
    except PortalError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{options.name} is at /m/{options.code}; {options.admin_email} has been invited: {link}")
    return 0


def _operator(options: argparse.Namespace) -> int:
    from portal.app import create_app
    from portal.kernel.actor import Actor
    from portal.kernel.errors import PortalError
    from portal.tenants import commands
    from portal.tenants.rules import OPERATOR_PERMISSIONS

    operator = Actor("operator", OPERATOR_PERMISSIONS)
    try:
        with create_app(settings()).app_context():
            link = commands.appoint_operator(operator, email=options.email, name=options.name)
    except PortalError as error:
        print(error, file=sys.stderr)
        return 1
    print(link)
    return 0


def _replay(options: argparse.Namespace) -> int:
    from portal.replay.fields import ScenarioError
    from portal.replay.scenario import Scenario, load

    logging.getLogger().setLevel(logging.ERROR)
    scenarios: list[Scenario] = []
    try:
        if options.database and len(options.files) > 1:
            raise ScenarioError("--database takes one scenario: each is played on a database of its own")
        scenarios += [load(name, Path(name).read_text(encoding="utf-8")) for name in options.files]
    except (ScenarioError, OSError, UnicodeDecodeError) as error:
        print(error, file=sys.stderr)
        return 2
    reports = []
    with tempfile.TemporaryDirectory(prefix="portal-replay-") as directory:
        for place, scenario in enumerate(scenarios):
            url = options.database or f"sqlite:///{directory}/{place}.sqlite3"
            pdf = options.pdf / str(place + 1) if options.pdf and len(scenarios) > 1 else options.pdf
            report = _play(scenario, url, Path(directory), pdf)
            if report is None:
                print("the database is not fresh: it has organisations already", file=sys.stderr)
                return 2
            reports.append(report)
            print(json.dumps(report, ensure_ascii=False), flush=True)
    return 0 if all(report["ok"] for report in reports) else 1


def _play(scenario: object, url: str, directory: Path, pdf: Path | None) -> dict[str, object] | None:
    from portal.app import create_app, is_fresh, prepare
    from portal.kernel.db import db
    from portal.replay.player import play

    prepare(url)
    if not is_fresh(url):
        return None
    application = create_app(config.local(directory, database_url=url, queue_url=""))
    try:
        return play(application, scenario, pdf=pdf)  # type: ignore[arg-type]
    finally:
        with application.app_context():
            db.session.remove()
            db.engine.dispose()


def _bench(options: argparse.Namespace) -> int:
    from portal import bench
    from portal.app import create_app, is_fresh, prepare

    logging.getLogger().setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as directory:
        url = options.database or f"sqlite:///{directory}/portal.sqlite3"
        prepare(url)
        if not is_fresh(url):
            print("the database is not fresh: it has organisations already", file=sys.stderr)
            return 2
        application = create_app(config.local(Path(directory), database_url=url, queue_url=""))
        try:
            bench.run(application, url, size=bench.Size.long() if options.long else None, say=_say)
        except bench.OverGranted as error:
            print(error, file=sys.stderr)
            return 1
    return 0


def _check(_options: argparse.Namespace) -> int:
    from portal.app import create_app
    from portal.checks import problems
    from portal.serving import check

    check(settings())
    found = problems(create_app(settings()))
    for problem in found:
        print(problem)
    print("Everything adds up." if not found else f"{len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
