"""Give shared secrecy its remaining facts: guests, emergencies, assignments, policy versions.

Phase: expand only; nothing that exists changes.
Locks: ACCESS EXCLUSIVE on circle_membership for one ADD COLUMN, no rewrite; new tables apart.

Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TENANT_TABLES = (
    "assignment",
    "circle_invitation",
    "emergency_access",
    "emergency_attempt",
    "emergency_request",
    "exchange_recipient",
    "guest_grant",
    "join_request",
    "on_call_duty",
    "outgoing_mail",
    "policy_approval",
    "policy_simulation",
    "policy_term",
    "policy_version",
    "renewal_request",
    "social_coordinator",
)
"""Row-level security shows of these only the tenant named by the transaction."""


WRITTEN_ONCE = (
    "emergency_review",
    "exchange",
    "inquiry",
    "mayor_note",
    "report_handover",
    "report_review",
    "statutory_report",
)
"""The same, of which the application never changes a row."""


def instant(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def of_seat(table: str, *columns: sa.Column) -> None:
    """Make a table of dated facts that tie one seat to one situation."""
    op.create_table(
        table,
        *columns,
        sa.Column("employment_id", sa.Uuid(), nullable=False),
        sa.Column("clsm_id", sa.Uuid(), nullable=False),
        sa.Column("fact_id", sa.Uuid(), nullable=False),
        sa.Column("situation_id", sa.Uuid(), nullable=False),
        instant("valid_from"),
        instant("valid_to"),
        instant("recorded_at"),
        instant("superseded_at"),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clsm_id", "situation_id"],
            ["situation.clsm_id", "situation.situation_id"],
            name=op.f(f"fk_{table}_clsm_id_situation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["employment_id"],
            ["employment.employment_id"],
            name=op.f(f"fk_{table}_employment_id"),
        ),
        sa.PrimaryKeyConstraint("clsm_id", "fact_id", name=op.f(f"pk_{table}")),
    )
    op.create_index(f"ix_{table}_clsm_id_situation_id", table, ["clsm_id", "situation_id"])
    op.create_index(f"ix_{table}_clsm_id_employment_id", table, ["clsm_id", "employment_id"])


def upgrade() -> None:
    of_seat(
        "guest_grant",
        sa.Column("sections", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(length=80), nullable=False),
        sa.Column("basis", sa.String(length=80), nullable=False),
    )
    _emergencies()
    of_seat(
        "emergency_access",
        sa.Column("access_id", sa.Uuid(), nullable=False),
        sa.Column("sections", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clsm_id", "access_id"],
            ["emergency_request.clsm_id", "emergency_request.access_id"],
            name=op.f("fk_emergency_access_clsm_id_access_id"),
        ),
    )
    of_seat(
        "assignment",
        sa.Column("action_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        instant("due_at"),
        instant("closed_at", nullable=True),
    )
    op.add_column("circle_membership", sa.Column("substitutes_for", sa.Uuid(), nullable=True))
    of_seat(
        "circle_invitation",
        sa.Column("invitation_id", sa.Uuid(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        instant("until", nullable=True),
        sa.Column("substitutes_for", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=80), nullable=False),
        sa.Column("answer", sa.String(length=80), nullable=False),
    )
    of_seat("renewal_request")
    op.create_table(
        "on_call_duty",
        sa.Column("clsm_id", sa.Uuid(), nullable=False),
        sa.Column("duty_id", sa.Uuid(), nullable=False),
        sa.Column("employment_id", sa.Uuid(), nullable=False),
        instant("valid_from"),
        instant("valid_to"),
        instant("recorded_at"),
        instant("superseded_at"),
        sa.ForeignKeyConstraint(
            ["clsm_id"], ["clsm.clsm_id"], name=op.f("fk_on_call_duty_clsm_id")
        ),
        sa.ForeignKeyConstraint(
            ["employment_id"],
            ["employment.employment_id"],
            name=op.f("fk_on_call_duty_employment_id"),
        ),
        sa.PrimaryKeyConstraint("clsm_id", "duty_id", name=op.f("pk_on_call_duty")),
    )
    op.create_index(
        "ix_on_call_duty_clsm_id_employment_id", "on_call_duty", ["clsm_id", "employment_id"]
    )
    op.create_table(
        "policy_version",
        sa.Column("clsm_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=80), nullable=False),
        sa.Column("texts", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("base_number", sa.Integer(), nullable=False),
        sa.Column("widens", sa.Boolean(), nullable=False),
        sa.Column("widens_health", sa.Boolean(), nullable=False),
        instant("proposed_at"),
        instant("withdrawn_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["clsm_id"], ["clsm.clsm_id"], name=op.f("fk_policy_version_clsm_id")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["employment.employment_id"],
            name=op.f("fk_policy_version_author_id"),
        ),
        sa.PrimaryKeyConstraint("clsm_id", "number", name=op.f("pk_policy_version")),
    )
    op.create_table(
        "policy_approval",
        sa.Column("clsm_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("base_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("employment_id", sa.Uuid(), nullable=False),
        sa.Column("office", sa.String(length=80), nullable=False),
        instant("approved_at"),
        sa.ForeignKeyConstraint(
            ["clsm_id", "number"],
            ["policy_version.clsm_id", "policy_version.number"],
            name=op.f("fk_policy_approval_clsm_id_number"),
        ),
        sa.ForeignKeyConstraint(
            ["employment_id"],
            ["employment.employment_id"],
            name=op.f("fk_policy_approval_employment_id"),
        ),
        sa.PrimaryKeyConstraint(
            "clsm_id",
            "number",
            "base_number",
            "employment_id",
            name=op.f("pk_policy_approval"),
        ),
    )
    op.create_table(
        "policy_term",
        sa.Column("clsm_id", sa.Uuid(), nullable=False),
        sa.Column("term_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=80), nullable=False),
        instant("valid_from"),
        instant("valid_to"),
        instant("recorded_at"),
        instant("superseded_at"),
        sa.ForeignKeyConstraint(
            ["clsm_id", "number"],
            ["policy_version.clsm_id", "policy_version.number"],
            name=op.f("fk_policy_term_clsm_id_number"),
        ),
        sa.PrimaryKeyConstraint("clsm_id", "term_id", name=op.f("pk_policy_term")),
    )
    op.create_table(
        "policy_simulation",
        sa.Column("clsm_id", sa.Uuid(), nullable=False),
        sa.Column("simulation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("employment_id", sa.Uuid(), nullable=False),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=80), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("whole", sa.Integer(), nullable=False),
        instant("asked_at"),
        instant("seen_at"),
        sa.Column("result", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clsm_id", "number"],
            ["policy_version.clsm_id", "policy_version.number"],
            name=op.f("fk_policy_simulation_clsm_id_number"),
        ),
        sa.ForeignKeyConstraint(
            ["employment_id"],
            ["employment.employment_id"],
            name=op.f("fk_policy_simulation_employment_id"),
        ),
        sa.PrimaryKeyConstraint(
            "clsm_id", "simulation_id", name=op.f("pk_policy_simulation")
        ),
    )
    of_seat(
        "social_coordinator",
        sa.Column("act_reference", sa.String(length=80), nullable=False),
    )
    _reports()
    _outbox()
    _exchanges()
    _join_requests()
    if op.get_bind().dialect.name == "postgresql":
        _fence_postgresql()


def _by_seat(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["employment_id"], ["employment.employment_id"], name=op.f(f"fk_{table}_employment_id")
    )


def _of_situation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["clsm_id", "situation_id"],
        ["situation.clsm_id", "situation.situation_id"],
        name=op.f(f"fk_{table}_clsm_id_situation_id"),
    )


def _of_report(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["clsm_id", "report_id"],
        ["statutory_report.clsm_id", "statutory_report.report_id"],
        name=op.f(f"fk_{table}_clsm_id_report_id"),
    )


def _reports() -> None:
    """Make the tables of statutory reports, notes to the mayor and neutral answers."""
    op.create_table(
        "statutory_report",
        sa.Column("clsm_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("situation_id", sa.Uuid(), nullable=False),
        sa.Column("employment_id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.String(length=80), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.Column("recipient", sa.String(length=80), nullable=False),
        sa.Column("victim", sa.String(length=80), nullable=False),
        sa.Column("informed", sa.String(length=80), nullable=False),
        sa.Column("informed_on", sa.Date(), nullable=True),
        instant("made_at"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _of_situation("statutory_report"),
        _by_seat("statutory_report"),
        sa.PrimaryKeyConstraint("clsm_id", "report_id", name=op.f("pk_statutory_report")),
    )
    op.create_index(
        "ix_statutory_report_clsm_id_situation_id", "statutory_report", ["clsm_id", "situation_id"]
    )
    op.create_index(
        "ix_statutory_report_clsm_id_made_at", "statutory_report", ["clsm_id", "made_at"]
    )
    op.create_table(
        "report_handover",
        sa.Column("clsm_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("handed_on", sa.Date(), nullable=False),
        sa.Column("means", sa.String(length=80), nullable=False),
        sa.Column("employment_id", sa.Uuid(), nullable=False),
        instant("recorded_at"),
        _of_report("report_handover"),
        _by_seat("report_handover"),
        sa.PrimaryKeyConstraint("clsm_id", "report_id", name=op.f("pk_report_handover")),
    )
    op.create_table(
        "report_review",
        sa.Column("clsm_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(length=80), nullable=False),
        sa.Column("employment_id", sa.Uuid(), nullable=False),
        instant("reviewed_at"),
        _of_report("report_review"),
        _by_seat("report_review"),
        sa.PrimaryKeyConstraint("clsm_id", "report_id", name=op.f("pk_report_review")),
    )
    op.create_table(
        "mayor_note",
        sa.Column("clsm_id", sa.Uuid(), nullable=False),
        sa.Column("note_id", sa.Uuid(), nullable=False),
        sa.Column("situation_id", sa.Uuid(), nullable=False),
        sa.Column("employment_id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.String(length=80), nullable=False),
        sa.Column("coordinator_id", sa.Uuid(), nullable=True),
        instant("made_at"),
        _of_situation("mayor_note"),
        _by_seat("mayor_note"),
        sa.ForeignKeyConstraint(
            ["coordinator_id"],
            ["employment.employment_id"],
            name=op.f("fk_mayor_note_coordinator_id"),
        ),
        sa.PrimaryKeyConstraint("clsm_id", "note_id", name=op.f("pk_mayor_note")),
    )
    op.create_index(
        "ix_mayor_note_clsm_id_situation_id", "mayor_note", ["clsm_id", "situation_id"]
    )
    op.create_index("ix_mayor_note_clsm_id_made_at", "mayor_note", ["clsm_id", "made_at"])
    op.create_table(
        "inquiry",
        sa.Column("clsm_id", sa.Uuid(), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("requester", sa.String(length=80), nullable=False),
        sa.Column("means", sa.String(length=80), nullable=False),
        sa.Column("employment_id", sa.Uuid(), nullable=False),
        instant("answered_at"),
        sa.ForeignKeyConstraint(["clsm_id"], ["clsm.clsm_id"], name=op.f("fk_inquiry_clsm_id")),
        _by_seat("inquiry"),
        sa.PrimaryKeyConstraint("clsm_id", "inquiry_id", name=op.f("pk_inquiry")),
    )
    op.create_index("ix_inquiry_clsm_id_received_on", "inquiry", ["clsm_id", "received_on"])


def _emergencies() -> None:
    """Make the paper of emergency accesses, their reviews, the references that opened nothing."""
    op.create_table(
        "emergency_request",
        sa.Column("clsm_id", sa.Uuid(), nullable=False),
        sa.Column("access_id", sa.Uuid(), nullable=False),
        sa.Column("situation_id", sa.Uuid(), nullable=False),
        sa.Column("employment_id", sa.Uuid(), nullable=False),
        sa.Column("sections", sa.Text(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("reason_code", sa.String(length=80), nullable=False),
        sa.Column("basis", sa.String(length=80), nullable=False),
        sa.Column("second_person", sa.Boolean(), nullable=False),
        instant("asked_at"),
        instant("answered_at", nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("granted", sa.Boolean(), nullable=True),
        instant("opened_at", nullable=True),
        instant("review_by", nullable=True),
        instant("tell_by", nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _of_situation("emergency_request"),
        _by_seat("emergency_request"),
        sa.ForeignKeyConstraint(
            ["answered_by"],
            ["employment.employment_id"],
            name=op.f("fk_emergency_request_answered_by"),
        ),
        sa.PrimaryKeyConstraint("clsm_id", "access_id", name=op.f("pk_emergency_request")),
    )
    for column in ("employment_id", "asked_at", "situation_id"):
        op.create_index(
            f"ix_emergency_request_clsm_id_{column}", "emergency_request", ["clsm_id", column]
        )
    op.create_table(
        "emergency_review",
        sa.Column("clsm_id", sa.Uuid(), nullable=False),
        sa.Column("access_id", sa.Uuid(), nullable=False),
        sa.Column("employment_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(length=80), nullable=False),
        instant("reviewed_at"),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.Column("told_by", sa.Uuid(), nullable=True),
        sa.Column("means", sa.String(length=80), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clsm_id", "access_id"],
            ["emergency_request.clsm_id", "emergency_request.access_id"],
            name=op.f("fk_emergency_review_clsm_id_access_id"),
        ),
        _by_seat("emergency_review"),
        sa.ForeignKeyConstraint(
            ["told_by"], ["employment.employment_id"], name=op.f("fk_emergency_review_told_by")
        ),
        sa.PrimaryKeyConstraint("clsm_id", "access_id", name=op.f("pk_emergency_review")),
    )
    op.create_table(
        "emergency_attempt",
        sa.Column("clsm_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("employment_id", sa.Uuid(), nullable=False),
        instant("at"),
        _by_seat("emergency_attempt"),
        sa.PrimaryKeyConstraint("clsm_id", "attempt_id", name=op.f("pk_emergency_attempt")),
    )
    op.create_index(
        "ix_emergency_attempt_clsm_id_employment_id",
        "emergency_attempt",
        ["clsm_id", "employment_id", "at"],
    )


def _outbox() -> None:
    op.create_table(
        "outgoing_mail",
        sa.Column("clsm_id", sa.Uuid(), nullable=False),
        sa.Column("mail_id", sa.Uuid(), nullable=False),
        sa.Column("employment_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        instant("written_at"),
        instant("due_at"),
        sa.Column("tries", sa.Integer(), nullable=False),
        instant("taken_until"),
        instant("stale_at"),
        instant("ended_at"),
        sa.Column("sent", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["employment_id"],
            ["employment.employment_id"],
            name=op.f("fk_outgoing_mail_employment_id"),
        ),
        sa.PrimaryKeyConstraint("clsm_id", "mail_id", name=op.f("pk_outgoing_mail")),
    )
    op.create_index("ix_outgoing_mail_due", "outgoing_mail", ["clsm_id", "ended_at", "due_at"])
def _join_requests() -> None:
    op.create_table(
        "join_request",
        sa.Column("clsm_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("employment_id", sa.Uuid(), nullable=False),
        sa.Column("situation_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        instant("asked_at"),
        instant("answer_by"),
        sa.Column("answer", sa.String(length=80), nullable=False),
        sa.Column("motive", sa.String(length=80), nullable=False),
        instant("answered_at", nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        instant("forgotten_at", nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clsm_id", "situation_id"],
            ["situation.clsm_id", "situation.situation_id"],
            name=op.f("fk_join_request_clsm_id_situation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["employment_id"],
            ["employment.employment_id"],
            name=op.f("fk_join_request_employment_id"),
        ),
        sa.PrimaryKeyConstraint("clsm_id", "request_id", name=op.f("pk_join_request")),
    )
    op.create_index(
        "ix_join_request_clsm_id_employment_id", "join_request", ["clsm_id", "employment_id"]
    )
    op.create_index(
        "ix_join_request_clsm_id_situation_id", "join_request", ["clsm_id", "situation_id"]
    )


def _exchanges() -> None:
    """Make messages to named recipients, and who each was sent to."""
    op.create_table(
        "exchange",
        sa.Column("clsm_id", sa.Uuid(), nullable=False),
        sa.Column("exchange_id", sa.Uuid(), nullable=False),
        sa.Column("situation_id", sa.Uuid(), nullable=False),
        sa.Column("employment_id", sa.Uuid(), nullable=False),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("section", sa.String(length=80), nullable=False),
        sa.Column("purpose", sa.String(length=80), nullable=False),
        instant("sent_at"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clsm_id", "situation_id"],
            ["situation.clsm_id", "situation.situation_id"],
            name=op.f("fk_exchange_clsm_id_situation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["employment_id"],
            ["employment.employment_id"],
            name=op.f("fk_exchange_employment_id"),
        ),
        sa.PrimaryKeyConstraint("clsm_id", "exchange_id", name=op.f("pk_exchange")),
    )
    op.create_index("ix_exchange_clsm_id_situation_id", "exchange", ["clsm_id", "situation_id"])
    op.create_index("ix_exchange_clsm_id_thread_id", "exchange", ["clsm_id", "thread_id"])
    op.create_table(
        "exchange_recipient",
        sa.Column("clsm_id", sa.Uuid(), nullable=False),
        sa.Column("exchange_id", sa.Uuid(), nullable=False),
        sa.Column("employment_id", sa.Uuid(), nullable=False),
        instant("read_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["clsm_id", "exchange_id"],
            ["exchange.clsm_id", "exchange.exchange_id"],
            name=op.f("fk_exchange_recipient_clsm_id_exchange_id"),
        ),
        sa.ForeignKeyConstraint(
            ["employment_id"],
            ["employment.employment_id"],
            name=op.f("fk_exchange_recipient_employment_id"),
        ),
        sa.PrimaryKeyConstraint(
            "clsm_id", "exchange_id", "employment_id", name=op.f("pk_exchange_recipient")
        ),
    )
    op.create_index(
        "ix_exchange_recipient_clsm_id_employment_id",
        "exchange_recipient",
        ["clsm_id", "employment_id"],
    )


def _fence_postgresql() -> None:
    """Raise the fences between tenants, then give the application its least rights."""
    for table in (*TENANT_TABLES, *WRITTEN_ONCE):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY tenant ON {table} USING "
            "(clsm_id = nullif(current_setting('cellule.clsm_id', true), '')::uuid)"
        )
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON {', '.join(TENANT_TABLES)} TO cellule_app")
    op.execute(f"GRANT SELECT, INSERT ON {', '.join(WRITTEN_ONCE)} TO cellule_app")
    op.execute("GRANT DELETE ON emergency_attempt, outgoing_mail, policy_simulation TO cellule_app")


def downgrade() -> None:
    for table in (
        "inquiry",
        "mayor_note",
        "report_review",
        "report_handover",
        "statutory_report",
        "social_coordinator",
        "outgoing_mail",
        "exchange_recipient",
        "exchange",
        "join_request",
        "policy_simulation",
        "policy_term",
        "policy_approval",
        "policy_version",
        "on_call_duty",
        "renewal_request",
        "circle_invitation",
        "assignment",
        "emergency_access",
        "emergency_attempt",
        "emergency_review",
        "emergency_request",
        "guest_grant",
    ):
        op.drop_table(table)
    with op.batch_alter_table("circle_membership") as table:
        table.drop_column("substitutes_for")
