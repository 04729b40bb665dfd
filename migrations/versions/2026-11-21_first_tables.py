"""Make every table of the service and of the record, their fences and their roles.

Phase: the first migration; expand only.
Locks: none that matter, nothing exists yet.

Revises: nothing
"""

import sqlalchemy as sa
from alembic import op


revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


TENANT_TABLES = (
    "agreement_cell",
    "agreement_event",
    "care_team_link",
    "cell",
    "charter",
    "circle_membership",
    "conflict_of_interest",
    "duplicate_tag",
    "episode",
    "functional_extract",
    "identity_card",
    "information_event",
    "informing_designation",
    "lead_designation",
    "mandate",
    "milestone",
    "mission",
    "office",
    "participation",
    "pledge",
    "reference_counter",
    "referral",
    "referrer",
    "section_author",
    "section_entry",
    "situation",
    "situation_freeze",
    "standing",
)
"""Row-level security shows of these only the tenant named by the transaction."""

GLOBAL_TABLES = (
    "account",
    "clsm",
    "employment",
    "invitation",
    "organisation",
    "session",
    "sign_in_attempt",
)

DELETABLE = ("duplicate_tag", "referral", "session", "sign_in_attempt")
"""Where rows truly end: sessions, attempts, discarded drafts and their search tags."""

SQLITE_FENCES = (
    "INSERT INTO audit_head (log, size, frontier) VALUES (0, 0, X'')",
    """CREATE VIEW audit_shown AS
SELECT i.idx, e.id, e.leaf, e.t, e.tenant, e.act, e.out, e.actor, e.subject
FROM audit_entry e JOIN audit_index i ON i.id = e.id""",
    "CREATE VIEW audit_top AS SELECT log, size, frontier FROM audit_head",
    """CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END""",
    """CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END""",
    """CREATE TRIGGER audit_index_no_update BEFORE UPDATE ON audit_index BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END""",
    """CREATE TRIGGER audit_index_no_delete BEFORE DELETE ON audit_index BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END""",
    """CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END""",
    """CREATE TRIGGER audit_opening_no_update BEFORE UPDATE ON audit_opening BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END""",
    """CREATE TRIGGER audit_entry_no_replace BEFORE INSERT ON audit_entry WHEN EXISTS (SELECT 1 FROM audit_entry WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END""",
    """CREATE TRIGGER audit_index_no_replace BEFORE INSERT ON audit_index WHEN EXISTS (SELECT 1 FROM audit_index WHERE id = NEW.id OR (log = NEW.log AND idx = NEW.idx)) BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END""",
    """CREATE TRIGGER audit_head_no_replace BEFORE INSERT ON audit_head WHEN EXISTS (SELECT 1 FROM audit_head WHERE log = NEW.log) BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END""",
    """CREATE TRIGGER audit_opening_no_replace BEFORE INSERT ON audit_opening WHEN EXISTS (SELECT 1 FROM audit_opening WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END""",
    """CREATE TRIGGER audit_head_only_grows BEFORE UPDATE ON audit_head WHEN NEW.size < OLD.size OR NEW.log <> OLD.log BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END""",
)

POSTGRESQL_ROLES = (
    """DO $$ BEGIN
IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cellule_app') THEN
  CREATE ROLE cellule_app NOLOGIN;
END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$""",
    """DO $$ BEGIN
IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cellule_sequencer') THEN
  CREATE ROLE cellule_sequencer NOLOGIN;
END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$""",
    """DO $$ BEGIN
IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cellule_eraser') THEN
  CREATE ROLE cellule_eraser NOLOGIN;
END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$""",
)

POSTGRESQL_FENCES = (
    "INSERT INTO audit_head (log, size, frontier) VALUES (0, 0, '')",
    """CREATE VIEW audit_shown WITH (security_barrier) AS
SELECT i.idx, e.id, e.leaf, e.t, e.tenant, e.act, e.out, e.actor, e.subject
FROM audit_entry e JOIN audit_index i ON i.id = e.id
WHERE e.tenant = current_setting('cellule.clsm_id', true)""",
    "CREATE VIEW audit_top AS SELECT log, size, frontier FROM audit_head",
    """CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the record is append-only' USING ERRCODE = 'insufficient_privilege'; END $$""",
    """CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_index_append_only BEFORE UPDATE OR DELETE ON audit_index FOR EACH ROW EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_opening_append_only BEFORE UPDATE ON audit_opening FOR EACH ROW EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_head_append_only BEFORE DELETE ON audit_head FOR EACH ROW EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_head_only_grows BEFORE UPDATE ON audit_head FOR EACH ROW WHEN (NEW.size < OLD.size OR NEW.log <> OLD.log) EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_index_no_truncate BEFORE TRUNCATE ON audit_index FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_head_no_truncate BEFORE TRUNCATE ON audit_head FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_opening_no_truncate BEFORE TRUNCATE ON audit_opening FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()""",
    "ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_entry_append_only",
    "ALTER TABLE audit_index ENABLE ALWAYS TRIGGER audit_index_append_only",
    "ALTER TABLE audit_head ENABLE ALWAYS TRIGGER audit_head_append_only",
    "ALTER TABLE audit_opening ENABLE ALWAYS TRIGGER audit_opening_append_only",
    "ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_entry_no_truncate",
    "ALTER TABLE audit_index ENABLE ALWAYS TRIGGER audit_index_no_truncate",
    "ALTER TABLE audit_head ENABLE ALWAYS TRIGGER audit_head_no_truncate",
    "ALTER TABLE audit_opening ENABLE ALWAYS TRIGGER audit_opening_no_truncate",
    "ALTER TABLE audit_head ENABLE ALWAYS TRIGGER audit_head_only_grows",
    """ALTER TABLE audit_pending SET (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0)""",
)

