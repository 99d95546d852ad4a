"""Everything, as it stood at first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.String(32).with_variant(TIMESTAMP(timezone=True), "postgresql")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LEDGER = ("entry", "posting")


def upgrade() -> None:
    _make_tables()
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgres()


def _guard_sqlite() -> None:
    for table in LEDGER:
        for verb in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
            )


def _guard_postgres() -> None:
    op.execute(
        "CREATE OR REPLACE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$"
    )
    for table in LEDGER:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "EXECUTE FUNCTION ledger_is_append_only()"
        )


def _make_tables() -> None:
    op.create_table(
        "answer",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_answer")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_answer_by"), "answer", ["by"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("bot", sa.String(length=32), nullable=False),
        sa.Column("update", sa.BigInteger(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("handled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("bot", "update", name=op.f("uq_inbox_bot_update")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_inbox_open",
        "inbox",
        ["bot", "lane", "id"],
        unique=False,
        sqlite_where=sa.text("NOT handled"),
        postgresql_where=sa.text("NOT handled"),
    )
    op.create_table(
        "lease",
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("holder", sa.String(length=32), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("role", name=op.f("pk_lease")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "meta",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_meta")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "person",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("pool_id", sa.BigInteger(), nullable=True),
        sa.Column("reminders", sa.Boolean(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=False),
        sa.Column("quiet_until", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pool",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("profile", sa.String(length=32), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("founded_at", INSTANT, nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("offers", sa.String(length=32), nullable=False),
        sa.Column("needs", sa.String(length=32), nullable=False),
        sa.Column("confirmations", sa.String(length=32), nullable=False),
        sa.Column("gatherings", sa.String(length=32), nullable=False),
        sa.Column("quiet", sa.Boolean(), nullable=False),
        sa.Column("closed_through", sa.String(length=7), nullable=False),
        sa.Column("coming", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("next_number", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "confirmations IN ('card', 'digest', 'off')", name=op.f("ck_pool_confirmations")
        ),
        sa.CheckConstraint(
            "gatherings IN ('card', 'digest', 'off')", name=op.f("ck_pool_gatherings")
        ),
        sa.CheckConstraint("needs IN ('card', 'digest', 'off')", name=op.f("ck_pool_needs")),
        sa.CheckConstraint("offers IN ('card', 'digest', 'off')", name=op.f("ck_pool_offers")),
        sa.CheckConstraint("profile IN ('exchange')", name=op.f("ck_pool_profile")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "question",
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("external", sa.String(length=32), nullable=False),
        sa.Column("chat", sa.String(length=32), nullable=False),
        sa.Column("pool_id", sa.BigInteger(), nullable=True),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("given", sa.Text(), nullable=False),
        sa.Column("asks", sa.Text(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("message", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_question")),
        sa.UniqueConstraint(
            "platform", "external", "chat", name=op.f("uq_question_platform_external_chat")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "account",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            "kind IN ('member', 'issuance', 'common', 'held', 'disputed', 'treasury', 'outside')",
            name=op.f("ck_account_kind"),
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_account_pool_id")),
        sa.PrimaryKeyConstraint("pool_id", "address", name=op.f("pk_account")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "uq_account_own",
        "account",
        ["pool_id", "kind"],
        unique=True,
        sqlite_where=sa.text("kind <> 'member'"),
        postgresql_where=sa.text("kind <> 'member'"),
    )
    op.create_table(
        "card",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("chat", sa.String(length=32), nullable=False),
        sa.Column("message", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_card_pool_id")),
        sa.PrimaryKeyConstraint("pool_id", "number", "platform", "chat", name=op.f("pk_card")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "chat",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("external", sa.String(length=32), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("asked_by", sa.String(length=32), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'bound', 'paused', 'ended')", name=op.f("ck_chat_state")
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_chat_pool_id")),
        sa.PrimaryKeyConstraint("pool_id", "number", name=op.f("pk_chat")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "uq_chat_living",
        "chat",
        ["platform", "external"],
        unique=True,
        sqlite_where=sa.text("state <> 'ended'"),
        postgresql_where=sa.text("state <> 'ended'"),
    )
    op.create_table(
        "concern",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("about", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("taken_by", sa.String(length=32), nullable=True),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('support', 'feedback', 'exchange')", name=op.f("ck_concern_kind")
        ),
        sa.CheckConstraint("state IN ('open', 'taken', 'closed')", name=op.f("ck_concern_state")),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_concern_pool_id")),
        sa.PrimaryKeyConstraint("pool_id", "number", name=op.f("pk_concern")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_concern_person"), "concern", ["person"], unique=False)
    op.create_index(op.f("ix_concern_pool_id_state"), "concern", ["pool_id", "state"], unique=False)
    op.create_table(
        "digest",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("chat", sa.String(length=32), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_digest_pool_id")),
        sa.PrimaryKeyConstraint("pool_id", "platform", "chat", "number", name=op.f("pk_digest")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "entry",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=32), nullable=True),
        sa.Column("on_behalf", sa.String(length=32), nullable=True),
        sa.Column("cause", sa.BigInteger(), nullable=True),
        sa.Column("reverses", sa.BigInteger(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("note_hash", sa.LargeBinary(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('work', 'stipend', 'met', 'send', 'hold', 'settle', 'release', 'undo', 'reverse', 'cover', 'compensate', 'freeze', 'thaw', 'expire', 'demurrage', 'share', 'buy', 'gift', 'pledge', 'dues', 'backing', 'expense', 'cash_out_hold', 'cash_out_release', 'cash_out', 'link', 'leave')",
            name=op.f("ck_entry_kind"),
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_entry_pool_id")),
        sa.PrimaryKeyConstraint("pool_id", "number", name=op.f("pk_entry")),
        sa.UniqueConstraint("pool_id", "place", name=op.f("uq_entry_pool_id_place")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "uq_entry_reverses",
        "entry",
        ["pool_id", "reverses"],
        unique=True,
        sqlite_where=sa.text("reverses IS NOT NULL"),
        postgresql_where=sa.text("reverses IS NOT NULL"),
    )
    op.create_table(
        "gathering",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("capacity", sa.BigInteger(), nullable=True),
        sa.Column("circle", sa.Boolean(), nullable=False),
        sa.Column("remind_at", INSTANT, nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'over', 'cancelled')", name=op.f("ck_gathering_state")
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_gathering_pool_id")),
        sa.PrimaryKeyConstraint("pool_id", "number", name=op.f("pk_gathering")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_gathering_pool_id_state"), "gathering", ["pool_id", "state"], unique=False
    )
    op.create_table(
        "identity",
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("external", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("reachable", sa.Boolean(), nullable=False),
        sa.Column("rebound", sa.Boolean(), nullable=False),
        sa.Column("closed_until", INSTANT, nullable=True),
        sa.Column("username_folded", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_identity_person")),
        sa.PrimaryKeyConstraint("platform", "external", name=op.f("pk_identity")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_identity_person"), "identity", ["person"], unique=False)
    op.create_index(
        op.f("ix_identity_platform_username_folded"),
        "identity",
        ["platform", "username_folded"],
        unique=False,
    )
    op.create_table(
        "invitation",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_invitation_pool_id")),
        sa.PrimaryKeyConstraint("pool_id", "code", name=op.f("pk_invitation")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_invitation_code"), "invitation", ["code"], unique=False)
    op.create_table(
        "link_code",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_link_code_person")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_link_code")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_link_code_person"), "link_code", ["person"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("sort", sa.String(length=32), nullable=False),
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("numbers", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=True),
        sa.Column("platform", sa.String(length=32), nullable=False),
        sa.Column("chat", sa.String(length=32), nullable=False),
        sa.Column("member", sa.String(length=32), nullable=True),
        sa.Column("person", sa.String(length=32), nullable=True),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("not_before", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('offers', 'needs', 'confirmations', 'gatherings')",
            name=op.f("ck_outbox_kind"),
        ),
        sa.CheckConstraint(
            "sort IN ('card', 'notice', 'digest', 'post')", name=op.f("ck_outbox_sort")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'claimed', 'kept', 'dead')", name=op.f("ck_outbox_state")
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_outbox_pool_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state IN ('waiting', 'claimed')"),
        postgresql_where=sa.text("state IN ('waiting', 'claimed')"),
    )
    op.create_index(op.f("ix_outbox_lane_id"), "outbox", ["lane", "id"], unique=False)
    op.create_table(
        "period",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("upto", sa.String(length=32), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('closing', 'closed')", name=op.f("ck_period_state")),
        sa.CheckConstraint(
            "step IN ('charge', 'share', 'renew', 'stipends', 'report')",
            name=op.f("ck_period_step"),
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_period_pool_id")),
        sa.PrimaryKeyConstraint("pool_id", "month", name=op.f("pk_period")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reminded",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("member", sa.String(length=32), nullable=False),
        sa.Column("about", sa.String(length=32), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_reminded_pool_id")),
        sa.PrimaryKeyConstraint(
            "pool_id", "member", "about", "number", "step", name=op.f("pk_reminded")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "balance",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.String(length=32), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("trade", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", INSTANT, nullable=True),
        sa.Column("charged_through", sa.String(length=7), nullable=False),
        sa.Column("accrued", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_id", "address"],
            ["account.pool_id", "account.address"],
            name=op.f("fk_balance_pool_id_address"),
        ),
        sa.PrimaryKeyConstraint("pool_id", "address", "unit", name=op.f("pk_balance")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "entry_note",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_id", "entry"],
            ["entry.pool_id", "entry.number"],
            name=op.f("fk_entry_note_pool_id_entry"),
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_entry_note_pool_id")),
        sa.PrimaryKeyConstraint("pool_id", "entry", name=op.f("pk_entry_note")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "lot",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.String(length=32), nullable=False),
        sa.Column("cause", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_lot_positive")),
        sa.ForeignKeyConstraint(
            ["pool_id", "address"],
            ["account.pool_id", "account.address"],
            name=op.f("fk_lot_pool_id_address"),
        ),
        sa.PrimaryKeyConstraint("pool_id", "address", "cause", "month", name=op.f("pk_lot")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "member",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("joined_at", INSTANT, nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("carry_minutes", sa.BigInteger(), nullable=False),
        sa.Column("carry_cents", sa.BigInteger(), nullable=False),
        sa.Column("acted_by", sa.String(length=32), nullable=True),
        sa.Column("folded_into", sa.String(length=32), nullable=True),
        sa.Column("shares_public", sa.Boolean(), nullable=False),
        sa.Column("shares_aid", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('invited', 'joined', 'active', 'paused', 'left')",
            name=op.f("ck_member_state"),
        ),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_member_person")),
        sa.ForeignKeyConstraint(
            ["pool_id", "account"],
            ["account.pool_id", "account.address"],
            name=op.f("fk_member_pool_id_account"),
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_member_pool_id")),
        sa.PrimaryKeyConstraint("pool_id", "id", name=op.f("pk_member")),
        sa.UniqueConstraint("pool_id", "account", name=op.f("uq_member_pool_id_account")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_member_folded",
        "member",
        ["pool_id", "folded_into"],
        unique=False,
        sqlite_where=sa.text("folded_into IS NOT NULL"),
        postgresql_where=sa.text("folded_into IS NOT NULL"),
    )
    op.create_index(op.f("ix_member_id"), "member", ["id"], unique=False)
    op.create_index(op.f("ix_member_person"), "member", ["person"], unique=False)
    op.create_index(
        "uq_member_here",
        "member",
        ["pool_id", "person"],
        unique=True,
        sqlite_where=sa.text("state <> 'left'"),
        postgresql_where=sa.text("state <> 'left'"),
    )
    op.create_table(
        "posting",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("target", sa.String(length=32), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=32), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_posting_positive")),
        sa.CheckConstraint("source <> target", name=op.f("ck_posting_moves")),
        sa.ForeignKeyConstraint(
            ["pool_id", "entry"],
            ["entry.pool_id", "entry.number"],
            name=op.f("fk_posting_pool_id_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "source"],
            ["account.pool_id", "account.address"],
            name=op.f("fk_posting_pool_id_source"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "target"],
            ["account.pool_id", "account.address"],
            name=op.f("fk_posting_pool_id_target"),
        ),
        sa.PrimaryKeyConstraint("pool_id", "entry", "line", name=op.f("pk_posting")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_posting_pool_id_source_entry"),
        "posting",
        ["pool_id", "source", "entry"],
        unique=False,
    )
    op.create_index(
        op.f("ix_posting_pool_id_target_entry"),
        "posting",
        ["pool_id", "target", "entry"],
        unique=False,
    )
    op.create_table(
        "cash_out",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("partner", sa.String(length=32), nullable=False),
        sa.Column("credits", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("approved", sa.BigInteger(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("first_by", sa.String(length=32), nullable=True),
        sa.Column("approved_by", sa.String(length=32), nullable=True),
        sa.Column("approved_at", INSTANT, nullable=True),
        sa.Column("paid_by", sa.String(length=32), nullable=True),
        sa.Column("paid_at", INSTANT, nullable=True),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("photo", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('requested', 'approved', 'paid', 'refused', 'cancelled')",
            name=op.f("ck_cash_out_state"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "partner"],
            ["member.pool_id", "member.id"],
            name=op.f("fk_cash_out_pool_id_partner"),
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_cash_out_pool_id")),
        sa.PrimaryKeyConstraint("pool_id", "number", name=op.f("pk_cash_out")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_cash_out_pool_id_partner"), "cash_out", ["pool_id", "partner"], unique=False
    )
    op.create_index(
        op.f("ix_cash_out_pool_id_state"), "cash_out", ["pool_id", "state"], unique=False
    )
    op.create_table(
        "dispute",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("about", sa.BigInteger(), nullable=False),
        sa.Column("opener", sa.String(length=32), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("other", sa.String(length=32), nullable=True),
        sa.Column("holder", sa.String(length=32), nullable=True),
        sa.Column("frozen", sa.BigInteger(), nullable=False),
        sa.Column("helper", sa.String(length=32), nullable=True),
        sa.Column("ruling", sa.String(length=32), nullable=False),
        sa.Column("back", sa.BigInteger(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("agreed", sa.Text(), nullable=False),
        sa.Column("panel", sa.Text(), nullable=False),
        sa.Column("votes", sa.Text(), nullable=False),
        sa.Column("next_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "ruling IN ('undecided', 'keep', 'reverse', 'compensate')",
            name=op.f("ck_dispute_ruling"),
        ),
        sa.CheckConstraint(
            "state IN ('opened', 'talk', 'panel', 'circle', 'resolved', 'withdrawn', 'reversed', 'compensated')",
            name=op.f("ck_dispute_state"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "opener"],
            ["member.pool_id", "member.id"],
            name=op.f("fk_dispute_pool_id_opener"),
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_dispute_pool_id")),
        sa.PrimaryKeyConstraint("pool_id", "number", name=op.f("pk_dispute")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_dispute_next_at"), "dispute", ["next_at"], unique=False)
    op.create_index(op.f("ix_dispute_pool_id_about"), "dispute", ["pool_id", "about"], unique=False)
    op.create_index(op.f("ix_dispute_pool_id_state"), "dispute", ["pool_id", "state"], unique=False)
    op.create_table(
        "expense",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=True),
        sa.Column("returned_by", sa.String(length=32), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'refused', 'returning', 'reversed')",
            name=op.f("ck_expense_state"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "entry"],
            ["entry.pool_id", "entry.number"],
            name=op.f("fk_expense_pool_id_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "made_by"],
            ["member.pool_id", "member.id"],
            name=op.f("fk_expense_pool_id_made_by"),
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_expense_pool_id")),
        sa.PrimaryKeyConstraint("pool_id", "number", name=op.f("pk_expense")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_expense_pool_id_state"), "expense", ["pool_id", "state"], unique=False)
    op.create_table(
        "going",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("gathering", sa.BigInteger(), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=True),
        sa.Column("said_at", INSTANT, nullable=False),
        sa.Column("member", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('going', 'waiting', 'not_going', 'attended')", name=op.f("ck_going_state")
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "gathering"],
            ["gathering.pool_id", "gathering.number"],
            name=op.f("fk_going_pool_id_gathering"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "member"],
            ["member.pool_id", "member.id"],
            name=op.f("fk_going_pool_id_member"),
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_going_pool_id")),
        sa.PrimaryKeyConstraint("pool_id", "id", name=op.f("pk_going")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_going_person"), "going", ["person"], unique=False)
    op.create_index(
        op.f("ix_going_pool_id_gathering"), "going", ["pool_id", "gathering"], unique=False
    )
    op.create_table(
        "listing",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("price_measure", sa.String(length=32), nullable=False),
        sa.Column("price_amount", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("per", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("every", sa.String(length=32), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("taken_in", sa.String(length=7), nullable=False),
        sa.Column("counted_from", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.CheckConstraint("every IN ('once', 'month')", name=op.f("ck_listing_every")),
        sa.CheckConstraint("kind IN ('offer', 'need')", name=op.f("ck_listing_kind")),
        sa.CheckConstraint(
            "price_measure IN ('credits', 'minutes', 'cents')",
            name=op.f("ck_listing_price_measure"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'closed', 'expired', 'withdrawn')", name=op.f("ck_listing_state")
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "owner"],
            ["member.pool_id", "member.id"],
            name=op.f("fk_listing_pool_id_owner"),
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_listing_pool_id")),
        sa.PrimaryKeyConstraint("pool_id", "number", name=op.f("pk_listing")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_listing_pool_id_owner"), "listing", ["pool_id", "owner"], unique=False)
    op.create_index(
        op.f("ix_listing_pool_id_state_kind"), "listing", ["pool_id", "state", "kind"], unique=False
    )
    op.create_table(
        "photo",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool_id", "owner"],
            ["member.pool_id", "member.id"],
            name=op.f("fk_photo_pool_id_owner"),
        ),
        sa.PrimaryKeyConstraint("pool_id", "sha256", "owner", name=op.f("pk_photo")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "plan",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("dues", sa.BigInteger(), nullable=False),
        sa.Column("benefits", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("promise", sa.Text(), nullable=False),
        sa.Column("promise_minutes", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_plan_state")),
        sa.ForeignKeyConstraint(
            ["pool_id", "made_by"],
            ["member.pool_id", "member.id"],
            name=op.f("fk_plan_pool_id_made_by"),
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_plan_pool_id")),
        sa.PrimaryKeyConstraint("pool_id", "number", name=op.f("pk_plan")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "request",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("asker", sa.String(length=32), nullable=False),
        sa.Column("payer", sa.String(length=32), nullable=False),
        sa.Column("credits", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'paid', 'declined')", name=op.f("ck_request_state")),
        sa.ForeignKeyConstraint(
            ["pool_id", "asker"],
            ["member.pool_id", "member.id"],
            name=op.f("fk_request_pool_id_asker"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "payer"],
            ["member.pool_id", "member.id"],
            name=op.f("fk_request_pool_id_payer"),
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_request_pool_id")),
        sa.PrimaryKeyConstraint("pool_id", "number", name=op.f("pk_request")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_request_pool_id_asker"), "request", ["pool_id", "asker"], unique=False)
    op.create_index(
        op.f("ix_request_pool_id_payer_state"),
        "request",
        ["pool_id", "payer", "state"],
        unique=False,
    )
    op.create_table(
        "rule_change",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("from_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'in_force', 'withdrawn')", name=op.f("ck_rule_change_state")
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "made_by"],
            ["member.pool_id", "member.id"],
            name=op.f("fk_rule_change_pool_id_made_by"),
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_rule_change_pool_id")),
        sa.PrimaryKeyConstraint("pool_id", "number", name=op.f("pk_rule_change")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_rule_change_pool_id_state"), "rule_change", ["pool_id", "state"], unique=False
    )
    op.create_table(
        "term",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("member", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("away_until", INSTANT, nullable=True),
        sa.Column("told_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "role IN ('steward', 'partner', 'backer', 'manager', 'guardian')",
            name=op.f("ck_term_role"),
        ),
        sa.CheckConstraint(
            "state IN ('serving', 'ended', 'renewed', 'stepped_down', 'recalled')",
            name=op.f("ck_term_state"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "member"],
            ["member.pool_id", "member.id"],
            name=op.f("fk_term_pool_id_member"),
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_term_pool_id")),
        sa.PrimaryKeyConstraint("pool_id", "number", name=op.f("pk_term")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_term_pool_id_member"), "term", ["pool_id", "member"], unique=False)
    op.create_table(
        "spend_order",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("offer", sa.BigInteger(), nullable=False),
        sa.Column("spender", sa.String(length=32), nullable=False),
        sa.Column("giver", sa.String(length=32), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("credits", sa.BigInteger(), nullable=False),
        sa.Column("ordered_at", INSTANT, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("delivered_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("spender_content", sa.Boolean(), nullable=True),
        sa.Column("giver_content", sa.Boolean(), nullable=True),
        sa.Column("entry", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('held', 'delivered', 'settled', 'cancelled', 'disputed')",
            name=op.f("ck_spend_order_state"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "giver"],
            ["member.pool_id", "member.id"],
            name=op.f("fk_spend_order_pool_id_giver"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "offer"],
            ["listing.pool_id", "listing.number"],
            name=op.f("fk_spend_order_pool_id_offer"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "spender"],
            ["member.pool_id", "member.id"],
            name=op.f("fk_spend_order_pool_id_spender"),
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_spend_order_pool_id")),
        sa.PrimaryKeyConstraint("pool_id", "number", name=op.f("pk_spend_order")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_spend_order_pool_id_giver_state"),
        "spend_order",
        ["pool_id", "giver", "state"],
        unique=False,
    )
    op.create_index(
        op.f("ix_spend_order_pool_id_spender_state"),
        "spend_order",
        ["pool_id", "spender", "state"],
        unique=False,
    )
    op.create_index(
        op.f("ix_spend_order_pool_id_state"), "spend_order", ["pool_id", "state"], unique=False
    )
    op.create_table(
        "template",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("member", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("worth_measure", sa.String(length=32), nullable=False),
        sa.Column("worth_amount", sa.BigInteger(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("plan", sa.BigInteger(), nullable=True),
        sa.Column("opened_in", sa.String(length=7), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('commitment', 'pledge', 'dues')", name=op.f("ck_template_kind")
        ),
        sa.CheckConstraint(
            "state IN ('active', 'paused', 'ended')", name=op.f("ck_template_state")
        ),
        sa.CheckConstraint(
            "worth_measure IN ('credits', 'minutes', 'cents')",
            name=op.f("ck_template_worth_measure"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "member"],
            ["member.pool_id", "member.id"],
            name=op.f("fk_template_pool_id_member"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "plan"],
            ["plan.pool_id", "plan.number"],
            name=op.f("fk_template_pool_id_plan"),
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_template_pool_id")),
        sa.PrimaryKeyConstraint("pool_id", "number", name=op.f("pk_template")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_template_pool_id_member"), "template", ["pool_id", "member"], unique=False
    )
    op.create_index(
        op.f("ix_template_pool_id_state"), "template", ["pool_id", "state"], unique=False
    )
    op.create_table(
        "cash",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("giver", sa.String(length=32), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("announced_at", INSTANT, nullable=False),
        sa.Column("credits", sa.BigInteger(), nullable=False),
        sa.Column("gift", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("template", sa.BigInteger(), nullable=True),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("cause", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("received_at", INSTANT, nullable=True),
        sa.Column("received_by", sa.String(length=32), nullable=True),
        sa.Column("entry", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('gift', 'buy', 'pledge', 'dues', 'backing')", name=op.f("ck_cash_kind")
        ),
        sa.CheckConstraint(
            "state IN ('announced', 'received', 'reversed', 'lapsed')", name=op.f("ck_cash_state")
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "entry"],
            ["entry.pool_id", "entry.number"],
            name=op.f("fk_cash_pool_id_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "giver"],
            ["member.pool_id", "member.id"],
            name=op.f("fk_cash_pool_id_giver"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "template"],
            ["template.pool_id", "template.number"],
            name=op.f("fk_cash_pool_id_template"),
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_cash_pool_id")),
        sa.PrimaryKeyConstraint("pool_id", "number", name=op.f("pk_cash")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_cash_pool_id_giver"), "cash", ["pool_id", "giver"], unique=False)
    op.create_index(op.f("ix_cash_pool_id_state"), "cash", ["pool_id", "state"], unique=False)
    op.create_table(
        "commitment",
        sa.Column("pool_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("maker", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("worth_measure", sa.String(length=32), nullable=False),
        sa.Column("worth_amount", sa.BigInteger(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("due", INSTANT, nullable=True),
        sa.Column("need", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("photo", sa.String(length=64), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("done_at", INSTANT, nullable=True),
        sa.Column("claimed_by", sa.String(length=32), nullable=True),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.Column("confirmed_by", sa.String(length=32), nullable=True),
        sa.Column("entry", sa.BigInteger(), nullable=True),
        sa.Column("template", sa.BigInteger(), nullable=True),
        sa.Column("gathering", sa.BigInteger(), nullable=True),
        sa.Column("backer", sa.String(length=32), nullable=True),
        sa.Column("stipend", sa.Boolean(), nullable=False),
        sa.Column("carried", sa.BigInteger(), nullable=False),
        sa.Column("shown_with", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'done', 'confirmed', 'withdrawn', 'missed', 'disputed', 'reversed')",
            name=op.f("ck_commitment_state"),
        ),
        sa.CheckConstraint(
            "worth_measure IN ('credits', 'minutes', 'cents')",
            name=op.f("ck_commitment_worth_measure"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "backer"],
            ["member.pool_id", "member.id"],
            name=op.f("fk_commitment_pool_id_backer"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "entry"],
            ["entry.pool_id", "entry.number"],
            name=op.f("fk_commitment_pool_id_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "gathering"],
            ["gathering.pool_id", "gathering.number"],
            name=op.f("fk_commitment_pool_id_gathering"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "maker"],
            ["member.pool_id", "member.id"],
            name=op.f("fk_commitment_pool_id_maker"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "need"],
            ["listing.pool_id", "listing.number"],
            name=op.f("fk_commitment_pool_id_need"),
        ),
        sa.ForeignKeyConstraint(
            ["pool_id", "template"],
            ["template.pool_id", "template.number"],
            name=op.f("fk_commitment_pool_id_template"),
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name=op.f("fk_commitment_pool_id")),
        sa.PrimaryKeyConstraint("pool_id", "number", name=op.f("pk_commitment")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_commitment_pool_id_maker"), "commitment", ["pool_id", "maker"], unique=False
    )
    op.create_index(
        op.f("ix_commitment_pool_id_shown_with"),
        "commitment",
        ["pool_id", "shown_with"],
        unique=False,
    )
    op.create_index(
        op.f("ix_commitment_pool_id_state"), "commitment", ["pool_id", "state"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_commitment_pool_id_state"), table_name="commitment")
    op.drop_index(op.f("ix_commitment_pool_id_shown_with"), table_name="commitment")
    op.drop_index(op.f("ix_commitment_pool_id_maker"), table_name="commitment")
    op.drop_table("commitment")
    op.drop_index(op.f("ix_cash_pool_id_state"), table_name="cash")
    op.drop_index(op.f("ix_cash_pool_id_giver"), table_name="cash")
    op.drop_table("cash")
    op.drop_index(op.f("ix_template_pool_id_state"), table_name="template")
    op.drop_index(op.f("ix_template_pool_id_member"), table_name="template")
    op.drop_table("template")
    op.drop_index(op.f("ix_spend_order_pool_id_state"), table_name="spend_order")
    op.drop_index(op.f("ix_spend_order_pool_id_spender_state"), table_name="spend_order")
    op.drop_index(op.f("ix_spend_order_pool_id_giver_state"), table_name="spend_order")
    op.drop_table("spend_order")
    op.drop_index(op.f("ix_term_pool_id_member"), table_name="term")
    op.drop_table("term")
    op.drop_index(op.f("ix_rule_change_pool_id_state"), table_name="rule_change")
    op.drop_table("rule_change")
    op.drop_index(op.f("ix_request_pool_id_payer_state"), table_name="request")
    op.drop_index(op.f("ix_request_pool_id_asker"), table_name="request")
    op.drop_table("request")
    op.drop_table("plan")
    op.drop_table("photo")
    op.drop_index(op.f("ix_listing_pool_id_state_kind"), table_name="listing")
    op.drop_index(op.f("ix_listing_pool_id_owner"), table_name="listing")
    op.drop_table("listing")
    op.drop_index(op.f("ix_going_pool_id_gathering"), table_name="going")
    op.drop_index(op.f("ix_going_person"), table_name="going")
    op.drop_table("going")
    op.drop_index(op.f("ix_expense_pool_id_state"), table_name="expense")
    op.drop_table("expense")
    op.drop_index(op.f("ix_dispute_pool_id_state"), table_name="dispute")
    op.drop_index(op.f("ix_dispute_pool_id_about"), table_name="dispute")
    op.drop_index(op.f("ix_dispute_next_at"), table_name="dispute")
    op.drop_table("dispute")
    op.drop_index(op.f("ix_cash_out_pool_id_state"), table_name="cash_out")
    op.drop_index(op.f("ix_cash_out_pool_id_partner"), table_name="cash_out")
    op.drop_table("cash_out")
    op.drop_index(op.f("ix_posting_pool_id_target_entry"), table_name="posting")
    op.drop_index(op.f("ix_posting_pool_id_source_entry"), table_name="posting")
    op.drop_table("posting")
    op.drop_index(
        "uq_member_here",
        table_name="member",
        sqlite_where=sa.text("state <> 'left'"),
        postgresql_where=sa.text("state <> 'left'"),
    )
    op.drop_index(op.f("ix_member_person"), table_name="member")
    op.drop_index(op.f("ix_member_id"), table_name="member")
    op.drop_index(
        "ix_member_folded",
        table_name="member",
        sqlite_where=sa.text("folded_into IS NOT NULL"),
        postgresql_where=sa.text("folded_into IS NOT NULL"),
    )
    op.drop_table("member")
    op.drop_table("lot")
    op.drop_table("entry_note")
    op.drop_table("balance")
    op.drop_table("reminded")
    op.drop_table("period")
    op.drop_index(op.f("ix_outbox_lane_id"), table_name="outbox")
    op.drop_index(
        "ix_outbox_due",
        table_name="outbox",
        sqlite_where=sa.text("state IN ('waiting', 'claimed')"),
        postgresql_where=sa.text("state IN ('waiting', 'claimed')"),
    )
    op.drop_table("outbox")
    op.drop_index(op.f("ix_link_code_person"), table_name="link_code")
    op.drop_table("link_code")
    op.drop_index(op.f("ix_invitation_code"), table_name="invitation")
    op.drop_table("invitation")
    op.drop_index(op.f("ix_identity_platform_username_folded"), table_name="identity")
    op.drop_index(op.f("ix_identity_person"), table_name="identity")
    op.drop_table("identity")
    op.drop_index(op.f("ix_gathering_pool_id_state"), table_name="gathering")
    op.drop_table("gathering")
    op.drop_index(
        "uq_entry_reverses",
        table_name="entry",
        sqlite_where=sa.text("reverses IS NOT NULL"),
        postgresql_where=sa.text("reverses IS NOT NULL"),
    )
    op.drop_table("entry")
    op.drop_table("digest")
    op.drop_index(op.f("ix_concern_pool_id_state"), table_name="concern")
    op.drop_index(op.f("ix_concern_person"), table_name="concern")
    op.drop_table("concern")
    op.drop_index(
        "uq_chat_living",
        table_name="chat",
        sqlite_where=sa.text("state <> 'ended'"),
        postgresql_where=sa.text("state <> 'ended'"),
    )
    op.drop_table("chat")
    op.drop_table("card")
    op.drop_index(
        "uq_account_own",
        table_name="account",
        sqlite_where=sa.text("kind <> 'member'"),
        postgresql_where=sa.text("kind <> 'member'"),
    )
    op.drop_table("account")
    op.drop_table("question")
    op.drop_table("pool")
    op.drop_table("person")
    op.drop_table("meta")
    op.drop_table("lease")
    op.drop_index(
        "ix_inbox_open",
        table_name="inbox",
        sqlite_where=sa.text("NOT handled"),
        postgresql_where=sa.text("NOT handled"),
    )
    op.drop_table("inbox")
    op.drop_index(op.f("ix_answer_by"), table_name="answer")
    op.drop_table("answer")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION ledger_is_append_only()")
