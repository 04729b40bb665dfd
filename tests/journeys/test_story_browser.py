"""The same story in a real browser, on a real server: a phone, a keyboard, no script."""

import json
import re

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.journeys import referral
from tests.journeys.conftest import Served
from tests.journeys.person import PHONE, Person

pytestmark = pytest.mark.xdist_group("browser")

HEALTH = "Rupture de soins depuis mars ; angoisse à l'ouverture de la porte ; traitement arrêté."
EXTRACT = "Visites courtes et annoncées la veille ; rester sur le palier s'il le demande."
NOTICE = "FALC v1.2"


def test_from_the_landlords_phone_to_the_record(chromium: Browser, served: Served) -> None:
    landlord = Person(chromium, served, "fabrice.nolleau@hlm", size=PHONE, has_touch=True)
    reference = _refers(landlord)
    coordinator = Person(chromium, served, "maelle.quintard@clsm")
    situation = _examines(coordinator, reference)
    social = Person(chromium, served, "bruno.escallier@ccas")
    _informs(social, situation)
    _decides_and_gathers(coordinator, situation, reference)

    nurse = Person(chromium, served, "nadege.violleau@empp", java_script_enabled=False)
    for person in (social, nurse, landlord):
        _accepts_the_invitation(person, situation, reference)
    _writes_without_script(nurse, situation)
    _reads_the_extract_only(social, situation)
    _is_refused(landlord, situation)
    _withdraws(social, situation)
    _audits(Person(chromium, served, "helene.vasseur-tanguy@ethique"), reference)
    for person in (landlord, coordinator, social, nurse):
        person.leave()
    verified = served.command("audit", "verify", "--json")
    assert verified.returncode == 0, verified.stderr
    assert json.loads(verified.stdout)["sound"]


def _refers(landlord: Person) -> str:
    """Refer from a phone: the danger page by keyboard alone, the draft saved as one writes."""
    page = landlord.page
    landlord.follow("Signaler une situation")
    landlord.fits()
    page.get_by_label("Cellule incurie").check()
    landlord.press("Commencer")
    draft = landlord.path.rsplit("/", 1)[0]
    page.get_by_label("Quelle question").fill(referral.QUESTION)
    expect(page.locator("[data-draft-status]")).to_contain_text("Enregistré à", timeout=10_000)
    page.goto(draft)
    landlord.fits()
    landlord.follow("Votre demande")
    expect(page.get_by_label("Quelle question")).to_have_value(referral.QUESTION)
    _fill(landlord, referral.BLOCKS["request"])
    landlord.press("Enregistrer et continuer")

    _answers_by_keyboard(landlord, fire=True)
    expect(page.get_by_role("heading", level=1)).to_have_text("Appelez d’abord les secours")
    landlord.fits()
    expect(page.get_by_role("link", name="18", exact=True)).to_be_visible()
    landlord.press("Les secours sont prévenus")
    for slug in list(referral.BLOCKS)[1:]:
        page.goto(f"{draft}/{slug}")
        landlord.fits()
        _fill(landlord, referral.BLOCKS[slug])
        landlord.press("Enregistrer et continuer")
        assert not landlord.path.endswith(slug), landlord.main
    page.goto(f"{draft}/check")
    landlord.fits()
    landlord.press("Envoyer la saisine")
    assert landlord.path.endswith("/receipt"), landlord.main
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre saisine est envoyée")
    landlord.fits()
    found = re.search(r"SIT-2026-\d{4}", landlord.main)
    assert found
    return found[0]


def _fill(person: Person, answers: referral.Answers) -> None:
    for given, value in answers.items():
        name = given.replace("__", "-")
        field = person.page.locator(f"[name='{name}']")
        kind = field.first.evaluate("field => field.type")
        if kind in {"radio", "checkbox"}:
            for one in value if isinstance(value, list) else [value]:
                person.page.locator(f"[name='{name}'][value='{one}']").check()
        elif kind == "select-one":
            field.select_option(str(value))
        else:
            field.fill(str(value))


def _answers_by_keyboard(person: Person, *, fire: bool) -> None:
    """Answer the six questions with Tab, arrows and Enter."""
    page = person.page
    expect(page.get_by_role("heading", level=1)).to_have_text("Danger et urgence")
    for danger in referral.DANGERS:
        person.tab_to(f"danger_{danger}")
        page.keyboard.press("Space" if fire and danger == "fire" else "ArrowDown")
    person.tab_to("urgency_level_proposed")
    page.keyboard.press("ArrowDown")
    person.tab_to("act", "next")
    page.keyboard.press("Enter")


def _examines(coordinator: Person, reference: str) -> str:
    page = coordinator.page
    page.goto("/queue")
    coordinator.follow(reference)
    coordinator.press("Accuser réception")
    coordinator.press("Commencer l’examen")
    coordinator.follow("Chercher un doublon")
    expect(page.get_by_role("link", name="SIT-2026-0014")).to_be_visible()
    page.go_back()
    for yes in page.locator("form[action$='/checklist'] input[value='yes']").all():
        yes.check()
    coordinator.press("Enregistrer l’examen")
    coordinator.follow("Désigner qui informe")
    situation = coordinator.path.removesuffix("/circle")
    _calls(coordinator, situation, "CCAS de Valmaurin", "Bruno Escallier", "")
    return situation