POSTGRESQL_GRANTS = (
    """REVOKE ALL ON audit_entry, audit_pending, audit_index, audit_head, audit_opening, audit_shown, audit_top FROM PUBLIC, cellule_app, cellule_sequencer, cellule_eraser""",
    "GRANT INSERT ON audit_entry, audit_pending, audit_opening TO cellule_app",
    "GRANT SELECT ON audit_shown, audit_top TO cellule_app",
    "GRANT SELECT ON audit_top TO cellule_sequencer",
    "GRANT SELECT ON audit_entry TO cellule_sequencer",
    "GRANT SELECT, DELETE ON audit_pending TO cellule_sequencer",
    "GRANT SELECT, INSERT ON audit_index TO cellule_sequencer",
    "GRANT SELECT, UPDATE ON audit_head TO cellule_sequencer",
    "GRANT SELECT (id), DELETE ON audit_opening TO cellule_eraser",
)


def upgrade() -> None:
    op.create_table('account',
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=False),
    sa.Column('demo', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('disabled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('account_id', name=op.f('pk_account')),
    sa.UniqueConstraint('email', name=op.f('uq_account_email'))
    )
    op.create_table('clsm',
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('territory_code', sa.String(length=80), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('clsm_id', name=op.f('pk_clsm'))
    )
    op.create_table('duplicate_tag',
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('situation_id', sa.Uuid(), nullable=False),
    sa.Column('index_name', sa.String(length=80), nullable=False),
    sa.Column('index_version', sa.Integer(), nullable=False),
    sa.Column('tag', sa.LargeBinary(length=16), nullable=False),
    sa.PrimaryKeyConstraint('clsm_id', 'situation_id', 'index_name', 'index_version', 'tag', name=op.f('pk_duplicate_tag'))
    )
    op.create_index('ix_duplicate_tag_clsm_id_index_name_tag', 'duplicate_tag', ['clsm_id', 'index_name', 'tag'], unique=False)
    op.create_table('organisation',
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.String(length=80), nullable=False),
    sa.Column('phone', sa.String(length=80), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('organisation_id', name=op.f('pk_organisation')),
    sa.UniqueConstraint('key', name=op.f('uq_organisation_key'))
    )
    op.create_table('sign_in_attempt',
    sa.Column('attempt_id', sa.Uuid(), nullable=False),
    sa.Column('account_digest', sa.LargeBinary(length=16), nullable=False),
    sa.Column('address_digest', sa.LargeBinary(length=16), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('attempt_id', name=op.f('pk_sign_in_attempt'))
    )
    op.create_index('ix_sign_in_attempt_account_digest_at', 'sign_in_attempt', ['account_digest', 'at'], unique=False)
    op.create_index('ix_sign_in_attempt_address_digest_at', 'sign_in_attempt', ['address_digest', 'at'], unique=False)
    op.create_table('cell',
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('cell_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=80), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['clsm_id'], ['clsm.clsm_id'], name=op.f('fk_cell_clsm_id')),
    sa.PrimaryKeyConstraint('clsm_id', 'cell_id', name=op.f('pk_cell'))
    )
    op.create_table('charter',
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('charter_version', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('effective_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['clsm_id'], ['clsm.clsm_id'], name=op.f('fk_charter_clsm_id')),
    sa.PrimaryKeyConstraint('clsm_id', 'charter_version', name=op.f('pk_charter'))
    )
    op.create_table('employment',
    sa.Column('employment_id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('category', sa.String(length=80), nullable=False),
    sa.Column('function', sa.String(length=80), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('secrecy_basis', sa.String(length=80), nullable=False),
    sa.Column('designated_relative', sa.Boolean(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.account_id'], name=op.f('fk_employment_account_id')),
    sa.ForeignKeyConstraint(['clsm_id'], ['clsm.clsm_id'], name=op.f('fk_employment_clsm_id')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.organisation_id'], name=op.f('fk_employment_organisation_id')),
    sa.PrimaryKeyConstraint('employment_id', name=op.f('pk_employment'))
    )
    op.create_index('ix_employment_account_id', 'employment', ['account_id'], unique=False)
    op.create_index('ix_employment_clsm_id_organisation_id', 'employment', ['clsm_id', 'organisation_id'], unique=False)
    op.create_table('participation',
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['clsm_id'], ['clsm.clsm_id'], name=op.f('fk_participation_clsm_id')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.organisation_id'], name=op.f('fk_participation_organisation_id')),
    sa.PrimaryKeyConstraint('clsm_id', 'organisation_id', name=op.f('pk_participation'))
    )
    op.create_table('reference_counter',
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('last', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['clsm_id'], ['clsm.clsm_id'], name=op.f('fk_reference_counter_clsm_id')),
    sa.PrimaryKeyConstraint('clsm_id', 'year', name=op.f('pk_reference_counter'))
    )
    op.create_table('invitation',
    sa.Column('invitation_id', sa.Uuid(), nullable=False),
    sa.Column('token_digest', sa.LargeBinary(length=32), nullable=False),
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('organisation_id', sa.Uuid(), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('category', sa.String(length=80), nullable=False),
    sa.Column('function', sa.String(length=80), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('secrecy_basis', sa.String(length=80), nullable=False),
    sa.Column('invited_by', sa.Uuid(), nullable=False),
    sa.Column('invited_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['clsm_id'], ['clsm.clsm_id'], name=op.f('fk_invitation_clsm_id')),
    sa.ForeignKeyConstraint(['invited_by'], ['employment.employment_id'], name=op.f('fk_invitation_invited_by')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.organisation_id'], name=op.f('fk_invitation_organisation_id')),
    sa.PrimaryKeyConstraint('invitation_id', name=op.f('pk_invitation')),
    sa.UniqueConstraint('token_digest', name=op.f('uq_invitation_token_digest'))
    )
    op.create_index('ix_invitation_clsm_id_organisation_id', 'invitation', ['clsm_id', 'organisation_id'], unique=False)
    op.create_table('office',
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('office_id', sa.Uuid(), nullable=False),
    sa.Column('employment_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=80), nullable=False),
    sa.Column('cell_id', sa.Uuid(), nullable=True),
    sa.Column('valid_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('valid_to', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('superseded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['clsm_id'], ['clsm.clsm_id'], name=op.f('fk_office_clsm_id')),
    sa.ForeignKeyConstraint(['employment_id'], ['employment.employment_id'], name=op.f('fk_office_employment_id')),
    sa.PrimaryKeyConstraint('clsm_id', 'office_id', name=op.f('pk_office'))
    )
    op.create_index('ix_office_clsm_id_employment_id', 'office', ['clsm_id', 'employment_id'], unique=False)
    op.create_table('pledge',
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('pledge_id', sa.Uuid(), nullable=False),
    sa.Column('employment_id', sa.Uuid(), nullable=False),
    sa.Column('charter_version', sa.Integer(), nullable=False),
    sa.Column('valid_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('valid_to', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('superseded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['clsm_id', 'charter_version'], ['charter.clsm_id', 'charter.charter_version'], name=op.f('fk_pledge_clsm_id_charter_version')),
    sa.ForeignKeyConstraint(['employment_id'], ['employment.employment_id'], name=op.f('fk_pledge_employment_id')),
    sa.PrimaryKeyConstraint('clsm_id', 'pledge_id', name=op.f('pk_pledge'))
    )
    op.create_index('ix_pledge_clsm_id_employment_id', 'pledge', ['clsm_id', 'employment_id'], unique=False)
    op.create_table('referral',
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('referral_id', sa.Uuid(), nullable=False),
    sa.Column('situation_id', sa.Uuid(), nullable=False),
    sa.Column('cell_id', sa.Uuid(), nullable=False),
    sa.Column('employment_id', sa.Uuid(), nullable=False),
    sa.Column('form', sa.String(length=80), nullable=False),
    sa.Column('state', sa.String(length=80), nullable=False),
    sa.Column('urgency', sa.String(length=80), nullable=False),
    sa.Column('reference', sa.String(length=80), nullable=False),
    sa.Column('drafted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('qualified_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('forgotten_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.String(length=80), nullable=False),
    sa.Column('reason', sa.String(length=80), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('content_version', sa.Integer(), nullable=False),
    sa.Column('checklist_version', sa.Integer(), nullable=False),
    sa.Column('answer_version', sa.Integer(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('health', sa.LargeBinary(), nullable=True),
    sa.Column('checklist', sa.LargeBinary(), nullable=True),
    sa.Column('answer', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['clsm_id', 'cell_id'], ['cell.clsm_id', 'cell.cell_id'], name=op.f('fk_referral_clsm_id_cell_id')),
    sa.ForeignKeyConstraint(['employment_id'], ['employment.employment_id'], name=op.f('fk_referral_employment_id')),
    sa.PrimaryKeyConstraint('clsm_id', 'referral_id', name=op.f('pk_referral'))
    )
    op.create_index('ix_referral_clsm_id_employment_id', 'referral', ['clsm_id', 'employment_id'], unique=False)
    op.create_index('ix_referral_clsm_id_situation_id', 'referral', ['clsm_id', 'situation_id'], unique=False)
    op.create_index('ix_referral_queue', 'referral', ['clsm_id', 'state', 'sent_at'], unique=False)
    op.create_table('session',
    sa.Column('token_digest', sa.LargeBinary(length=32), nullable=False),
    sa.Column('session_id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('employment_id', sa.Uuid(), nullable=True),
    sa.Column('offices', sa.Text(), nullable=False),
    sa.Column('strong_auth', sa.Boolean(), nullable=False),
    sa.Column('browser', sa.String(length=80), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.account_id'], name=op.f('fk_session_account_id')),
    sa.ForeignKeyConstraint(['employment_id'], ['employment.employment_id'], name=op.f('fk_session_employment_id')),
    sa.PrimaryKeyConstraint('token_digest', name=op.f('pk_session')),
    sa.UniqueConstraint('session_id', name=op.f('uq_session_session_id'))
    )
    op.create_index('ix_session_account_id', 'session', ['account_id'], unique=False)
    op.create_table('situation',
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('situation_id', sa.Uuid(), nullable=False),
    sa.Column('cell_id', sa.Uuid(), nullable=False),
    sa.Column('reference', sa.String(length=80), nullable=False),
    sa.Column('alias', sa.String(length=80), nullable=False),
    sa.Column('state', sa.String(length=80), nullable=False),
    sa.Column('urgency', sa.String(length=80), nullable=False),
    sa.Column('adherence', sa.String(length=80), nullable=False),
    sa.Column('episode', sa.Integer(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['clsm_id', 'cell_id'], ['cell.clsm_id', 'cell.cell_id'], name=op.f('fk_situation_clsm_id_cell_id')),
    sa.PrimaryKeyConstraint('clsm_id', 'situation_id', name=op.f('pk_situation'))
    )
    op.create_index('ix_situation_list', 'situation', ['clsm_id', 'opened_at', 'situation_id'], unique=False)
    op.create_index('ix_situation_of_cell', 'situation', ['clsm_id', 'cell_id', 'opened_at', 'situation_id'], unique=False)
    op.create_index('ix_situation_state', 'situation', ['clsm_id', 'cell_id', 'state', 'opened_at', 'situation_id'], unique=False)
    op.create_index('uq_situation_clsm_id_reference', 'situation', ['clsm_id', 'reference'], unique=True)
    op.create_table('agreement_cell',
    sa.Column('category', sa.String(length=80), nullable=False),
    sa.Column('recipients', sa.String(length=80), nullable=False),
    sa.Column('value', sa.String(length=80), nullable=False),
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('fact_id', sa.Uuid(), nullable=False),
    sa.Column('situation_id', sa.Uuid(), nullable=False),
    sa.Column('valid_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('valid_to', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('superseded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['clsm_id', 'situation_id'], ['situation.clsm_id', 'situation.situation_id'], name=op.f('fk_agreement_cell_clsm_id_situation_id')),
    sa.PrimaryKeyConstraint('clsm_id', 'fact_id', name=op.f('pk_agreement_cell'))
    )
    op.create_index('ix_agreement_cell_clsm_id_situation_id', 'agreement_cell', ['clsm_id', 'situation_id'], unique=False)
    op.create_table('agreement_event',
    sa.Column('kind', sa.String(length=80), nullable=False),
    sa.Column('means', sa.String(length=80), nullable=False),
    sa.Column('notice_version', sa.String(length=80), nullable=False),
    sa.Column('cells', sa.Text(), nullable=False),
    sa.Column('employment_id', sa.Uuid(), nullable=False),
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('fact_id', sa.Uuid(), nullable=False),
    sa.Column('situation_id', sa.Uuid(), nullable=False),
    sa.Column('valid_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('valid_to', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('superseded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['clsm_id', 'situation_id'], ['situation.clsm_id', 'situation.situation_id'], name=op.f('fk_agreement_event_clsm_id_situation_id')),
    sa.ForeignKeyConstraint(['employment_id'], ['employment.employment_id'], name=op.f('fk_agreement_event_employment_id')),
    sa.PrimaryKeyConstraint('clsm_id', 'fact_id', name=op.f('pk_agreement_event'))
    )
    op.create_index('ix_agreement_event_clsm_id_employment_id', 'agreement_event', ['clsm_id', 'employment_id'], unique=False)
    op.create_index('ix_agreement_event_clsm_id_situation_id', 'agreement_event', ['clsm_id', 'situation_id'], unique=False)
    op.create_table('care_team_link',
    sa.Column('with_employment_id', sa.Uuid(), nullable=False),
    sa.Column('basis', sa.String(length=80), nullable=False),
    sa.Column('employment_id', sa.Uuid(), nullable=False),
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('fact_id', sa.Uuid(), nullable=False),
    sa.Column('situation_id', sa.Uuid(), nullable=False),
    sa.Column('valid_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('valid_to', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('superseded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['clsm_id', 'situation_id'], ['situation.clsm_id', 'situation.situation_id'], name=op.f('fk_care_team_link_clsm_id_situation_id')),
    sa.ForeignKeyConstraint(['employment_id'], ['employment.employment_id'], name=op.f('fk_care_team_link_employment_id')),
    sa.ForeignKeyConstraint(['with_employment_id'], ['employment.employment_id'], name=op.f('fk_care_team_link_with_employment_id')),
    sa.PrimaryKeyConstraint('clsm_id', 'fact_id', name=op.f('pk_care_team_link'))
    )
    op.create_index('ix_care_team_link_clsm_id_employment_id', 'care_team_link', ['clsm_id', 'employment_id'], unique=False)
    op.create_index('ix_care_team_link_clsm_id_situation_id', 'care_team_link', ['clsm_id', 'situation_id'], unique=False)
    op.create_table('circle_membership',
    sa.Column('reason', sa.String(length=80), nullable=False),
    sa.Column('suspended', sa.Boolean(), nullable=False),
    sa.Column('employment_id', sa.Uuid(), nullable=False),
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('fact_id', sa.Uuid(), nullable=False),
    sa.Column('situation_id', sa.Uuid(), nullable=False),
    sa.Column('valid_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('valid_to', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('superseded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['clsm_id', 'situation_id'], ['situation.clsm_id', 'situation.situation_id'], name=op.f('fk_circle_membership_clsm_id_situation_id')),
    sa.ForeignKeyConstraint(['employment_id'], ['employment.employment_id'], name=op.f('fk_circle_membership_employment_id')),
    sa.PrimaryKeyConstraint('clsm_id', 'fact_id', name=op.f('pk_circle_membership'))
    )
    op.create_index('ix_circle_membership_clsm_id_employment_id', 'circle_membership', ['clsm_id', 'employment_id'], unique=False)
    op.create_index('ix_circle_membership_clsm_id_situation_id', 'circle_membership', ['clsm_id', 'situation_id'], unique=False)
    op.create_table('conflict_of_interest',
    sa.Column('employment_id', sa.Uuid(), nullable=False),
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('fact_id', sa.Uuid(), nullable=False),
    sa.Column('situation_id', sa.Uuid(), nullable=False),
    sa.Column('valid_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('valid_to', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('superseded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['clsm_id', 'situation_id'], ['situation.clsm_id', 'situation.situation_id'], name=op.f('fk_conflict_of_interest_clsm_id_situation_id')),
    sa.ForeignKeyConstraint(['employment_id'], ['employment.employment_id'], name=op.f('fk_conflict_of_interest_employment_id')),
    sa.PrimaryKeyConstraint('clsm_id', 'fact_id', name=op.f('pk_conflict_of_interest'))
    )
    op.create_index('ix_conflict_of_interest_clsm_id_employment_id', 'conflict_of_interest', ['clsm_id', 'employment_id'], unique=False)
    op.create_index('ix_conflict_of_interest_clsm_id_situation_id', 'conflict_of_interest', ['clsm_id', 'situation_id'], unique=False)
    op.create_table('episode',
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('situation_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['clsm_id', 'situation_id'], ['situation.clsm_id', 'situation.situation_id'], name=op.f('fk_episode_clsm_id_situation_id')),
    sa.PrimaryKeyConstraint('clsm_id', 'situation_id', 'number', name=op.f('pk_episode'))
    )
    op.create_table('functional_extract',
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('extract_id', sa.Uuid(), nullable=False),
    sa.Column('extract_version', sa.Integer(), nullable=False),
    sa.Column('situation_id', sa.Uuid(), nullable=False),
    sa.Column('section', sa.String(length=80), nullable=False),
    sa.Column('employment_id', sa.Uuid(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('superseded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['clsm_id', 'situation_id'], ['situation.clsm_id', 'situation.situation_id'], name=op.f('fk_functional_extract_clsm_id_situation_id')),
    sa.ForeignKeyConstraint(['employment_id'], ['employment.employment_id'], name=op.f('fk_functional_extract_employment_id')),
    sa.PrimaryKeyConstraint('clsm_id', 'extract_id', 'extract_version', name=op.f('pk_functional_extract'))
    )
    op.create_index('ix_functional_extract_current', 'functional_extract', ['clsm_id', 'situation_id', 'section', 'superseded_at'], unique=False)
    op.create_table('identity_card',
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('situation_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['clsm_id', 'situation_id'], ['situation.clsm_id', 'situation.situation_id'], name=op.f('fk_identity_card_clsm_id_situation_id')),
    sa.PrimaryKeyConstraint('clsm_id', 'situation_id', name=op.f('pk_identity_card'))
    )
    op.create_table('information_event',
    sa.Column('groups', sa.Text(), nullable=False),
    sa.Column('categories', sa.Text(), nullable=False),
    sa.Column('means', sa.String(length=80), nullable=False),
    sa.Column('notice_version', sa.String(length=80), nullable=False),
    sa.Column('employment_id', sa.Uuid(), nullable=False),
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('fact_id', sa.Uuid(), nullable=False),
    sa.Column('situation_id', sa.Uuid(), nullable=False),
    sa.Column('valid_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('valid_to', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('superseded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['clsm_id', 'situation_id'], ['situation.clsm_id', 'situation.situation_id'], name=op.f('fk_information_event_clsm_id_situation_id')),
    sa.ForeignKeyConstraint(['employment_id'], ['employment.employment_id'], name=op.f('fk_information_event_employment_id')),
    sa.PrimaryKeyConstraint('clsm_id', 'fact_id', name=op.f('pk_information_event'))
    )
    op.create_index('ix_information_event_clsm_id_employment_id', 'information_event', ['clsm_id', 'employment_id'], unique=False)
    op.create_index('ix_information_event_clsm_id_situation_id', 'information_event', ['clsm_id', 'situation_id'], unique=False)
    op.create_table('informing_designation',
    sa.Column('employment_id', sa.Uuid(), nullable=False),
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('fact_id', sa.Uuid(), nullable=False),
    sa.Column('situation_id', sa.Uuid(), nullable=False),
    sa.Column('valid_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('valid_to', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('superseded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['clsm_id', 'situation_id'], ['situation.clsm_id', 'situation.situation_id'], name=op.f('fk_informing_designation_clsm_id_situation_id')),
    sa.ForeignKeyConstraint(['employment_id'], ['employment.employment_id'], name=op.f('fk_informing_designation_employment_id')),
    sa.PrimaryKeyConstraint('clsm_id', 'fact_id', name=op.f('pk_informing_designation'))
    )
    op.create_index('ix_informing_designation_clsm_id_employment_id', 'informing_designation', ['clsm_id', 'employment_id'], unique=False)
    op.create_index('ix_informing_designation_clsm_id_situation_id', 'informing_designation', ['clsm_id', 'situation_id'], unique=False)
    op.create_table('lead_designation',
    sa.Column('employment_id', sa.Uuid(), nullable=False),
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('fact_id', sa.Uuid(), nullable=False),
    sa.Column('situation_id', sa.Uuid(), nullable=False),
    sa.Column('valid_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('valid_to', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('superseded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['clsm_id', 'situation_id'], ['situation.clsm_id', 'situation.situation_id'], name=op.f('fk_lead_designation_clsm_id_situation_id')),
    sa.ForeignKeyConstraint(['employment_id'], ['employment.employment_id'], name=op.f('fk_lead_designation_employment_id')),
    sa.PrimaryKeyConstraint('clsm_id', 'fact_id', name=op.f('pk_lead_designation'))
    )
    op.create_index('ix_lead_designation_clsm_id_employment_id', 'lead_designation', ['clsm_id', 'employment_id'], unique=False)
    op.create_index('ix_lead_designation_clsm_id_situation_id', 'lead_designation', ['clsm_id', 'situation_id'], unique=False)
    op.create_table('mandate',
    sa.Column('scope', sa.String(length=80), nullable=False),
    sa.Column('employment_id', sa.Uuid(), nullable=False),
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('fact_id', sa.Uuid(), nullable=False),
    sa.Column('situation_id', sa.Uuid(), nullable=False),
    sa.Column('valid_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('valid_to', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('superseded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['clsm_id', 'situation_id'], ['situation.clsm_id', 'situation.situation_id'], name=op.f('fk_mandate_clsm_id_situation_id')),
    sa.ForeignKeyConstraint(['employment_id'], ['employment.employment_id'], name=op.f('fk_mandate_employment_id')),
    sa.PrimaryKeyConstraint('clsm_id', 'fact_id', name=op.f('pk_mandate'))
    )
    op.create_index('ix_mandate_clsm_id_employment_id', 'mandate', ['clsm_id', 'employment_id'], unique=False)
    op.create_index('ix_mandate_clsm_id_situation_id', 'mandate', ['clsm_id', 'situation_id'], unique=False)
    op.create_table('milestone',
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('milestone_id', sa.Uuid(), nullable=False),
    sa.Column('situation_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=80), nullable=False),
    sa.Column('before', sa.String(length=80), nullable=False),
    sa.Column('after', sa.String(length=80), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('employment_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['clsm_id', 'situation_id'], ['situation.clsm_id', 'situation.situation_id'], name=op.f('fk_milestone_clsm_id_situation_id')),
    sa.ForeignKeyConstraint(['employment_id'], ['employment.employment_id'], name=op.f('fk_milestone_employment_id')),
    sa.PrimaryKeyConstraint('clsm_id', 'milestone_id', name=op.f('pk_milestone'))
    )
    op.create_index('ix_milestone_clsm_id_situation_id_at', 'milestone', ['clsm_id', 'situation_id', 'at'], unique=False)
    op.create_table('mission',
    sa.Column('procedure', sa.String(length=80), nullable=False),
    sa.Column('employment_id', sa.Uuid(), nullable=False),
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('fact_id', sa.Uuid(), nullable=False),
    sa.Column('situation_id', sa.Uuid(), nullable=False),
    sa.Column('valid_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('valid_to', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('superseded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['clsm_id', 'situation_id'], ['situation.clsm_id', 'situation.situation_id'], name=op.f('fk_mission_clsm_id_situation_id')),
    sa.ForeignKeyConstraint(['employment_id'], ['employment.employment_id'], name=op.f('fk_mission_employment_id')),
    sa.PrimaryKeyConstraint('clsm_id', 'fact_id', name=op.f('pk_mission'))
    )
    op.create_index('ix_mission_clsm_id_employment_id', 'mission', ['clsm_id', 'employment_id'], unique=False)
    op.create_index('ix_mission_clsm_id_situation_id', 'mission', ['clsm_id', 'situation_id'], unique=False)
    op.create_table('referrer',
    sa.Column('employment_id', sa.Uuid(), nullable=False),
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('fact_id', sa.Uuid(), nullable=False),
    sa.Column('situation_id', sa.Uuid(), nullable=False),
    sa.Column('valid_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('valid_to', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('superseded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['clsm_id', 'situation_id'], ['situation.clsm_id', 'situation.situation_id'], name=op.f('fk_referrer_clsm_id_situation_id')),
    sa.ForeignKeyConstraint(['employment_id'], ['employment.employment_id'], name=op.f('fk_referrer_employment_id')),
    sa.PrimaryKeyConstraint('clsm_id', 'fact_id', name=op.f('pk_referrer'))
    )
    op.create_index('ix_referrer_clsm_id_employment_id', 'referrer', ['clsm_id', 'employment_id'], unique=False)
    op.create_index('ix_referrer_clsm_id_situation_id', 'referrer', ['clsm_id', 'situation_id'], unique=False)
    op.create_table('section_author',
    sa.Column('section', sa.String(length=80), nullable=False),
    sa.Column('category', sa.String(length=80), nullable=False),
    sa.Column('employment_id', sa.Uuid(), nullable=False),
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('fact_id', sa.Uuid(), nullable=False),
    sa.Column('situation_id', sa.Uuid(), nullable=False),
    sa.Column('valid_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('valid_to', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('superseded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['clsm_id', 'situation_id'], ['situation.clsm_id', 'situation.situation_id'], name=op.f('fk_section_author_clsm_id_situation_id')),
    sa.ForeignKeyConstraint(['employment_id'], ['employment.employment_id'], name=op.f('fk_section_author_employment_id')),
    sa.PrimaryKeyConstraint('clsm_id', 'fact_id', name=op.f('pk_section_author'))
    )
    op.create_index('ix_section_author_clsm_id_employment_id', 'section_author', ['clsm_id', 'employment_id'], unique=False)
    op.create_index('ix_section_author_clsm_id_situation_id', 'section_author', ['clsm_id', 'situation_id'], unique=False)
    op.create_table('section_entry',
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('entry_id', sa.Uuid(), nullable=False),
    sa.Column('entry_version', sa.Integer(), nullable=False),
    sa.Column('situation_id', sa.Uuid(), nullable=False),
    sa.Column('section', sa.String(length=80), nullable=False),
    sa.Column('belongs_to', sa.String(length=80), nullable=False),
    sa.Column('groups', sa.Text(), nullable=False),
    sa.Column('corrects', sa.Uuid(), nullable=True),
    sa.Column('episode', sa.Integer(), nullable=False),
    sa.Column('employment_id', sa.Uuid(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('first_written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('superseded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['clsm_id', 'situation_id'], ['situation.clsm_id', 'situation.situation_id'], name=op.f('fk_section_entry_clsm_id_situation_id')),
    sa.ForeignKeyConstraint(['employment_id'], ['employment.employment_id'], name=op.f('fk_section_entry_employment_id')),
    sa.PrimaryKeyConstraint('clsm_id', 'entry_id', 'entry_version', name=op.f('pk_section_entry'))
    )
    op.create_index('ix_section_entry_current', 'section_entry', ['clsm_id', 'situation_id', 'section', 'superseded_at'], unique=False)
    op.create_table('situation_freeze',
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('fact_id', sa.Uuid(), nullable=False),
    sa.Column('situation_id', sa.Uuid(), nullable=False),
    sa.Column('valid_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('valid_to', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('superseded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['clsm_id', 'situation_id'], ['situation.clsm_id', 'situation.situation_id'], name=op.f('fk_situation_freeze_clsm_id_situation_id')),
    sa.PrimaryKeyConstraint('clsm_id', 'fact_id', name=op.f('pk_situation_freeze'))
    )
    op.create_index('ix_situation_freeze_clsm_id_situation_id', 'situation_freeze', ['clsm_id', 'situation_id'], unique=False)
    op.create_table('standing',
    sa.Column('cell_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(length=80), nullable=False),
    sa.Column('mode', sa.String(length=80), nullable=False),
    sa.Column('basis', sa.String(length=80), nullable=False),
    sa.Column('clsm_id', sa.Uuid(), nullable=False),
    sa.Column('fact_id', sa.Uuid(), nullable=False),
    sa.Column('situation_id', sa.Uuid(), nullable=False),
    sa.Column('valid_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('valid_to', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('superseded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['clsm_id', 'situation_id'], ['situation.clsm_id', 'situation.situation_id'], name=op.f('fk_standing_clsm_id_situation_id')),
    sa.PrimaryKeyConstraint('clsm_id', 'fact_id', name=op.f('pk_standing'))
    )
    op.create_index('ix_standing_clsm_id_situation_id', 'standing', ['clsm_id', 'situation_id'], unique=False)
    op.create_table('audit_entry',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('leaf', sa.LargeBinary(), nullable=False),
    sa.Column('t', sa.BigInteger(), nullable=False),
    sa.Column('tenant', sa.String(), nullable=True),
    sa.Column('act', sa.String(), nullable=False),
    sa.Column('out', sa.String(), nullable=False),
    sa.Column('actor', sa.LargeBinary(), nullable=True),
    sa.Column('subject', sa.LargeBinary(), nullable=True),
    sa.CheckConstraint('length(leaf) BETWEEN 2 AND 4096', name='ck_audit_entry_leaf_length'),
    sa.PrimaryKeyConstraint('id', name='pk_audit_entry')
    )
    op.create_index('ix_audit_entry_actor_t', 'audit_entry', ['actor', 't'], unique=False)
    op.create_index('ix_audit_entry_subject_t', 'audit_entry', ['subject', 't'], unique=False)
    op.create_index('ix_audit_entry_tenant_t', 'audit_entry', ['tenant', 't'], unique=False)
    op.create_table('audit_head',
    sa.Column('log', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('frontier', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('log', name='pk_audit_head')
    )
    op.create_table('audit_index',
    sa.Column('log', sa.SmallInteger(), nullable=False),
    sa.Column('idx', sa.BigInteger(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('lh', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('log', 'idx', name='pk_audit_index'),
    sa.UniqueConstraint('id', name='uq_audit_index_id')
    )
    op.create_table('audit_opening',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id', name='pk_audit_opening')
    )
    op.create_table('audit_pending',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.PrimaryKeyConstraint('id', name='pk_audit_pending')
    )
    if op.get_bind().dialect.name == "postgresql":
        _fence_postgresql()
    else:
        for statement in SQLITE_FENCES:
            op.execute(sa.text(statement.replace(":", "\\:")))



def _fence_postgresql() -> None:
    """Raise the fences of the record, then those between tenants, then give the least rights."""
    for statement in (*POSTGRESQL_ROLES, *POSTGRESQL_FENCES, *POSTGRESQL_GRANTS):
        op.execute(sa.text(statement.replace(":", "\\:")))
    for table in TENANT_TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY tenant ON {table} USING "
            "(clsm_id = nullif(current_setting('cellule.clsm_id', true), '')::uuid)"
        )
    everything = ", ".join((*TENANT_TABLES, *GLOBAL_TABLES))
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON {everything} TO cellule_app")
    op.execute(f"GRANT DELETE ON {', '.join(DELETABLE)} TO cellule_app")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS audit_refuse() CASCADE")
    op.execute("DROP VIEW IF EXISTS audit_shown")
    op.execute("DROP VIEW IF EXISTS audit_top")
    op.drop_table("audit_pending")
    op.drop_table("audit_opening")
    op.drop_table("audit_index")
    op.drop_table("audit_head")
    op.drop_table("audit_entry")
    op.drop_table("standing")
    op.drop_table("situation_freeze")
    op.drop_table("section_entry")
    op.drop_table("section_author")
    op.drop_table("referrer")
    op.drop_table("mission")
    op.drop_table("milestone")
    op.drop_table("mandate")
    op.drop_table("lead_designation")
    op.drop_table("informing_designation")
    op.drop_table("information_event")
    op.drop_table("identity_card")
    op.drop_table("functional_extract")
    op.drop_table("episode")
    op.drop_table("conflict_of_interest")
    op.drop_table("circle_membership")
    op.drop_table("care_team_link")
    op.drop_table("agreement_event")
    op.drop_table("agreement_cell")
    op.drop_table("situation")
    op.drop_table("session")
    op.drop_table("referral")
    op.drop_table("pledge")
    op.drop_table("office")
    op.drop_table("invitation")
    op.drop_table("reference_counter")
    op.drop_table("participation")
    op.drop_table("employment")
    op.drop_table("charter")
    op.drop_table("cell")
    op.drop_table("sign_in_attempt")
    op.drop_table("organisation")
    op.drop_table("duplicate_tag")
    op.drop_table("clsm")
    op.drop_table("account")
