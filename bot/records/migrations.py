"""How a database of any earlier version becomes one of this version: a numbered list of steps, each taken once."""

import sqlalchemy as sa

from bot.records.store import StoreUnavailable

LOCK = 7_418_802_513
"""The advisory lock under which one process at a time brings a PostgreSQL database up to date."""

STEPS: tuple[tuple[str, ...], ...] = (
    (  # 1: what version 0.1 made, before there was a list
        "CREATE TABLE IF NOT EXISTS incidents (id VARCHAR(40) PRIMARY KEY, fingerprint VARCHAR(16), "
        "body TEXT NOT NULL)",
        "CREATE INDEX IF NOT EXISTS ix_incidents_fingerprint ON incidents (fingerprint)",
        "CREATE TABLE IF NOT EXISTS work_orders (id VARCHAR(40) PRIMARY KEY, incident_id VARCHAR(40), "
        "status VARCHAR(40), version INTEGER NOT NULL, body TEXT NOT NULL)",
        "CREATE INDEX IF NOT EXISTS ix_work_orders_incident_id ON work_orders (incident_id)",
        "CREATE INDEX IF NOT EXISTS ix_work_orders_status ON work_orders (status)",
        "CREATE TABLE IF NOT EXISTS proposals (order_id VARCHAR(40) PRIMARY KEY, body TEXT NOT NULL, "
        "diff {bytes} NOT NULL)",
        "CREATE TABLE IF NOT EXISTS ledger_rows (message_id BIGINT PRIMARY KEY, at {time}, user_id BIGINT NOT NULL, "
        "item TEXT NOT NULL, amount VARCHAR(40) NOT NULL, currency VARCHAR(8) NOT NULL)",
        "CREATE INDEX IF NOT EXISTS ix_ledger_rows_at ON ledger_rows (at)",
        "CREATE TABLE IF NOT EXISTS notes (name VARCHAR(100) PRIMARY KEY, value TEXT NOT NULL)",
    ),
    (  # 2: who is at which order, and when it is due
        "ALTER TABLE work_orders ADD COLUMN holder VARCHAR(40)",
        "ALTER TABLE work_orders ADD COLUMN due_at {time}",
        "CREATE INDEX ix_work_orders_due ON work_orders (status, due_at)",
        "ALTER TABLE work_orders ADD COLUMN later_attempt VARCHAR(60)",
        "CREATE UNIQUE INDEX ix_work_orders_later_attempt ON work_orders (later_attempt)",
        "CREATE TABLE processes (id VARCHAR(40) PRIMARY KEY, build VARCHAR(80) NOT NULL, started_at {time} NOT NULL, "
        "seen_at {time} NOT NULL, left_at {time})",
        "CREATE TABLE leases (name VARCHAR(40) PRIMARY KEY, holder VARCHAR(40), seen_at {time} NOT NULL)",
    ),
    (  # 3: what every build handled, and which faults it had
        "CREATE TABLE faults (fingerprint VARCHAR(16) NOT NULL, build VARCHAR(80) NOT NULL, kin VARCHAR(16) NOT NULL, "
        "count BIGINT NOT NULL, first_seen {time} NOT NULL, last_seen {time} NOT NULL, "
        "PRIMARY KEY (fingerprint, build))",
        "CREATE INDEX ix_faults_kin ON faults (kin)",
        "CREATE INDEX ix_faults_last_seen ON faults (last_seen)",
        "CREATE TABLE traffic (build VARCHAR(80) NOT NULL, kind VARCHAR(100) NOT NULL, handled BIGINT NOT NULL, "
        "PRIMARY KEY (build, kind))",
    ),
    (  # 4: who decided what
        "CREATE TABLE audit (seq BIGINT PRIMARY KEY, body TEXT NOT NULL, "
        "previous CHAR(64) NOT NULL, digest CHAR(64) NOT NULL)",
        "CREATE TABLE audit_head (id INTEGER PRIMARY KEY, seq BIGINT NOT NULL, digest CHAR(64) NOT NULL)",
        "INSERT INTO audit_head (id, seq, digest) VALUES "
        "(1, 0, '0000000000000000000000000000000000000000000000000000000000000000')",
    ),
    (  # 5: what was healed without code
        "CREATE TABLE playbook_runs (number {serial}, id VARCHAR(40) NOT NULL UNIQUE, status VARCHAR(40) NOT NULL, "
        "version INTEGER NOT NULL, body TEXT NOT NULL)",
        "CREATE INDEX ix_playbook_runs_status ON playbook_runs (status)",
        "CREATE TABLE documents (name VARCHAR(100) PRIMARY KEY, version INTEGER NOT NULL, body TEXT NOT NULL)",
        "CREATE TABLE trust (number {serial}, subject VARCHAR(200) NOT NULL, run_id VARCHAR(40) NOT NULL, "
        "at {time} NOT NULL, before {real} NOT NULL, after {real} NOT NULL, UNIQUE (subject, run_id))",
    ),
    (  # 6: what was published on the bus
        "CREATE TABLE events (seq {serial}, name VARCHAR(60) NOT NULL, at {time} NOT NULL, cause BIGINT, "
        "depth INTEGER NOT NULL, body TEXT NOT NULL)",
        "CREATE INDEX ix_events_name ON events (name, seq)",
    ),
    (  # 7: which fault is whose incident, and how often it was seen
        "CREATE TABLE sightings (fingerprint VARCHAR(16) PRIMARY KEY, incident_id VARCHAR(40) NOT NULL, "
        "title TEXT NOT NULL, severity VARCHAR(10) NOT NULL, sources VARCHAR(200) NOT NULL, count BIGINT NOT NULL, "
        "first_seen {time} NOT NULL, last_seen {time} NOT NULL)",
        "CREATE INDEX ix_sightings_last_seen ON sightings (last_seen)",
        "CREATE INDEX ix_sightings_incident_id ON sightings (incident_id)",
    ),
    (  # 8: the rows that could not be written where they belong
        "CREATE TABLE dead_letters (number {serial}, message_id BIGINT NOT NULL UNIQUE, body TEXT NOT NULL, "
        "why TEXT NOT NULL, at {time} NOT NULL)",
    ),
    (  # 9: when an order's proposal was asked for
        "ALTER TABLE work_orders ADD COLUMN asked_at {time}",
        "CREATE INDEX ix_work_orders_asked_at ON work_orders (asked_at)",
    ),
)
"""Only ever added to: what stands here was taken in somebody's database."""
TYPES = {
    "sqlite": {"bytes": "BLOB", "time": "DATETIME", "serial": "INTEGER PRIMARY KEY AUTOINCREMENT", "real": "REAL"},
    "postgresql": {
        "bytes": "BYTEA",
        "time": "TIMESTAMP WITH TIME ZONE",
        "serial": "BIGSERIAL PRIMARY KEY",
        "real": "DOUBLE PRECISION",
    },
}


def migrate(connection: sa.Connection) -> None:
    """Take the steps that this database lacks, all or none. Raises StoreUnavailable when it is of a later version."""
    dialect = connection.dialect.name
    lock = "BEGIN IMMEDIATE" if dialect == "sqlite" else f"SELECT pg_advisory_xact_lock({LOCK})"
    connection.exec_driver_sql(lock)
    connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)")
    version = connection.exec_driver_sql("SELECT max(version) FROM schema_version").scalar() or 0
    if version > len(STEPS):
        raise StoreUnavailable(
            f"The store {connection.engine.url.database} is of a later version ({version}) than this bot reads "
            f"({len(STEPS)}): update the bot, or give it another STATE_DIR or DATABASE_URL."
        )
    for number, statements in enumerate(STEPS[version:], version + 1):
        for statement in statements:
            connection.exec_driver_sql(statement.format(**TYPES[dialect]))
        connection.execute(sa.text("INSERT INTO schema_version (version) VALUES (:number)"), {"number": number})