def _calls(coordinator: Person, situation: str, organisation: str, name: str, reason: str) -> None:
    """Invite someone; without a reason, charge them with informing the person."""
    page = coordinator.page
    page.goto(f"{situation}/circle/new")
    page.get_by_label("Organisme").select_option(label=organisation)
    coordinator.press("Voir ses postes")
    page.get_by_label(name).check()
    if reason:
        page.get_by_label("Rejoindre le cercle").check()
        page.get_by_label("Pourquoi l’invitez-vous").select_option(label=reason)
    else:
        page.get_by_label("Informer la personne").check()
    coordinator.press("Enregistrer")
    expect(page.locator(".c-flash")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(name)


def _informs(social: Person, situation: str) -> None:
    page = social.page
    page.goto(f"{situation}/agreement")
    social.follow("Enregistrer une information donnée")
    page.get_by_label("à l'oral").check()
    page.get_by_label("Version de la notice").fill(NOTICE)
    social.press("Enregistrer l’information")
    social.follow("Enregistrer les réponses")
    page.get_by_label("La personne accepte que la cellule travaille").check()
    for cell, answer in (
        ("I1-G1", "yes"),
        ("I1-G2", "yes"),
        ("I2-G2", "yes"),
        ("I7-G1", "yes"),
        ("I7-G2", "extract_only"),
    ):
        page.locator(f"[name='{cell}']").select_option(answer)
    page.get_by_label("à l'oral").check()
    page.get_by_label("Version de la notice").fill(NOTICE)
    social.press("Enregistrer les réponses")
    expect(page.get_by_role("main")).to_contain_text("conséquences seulement")


def _decides_and_gathers(coordinator: Person, situation: str, reference: str) -> None:
    page = coordinator.page
    page.goto("/queue")
    coordinator.follow(reference)
    coordinator.follow("Répondre à la saisine")
    page.get_by_label("Retenue, nominative").check()
    page.get_by_label("U1 – dégradation").check()
    coordinator.press("Enregistrer la réponse")
    expect(page.locator(".c-flash")).to_contain_text("La réponse est enregistrée")
    for organisation, name, reason in (
        ("CCAS de Valmaurin", "Bruno Escallier", "Intervient déjà auprès de la personne"),
        ("EMPP de l'Orze", "Nadège Violleau", "Sa compétence est nécessaire"),
        ("Orze Habitat", "Fabrice Nolleau", "A saisi la cellule"),
    ):
        _calls(coordinator, situation, organisation, name, reason)


def _accepts_the_invitation(person: Person, situation: str, reference: str) -> None:
    person.page.goto("/circle-invitations")
    person.fits()
    person.follow(re.compile(reference))
    person.fits()
    person.press("Accepter et rejoindre le cercle")
    assert person.path == situation, person.main


def _writes_without_script(nurse: Person, situation: str) -> None:
    """Write in a health section, then its extract, in a browser without script."""
    page = nurse.page
    page.goto(f"{situation}/sections/mental_health")
    nurse.follow("Écrire dans cette rubrique")
    nurse.press("Enregistrer")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    nurse.complaints.clear()  # the browser notes the 422 itself
    page.get_by_label("Les faits").fill(HEALTH)
    nurse.press("Enregistrer")
    expect(page.get_by_role("main")).to_contain_text(HEALTH)
    nurse.follow("Écrire l’extrait utile")
    page.get_by_label("Votre extrait utile").fill(EXTRACT)
    nurse.press("Enregistrer l’extrait")
    expect(page.get_by_role("main")).to_contain_text(EXTRACT)


def _reads_the_extract_only(social: Person, situation: str) -> None:
    social.page.goto(situation)
    social.follow("Santé psychique")
    assert EXTRACT in social.main
    assert HEALTH not in social.page.content()


def _is_refused(landlord: Person, situation: str) -> None:
    landlord.page.goto(situation)
    landlord.fits()
    assert referral.LANDING in landlord.main
    shown = landlord.page.content()
    assert EXTRACT not in shown
    assert HEALTH not in shown
    assert landlord.refused(f"{situation}/sections/mental_health") in {403, 404}


def _withdraws(social: Person, situation: str) -> None:
    page = social.page
    page.goto(f"{situation}/agreement")
    social.follow("Enregistrer un retrait")
    page.locator("[name='cells'][value='I7-G2']").check()
    page.get_by_label("par téléphone").check()
    page.get_by_label("Version de la notice").fill(NOTICE)
    social.press("Enregistrer le retrait")
    expect(page.locator(".c-flash")).to_contain_text("il agit dès maintenant")
    assert EXTRACT not in page.goto(situation).text()  # type: ignore[union-attr]


def _audits(auditor: Person, reference: str) -> None:
    page = auditor.page
    auditor.follow("Ouvrir le registre")
    page.get_by_label("Référence de situation").fill(reference)
    auditor.press("Filtrer")
    told = auditor.main
    assert reference in told
    for content in (HEALTH, EXTRACT, referral.LANDING, "CARVENNEC"):
        assert content not in told
    auditor.leave()


def test_a_save_under_way_never_conflicts_with_the_button(
    chromium: Browser, served: Served
) -> None:
    landlord = Person(chromium, served, "fabrice.nolleau@hlm")
    page = landlord.page
    page.goto("/referrals/new")
    page.get_by_label("Cellule incurie").check()
    landlord.press("Commencer")
    held: list[Route] = []
    page.route("**/draft", lambda route: held.append(route))  # noqa: PLW0108 — it looks inside
    page.get_by_label("Comment vous joindre").fill("01 99 00 10 10")
    page.get_by_label("Quelle question").fill(referral.QUESTION)
    while not held:
        page.wait_for_timeout(50)
    page.get_by_role("button", name="Enregistrer et continuer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Votre demande")
    held[0].continue_()
    expect(page.get_by_role("heading", level=1)).to_have_text("Danger et urgence")
    page.go_back()
    expect(page.get_by_label("Quelle question")).to_have_value(referral.QUESTION)
    landlord.leave()
