"""The expected decisions given with the demo, out of the real engine on the loaded demo.

The command `cellule policy explain` is what asks: nothing here computes a fact.
"""

import contextlib
import io
import json
import os

import pytest

from policies.vocabulary import Section
from service.cli import main
from service.settings import Settings

HERON = "SIT-2026-0014"
GRESIL = "SIT-2026-0031"

NOLLEAU = "fabrice.nolleau@hlm.example"
QUINTARD = "maelle.quintard@clsm.example"
ESCALLIER = "bruno.escallier@ccas.example"
HEREMBERT = "pascal.herembert@gp.example"
TASSIN = "karim.tassin@cmp.example"
DESMARCHAIS = "leila.desmarchais@dep.example"
KRIEG = "samuel.krieg@empp.example"
ORIOL = "tiphaine.oriol@dac.example"
FERON = "alban.feron@net.example"
JOLIVET = "mika.jolivet@gem.example"
VIOLLEAU = "nadege.violleau@empp.example"
MARSAN = "odette.marsan@schs.example"
TRELAT = "hugo.trelat@sdis.example"


def explain(settings: Settings, actor: str, situation: str, section: str, action: str, at: str):
    """Ask the command in this process: its arguments, its standard output, its exit code."""
    arguments = [
        "policy", "explain", "--actor", actor, "--situation", situation, "--section", section,
        "--action", action, "--at", at, "--json",
    ]  # fmt: skip
    said = io.StringIO()
    with patched_environment(settings), contextlib.redirect_stdout(said):
        main(arguments)
    return json.loads(said.getvalue())


@contextlib.contextmanager
def patched_environment(settings: Settings):
    """Set what the command reads from its environment."""
    chosen = {
        "CELLULE_DATABASE_URL": settings.database_url,
        "CELLULE_KEYSTORE_URL": settings.keystore_url,
        "CELLULE_KEYRING": str(settings.keyring),
        "CELLULE_ORIGIN": settings.origin,
        "CELLULE_DEMO": "1",
    }
    before = dict(os.environ)
    os.environ.update(chosen)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


