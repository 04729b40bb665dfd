"""The command `cellule`: what it answers, how it ends, and what it never says."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from audit.event import Act
from service.access import record
from service.cli import main, present, running, where
from service.database import new_id
from service.settings import SettingsRefused
from service.sharing import operations as sharing
from service.situations import operations as situations
from tests.cast import Cast
from tests.databases import as_role, run_sql
from tests.service.environment import variables

ROOT = Path(__file__).parent.parent.parent
REFERENCE = "SIT-2026-0014"


@pytest.fixture
def shell(monkeypatch, tmp_path):
    """Give commands this house's environment and no other, in an empty directory."""

    def prepare(house=None, **more):
        for name in list(os.environ):
            if name.startswith("CELLULE_") and not name.startswith("CELLULE_TEST"):
                monkeypatch.delenv(name)
        for name, value in (variables(house) if house else {}).items():
            monkeypatch.setenv(name, value)
        for name, value in more.items():
            monkeypatch.setenv(name, value)
        folder = tmp_path / "elsewhere"
        folder.mkdir(exist_ok=True)
        monkeypatch.chdir(folder)

    return prepare


def told(capsys, *arguments):
    """Run a command; return its exit code, what it printed and what it told beside."""
    code = main(arguments)
    said = capsys.readouterr()
    return code, said.out, said.err


def with_acts(house, count=12):
    """Fill the record of a house with some acts of a nurse."""
    cast = Cast.on(house)
    nurse = cast.psychiatric_nurse()

    async def work():
        async with house.act(nurse) as unit:
            for _ in range(count):
                await record.note(unit, Act.SITUATION_LISTED, role="PSY")

    house.run(work())
    house.sequence()
    return cast


def as_owner(house, *statements):
    """Run SQL as whoever owns the tables, triggers and all."""
    if house.dialect == "sqlite":
        with sqlite3.connect(urlsplit(house.settings.database_url).path[1:]) as connection:
            for statement in statements:
                connection.execute(statement)
    else:
        owner = as_role(house.settings.database_url, "postgres").replace("+asyncpg", "")
        run_sql(owner, *statements)


def without_fences(house):
    """Drop the triggers of the record."""
    if house.dialect == "sqlite":
        path = urlsplit(house.settings.database_url).path[1:]
        with sqlite3.connect(path) as connection:
            names = connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'audit_%'"
            ).fetchall()
        as_owner(house, *(f"DROP TRIGGER {name}" for (name,) in names))
    else:
        as_owner(house, *(f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in (
            "audit_entry", "audit_index", "audit_head")))  # fmt: skip


def test_a_sound_record_is_said_sound_with_its_size_and_root(house, shell, capsys):
    with_acts(house)
    shell(house)
    code, out, _ = told(capsys, "audit", "verify", "--json")
    verdict = json.loads(out)
    assert code == 0
    assert verdict["sound"] is True
    assert verdict["first_fault"] is None
    code, out, _ = told(capsys, "audit", "head", "--json")
    assert code == 0
    assert json.loads(out) == {"size": verdict["size"], "root": verdict["root"]}


def test_an_entry_changed_behind_the_fences_is_named(house, shell, capsys):
    with_acts(house)
    without_fences(house)
    as_owner(
        house,
        "UPDATE audit_entry SET act = 'section.read' WHERE id = "
        "(SELECT id FROM audit_index WHERE idx = 5)",
    )
    shell(house)
    code, out, _ = told(capsys, "audit", "verify", "--json")
    fault = json.loads(out)["first_fault"]
    assert code == 1
    assert (fault["kind"], fault["index"]) == ("changed", 5)
    code, out, _ = told(capsys, "audit", "verify")
    assert code == 1
    assert "rang 5" in out
    assert "modifiée" in out


def test_an_entry_taken_away_is_named(house, shell, capsys):
    with_acts(house)
    without_fences(house)
    as_owner(
        house,
        "DELETE FROM audit_entry WHERE id = (SELECT id FROM audit_index WHERE idx = 7)",
        "DELETE FROM audit_index WHERE idx = 7",
    )
    shell(house)
    code, out, _ = told(capsys, "audit", "verify", "--json")
    assert code == 1
    assert json.loads(out)["first_fault"]["kind"] == "removed"
    assert json.loads(out)["first_fault"]["index"] == 7


