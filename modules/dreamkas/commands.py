"""Commands of the cash register room: the worker, one pass of every duty, forgetting personal data."""

import logging
import os
import platform
import signal
from importlib.metadata import version

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import URL

from modules.core.current import options
from modules.core.db import db
from modules.core.options import Options
from modules.core.queue import consumer
from modules.core.screen import ABOUT
from modules.core.startup import await_database, need_database
from modules.core.urls import plain
from modules.dreamkas import tasks
from modules.dreamkas.health import health
from modules.dreamkas.privacy import purge as forget

log = logging.getLogger(__name__)

group = AppGroup("dreamkas", help="The cash register room.", callback=with_appcontext(need_database))


def init_dreamkas(app: Flask) -> None:
    """Gives the app `flask worker` and `flask dreamkas …`."""
    app.cli.add_command(worker)
    app.cli.add_command(group)


@click.command(
    "worker", help="Carry receipts to Dreamkas, follow them, do the duties. SIGTERM ends it gently."
)
@click.option(
    "--threads",
    type=click.IntRange(min=4),
    help="How many tasks at once; by default enough for DREAMKAS_CONCURRENCY and every duty.",
)
@with_appcontext
def worker(threads: int | None) -> None:
    """Runs until it is told to stop; killed at any instant it loses nothing."""
    await_database()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    threads = threads or tasks.threads()
    log.info("the worker begins: %s", setting(db.engine.url, options(), threads))
    run = consumer(app, threads)
    signal.signal(
        signal.SIGHUP, signal.SIG_IGN
    )  # Huey would restart by re-executing a command line it misreads
    tasks.start(run.stop_flag)
    run.run()
    log.info("the worker ends, process %s", os.getpid())


def setting(database: URL, now: Options, threads: int) -> str:
    """What a worker works with, for its log: versions and addresses, without what opens them."""
    books = database.set(query={}).render_as_string(hide_password=True)
    dreamkas = plain(now.dreamkas_api_url) if now.dreamkas_enabled else "switched off"
    return (
        f"{ABOUT.name} {ABOUT.version}, Python {platform.python_version()}, huey {version('huey')}, "
        f"process {os.getpid()}, {threads} threads; database {books}, "
        f"queue {plain(now.queue_url)}, Dreamkas {dreamkas}"
    )


@group.command("sweep", help="One pass of every duty, here and now.")
@with_appcontext
def sweep() -> None:
    """For cron, or for a person who wants to know at once."""
    tasks.sweep()
    now = health()
    click.echo(
        f"waiting {now.waiting}, unsure {now.unsure}, late {now.late}, rejected today {now.rejected_today}"
    )


@group.command(
    "purge",
    help="Forget contacts of finished operations, webhooks and our lines of the journal, older than --days.",
)
@click.option("--days", type=click.IntRange(min=4), required=True)
@with_appcontext
def purge(days: int) -> None:
    """At least four days are kept: a rejected receipt is watched for three."""
    operations, news, lines, hooks = forget(days)
    click.echo(f"operations {operations}, notifications {news}, journal lines {lines}, webhooks {hooks}")
