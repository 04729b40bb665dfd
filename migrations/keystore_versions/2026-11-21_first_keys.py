"""Make the keystore's tables: wrapped keys only, apart from the data that they open.

Phase: the first migration; expand only.
Locks: none that matter, nothing exists yet.

Revises: nothing
"""

import sqlalchemy as sa
from alembic import op


revision = 'k0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('key_data',
    sa.Column('clsm_id', sa.Uuid(), autoincrement=False, nullable=False),
    sa.Column('situation_id', sa.Uuid(), autoincrement=False, nullable=False),
    sa.Column('section', sa.String(length=255), autoincrement=False, nullable=False),
    sa.Column('key_version', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('epoch', sa.Integer(), nullable=False),
    sa.Column('wrapped', sa.LargeBinary(), nullable=False),
    sa.Column('kc', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('clsm_id', 'situation_id', 'section', 'key_version', name=op.f('pk_key_data'))
    )
    op.create_table('key_index',
    sa.Column('clsm_id', sa.Uuid(), autoincrement=False, nullable=False),
    sa.Column('index_name', sa.String(length=32), autoincrement=False, nullable=False),
    sa.Column('index_version', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('normaliser', sa.SmallInteger(), nullable=False),
    sa.Column('wrapped', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('clsm_id', 'index_name', 'index_version', name=op.f('pk_key_index'))
    )
    op.create_table('key_pseudonym',
    sa.Column('clsm_id', sa.Uuid(), autoincrement=False, nullable=False),
    sa.Column('pseudonym', sa.LargeBinary(), autoincrement=False, nullable=False),
    sa.Column('epoch', sa.Integer(), nullable=False),
    sa.Column('wrapped', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('clsm_id', 'pseudonym', name=op.f('pk_key_pseudonym'))
    )
    op.create_table('key_section',
    sa.Column('clsm_id', sa.Uuid(), autoincrement=False, nullable=False),
    sa.Column('section', sa.String(length=255), autoincrement=False, nullable=False),
    sa.Column('epoch', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('wrapped', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('clsm_id', 'section', 'epoch', name=op.f('pk_key_section'))
    )
    op.create_table('key_subject',
    sa.Column('clsm_id', sa.Uuid(), autoincrement=False, nullable=False),
    sa.Column('subject_id', sa.Uuid(), autoincrement=False, nullable=False),
    sa.Column('year', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('epoch', sa.Integer(), nullable=False),
    sa.Column('wrapped', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('clsm_id', 'subject_id', 'year', name=op.f('pk_key_subject'))
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            """DO $$ BEGIN
IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cellule_app') THEN CREATE ROLE cellule_app NOLOGIN; END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"""
        )
        op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON key_data, key_index, key_pseudonym, key_section, key_subject TO cellule_app")



def downgrade() -> None:
    op.drop_table('key_subject')
    op.drop_table('key_section')
    op.drop_table('key_pseudonym')
    op.drop_table('key_index')
    op.drop_table('key_data')
