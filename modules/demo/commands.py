"""`flask demo`: fills an empty database, and refuses one with other data."""

import click
from flask.cli import with_appcontext
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from modules.billing.demo import fill_books
from modules.billing.models import Payment, UkvPayment, UkvUser, User
from modules.core.admins import Admin, new_admin
from modules.core.db import transact
from modules.core.screen import is_training
from modules.core.startup import need_database
from modules.dreamkas.models import Operation, ServiceRelation

PASSWORD = "demo"  # noqa: S105 - public, and good for loopback only
PEOPLE = {
    "admin": ("Администратор", "ROOT"),
    "kassir": ("Кассир", "TASKBAR,USERPROFILE,CASH,UKV"),
    "buh": ("Бухгалтер", "TASKBAR,USERPROFILE,DREAMKAS,DREAMKASMANAGE,BANKSTA2"),
}
# The two positions of the sandbox that stand for the two services, as they are there: id, name, roubles, vendor code.
MAPPED = {
    "internet": ("0b6a4c9e-52d1-4f3a-8c27-1c9b1b0b7a10", "Доступ в Интернет", 600.0, "SRV-100"),
    "ukv": ("1c7b5d0f-63e2-4a4b-9d38-2d0c2c1c8b21", "Кабельное ТВ", 250.0, "SRV-101"),
}
OTHERS_DATA = (Admin, User, UkvUser, Payment, UkvPayment, Operation, ServiceRelation)


@click.command("demo", help="Fill an empty database with demo subscribers, admins and mapped positions.")
@click.option("--subscribers", default=0, show_default=True, help="How many more, made-up subscribers.")
@click.option(
    "--if-empty",
    is_flag=True,
    help="Do nothing, and say nothing wrong, when there is data already, or no training.",
)
@with_appcontext
def demo(subscribers: int, if_empty: bool) -> None:
    """All in one transaction: a demo that was killed half-way left nothing."""
    need_database()
    if if_empty and not is_training():
        return  # alter.ini names the cabinet itself: nobody's demo belongs into these books
    made = transact(lambda session: _fill(session, subscribers))
    if made:
        click.echo(
            _("Demo: admin, kassir, buh (password %(password)s, from this machine only).", password=PASSWORD)
        )
    elif not if_empty:
        raise click.ClickException(_("The database holds other data: the demo is for an empty one."))


def _fill(session: Session, subscribers: int) -> bool:
    if any(session.execute(select(kind).limit(1)).first() for kind in OTHERS_DATA):
        return False
    fill_books(subscribers)
    for login, (name, rights) in PEOPLE.items():
        session.add(new_admin(login, PASSWORD, rights.split(","), name=name, loopback_only=True))
    for service, (goods_id, name, price, code) in MAPPED.items():
        position = {"goods_id": goods_id, "goods_name": name, "goods_price": price, "goods_vendorcode": code}
        session.add(
            ServiceRelation(service=service, goods_type="SERVICE", goods_tax="NDS_NO_TAX", **position)
        )
    return True
