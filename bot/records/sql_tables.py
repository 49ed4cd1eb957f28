"""The store's tables, as queries name them; `migrations` makes them."""

import sqlalchemy as sa

from bot.records.database import Moment, Whole

schema = sa.MetaData()
incidents = sa.Table(
    "incidents",
    schema,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("fingerprint", sa.String(16)),
    sa.Column("body", sa.Text, nullable=False),
)
orders = sa.Table(
    "work_orders",
    schema,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("incident_id", sa.String(40)),
    sa.Column("status", sa.String(40)),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("holder", sa.String(40)),
    sa.Column("due_at", Moment),
    sa.Column("later_attempt", sa.String(60), key="attempt"),  # named when only later attempts had to be unique
    sa.Column("asked_at", Moment),
)
proposals = sa.Table(
    "proposals",
    schema,
    sa.Column("order_id", sa.String(40), primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("diff", sa.LargeBinary, nullable=False),
)
ledger_rows = sa.Table(
    "ledger_rows",
    schema,
    sa.Column("message_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", Moment),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    sa.Column("item", Whole, nullable=False),
    sa.Column("amount", sa.String(40), nullable=False),
    sa.Column("currency", sa.String(8), nullable=False),
)
notes = sa.Table(
    "notes",
    schema,
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("value", Whole, nullable=False),
)
processes = sa.Table(
    "processes",
    schema,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("build", sa.String(80), nullable=False),
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("seen_at", Moment, nullable=False),
    sa.Column("left_at", Moment),
)
leases = sa.Table(
    "leases",
    schema,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("holder", sa.String(40)),
    sa.Column("seen_at", Moment, nullable=False),
)
faults = sa.Table(
    "faults",
    schema,
    sa.Column("fingerprint", sa.String(16), primary_key=True),
    sa.Column("build", sa.String(80), primary_key=True),
    sa.Column("kin", sa.String(16), nullable=False),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("first_seen", Moment, nullable=False),
    sa.Column("last_seen", Moment, nullable=False),
)
traffic = sa.Table(
    "traffic",
    schema,
    sa.Column("build", sa.String(80), primary_key=True),
    sa.Column("kind", sa.String(100), primary_key=True),
    sa.Column("handled", sa.BigInteger, nullable=False),
)
sightings = sa.Table(
    "sightings",
    schema,
    sa.Column("fingerprint", sa.String(16), primary_key=True),
    sa.Column("incident_id", sa.String(40), nullable=False),
    sa.Column("title", Whole, nullable=False),
    sa.Column("severity", sa.String(10), nullable=False),
    sa.Column("sources", sa.String(200), nullable=False),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("first_seen", Moment, nullable=False),
    sa.Column("last_seen", Moment, nullable=False),
)
events = sa.Table(
    "events",
    schema,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("name", sa.String(60), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("cause", sa.BigInteger),
    sa.Column("depth", sa.Integer, nullable=False),
    sa.Column("body", Whole, nullable=False),
)
audit = sa.Table(
    "audit",
    schema,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("previous", sa.CHAR(64), nullable=False),
    sa.Column("digest", sa.CHAR(64), nullable=False),
)
audit_head = sa.Table(
    "audit_head",
    schema,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.CHAR(64), nullable=False),
)
runs = sa.Table(
    "playbook_runs",
    schema,
    sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("id", sa.String(40), nullable=False),
    sa.Column("status", sa.String(40), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)
documents = sa.Table(
    "documents",
    schema,
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)
trust = sa.Table(
    "trust",
    schema,
    sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("run_id", sa.String(40), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("before", sa.Float, nullable=False),
    sa.Column("after", sa.Float, nullable=False),
)
dead_letters = sa.Table(
    "dead_letters",
    schema,
    sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("message_id", sa.BigInteger, nullable=False),
    sa.Column("body", Whole, nullable=False),
    sa.Column("why", Whole, nullable=False),
    sa.Column("at", Moment, nullable=False),
)
