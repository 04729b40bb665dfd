"""Forms filled in for the tests: what a landlord or a nurse would write."""

from uuid import UUID

from audit import reading
from service.database import transaction
from service.referrals import operations
from service.referrals.form import Variant, blocks_of
from service.referrals.rules import Form
from service.referrals.schemas import DecisionIn, NewReferral, Sent
from service.unit import Actor
from tests.cast import Cast
from tests.house import House

MARK = "MARQUE-DE-SANTE"


def complete_form(variant: Variant = Variant.FACTS_ONLY) -> Form:
    """Return a form that may be sent."""
    form: Form = {
        "request": {
            "referral_date": "2026-03-24",
            "referrer_contact": "01 99 00 12 12",
            "request_type": "assessment",
            "question_to_cell": "Comment entrer en lien avec une locataire qui n'ouvre plus ?",
        },
        "urgency": {
            **{
                f"danger_{code}": "no"
                for code in (*("injury", "suicide", "fire", "collapse", "violence", "dependant"),)
            },
            "urgency_level_proposed": "U1",
        },
        "information": {"person_informed": "not_yet", "agreement_status": "opposed"},
        "person": {
            "last_name": "Carvennec",
            "first_name": "Odile",
            "birth_date": "1954-06-17",
            "address": "8 rue des Alouettes, 99V01 Valmaurin",
            "minors_present": "no",
        },
        "housing": {
            "tenure_status": "social_tenant",
            "dwelling_observed": "landing",
            "observations": "Odeur forte sur le palier, la porte s'ouvre à 40 cm.",
            "observed_on": "2026-03-20",
            "observed_how": "seen",
            "observed_risks": "yes",
            "observed_risks_text": "Multiprises sous des papiers.",
            "procedures_pending": ["debt"],
        },
        "neighbourhood": {"neighbour_effects": ["odours"], "complaints_count": 6},
        "protection": {"protection_measure": "none"},
        "caregivers": {"caregivers": [{"link": "Neveu", "help": "Appelle"}]},
        "animals": {"animals": [{"species": "Chat", "number": 4}]},
        "voice": {"person_view": "« Je n'ouvre pas, j'ai honte. »"},
        "steps": {
            "actions_already_tried": [{"action": "Trois courriers", "result": "Sans réponse"}],
            "partners_known": [{"org": "Orze Habitat", "type": "housing", "active": "yes"}],
        },
        "attachments": {"attachments": "Un devis."},
        "declaration": {"declaration": ["accuracy", "confidentiality", "information"]},
    }
    if variant in {Variant.FULL, Variant.SOCIAL}:
        form["resources"] = {"income_type": ["pension"], "debts_level": "none"}
    if variant is Variant.FULL:
        form["health"] = {
            "home_nursing": "yes",
            "known_risk": f"Soin quotidien indispensable. {MARK}",
            "psychiatric_followup": "broken",
        }
    return form


async def _drafted(house: House, seat: Actor, cast: Cast, form: Form) -> UUID:
    async with house.act(seat) as unit:
        referral_id = await operations.start_draft(unit, NewReferral(cell_id=cast.cell_id))
    async with house.act(seat, write=False) as unit:
        draft = await operations.read_draft(unit, referral_id)
    version = draft.version
    for block in blocks_of(draft.variant):
        if block.slug not in form:
            continue
        async with house.act(seat) as unit:
            saved = await operations.save_block(
                unit, referral_id, block.slug, form[block.slug], version=version
            )
        version = saved.version
    return referral_id


def a_draft(house: House, cast: Cast, seat: Actor, form: Form) -> UUID:
    """Write a draft block by block, as one does on a phone."""
    return house.run(_drafted(house, seat, cast, form))


async def _sent(house: House, seat: Actor, referral_id: UUID) -> Sent:
    async with house.act(seat, write=False) as unit:
        version = (await operations.read_draft(unit, referral_id)).version
    async with house.act(seat) as unit:
        return await operations.send_referral(unit, referral_id, version=version)


def save(house: House, seat: Actor, referral_id: UUID, slug: str, answers, version, **more):
    """Save one block."""

    async def work():
        async with house.act(seat) as unit:
            return await operations.save_block(
                unit, referral_id, slug, answers, version=version, **more
            )

    return house.run(work())


def recorded(house: House, cast: Cast) -> list[tuple[str, str]]:
    """Return what the record holds of this CLSM: act and outcome, oldest first."""
    house.sequence()

    async def work():
        async with transaction(
            house.workplace.engine, write=False, clsm_id=cast.clsm_id
        ) as connection:
            found = await reading.entries(connection, tenant=str(cast.clsm_id), limit=500)
            return [(entry.event.act, entry.event.out) for entry in reversed(found)]

    return house.run(work())


def send(house: House, seat: Actor, referral_id: UUID) -> Sent:
    """Send a draft."""
    return house.run(_sent(house, seat, referral_id))


def a_referral(house: House, cast: Cast, seat: Actor, form: Form | None = None) -> Sent:
    """Write and send a referral."""
    referral_id = a_draft(house, cast, seat, form or complete_form())
    return send(house, seat, referral_id)


async def _examined(house: House, coordinator: Actor, referral_id: UUID) -> int:
    async with house.act(coordinator, write=False) as unit:
        version = (await operations.open_referral(unit, referral_id)).version
    async with house.act(coordinator) as unit:
        version = await operations.receive_referral(unit, referral_id, version=version)
    async with house.act(coordinator) as unit:
        version = await operations.begin_qualification(unit, referral_id, version=version)
    async with house.act(coordinator) as unit:
        from service.referrals.rules import CHECKLIST

        points = {code: "yes" for code, _ in CHECKLIST}
        notes = {"circle": "CCAS et EMPP"}
        return await operations.save_checklist(unit, referral_id, points, notes, version=version)


def examine(house: House, coordinator: Actor, referral_id: UUID) -> int:
    """Receive, begin, answer the twelve points; return the version."""
    return house.run(_examined(house, coordinator, referral_id))


def decide(house: House, coordinator: Actor, referral_id: UUID, **said: object):
    """Answer a referral."""

    async def work():
        async with house.act(coordinator) as unit:
            return await operations.decide(unit, referral_id, DecisionIn(**said))

    return house.run(work())
