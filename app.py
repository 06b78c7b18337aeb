"""The house's front door: reads alter.ini, starts the extensions, hangs the modules; nothing else."""

import gc
import logging
import os
import sys
from collections.abc import Mapping

from modules.addcash import views_myday as addcash
from modules.banksta2 import tasks as statements
from modules.banksta2 import views_all as banksta2
from modules.core import cards, current
from modules.core.address import INSIDE, House
from modules.core.cache import init_cache
from modules.core.db import init_db
from modules.core.inifile import ConfigError
from modules.core.logs import init_logs
from modules.core.migrations import init_migrations
from modules.core.places import PlaceError, need_places
from modules.core.queue import init_queue
from modules.core.rights import init_people
from modules.core.screen import ALERTS, init_screen
from modules.core.serial import init_serial
from modules.core.source import Source
from modules.core.startup import init_startup
from modules.core.words import init_words, speaking
from modules.demo.commands import demo
from modules.dreamkas import views_all as dreamkas
from modules.dreamkas.alerts import alerts
from modules.dreamkas.commands import init_dreamkas
from modules.dreamkas.duties import add_duty
from modules.emailedit import views as emailedit
from modules.eventview import views as eventview
from modules.login import views as login
from modules.login.commands import init_login
from modules.mobileedit import views as mobileedit
from modules.styleguide import views as styleguide
from modules.taskbar import views as taskbar
from modules.ukv import views as ukv
from modules.userprofile import views as userprofile
from remoteapi import views as remoteapi

MODULES = (
    taskbar,
    login,
    userprofile,
    addcash,
    mobileedit,
    emailedit,
    ukv,
    banksta2,
    dreamkas,
    eventview,
    styleguide,
    remoteapi,
)
NEVER_AGAIN = 3  # of all exit codes of a worker the one that ends gunicorn, instead of another try for ever
# In the order of the taskbar.
CARDS = (taskbar.CARD, addcash.CARD, ukv.CARD, banksta2.CARD, dreamkas.CARD, eventview.CARD, styleguide.CARD)

# What is imported stays. The collector waits until a quarter as much has come: 18 MB of old pages, were this counted.
gc.freeze()


def create_app(env: Mapping[str, str] | None = None) -> House:
    """The whole application by alter.ini and the environment (or `env` instead of it).

    A configuration that cannot be used ends the start with sentences that name option, value and what is allowed.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    init_logs()
    app = House(__name__)
    app.extensions[current.KEY] = read_options(app, env)
    start_extensions(app)
    hang_modules(app)
    return app


def read_options(app: House, env: Mapping[str, str] | None) -> Source:
    """alter.ini and the environment; warnings go to the log, a wrong value or place ends the start."""
    with speaking((os.environ if env is None else env).get("LOCALE", "")):
        try:
            source = Source(env=env)
        except ConfigError as error:
            print(f"alter.ini: {error}", file=sys.stderr)
            raise SystemExit(NEVER_AGAIN) from None
    with speaking(source.options.locale):
        for warning in source.warnings:
            app.logger.warning("alter.ini: %s", warning)
        try:
            need_places(source.options)
        except PlaceError as error:
            print(error, file=sys.stderr)
            raise SystemExit(NEVER_AGAIN) from None
    return source


def start_extensions(app: House) -> None:
    """Everything a module may lean on."""
    options = current.options_of(app)
    init_screen(app)
    init_words(app)
    init_db(app, options.database_url)
    init_cache(app, options.cache_url, app.config["SECRET_KEY"])
    init_queue(options.queue_url, app.config["SECRET_KEY"])
    init_startup(app)
    init_people(app)
    init_serial(app)
    init_migrations(app)


def hang_modules(app: House) -> None:
    """One blueprint a module, under Ubilling's name for it; cards, alerts and commands."""
    for module in MODULES:
        app.register_blueprint(module.bp, url_prefix=INSIDE + module.bp.name)
    app.extensions[cards.KEY] = list(CARDS)
    app.extensions[ALERTS].append(alerts)
    app.cli.add_command(demo)
    init_login(app)
    init_dreamkas(app)
    for name, work in statements.DUTIES.items():
        add_duty(name, work)
