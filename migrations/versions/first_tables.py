"""The first tables: Ubilling's own where they are missing, our columns on them, and ours.

Runs on an empty database and on one that already holds Ubilling's tables: it creates what is missing, adds our columns
to `dreamkas_operations`, maps the operations that are there (statuses, relations), and changes nothing else.
The definitions stand here frozen; the models go on without them.
"""

import base64
import binascii
import json
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from alembic import op
from flask import current_app
from sqlalchemy.dialects import mysql

revision = "first_tables"
down_revision = None

META = sa.MetaData()
UTC = (
    sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mariadb").with_variant(mysql.DATETIME(fsp=6), "mysql")
)
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DUTIES = ("beat", "look", "resolve", "ask", "probe", "catalog", "watch")
BATCH = 1000


def table(name, *columns, **how):
    sa.Table(name, META, *columns, **how, mysql_engine="InnoDB", mysql_charset="utf8mb4")


def index(name, of, *columns):
    sa.Index(name, *(META.tables[of].c[column] for column in columns))


table(
    "address",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("login", sa.String(length=50), nullable=False),
    sa.Column("aptid", sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint("id"),
)
index("ix_address_aptid", "address", "aptid")
index("ix_address_login", "address", "login")
table(
    "apt",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("buildid", sa.Integer(), nullable=False),
    sa.Column("entrance", sa.String(length=10), nullable=False),
    sa.Column("floor", sa.String(length=10), nullable=False),
    sa.Column("apt", sa.String(length=10), nullable=False),
    sa.PrimaryKeyConstraint("id"),
)
index("ix_apt_buildid", "apt", "buildid")
table(
    "build",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("streetid", sa.Integer(), nullable=False),
    sa.Column("buildnum", sa.String(length=10), nullable=False),
    sa.PrimaryKeyConstraint("id"),
)
index("ix_build_streetid", "build", "streetid")
table(
    "cashdesk_tokens",
    sa.Column("token", sa.String(length=64), nullable=False),
    sa.Column("admin", sa.String(length=45), nullable=False),
    sa.Column("subscriber", sa.String(length=64), nullable=False),
    sa.Column("fingerprint", sa.String(length=64), nullable=False),
    sa.Column("kopecks", sa.BigInteger(), nullable=False),
    sa.Column("source_kind", sa.String(length=32), nullable=False),
    sa.Column("source_id", sa.BigInteger(), nullable=False),
    sa.Column("used_utc", UTC, nullable=False),
    sa.PrimaryKeyConstraint("token"),
)
index("ix_cashdesk_tokens_subscriber", "cashdesk_tokens", "subscriber", "used_utc")
table(
    "cashtype",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("cashtype", sa.String(length=50), nullable=False),
    sa.PrimaryKeyConstraint("id"),
)
table(
    "city",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("cityname", sa.String(length=255), nullable=False),
    sa.Column("cityalias", sa.String(length=45), nullable=False),
    sa.PrimaryKeyConstraint("id"),
)
table(
    "contracts",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("login", sa.String(length=50), nullable=False),
    sa.Column("contract", sa.String(length=100), nullable=False),
    sa.PrimaryKeyConstraint("id"),
)
index("ix_contracts_contract", "contracts", "contract")
index("ix_contracts_login", "contracts", "login")
table(
    "dreamkas_catalog",
    sa.Column("kind", sa.String(length=16), nullable=False),
    sa.Column("their_id", sa.String(length=64), nullable=False),
    sa.Column("place", sa.Integer(), nullable=False),
    sa.Column("body", sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint("kind", "their_id"),
)
table(
    "dreamkas_catalog_state",
    sa.Column("kind", sa.String(length=16), nullable=False),
    sa.Column("fetched_utc", UTC, nullable=True),
    sa.Column("tried_utc", UTC, nullable=True),
    sa.Column("error", sa.Text(), nullable=False),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint("kind"),
)
table(
    "dreamkas_duties",
    sa.Column("name", sa.String(length=32), nullable=False),
    sa.Column("due_utc", UTC, nullable=True),
    sa.Column("lease_until_utc", UTC, nullable=True),
    sa.Column("ran_utc", UTC, nullable=True),
    sa.PrimaryKeyConstraint("name"),
)
table(
    "dreamkas_hold",
    sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
    sa.Column("reason", sa.String(length=16), nullable=False),
    sa.Column("said", sa.Text(), nullable=False),
    sa.Column("since_utc", UTC, nullable=True),
    sa.Column("probe_utc", UTC, nullable=True),
    sa.Column("probes", sa.Integer(), nullable=False),
    sa.Column("pause_until_utc", UTC, nullable=True),
    sa.Column("success_utc", UTC, nullable=True),
    sa.Column("error_utc", UTC, nullable=True),
    sa.Column("error", sa.Text(), nullable=False),
    sa.Column("listing_rows", sa.Integer(), nullable=False),
    sa.Column("listing_utc", UTC, nullable=True),
    sa.PrimaryKeyConstraint("id"),
)
table(
    "dreamkas_notifications",
    sa.Column("id", ROW_ID, nullable=False),
    sa.Column("created_utc", UTC, nullable=False),
    sa.Column("level", sa.String(length=8), nullable=False),
    sa.Column("kind", sa.String(length=32), nullable=False),
    sa.Column("message", sa.Text(), nullable=False),
    sa.Column("params", sa.Text(), nullable=False),
    sa.Column("operation_pk", sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint("id"),
    sqlite_autoincrement=True,
)
index("ix_dreamkas_notifications_created_utc", "dreamkas_notifications", "created_utc")
table(
    "dreamkas_operations",
    sa.Column("id", ROW_ID, nullable=False),
    sa.Column("operation_id", sa.String(length=255), nullable=False),
    sa.Column("date_create", sa.DateTime(), nullable=True),
    sa.Column("date_finish", sa.DateTime(), nullable=True),
    sa.Column("date_resend", sa.DateTime(), nullable=True),
    sa.Column("status", sa.String(length=255), nullable=False),
    sa.Column("error_code", sa.String(length=255), nullable=False),
    sa.Column("error_message", sa.String(length=255), nullable=False),
    sa.Column("receipt_id", sa.String(length=255), nullable=False),
    sa.Column("operation_body", sa.Text(), nullable=False),
    sa.Column("repeated_fiscop_id", sa.String(length=255), nullable=False),
    sa.Column("repeat_count", sa.Integer(), nullable=False),
    sa.Column("state", sa.String(length=16), nullable=False),
    sa.Column("external_id", sa.String(length=64), nullable=True),
    sa.Column("source_kind", sa.String(length=32), nullable=False),
    sa.Column("source_id", sa.BigInteger(), nullable=True),
    sa.Column("source_key", sa.String(length=64), nullable=True),
    sa.Column("amount", sa.BigInteger(), nullable=True),
    sa.Column("service", sa.String(length=16), nullable=False),
    sa.Column("subscriber", sa.String(length=64), nullable=False),
    sa.Column("contract", sa.String(length=64), nullable=False),
    sa.Column("contact", sa.String(length=255), nullable=False),
    sa.Column("admin", sa.String(length=45), nullable=False),
    sa.Column("device_id", sa.String(length=32), nullable=False),
    sa.Column("goods_id", sa.String(length=64), nullable=False),
    sa.Column("tax_mode", sa.String(length=16), nullable=False),
    sa.Column("payment_type", sa.String(length=16), nullable=False),
    sa.Column("reason", sa.String(length=40), nullable=False),
    sa.Column("reason_text", sa.Text(), nullable=False),
    sa.Column("alarm", sa.String(length=40), nullable=False),
    sa.Column("repeats_id", sa.BigInteger(), nullable=True),
    sa.Column("attempt", sa.Integer(), nullable=False),
    sa.Column("unsent", sa.Integer(), nullable=False),
    sa.Column("asked", sa.Integer(), nullable=False),
    sa.Column("look_first", sa.Boolean(), nullable=False),
    sa.Column("created_utc", UTC, nullable=False),
    sa.Column("paid_local", sa.DateTime(), nullable=True),
    sa.Column("due_utc", UTC, nullable=True),
    sa.Column("lease_until_utc", UTC, nullable=True),
    sa.Column("looked_utc", UTC, nullable=True),
    sa.Column("accepted_utc", UTC, nullable=True),
    sa.Column("finished_utc", UTC, nullable=True),
    sa.Column("watch_until_utc", UTC, nullable=True),
    sa.PrimaryKeyConstraint("id"),
    sa.UniqueConstraint("external_id"),
    sa.UniqueConstraint("operation_id"),
    sa.UniqueConstraint("source_key"),
    sqlite_autoincrement=True,
)
index("ix_dreamkas_operations_accepted", "dreamkas_operations", "accepted_utc")
index("ix_dreamkas_operations_receipt", "dreamkas_operations", "receipt_id")
index("ix_dreamkas_operations_alarm", "dreamkas_operations", "alarm")
index("ix_dreamkas_operations_source", "dreamkas_operations", "source_kind", "source_id")
index("ix_dreamkas_operations_state_due", "dreamkas_operations", "state", "due_utc")
index("ix_dreamkas_operations_watch", "dreamkas_operations", "watch_until_utc")
table(
    "dreamkas_services_relations",
    sa.Column("id", ROW_ID, nullable=False),
    sa.Column("service", sa.String(length=42), nullable=False),
    sa.Column("goods_id", sa.String(length=255), nullable=False),
    sa.Column("goods_name", sa.String(length=255), nullable=False),
    sa.Column("goods_type", sa.String(length=255), nullable=False),
    sa.Column("goods_price", sa.Double(), nullable=False),
    sa.Column("goods_tax", sa.String(length=255), nullable=False),
    sa.Column("goods_vendorcode", sa.String(length=255), nullable=False),
    sa.PrimaryKeyConstraint("id"),
    sa.UniqueConstraint("service"),
)
table(
    "emails",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("login", sa.String(length=50), nullable=False),
    sa.Column("email", sa.String(length=255), nullable=False),
    sa.PrimaryKeyConstraint("id"),
)
index("ix_emails_login", "emails", "login")
table(
    "panel_admins",
    sa.Column("id", ROW_ID, nullable=False),
    sa.Column("login", sa.String(length=45), nullable=False),
    sa.Column("password_hash", sa.String(length=255), nullable=False),
    sa.Column("name", sa.String(length=255), nullable=False),
    sa.Column("rights", sa.Text(), nullable=False),
    sa.Column("locale", sa.String(length=8), nullable=True),
    sa.Column("created_utc", UTC, nullable=False),
    sa.Column("disabled", sa.Boolean(), nullable=False),
    sa.Column("loopback_only", sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint("id"),
    sa.UniqueConstraint("login"),
)
table(
    "panel_login_failures",
    sa.Column("id", ROW_ID, nullable=False),
    sa.Column("login", sa.String(length=45), nullable=False),
    sa.Column("ip", sa.String(length=64), nullable=False),
    sa.Column("at_utc", UTC, nullable=False),
    sa.Column("checking", sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint("id"),
)
index("ix_panel_login_failures_ip", "panel_login_failures", "ip", "at_utc")
index("ix_panel_login_failures_login", "panel_login_failures", "login", "at_utc")
table(
    "payments",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("login", sa.String(length=45), nullable=False),
    sa.Column("date", sa.DateTime(), nullable=True),
    sa.Column("admin", sa.String(length=45), nullable=False),
    sa.Column("balance", sa.String(length=45), nullable=False),
    sa.Column("summ", sa.String(length=45), nullable=False),
    sa.Column("cashtypeid", sa.Integer(), nullable=False),
    sa.Column("note", sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint("id"),
    sqlite_autoincrement=True,
)
index("ix_payments_login_date", "payments", "login", "date")
table(
    "paymentscorr",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("login", sa.String(length=45), nullable=False),
    sa.Column("date", sa.DateTime(), nullable=True),
    sa.Column("admin", sa.String(length=45), nullable=False),
    sa.Column("balance", sa.String(length=45), nullable=False),
    sa.Column("summ", sa.String(length=45), nullable=False),
    sa.Column("cashtypeid", sa.Integer(), nullable=False),
    sa.Column("note", sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint("id"),
    sqlite_autoincrement=True,
)
index("ix_paymentscorr_login_date", "paymentscorr", "login", "date")
table(
    "phones",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("login", sa.String(length=50), nullable=False),
    sa.Column("phone", sa.String(length=45), nullable=False),
    sa.Column("mobile", sa.String(length=45), nullable=False),
    sa.PrimaryKeyConstraint("id"),
)
index("ix_phones_login", "phones", "login")
table(
    "realname",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("login", sa.String(length=50), nullable=False),
    sa.Column("realname", sa.String(length=255), nullable=False),
    sa.PrimaryKeyConstraint("id"),
)
index("ix_realname_login", "realname", "login")
table(
    "street",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("cityid", sa.Integer(), nullable=False),
    sa.Column("streetname", sa.String(length=255), nullable=False),
    sa.Column("streetalias", sa.String(length=45), nullable=False),
    sa.PrimaryKeyConstraint("id"),
)
index("ix_street_cityid", "street", "cityid")
table(
    "tariffs",
    sa.Column("name", sa.String(length=40), nullable=False),
    sa.Column("Fee", sa.Double(), nullable=False),
    sa.PrimaryKeyConstraint("name"),
)
table(
    "ubstats",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("key", sa.String(length=40), nullable=False),
    sa.Column("value", sa.String(length=255), nullable=False),
    sa.PrimaryKeyConstraint("id"),
)
index("ix_ubstats_key", "ubstats", "key")
table(
    "ukv_payments",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("userid", sa.Integer(), nullable=False),
    sa.Column("date", sa.DateTime(), nullable=True),
    sa.Column("admin", sa.String(length=45), nullable=False),
    sa.Column("balance", sa.String(length=45), nullable=False),
    sa.Column("summ", sa.String(length=45), nullable=False),
    sa.Column("visible", sa.SmallInteger(), nullable=False),
    sa.Column("cashtypeid", sa.Integer(), nullable=False),
    sa.Column("note", sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint("id"),
    sqlite_autoincrement=True,
)
index("ix_ukv_payments_userid_date", "ukv_payments", "userid", "date")
table(
    "ukv_tariffs",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("tariffname", sa.String(length=255), nullable=False),
    sa.Column("price", sa.Double(), nullable=False),
    sa.PrimaryKeyConstraint("id"),
)
table(
    "ukv_users",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("contract", sa.String(length=40), nullable=True),
    sa.Column("tariffid", sa.Integer(), nullable=True),
    sa.Column("cash", sa.Double(), nullable=False),
    sa.Column("active", sa.SmallInteger(), nullable=True),
    sa.Column("realname", sa.String(length=255), nullable=True),
    sa.Column("phone", sa.String(length=255), nullable=True),
    sa.Column("mobile", sa.String(length=255), nullable=True),
    sa.Column("regdate", sa.DateTime(), nullable=True),
    sa.Column("city", sa.String(length=255), nullable=True),
    sa.Column("street", sa.String(length=255), nullable=True),
    sa.Column("build", sa.String(length=255), nullable=True),
    sa.Column("apt", sa.String(length=255), nullable=True),
    sa.Column("inetlogin", sa.String(length=255), nullable=True),
    sa.Column("notes", sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint("id"),
)
index("ix_ukv_users_contract", "ukv_users", "contract")
table(
    "users",
    sa.Column("login", sa.String(length=50), nullable=False),
    sa.Column("Password", sa.String(length=150), nullable=False),
    sa.Column("Passive", sa.Integer(), nullable=False),
    sa.Column("Down", sa.Integer(), nullable=False),
    sa.Column("Tariff", sa.String(length=40), nullable=False),
    sa.Column("Credit", sa.Double(), nullable=False),
    sa.Column("IP", sa.String(length=254), nullable=False),
    sa.Column("Cash", sa.Double(), nullable=False),
    sa.PrimaryKeyConstraint("login"),
)
table(
    "weblogs",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("date", sa.DateTime(), nullable=True),
    sa.Column("admin", sa.String(length=45), nullable=False),
    sa.Column("ip", sa.String(length=64), nullable=False),
    sa.Column("event", sa.String(length=255), nullable=False),
    sa.PrimaryKeyConstraint("id"),
)
index("ix_weblogs_date", "weblogs", "date")
table(
    "dreamkas_attempts",
    sa.Column("id", ROW_ID, nullable=False),
    sa.Column("operation_pk", ROW_ID, nullable=False),
    sa.Column("number", sa.Integer(), nullable=False),
    sa.Column("door", sa.String(length=64), nullable=False),
    sa.Column("started_utc", UTC, nullable=False),
    sa.Column("lease_until_utc", UTC, nullable=False),
    sa.Column("ended_utc", UTC, nullable=True),
    sa.Column("outcome", sa.String(length=16), nullable=False),
    sa.Column("http_status", sa.Integer(), nullable=True),
    sa.Column("said", sa.Text(), nullable=False),
    sa.Column("their_id", sa.String(length=255), nullable=False),
    sa.Column("proofs", sa.Integer(), nullable=False),
    sa.Column("looked_utc", UTC, nullable=True),
    sa.Column("looked_code", sa.String(length=40), nullable=False),
    sa.Column("looked_detail", sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint("id"),
    sa.UniqueConstraint("operation_pk", "number"),
    sqlite_autoincrement=True,
)
table(
    "panel_sessions",
    sa.Column("id_hash", sa.String(length=64), nullable=False),
    sa.Column("admin_id", ROW_ID, nullable=False),
    sa.Column("created_utc", UTC, nullable=False),
    sa.Column("seen_utc", UTC, nullable=False),
    sa.Column("ip", sa.String(length=64), nullable=False),
    sa.Column("closed_utc", UTC, nullable=True),
    sa.ForeignKeyConstraint(
        ["admin_id"],
        ["panel_admins.id"],
    ),
    sa.PrimaryKeyConstraint("id_hash"),
)
index("ix_panel_sessions_admin_id", "panel_sessions", "admin_id")


def upgrade():
    there = set(sa.inspect(op.get_bind()).get_table_names())
    for made in META.sorted_tables:
        if made.name not in there:
            made.create(op.get_bind())
    if "dreamkas_operations" in there:
        add_our_columns()
        map_old_operations("dreamkas_banksta2_relations" in there)
    first_rows()


def downgrade():
    raise NotImplementedError("Payments and receipts are not thrown away: restore a backup instead.")


def add_our_columns():
    """Ours beside Ubilling's: nullable or with a default, so that the old module could go on writing."""
    ours = META.tables["dreamkas_operations"]
    there = {column["name"] for column in sa.inspect(op.get_bind()).get_columns(ours.name)}
    for column in ours.columns:
        if column.name not in there:
            op.add_column(ours.name, addition(column))
    for name in ("external_id", "source_key"):
        if name not in there:
            op.create_index(f"ux_dreamkas_operations_{name}", ours.name, [name], unique=True)
    for made in ours.indexes:
        made.create(op.get_bind(), checkfirst=True)


def addition(column):
    if column.nullable or column.name == "created_utc":
        return sa.Column(column.name, column.type, nullable=True)
    if isinstance(column.type, sa.Text):
        return sa.Column(
            column.name, sa.Text(), nullable=True
        )  # MariaDB knows defaults of TEXT, old ones do not
    default = "" if isinstance(column.type, sa.String) else "0"
    if isinstance(column.type, sa.Boolean):
        default = sa.false()
    return sa.Column(column.name, column.type, nullable=False, server_default=default)


def map_old_operations(has_relations):
    """Ubilling's statuses become states; a statement row that has an operation becomes its source."""
    operations = sa.table(
        "dreamkas_operations", *(sa.column(c.name) for c in META.tables["dreamkas_operations"].c)
    )
    connection, sources = op.get_bind(), statement_rows() if has_relations else {}
    rows = connection.execute(sa.select(operations).order_by(operations.c.id)).mappings().all()
    external_ids = set()
    for row in rows:
        changes = mapped(row, sources.get(row["operation_id"]))
        if changes["external_id"] in external_ids:  # a repeat that sent the same body again: the first one keeps it
            changes["external_id"] = None
        external_ids.add(changes["external_id"])
        connection.execute(sa.update(operations).where(operations.c.id == row["id"]).values(**changes))


def statement_rows():
    relations = sa.table("dreamkas_banksta2_relations", sa.column("bs2_rec_id"), sa.column("operation_id"))
    return {row.operation_id: row.bs2_rec_id for row in op.get_bind().execute(sa.select(relations))}


def mapped(row, statement_row):
    printed, failed = bool(row["receipt_id"]) and row["status"] == "SUCCESS", row["status"] == "ERROR"
    state = "fiscalized" if printed else "rejected" if failed else "accepted"
    created = utc(row["date_create"])
    body = body_of(row["operation_body"])
    return {
        "state": state,
        "created_utc": created,
        "accepted_utc": created,
        "due_utc": created if state == "accepted" else None,
        "finished_utc": None if state == "accepted" else utc(row["date_finish"]),
        "external_id": str(body.get("externalId") or "")[:64] or None,
        "amount": kopecks_of(body.get("total")),
        "device_id": str(body.get("deviceId") or "")[:32],
        "reason": "their_error" if failed else "",
        "reason_text": row["error_message"] if failed else "",
        "source_kind": "banksta2" if statement_row else "",
        "source_id": statement_row,
        "source_key": f"banksta2:{statement_row}" if statement_row and state != "rejected" else None,
    }


def body_of(text):
    try:
        body = json.loads(base64.b64decode(text or ""))
    except (binascii.Error, ValueError):
        return {}
    return body if isinstance(body, dict) else {}


def kopecks_of(total):
    """Ubilling multiplies roubles in floats: 19.99 became 1998.9999999999998 kopecks."""
    try:
        return round(float(total["priceSum"]))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def utc(local):
    """Ubilling's local time as ours; "no date" becomes now."""
    moment = local if isinstance(local, datetime) else None
    if moment is None and isinstance(local, str) and local[:4].isdigit() and local[:4] != "0000":
        moment = datetime.fromisoformat(local)
    zone = current_app.extensions["options_source"].options.timezone
    shift = (moment or datetime.now()).replace(tzinfo=zone).utcoffset() or timedelta()
    return moment - shift if moment else datetime.utcnow()


def first_rows():
    """The rows that there is one of: the line, the duties, the serial, the moment from which payments count."""
    connection = op.get_bind()
    now = datetime.now(current_app.extensions["options_source"].options.timezone).replace(
        tzinfo=None, microsecond=0
    )
    empty = {"reason": "", "said": "", "probes": 0, "error": "", "listing_rows": 0}
    if connection.scalar(sa.select(META.tables["dreamkas_hold"].c.id)) is not None:
        return  # a migration that was killed after its last row
    connection.execute(META.tables["dreamkas_hold"].insert().values(id=1, **empty))
    connection.execute(META.tables["dreamkas_duties"].insert(), [{"name": name} for name in DUTIES])
    named = {"ubid": f"UB{secrets.token_hex(16)}", "dreamkas_since": now.isoformat()}
    stats = sa.table("ubstats", sa.column("key"), sa.column("value"))
    there = set(connection.scalars(sa.select(stats.c.key)))
    for key, value in named.items():
        if key not in there:
            connection.execute(stats.insert().values(key=key, value=value))