def test_what_cannot_be_read_is_neither_sound_nor_altered(shell, capsys, tmp_path):
    shell(
        CELLULE_DATABASE_URL=f"sqlite+aiosqlite:///{tmp_path / 'nothing.db'}",
        CELLULE_KEYSTORE_URL=f"sqlite+aiosqlite:///{tmp_path / 'none.db'}",
        CELLULE_KEYRING=str(tmp_path / "none.json"),
        CELLULE_ORIGIN="http://127.0.0.1:8000",
    )
    for command in ("verify", "head"):
        code, out, err = told(capsys, "audit", command, "--json")
        assert code == 2
        assert json.loads(out)["sound"] is None
        assert "impossible" in err
    assert not (tmp_path / "nothing.db").exists()


def test_without_a_deployment_nor_a_demo_a_command_says_what_is_missing(shell, capsys):
    shell()
    code, _, err = told(capsys, "audit", "verify")
    assert code == 2
    assert "CELLULE_DATABASE_URL" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("serve",), ("work",), ("migrate",), ("demo",), ("keys", "create"),
        ("install", "--clsm", "x", "--territory", "x", "--organisation", "x",
         "--organisation-key", "x", "--name", "x", "--email", "x", "--password-file", "x"),
    ],
)  # fmt: skip
def test_nothing_is_defaulted_in_production(shell, capsys, arguments):
    shell()
    code, _, err = told(capsys, *arguments)
    assert code == 2
    assert "missing: CELLULE_" in err


@pytest.mark.parametrize("arguments", [(), ("fly",), ("audit",), ("run", "--port", "0"),
                                       ("run", "--port", "١"), ("serve", "--workers", "1000")])  # fmt: skip
