"""The first tables: meta, sheet, mail, watch, row_memory, approval, cycle."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and give the ledger its id."""
    _facts()
    _mail()
    _memory()
    op.create_table(
        "cycle",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("sheet", sa.String(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
    )
    op.create_index("cycle_by_sheet", "cycle", ["sheet", "number"])


def _facts() -> None:
    meta = op.create_table(
        "meta",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
    )
    op.bulk_insert(meta, [{"name": "ledger_id", "value": "l" + secrets.token_hex(10)}])
    op.create_table(
        "sheet",
        sa.Column("sheet", sa.String(), primary_key=True),
        sa.Column("first_contact", sa.BigInteger()),
        sa.Column("log_seq", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("epoch", sa.BigInteger(), nullable=False, server_default="0"),
    )


def _mail() -> None:
    op.create_table(
        "mail",
        sa.Column("sheet", sa.String(), primary_key=True),
        sa.Column("about", sa.String(), primary_key=True),
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("revision", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("occasion", sa.String(), primary_key=True),
        sa.Column("recipient", sa.String(), primary_key=True),
        sa.Column("copy", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("opens", sa.BigInteger(), nullable=False),
        sa.Column("closes", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("not_before", sa.BigInteger()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("told", sa.JSON(none_as_null=True)),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("practice", sa.Boolean(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("logged", sa.String(), nullable=False, server_default=""),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.create_index("mail_by_state", "mail", ["sheet", "state", "at"])


def _memory() -> None:
    op.create_table(
        "watch",
        sa.Column("sheet", sa.String(), primary_key=True),
        sa.Column("about", sa.String(), primary_key=True),
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "row_memory",
        sa.Column("sheet", sa.String(), primary_key=True),
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("tab", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("adopted", sa.Boolean(), nullable=False),
        sa.Column("copied", sa.Boolean(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("contact_id", sa.String(), nullable=False),
        sa.Column("missing_reads", sa.Integer(), nullable=False),
    )
    op.create_table(
        "approval",
        sa.Column("sheet", sa.String(), primary_key=True),
        sa.Column("code", sa.String(), primary_key=True),
        sa.Column("keys", sa.JSON(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("released", sa.Boolean(), nullable=False),
    )
