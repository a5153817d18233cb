"""The ledger's tables, the same for SQLite and PostgreSQL.

Instants are whole microseconds since 1970-01-01 UTC: exact, sorted by themselves, alike in both databases.
A change here needs a new file in ``migrations/versions``; a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()

# One line per fact about the ledger itself: its random id, by which the sheet recognises it.
meta = Table(
    "meta",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)

sheet = Table(
    "sheet",
    metadata,
    Column("sheet", String, primary_key=True),
    Column("first_contact", BigInteger),
    Column("log_seq", BigInteger, nullable=False, server_default="0"),
    # Grows whenever a daemon takes the sheet over; fences the one who lost it (PostgreSQL, several machines).
    Column("epoch", BigInteger, nullable=False, server_default="0"),
)

# One row per mail, for ever: the primary key is the promise "never twice" (design.md P1).
mail = Table(
    "mail",
    metadata,
    Column("sheet", String, primary_key=True),
    Column("about", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("occasion", String, primary_key=True),
    Column("recipient", String, primary_key=True),
    Column("copy", Integer, primary_key=True, autoincrement=False),
    Column("state", String, nullable=False),
    Column("message_id", String, nullable=False),
    Column("opens", BigInteger, nullable=False),
    Column("closes", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("not_before", BigInteger),
    Column("attempts", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("told", JSON(none_as_null=True)),
    Column("fingerprint", String, nullable=False),
    Column("practice", Boolean, nullable=False),
    # The number of its line in the Mail log, and what that line says as far as we know.
    Column("seq", BigInteger, nullable=False, server_default="0"),
    Column("logged", String, nullable=False, server_default=""),
    # Whose claim this is: only the claim with this token may go on to sending, and settle it.
    Column("token", String, nullable=False),
    Column("epoch", BigInteger, nullable=False, server_default="0"),
    Index("mail_by_state", "sheet", "state", "at"),
)

watch = Table(
    "watch",
    metadata,
    Column("sheet", String, primary_key=True),
    Column("about", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("digest", String, nullable=False),
    Column("since", BigInteger, nullable=False),
)

row_memory = Table(
    "row_memory",
    metadata,
    Column("sheet", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("tab", String, nullable=False),
    Column("fingerprint", String, nullable=False),
    Column("adopted", Boolean, nullable=False),
    Column("copied", Boolean, nullable=False),
    Column("shown", Boolean, nullable=False),
    Column("contact_id", String, nullable=False),
    Column("missing_reads", Integer, nullable=False),
)

approval = Table(
    "approval",
    metadata,
    Column("sheet", String, primary_key=True),
    Column("code", String, primary_key=True),
    Column("keys", JSON, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("released", Boolean, nullable=False),
)

cycle = Table(
    "cycle",
    metadata,
    Column("number", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("sheet", String, nullable=False),
    Column("ended", BigInteger, nullable=False),
    Column("report", JSON, nullable=False),
    Index("cycle_by_sheet", "sheet", "number"),
)