def test_what_is_no_command_ends_with_two(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2


@pytest.mark.parametrize("arguments", [("run",), ("serve",), ("work",), ("migrate",), ("demo",),
    ("audit", "verify"), ("audit", "head"), ("policy", "explain"), ("keys", "create"),
    ("install",)])  # fmt: skip
def test_every_command_explains_itself(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        main((*arguments, "--help"))
    assert end.value.code == 0
    assert "usage" in capsys.readouterr().out


def test_migrate_check_tells_a_current_schema_from_another(house, shell, capsys):
    shell(house)
    if house.dialect == "postgresql":
        shell(house, CELLULE_DATABASE_URL=as_role(house.settings.database_url, "postgres"),
              CELLULE_KEYSTORE_URL=as_role(house.settings.keystore_url, "postgres"))  # fmt: skip
    assert told(capsys, "migrate", "--check")[0] == 0
    as_owner(house, "ALTER TABLE cell ADD COLUMN surprise INTEGER")
    code, out, err = told(capsys, "migrate", "--check")
    assert (code, out) == (1, "")
    assert "cellule migrate" in err


def test_migrate_makes_an_empty_store_ready(shell, capsys, tmp_path):
    shell(
        CELLULE_DATABASE_URL=f"sqlite+aiosqlite:///{tmp_path / 'a.db'}",
        CELLULE_KEYSTORE_URL=f"sqlite+aiosqlite:///{tmp_path / 'k.db'}",
        CELLULE_KEYRING=str(tmp_path / "ring.json"),
        CELLULE_ORIGIN="https://cellule.example",
    )
    assert told(capsys, "migrate")[0] == 0
    assert told(capsys, "keys", "create")[0] == 0
    assert (tmp_path / "ring.json").stat().st_mode & 0o777 == 0o600
    code, _, err = told(capsys, "keys", "create")
    assert code == 2  # never over an existing one
    assert "ring.json" in err
    secret = tmp_path / "password"
    secret.write_text("un mot de passe assez long\n", encoding="utf-8")
    asked = (
        "install", "--clsm", "CLSM de Valmaurin", "--territory", "99V01",
        "--organisation", "Ville de Valmaurin", "--organisation-key", "mairie",
        "--name", "Thomas Berger", "--email", "thomas.berger@adm.example",
        "--password-file", str(secret),
    )  # fmt: skip
    code, out, err = told(capsys, *asked)
    assert code == 0
    assert "un mot de passe" not in out + err
    assert told(capsys, *asked)[0] == 1  # the address has an account
    assert told(capsys, "audit", "verify")[0] == 0


def explained(capsys, actor, section, action, *more):
    """Ask `policy explain` for JSON."""
    code, out, err = told(
        capsys, "policy", "explain", "--actor", actor, "--situation", REFERENCE,
        "--section", section, "--action", action, "--json", *more,
    )  # fmt: skip
    return code, json.loads(out) if code == 0 else err


def email_of(actor):
    """The address that the cast gives to a seat."""
    return f"{actor.account_id.hex}@essai.example"


def a_named_situation(house):
    """A situation that a social worker referred, and a nurse who has nothing to do with it."""
    cast = Cast.on(house)
    worker, nurse = cast.social_worker(), cast.psychiatric_nurse()
    situation_id = new_id()

    async def begin():
        async with house.act(worker) as unit:
            await situations.create_situation(
                unit, situation_id, cast.cell_id, reference=REFERENCE, urgency="U2",
                opened_at=unit.now(),
            )  # fmt: skip
            await sharing.begin(unit, situation_id, cast.cell_id, "submitted")

    house.run(begin())
    return worker, nurse


def test_explain_prints_the_decision_and_its_rules(house, shell, capsys):
    worker, nurse = a_named_situation(house)
    shell(house, CELLULE_DEMO="1")
    code, found = explained(capsys, email_of(worker), "referral", "read")
    assert code == 0
    assert set(found) >= {"allowed", "level", "rules", "denied_by", "missing", "policy"}
    assert found["allowed"] is True
    assert found["level"] == "read"
    code, found = explained(capsys, email_of(nurse), "mental_health", "read")
    assert (code, found["allowed"], found["level"]) == (0, False, "none")
    assert found["missing"]


def test_explain_asks_the_past_as_it_was_known(house, shell, capsys):
    worker, _ = a_named_situation(house)
    shell(house, CELLULE_DEMO="1")
    _, before = explained(capsys, email_of(worker), "referral", "read", "--at", "2026-03-01")
    assert before["allowed"] is False
    assert before["at"].startswith("2026-03-01T12:00:00")
    _, after = explained(
        capsys,
        email_of(worker),
        "referral",
        "read",
        "--at",
        "2026-04-01",
        "--known-at",
        "2026-03-01",
    )
    assert after["allowed"] is False


def test_explaining_is_recorded(house, shell, capsys):
    worker, _ = a_named_situation(house)
    shell(house, CELLULE_DEMO="1")
    explained(capsys, email_of(worker), "referral", "read")
    house.sequence()
    from audit import reading
    from service.database import transaction

    async def acts():
        async with transaction(
            house.workplace.engine, write=False, clsm_id=worker.clsm_id
        ) as connection:
            return reading.by_name(await reading.entries(connection, tenant=str(worker.clsm_id)))

    assert house.run(acts())[0] == "policy.explained"


WRONG = (
    ({"--actor": "nobody@essai.example"}, "actor"),
    ({"--situation": "SIT-2026-9999"}, "situation"),
    ({"--section": "kitchen"}, "section"),
    ({"--action": "eat"}, "action"),
    ({"--purpose": "FUN"}, "purpose"),
    ({"--at": "yesterday"}, "at"),
    ({"--at": "2026-13-45"}, "at"),
    ({"--known-at": "2026"}, "known-at"),
    ({"--organisation": "elsewhere"}, "organisation"),
)


def test_explain_names_the_word_that_is_wrong(house, shell, capsys):
    worker, _ = a_named_situation(house)
    shell(house)
    right = {
        "--actor": email_of(worker),
        "--situation": REFERENCE,
        "--section": "housing",
        "--action": "read",
    }
    for wrong, word in WRONG:
        asked = [part for pair in (right | wrong).items() for part in pair]
        code, _, err = told(capsys, "policy", "explain", *asked)
        assert code == 2
        assert f"cellule : {word} :" in err


def test_the_demos_clock_begins_at_its_present_and_never_before_its_record(house):
    settings = house.settings
    assert house.run(present.demo_present(settings)) == present.PRESENT
    house.hands.at = present.PRESENT.replace(month=12)
    with_acts(house, 1)
    assert house.run(present.demo_present(settings)) == house.hands.at


def test_run_takes_its_port_before_anything_else(tmp_path, capsys, shell):
    shell()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, _, err = told(capsys, "run", "--port", str(port), "--folder", str(tmp_path / "var"))
    assert code == 2
    assert f"port {port}" in err
    assert not (tmp_path / "var" / where.MAIN).exists()


def test_two_runs_do_not_share_a_folder(tmp_path, capsys, shell):
    shell()
    (tmp_path / "var").mkdir()
    with running._alone_in(tmp_path / "var"):
        code, _, err = told(capsys, "run", "--port", "18099", "--folder", str(tmp_path / "var"))
    assert code == 2
    assert "tourne déjà" in err


def test_a_demo_interrupted_while_loading_begins_again(tmp_path, monkeypatch):
    async def broken(_settings, _progress):
        raise KeyboardInterrupt

    async def whole(_settings, _progress):
        return None

    monkeypatch.setattr(running.story, "load", broken)
    with pytest.raises(KeyboardInterrupt):
        running._load_whole(tmp_path, 8000)
    assert not (tmp_path / where.MAIN).exists()
    monkeypatch.setattr(running.story, "load", whole)
    running._load_whole(tmp_path, 8000)
    assert {path.name for path in tmp_path.iterdir()} == {where.MAIN, where.KEYSTORE, where.KEYRING}


def test_keys_without_their_database_are_never_overwritten(tmp_path):
    (tmp_path / where.KEYRING).write_text("precious", encoding="utf-8")
    with pytest.raises(SettingsRefused):
        running._load_whole(tmp_path, 8000)
    assert (tmp_path / where.KEYRING).read_text(encoding="utf-8") == "precious"


def test_run_serves_the_demo_and_keeps_what_was_written(tmp_path):
    folder = tmp_path / "var"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    first = _serve(folder, port)
    assert "maelle.quintard@clsm.example" in first
    assert f"http://127.0.0.1:{port}" in first
    size = _size(first)
    second = _serve(folder, port)
    assert "chargement" not in second
    assert _size(second) >= size


def _size(said):
    line = next(line for line in said.splitlines() if line.startswith("Registre : "))
    return int(line.split()[2])


def _serve(folder, port):
    """Run `make run`'s command until its first page, stop it, return what it printed."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CELLULE_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "service", "run", "--folder", str(folder), "--port", str(port)],
        cwd=ROOT,
        env=clean,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        for _ in range(1200):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=5) as page:
                    assert page.status == 200
                break
            except OSError:
                assert process.poll() is None
                time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        return process.communicate(timeout=60)[0]
    finally:
        process.kill()


def test_the_mail_that_waits_is_counted_and_a_late_one_is_a_failure(house, shell, capsys):
    from datetime import timedelta

    from service import jobs

    cast = Cast.on(house)
    nurse = cast.psychiatric_nurse()
    shell(house, CELLULE_DEMO="1")
    assert told(capsys, "mail")[0] == 0

    async def notify(at):
        async with house.act(nurse) as unit:
            await jobs.notify(unit, [nurse.employment_id], jobs.Kind.CIRCLE, not_before=at)

    now = house.workplace.clock.now()
    house.run(notify(now + timedelta(days=400)))
    code, out, _ = told(capsys, "mail", "--json")
    said = json.loads(out)
    assert (said["server"], said["waiting"], said["given_up"]) == (False, 1, 0)
    assert code == 1, "written in March, and the demo lives in November"
    assert nurse.name not in out
    code, out, _ = told(capsys, "mail")
    assert "aucun, rien ne part" in out
    assert "courriers en attente : 1" in out
