"""One story over HTTP, on each database: from the landlord's referral to the record.

Every step is a page that was opened and a form that this page showed.
"""

import asyncio
import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

import asyncpg
import pytest

from service import cli
from tests import databases
from tests.house import House
from tests.journeys import referral
from tests.journeys.screen import Screen
from tests.journeys.visitor import Visitor

HEALTH = "Rupture de soins depuis mars ; angoisse à l'ouverture de la porte ; traitement arrêté."
EXTRACT = "Visites courtes et annoncées la veille ; rester sur le palier s'il le demande."
NOTICE = "FALC v1.2"
CONTENT = (HEALTH, EXTRACT, referral.NAME, referral.QUESTION, referral.LANDING, referral.OWN_WORDS)

Come = Callable[[str], Visitor]


@pytest.fixture
def come(town: House) -> Come:
    """Let people of the demo sit down at their screens."""
    client = town.client()
    return lambda email: Visitor(client, f"{email}.example").sign_in()


def test_from_the_landlords_referral_to_the_record(
    town: House,
    come: Come,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    landlord = come("fabrice.nolleau@hlm")
    referral_url = _refers(landlord, come)
    reference = _reference(landlord.screen)

    coordinator = come("maelle.quintard@clsm")
    situation = _examines(coordinator, reference)
    social = come("bruno.escallier@ccas")
    _informs(social, situation)
    _accepts(coordinator, reference)
    for organisation, name, reason in (
        ("CCAS de Valmaurin", "Bruno Escallier", "already_intervenes"),
        ("EMPP", "Nadège Violleau", "competence_needed"),
        ("Orze Habitat", "Fabrice Nolleau", "referrer"),
    ):
        _invites(coordinator, situation, organisation, name, reason)
    assert come("nadege.violleau@empp").open(f"{situation}/circle").status == 404
    for email in ("bruno.escallier@ccas", "nadege.violleau@empp", "fabrice.nolleau@hlm"):
        _accepts_the_invitation(come(email), situation, reference)
    coordinator.open(f"{situation}/sections/mental_health")
    _shows_nothing(coordinator.screen, HEALTH, EXTRACT)

    nurse = come("nadege.violleau@empp")
    _writes_in_health(nurse, situation)
    _reads_the_extract_only(social, situation)
    _is_refused(landlord, situation)
    landlord.open(referral_url)
    assert landlord.screen.status == 200

    town.hands.at += timedelta(minutes=10)
    _withdraws(social, situation)
    refused = social.open(f"{situation}/sections/mental_health")
    _shows_nothing(refused, HEALTH, EXTRACT)
    kept = nurse.open(f"{situation}/sections/mental_health")
    assert HEALTH in kept.text

    town.sequence()
    _is_audited(come("helene.vasseur-tanguy@ethique"), reference)
    _verifies(town, monkeypatch, capsys)


# ---- the landlord --------------------------------------------------------------------------


def _refers(landlord: Visitor, come: Come) -> str:
    """Write a draft, leave it, take it up again, meet the emergency page, send."""
    assert landlord.screen.h1 == "Signaler une situation"
    landlord.follow("Signaler une situation")
    landlord.send("/referrals/new", "Commencer", cell_id=landlord.screen.value("Cellule incurie"))
    draft = landlord.screen.url.rsplit("/", 1)[0]
    missing = landlord.send("/request", "Enregistrer et revenir à la liste")
    assert missing.status == 200
    landlord.open(f"{draft}/request")
    landlord.send("/request", "Enregistrer et continuer", **referral.BLOCKS["request"])
    assert landlord.screen.h1 == "Danger et urgence"

    again = come("fabrice.nolleau@hlm")
    again.open("/referrals")
    assert draft in [href for _, href in again.screen.links]
    again.open(draft)
    assert not {"Santé", "Ressources et droits"} & {text for text, _ in again.screen.links}
    assert again.open(f"{draft}/health").status == 404
    written = again.open(f"{draft}/request")
    assert referral.QUESTION in written.html.replace("&#39;", "'")

    landlord.open(f"{draft}/urgency")
    landlord.send("/urgency", "Enregistrer et continuer", **referral.A_FIRE)
    assert landlord.screen.h1 == "Appelez d’abord les secours"
    for number in ("15", "17", "18", "112", "114", "115", "119", "3919", "3114", "3977"):
        assert re.search(rf"\b{number}\b", landlord.screen.text), number
    landlord.send("/danger", "Les secours sont prévenus")
    assert "U2" in landlord.screen.html

    for slug, answers in referral.BLOCKS.items():
        landlord.open(f"{draft}/{slug}")
        shown = landlord.send(f"/{slug}", "Enregistrer et continuer", **answers)
        assert shown.status == 200, shown.text
    landlord.open(f"{draft}/check")
    assert referral.LANDING in landlord.screen.text
    landlord.send("/send", "Envoyer la saisine")
    assert landlord.screen.h1 == "Votre saisine est envoyée", landlord.screen.text
    return landlord.screen.url


def _reference(receipt: Screen) -> str:
    found = re.search(r"SIT-2026-\d{4}", receipt.text)
    assert found
    return found[0]


# ---- the coordinator -----------------------------------------------------------------------


def _examines(coordinator: Visitor, reference: str) -> str:
    """Receive, compare, answer the twelve points, charge someone to inform the person."""
    coordinator.open("/queue")
    coordinator.follow(reference)
    coordinator.send("/receive", "Accuser réception")
    coordinator.send("/begin", "Commencer l’examen")
    coordinator.follow("Chercher un doublon")
    assert "SIT-2026-0014" in coordinator.screen.text
    assert "Odile" in coordinator.screen.text
    coordinator.follow(f"Saisine {reference}")
    points = coordinator.screen.form("/checklist")
    radios = {name: "yes" for name, choices in points.offered.items() if choices}
    coordinator.post(points, "Enregistrer l’examen", **radios)
    assert "L'examen est enregistré." in coordinator.screen.html.replace("&#39;", "'")
    circle = coordinator.screen.link("Désigner qui informe")
    situation = circle.removesuffix("/circle")
    _calls(coordinator, situation, "CCAS de Valmaurin", "Bruno Escallier", role="informing")
    return situation


def _calls(
    coordinator: Visitor, situation: str, organisation: str, name: str, **answers: str
) -> Screen:
    coordinator.open(f"{situation}/circle/new")
    chosen = _option(coordinator.screen, organisation)
    coordinator.open(f"{situation}/circle/new?organisation={chosen}")
    seat = coordinator.screen.value(name)
    return coordinator.send("/circle/new", "Enregistrer", employment_id=seat, **answers)


def _option(screen: Screen, words: str) -> str:
    found = re.search(rf'<option value="([^"]+)"[^>]*>[^<]*{re.escape(words)}', screen.html)
    assert found, words
    return found[1]


def _accepts(coordinator: Visitor, reference: str) -> None:
    coordinator.open("/queue")
    coordinator.follow(reference)
    coordinator.follow("Répondre à la saisine")
    coordinator.send("/decision", "Enregistrer la réponse")
    assert coordinator.screen.status == 422
    assert "Choisissez la réponse" in coordinator.screen.text
    coordinator.send("/decision", "Enregistrer la réponse", outcome="accepted_named", urgency="U1")
    assert "La réponse est enregistrée." in coordinator.screen.html, coordinator.screen.text


def _invites(
    coordinator: Visitor, situation: str, organisation: str, name: str, reason: str
) -> None:
    asked = _calls(coordinator, situation, organisation, name, role="member", reason=reason)
    assert asked.url.startswith(f"{situation}/circle?done="), asked.text
    assert name in asked.text
    assert "en attente de réponse" in asked.text


def _accepts_the_invitation(invited: Visitor, situation: str, reference: str) -> None:
    """Find it, read what it commits to, accept."""
    invited.open("/circle-invitations")
    invited.follow(reference)
    assert "Ce à quoi vous vous engagez" in invited.screen.text
    invited.send("/acceptance", "Accepter et rejoindre le cercle")
    assert invited.screen.url.startswith(situation), invited.screen.text


# ---- the social worker and the nurse -------------------------------------------------------


def _informs(social: Visitor, situation: str) -> None:
    """Say what the person was told, then what they allow: health to others by its consequences."""
    social.open(f"{situation}/agreement")
    social.follow("Enregistrer une information donnée")
    social.send("/information", "Enregistrer l’information", means="oral", notice_version=NOTICE)
    social.follow("Enregistrer les réponses de la personne")
    social.send(
        "/answers",
        "Enregistrer les réponses",
        means="oral",
        notice_version=NOTICE,
        general=["yes"],
        I1__G1="yes",
        I1__G2="yes",
        I2__G2="yes",
        I7__G1="yes",
        I7__G2="extract_only",
    )
    assert social.screen.url.startswith(f"{situation}/agreement?done="), social.screen.text
    assert "conséquences seulement" in social.screen.text


def _writes_in_health(nurse: Visitor, situation: str) -> None:
    section = f"{situation}/sections/mental_health"
    nurse.open(section)
    nurse.follow("Écrire dans cette rubrique")
    assert "Qui lira ce texte" in nurse.screen.text
    nurse.send("/entries", "Enregistrer")
    assert nurse.screen.status == 422
    nurse.send("/entries", "Enregistrer", text=HEALTH, seen="seen")
    if nurse.screen.status == 422:
        nurse.send("/entries", "Enregistrer", confirmed=["yes"])
    assert HEALTH in nurse.screen.text, nurse.screen.text
    nurse.follow("Écrire l’extrait utile")
    nurse.send("/extract", "Enregistrer l’extrait", text=EXTRACT)
    assert EXTRACT in nurse.screen.text, nurse.screen.text


def _reads_the_extract_only(social: Visitor, situation: str) -> None:
    shown = social.open(f"{situation}/sections/mental_health")
    assert EXTRACT in shown.text
    _shows_nothing(shown, HEALTH)
    whole = social.open(situation)
    _shows_nothing(whole, HEALTH)
    assert "SANTÉ PSYCHIQUE" in whole.text.upper()
    why = social.open(f"{situation}/sections/mental_health/access")
    assert "extrait utile" in why.text


def _is_refused(landlord: Visitor, situation: str) -> None:
    page = landlord.open(situation)
    assert page.status == 200
    assert referral.LANDING in page.text
    _shows_nothing(page, HEALTH, EXTRACT)
    assert "mental_health" not in page.html
    nowhere = landlord.open("/situations/019a0000-0000-7000-8000-000000000000")
    assert nowhere.status == 404
    for path in ("", "/history", "/entries", "/extract"):
        refused = landlord.open(f"{situation}/sections/mental_health{path}")
        assert refused.status in {403, 404}, path
        _shows_nothing(refused, HEALTH, EXTRACT)
    why = landlord.open(f"{situation}/sections/mental_health/access")
    _shows_nothing(why, HEALTH, EXTRACT)


def _withdraws(social: Visitor, situation: str) -> None:
    social.open(f"{situation}/agreement/withdrawal")
    social.send(
        "/withdrawal", "Enregistrer le retrait", cells=["I7-G2"], means="phone",
        notice_version=NOTICE,
    )  # fmt: skip
    assert social.screen.url.startswith(f"{situation}/agreement?done="), social.screen.text


def _shows_nothing(screen: Screen, *texts: str) -> None:
    shown = screen.html.replace("&#39;", "'")
    for text in texts:
        assert text not in shown


# ---- the auditor and the record ------------------------------------------------------------


def _is_audited(auditor: Visitor, reference: str) -> None:
    auditor.open("/record")
    auditor.send("/record", "Filtrer", reference=reference)
    seen = auditor.screen
    pages = [seen]
    while older := [href for text, href in pages[-1].links if "anciens" in text]:
        pages.append(auditor.open(older[0]))
    told = " ".join(page.text for page in pages)
    for act in ("saisine", "accord", "cercle", "extrait", "refus"):
        assert act in told.lower(), act
    for page in pages:
        _shows_nothing(page, *CONTENT, "Carvennec", "CARVENNEC", "Yves")
    auditor.open("/situations")
    assert reference not in auditor.screen.html


def _verifies(
    town: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`cellule audit verify` is content, then names the entry that an owner changed."""
    url = town.settings.database_url
    environment = {
        "DATABASE_URL": url,
        "KEYSTORE_URL": town.settings.keystore_url,
        "KEYRING": str(town.settings.keyring),
        "ORIGIN": town.settings.origin,
    }
    if town.dialect == "postgresql":
        environment["SEQUENCER_URL"] = databases.as_role(url, "cellule_sequencer_test")
    for name, value in environment.items():
        monkeypatch.setenv(f"CELLULE_{name}", value)

    capsys.readouterr()
    assert cli.main(["audit", "verify", "--json"]) == 0
    sound = json.loads(capsys.readouterr().out)
    assert sound["sound"]
    assert sound["size"] > 300
    place = _forge(town)
    assert cli.main(["audit", "verify", "--json"]) == 1
    unsound = json.loads(capsys.readouterr().out)
    assert unsound["first_fault"]["index"] == place
    assert unsound["first_fault"]["kind"] == "changed"


LAST_REFUSAL = (
    "SELECT i.idx FROM audit_index i JOIN audit_entry e ON e.id = i.id "
    "WHERE e.out = 'deny' ORDER BY i.idx DESC LIMIT 1"
)
FORGED = {
    "sqlite": """CAST(replace(CAST(leaf AS TEXT), '"deny"', '"ok"') AS BLOB)""",
    "postgresql": """convert_to(replace(convert_from(leaf, 'UTF8'), '"deny"', '"ok"'), 'UTF8')""",
}


def _forge(town: House) -> int:
    """Turn the last refusal into a success, as an owner who takes the fences down.

    Return the place of what was changed.
    """
    change = (
        f"UPDATE audit_entry SET out = 'ok', leaf = {FORGED[town.dialect]} "
        f"WHERE id = (SELECT id FROM audit_index WHERE idx = ({LAST_REFUSAL}))"
    )
    if town.dialect == "sqlite":
        path = town.settings.database_url.partition(":///")[2]
        with closing(sqlite3.connect(path)) as owner:
            (place,) = owner.execute(LAST_REFUSAL).fetchone()
            triggers = owner.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'audit%'"
            ).fetchall()
            for (name,) in triggers:
                owner.execute(f"DROP TRIGGER {name}")
            owner.execute(change)
            owner.commit()
        return int(place)
    return asyncio.run(_forge_on_postgresql(town, change))


async def _forge_on_postgresql(town: House, change: str) -> int:
    url = databases.as_role(town.settings.database_url, "postgres")
    owner = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        place = await owner.fetchval(LAST_REFUSAL)
        await owner.execute("ALTER TABLE audit_entry DISABLE TRIGGER ALL")
        await owner.execute(change)
    finally:
        await owner.close()
    return int(place)