ROWS = [
    ("emergency", KRIEG, HERON, "somatic_health", "read", "2026-05-19T03:00", True, "read"),
    ("emergency contact", KRIEG, HERON, "identity_contact", "read", "2026-05-19T03:00", True, "read"),
    ("emergency not named", KRIEG, HERON, "mental_health", "read", "2026-05-19T03:00", False, "none"),
    ("before emergency", KRIEG, HERON, "somatic_health", "read", "2026-05-19T02:40", False, "none"),
    ("after emergency", KRIEG, HERON, "somatic_health", "read", "2026-05-19T07:00", False, "none"),
    ("1", NOLLEAU, HERON, "housing", "read", "2026-04-15", True, "read"),
    ("1 contribute", NOLLEAU, HERON, "housing", "contribute", "2026-04-15", True, None),
    ("3", NOLLEAU, HERON, "attachments", "read", "2026-04-15", False, None),
    ("3 extract", NOLLEAU, HERON, "attachments", "read_extract", "2026-04-15", False, None),
    ("5 mental", QUINTARD, HERON, "mental_health", "read", "2026-04-25", False, "see"),
    ("5 mental F", QUINTARD, HERON, "mental_health", "read_extract", "2026-04-25", False, "see"),
    ("5 somatic", QUINTARD, HERON, "somatic_health", "read", "2026-04-25", False, "read_extract"),
    ("5 somatic F", QUINTARD, HERON, "somatic_health", "read_extract", "2026-04-25", True, "read_extract"),
    ("6", ESCALLIER, HERON, "somatic_health", "read_extract", "2026-04-25", True, "read_extract"),
    ("6 full", ESCALLIER, HERON, "somatic_health", "read", "2026-04-25", False, "read_extract"),
    ("7 before", ESCALLIER, HERON, "mental_health", "read_extract", "2026-04-10", False, None),
    ("7 after", ESCALLIER, HERON, "mental_health", "read_extract", "2026-04-20", True, "read_extract"),
    ("9", HEREMBERT, HERON, "mental_health", "read", "2026-04-01", False, None),
    ("9 later", HEREMBERT, HERON, "mental_health", "read", "2026-04-15", True, "read"),
    ("11 before", FERON, HERON, "action_plan", "read_assigned", "2026-06-15", False, "none"),
    ("11 within", FERON, HERON, "action_plan", "read_assigned", "2026-10-15", True, "read_assigned"),
    ("11 closed", FERON, HERON, "action_plan", "read_assigned", "2026-10-26", True, "read_assigned"),
    ("11", FERON, HERON, "action_plan", "read_assigned", "2026-11-15", False, "none"),
    ("11 read", FERON, HERON, "action_plan", "read", "2026-10-15", False, "read_assigned"),
    ("11 animals", FERON, HERON, "animals", "contribute", "2026-10-15", True, "read_assigned"),
    ("11 health", FERON, HERON, "somatic_health", "read_extract", "2026-10-15", False, "none"),
    ("11 situation", FERON, HERON, "situation", "see", "2026-11-15", False, None),
    ("14 synthesis", ESCALLIER, HERON, "synthesis", "read", "2026-02-27", True, "read"),
    ("14 informing", ESCALLIER, HERON, "identity_contact", "read_assigned", "2026-02-27", True, "read_assigned"),
    ("14 housing", ESCALLIER, HERON, "housing", "read_extract", "2026-02-27", False, "none"),
    ("16", TASSIN, GRESIL, "mental_health", "read", "2026-05-29", False, "none"),
    ("16 later", TASSIN, GRESIL, "mental_health", "read", "2026-07-30", True, "read"),
    ("18", DESMARCHAIS, GRESIL, "mental_health", "read_extract", "2026-09-10", False, None),
    ("18 restored", DESMARCHAIS, GRESIL, "mental_health", "read_extract", "2026-10-01", True, "read_extract"),
    ("21 labels", JOLIVET, GRESIL, "action_plan", "see_label", "2026-10-15", True, "see"),
    ("21 details", JOLIVET, GRESIL, "action_plan", "read", "2026-10-15", False, "see"),
    ("21 extract", JOLIVET, GRESIL, "action_plan", "read_extract", "2026-10-15", False, "see"),
    ("21 words", JOLIVET, GRESIL, "wishes_voice", "contribute", "2026-10-15", True, None),
    ("27", ORIOL, GRESIL, "identity_contact", "read", "2026-11-15", False, "none"),
    ("27 plan", ORIOL, GRESIL, "action_plan", "read", "2026-11-15", False, "none"),
    ("27 situation", ORIOL, GRESIL, "situation", "see", "2026-11-15", False, "none"),
    ("27 before", ORIOL, GRESIL, "identity_contact", "read", "2026-08-15", True, "read"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "actor", "situation", "section", "action", "at", "allowed", "level"),
    ROWS,
    ids=[row[0] for row in ROWS],
)
def test_the_engine_decides_as_the_demo_expects(
    demo_settings, row, actor, situation, section, action, at, allowed, level
) -> None:
    answer = explain(demo_settings, actor, situation, section, action, at)
    assert answer["allowed"] is allowed, answer
    if level is not None:
        assert answer["level"] == level, answer
    assert answer["policy"]
    assert bool(answer["rules"]) is allowed


IN_ANONYMISED_REVIEW = {
    ESCALLIER: {"synthesis": "read", "identity_contact": "read_assigned"},
    QUINTARD: {
        "synthesis": "read",
        "identity_contact": "read",
        "consent_status": "read",
        "consent_text": "read",
    },
    MARSAN: {},
    VIOLLEAU: {},
    TRELAT: {},
}
"""Row 14, on 27/02/2026: what each then reads of A, the referral apart; nobody anything else."""


@pytest.mark.parametrize("actor", IN_ANONYMISED_REVIEW)
def test_in_anonymised_review_nobody_reads_more_than_the_synthesis(demo_settings, actor) -> None:
    opened = {}
    for section in Section:
        if section in {Section.SITUATION, Section.REFERRAL, Section.ACCESS_REGISTER}:
            continue
        asked = "read" if actor == QUINTARD else "read_assigned"
        answer = explain(demo_settings, actor, HERON, str(section), asked, "2026-02-27")
        if answer["level"] not in {"none", "see"}:
            opened[str(section)] = answer["level"]
    assert opened == IN_ANONYMISED_REVIEW[actor]


def test_the_charge_to_inform_ends_after_thirty_days(demo_settings) -> None:
    during = explain(demo_settings, ESCALLIER, HERON, "identity_contact", "read", "2026-03-11")
    assert during["level"] == "read_assigned"
    assert during["holds_until"].startswith("2026-03-28")
    member = explain(demo_settings, ESCALLIER, HERON, "identity_contact", "read", "2026-03-13")
    assert member["level"] == "read"


def test_the_objection_itself_refuses_the_photographs_and_the_nurse(demo_settings) -> None:
    photos = explain(demo_settings, NOLLEAU, HERON, "attachments", "read", "2026-04-15")
    assert any("OBJECTION" in rule for rule in photos["denied_by"])
    nurse = explain(demo_settings, TASSIN, GRESIL, "mental_health", "read", "2026-05-29")
    assert any("OBJECTION" in rule for rule in nurse["denied_by"])
