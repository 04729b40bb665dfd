"""Give shared secrecy its remaining facts: guests, emergencies, assignments, policy versions.

Phase: expand only; nothing that exists changes.
Locks: none that matter, only new tables.

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
    "emergency_access",
    "guest_grant",
    "on_call_duty",
    "policy_approval",
    "policy_term",
    "policy_version",
)
"""Row-level security shows of these only the tenant named by the transaction."""


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
    of_seat(
        "emergency_access",
        sa.Column("sections", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.String(length=80), nullable=False),
        sa.Column("basis", sa.String(length=80), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    of_seat(
        "assignment",
        sa.Column("action_id", sa.Uuid(), nullable=False),
        instant("due_at"),
    )
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
        sa.Column("motive", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
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
            "clsm_id", "number", "employment_id", name=op.f("pk_policy_approval")
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
    if op.get_bind().dialect.name == "postgresql":
        _fence_postgresql()


def _fence_postgresql() -> None:
    """Raise the fences between tenants, then give the application its least rights."""
    for table in TENANT_TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY tenant ON {table} USING "
            "(clsm_id = nullif(current_setting('cellule.clsm_id', true), '')::uuid)"
        )
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON {', '.join(TENANT_TABLES)} TO cellule_app")


def downgrade() -> None:
    for table in (
        "policy_term",
        "policy_approval",
        "policy_version",
        "on_call_duty",
        "assignment",
        "emergency_access",
        "guest_grant",
    ):
        op.drop_table(table)
