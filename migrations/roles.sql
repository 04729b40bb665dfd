-- Logins, groups and the two databases, once, as the server's administrator:
--   psql -v ON_ERROR_STOP=1 -v secrets=/run/secrets -d postgres -f migrations/roles.sql
-- Passwords are read from files named after the login; none is written here nor in a process
-- list. The four roles of the record (spec/settled.md 7): the owner migrates, the application
-- only inserts into the record, the sequencer indexes it, the eraser deletes openings. The
-- fifth only reads, for backups.
\if :{?secrets}
\else
\set secrets /run/secrets
\endif
\setenv CELLULE_SECRETS :secrets
\set owner_password `cat "$CELLULE_SECRETS/owner_password"`
\set app_password `cat "$CELLULE_SECRETS/app_password"`
\set sequencer_password `cat "$CELLULE_SECRETS/sequencer_password"`
\set backup_password `cat "$CELLULE_SECRETS/backup_password"`

CREATE ROLE cellule_app NOLOGIN;
CREATE ROLE cellule_sequencer NOLOGIN;
CREATE ROLE cellule_eraser NOLOGIN;

CREATE ROLE cellule_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'owner_password';
CREATE ROLE cellule_web LOGIN NOSUPERUSER NOBYPASSRLS IN ROLE cellule_app PASSWORD :'app_password';
CREATE ROLE cellule_indexer LOGIN NOSUPERUSER NOBYPASSRLS IN ROLE cellule_sequencer
  PASSWORD :'sequencer_password';
-- pg_dump refuses tables under row-level security to whoever is held by it.
CREATE ROLE cellule_backup LOGIN NOSUPERUSER BYPASSRLS IN ROLE pg_read_all_data
  PASSWORD :'backup_password';

CREATE DATABASE cellule OWNER cellule_owner;
CREATE DATABASE cellule_keys OWNER cellule_owner;
REVOKE ALL ON DATABASE cellule, cellule_keys FROM PUBLIC;
GRANT CONNECT ON DATABASE cellule TO cellule_app, cellule_sequencer, cellule_eraser, cellule_backup;
GRANT CONNECT ON DATABASE cellule_keys TO cellule_app, cellule_backup;
