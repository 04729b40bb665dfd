"""Situation B, « Grésil »: eviction, broken care, isolation, told act by act."""

from collections.abc import Mapping

from policies.vocabulary import Section
from service.clock import PARIS
from service.database import new_id
from service.demo.scenes import ALL_GROUPS, COORDINATOR, Scene, cells, refer
from service.demo.stage import Stage, day
from service.disclosures import operations as disclosures
from service.disclosures.rules.notes import AskedBy, Requester
from service.disclosures.schemas.notes import NewInquiry
from service.disclosures.schemas.reports import NewUnused
from service.sharing.rules import CircleReason, Means
from service.situations.rules import Adherence, State, Urgency

REFERRAL: Mapping[str, Mapping[str, object]] = {
    "request": {
        "referral_date": "2026-05-18",
        "referrer_contact": "03 53 01 31 03, maison des solidarités",
        "referrer_manager_informed": "yes",
        "request_type": "coordination",
        "question_to_cell": (
            "Comment maintenir le logement et renouer un lien de soin quand chaque service n'a "
            "qu'un morceau de l'histoire ?"
        ),
    },
    "urgency": {
        "danger_injury": "no",
        "danger_suicide": "no",
        "danger_fire": "no",
        "danger_collapse": "no",
        "danger_violence": "no",
        "danger_dependant": "no",
        "urgency_level_proposed": "U1",
    },
    "information": {
        "person_informed": "yes",
        "informed_on": "2026-05-14",
        "informed_by": "Assistante de service social",
        "informed_how": ["oral"],
        "agreement_status": "opposed",
    },
    "person": {
        "last_name": "Ropartz-Delmas",
        "first_name": "Yannig",
        "birth_date": "1991-11-03",
        "gender": "M",
        "address": "21 allée du Verger, 99V01 Valmaurin-sur-Orze",
        "floor": "Bâtiment C, 5e étage",
        "phone": "06 39 98 70 25",
        "preferred_contact": "SMS, plutôt après 14 h",
        "language": "Français",
        "household_composition": "alone",
        "minors_present": "no",
    },
    "housing": {
        "tenure_status": "co_owner",
        "dwelling_type": "T2",
        "area": 44,
        "rooms": 2,
        "years_in_dwelling": 10,
        "water": "present",
        "electricity": "cut",
        "heating": "cut",
        "dwelling_observed": "landing",
        "observations": "Porte fracturée en mars, non réparée ; volets fermés.",
        "observed_risks": "no",
        "observed_on": "2026-05-14",
        "observed_how": "seen",
        "procedures_pending": ["debt"],
    },
    "neighbourhood": {"neighbour_effects": ["noise", "conflict"], "complaints_count": 8},
    "resources": {
        "income_type": ["aah"],
        "debts_level": "heavy",
        "rights_open": "partly",
    },
    "protection": {
        "protection_measure": "reinforced_curatorship",
        "guardian_contact": "Association tutélaire Arpège",
        "measure_scope": "property",
    },
    "caregivers": {
        "caregivers": [{"link": "Mère", "help": "Passe chaque semaine, épuisée"}],
    },
    "voice": {
        "person_view": "« Je veux bien qu'on parle sans mon nom. »",
        "person_view_on": "2026-05-14",
        "strengths": "La musique, le son.",
    },
    "steps": {
        "actions_already_tried": [
            {
                "when": "Hiver 2025-2026",
                "who": "Maison des solidarités",
                "action": "Visites et courriers",
                "result": "Répond par SMS seulement",
            }
        ],
        "partners_known": [
            {
                "org": "Association tutélaire Arpège",
                "type": "guardianship",
                "role": "Mandataire",
                "active": "yes",
            }
        ],
    },
    "declaration": {"declaration": ["accuracy", "confidentiality", "information"]},
}


async def play(stage: Stage) -> None:
    """Tell situation B, from the social worker's referral to November."""
    situation_id = await refer(
        stage,
        REFERRAL,
        author="Desmarchais",
        cell="SITUATIONS_COMPLEXES",
        number=31,
        sent=day("18/05/2026"),
        received=day("19/05/2026"),
        accepted=day("22/05/2026"),
        alias="Grésil",
        then=_objects,
        meanwhile=_is_protected,
    )
    stage.situations["Grésil"] = situation_id
    scene = Scene(stage, situation_id)
    await scene.move(day("25/05/2026"), State.PREPARATION)
    await scene.move(day("26/05/2026"), State.SCHEDULED)
    await scene.move(day("28/05/2026"), State.IN_REVIEW)
    await scene.move(day("28/05/2026", 17), State.PREPARATION)
    await _becomes_named(scene)
    await _sections_are_written(scene)
    await _summer(scene)
    await _autumn(scene)


async def _objects(scene: Scene) -> None:
    """What the person refused on 14 May is in force from the day the cell is told."""
    await scene.agree(
        day("18/05/2026", 9, 30),
        "Desmarchais",
        cells("I7", "G1", "no") | cells("I*", "G5", "no"),
        Means.ORAL,
        "orale du 14/05",
    )


async def _is_protected(scene: Scene) -> None:
    """Inviting the mental-health centre by name is blocked by the objection I7→G1."""
    await scene.is_refused(day("20/05/2026"), "Tassin", CircleReason.ALREADY_INTERVENES)


async def _becomes_named(scene: Scene) -> None:
    """A partial agreement, signed beside a peer, on 23 June."""
    when = day("23/06/2026")
    await scene.invite(day("16/06/2026"), "Desmarchais", CircleReason.REFERRER)
    await scene.accept(when, "Desmarchais")
    await scene.inform(when, "Desmarchais", ALL_GROUPS, Means.FALC, "FALC v1.2")
    grid = cells("I1 I2 I3 I4 I5 I10", "G0 G1 G2 G3 G10", "yes")
    grid |= cells("I6 I7", "G1", "yes")
    grid |= cells("I7", "G0 G2", "extract_only")
    grid |= cells("I2 I10", "G5", "no")
    grid |= cells("I10", "G9", "yes")
    grid |= cells("I7", "G9", "no")
    await scene.agree(when, "Desmarchais", grid, Means.FALC, "FALC v1.2", general=True)
    await scene.lead(when, "Desmarchais")
    for name, reason in (
        ("Lavaud", CircleReason.LEGAL_MANDATE),
        ("Tassin", CircleReason.ALREADY_INTERVENES),
        ("Ardouin", CircleReason.ALREADY_INTERVENES),
        ("Oriol", CircleReason.COMPETENCE_NEEDED),
        ("Jolivet", CircleReason.CHOSEN_BY_PERSON),
        ("Ropartz", CircleReason.CHOSEN_BY_PERSON),
    ):
        await scene.join(when, name, reason)
    await scene.mandate(when, "Lavaud", "property")


async def _sections_are_written(scene: Scene) -> None:
    when = day("23/06/2026", 11)
    await scene.write(
        when,
        "Desmarchais",
        Section.IDENTITY_CONTACT,
        "Yannig Ropartz-Delmas, né le 3 novembre 1991. 21 allée du Verger, bâtiment C, 5e étage. "
        "Mobile 06 39 98 70 25 : SMS seulement, plutôt après 14 h. Ne lit pas les courriers "
        "recommandés.",
    )
    await scene.extract(
        when,
        "Desmarchais",
        Section.IDENTITY_CONTACT,
        "M. Ropartz-Delmas, 21 allée du Verger, bâtiment C. Prévenir par SMS après 14 h.",
    )
    await scene.write(
        when,
        "Lavaud",
        Section.LEGAL_PROTECTION,
        "Curatelle renforcée prononcée le 12 mars 2024, étendue aux biens seuls. Assignation du "
        "syndicat des copropriétaires (charges).",
    )
    await scene.extract(
        when,
        "Lavaud",
        Section.LEGAL_PROTECTION,
        "Curatelle renforcée sur les biens ; une procédure sur les charges est en cours.",
    )
    visit = day("30/06/2026")
    await scene.move(visit, State.SCHEDULED)
    await scene.move(visit, State.IN_REVIEW)
    await scene.move(visit, State.IN_FOLLOW_UP)
    await scene.write(
        visit,
        "Desmarchais",
        Section.HOUSING,
        "T2 de 44 m², copropriétaire occupant en indivision avec sa mère (achat de 2016). "
        "Appartement propre, volets fermés, porte fracturée non réparée, électricité limitée à "
        "1 kVA, pas de chauffage l'hiver dernier, charges impayées de 5 300 €.",
        seen=True,
    )
    await scene.extract(
        visit,
        "Desmarchais",
        Section.HOUSING,
        "T2 au 5e étage, propre ; porte à réparer, électricité à rétablir avant l'hiver.",
    )
    await scene.write(
        visit,
        "Desmarchais",
        Section.SAFETY_RISK,
        "Hiver sans chauffage ; sorties nocturnes ; objet jeté par la fenêtre le 11 avril, sans "
        "blessé. Pas d'arme connue. Conduite à tenir : s'annoncer par SMS, ne pas venir à plus "
        "de deux, éviter l'uniforme si possible.",
    )
    await scene.write(
        visit,
        "Quintard",
        Section.NEIGHBOURHOOD,
        "Onze réclamations pour bruit nocturne entre janvier et août. Médiation proposée, deux "
        "voisins volontaires ; conseil syndical tendu. Quatre passages rapportés, sans suite "
        "enregistrée ici.",
    )
    await scene.write(
        visit,
        "Desmarchais",
        Section.SOCIAL_RESOURCES,
        "AAH jusqu'au 31 janvier 2027, dette d'énergie de 1 240 €, dossier de surendettement "
        "envisagé, ne va plus à l'ESAT depuis octobre 2025.",
    )
    await scene.extract(
        visit,
        "Desmarchais",
        Section.SOCIAL_RESOURCES,
        "AAH jusqu'à fin janvier ; dettes à traiter ; un dossier est envisagé.",
    )
    await scene.write(
        visit,
        "Desmarchais",
        Section.FAMILY_CAREGIVERS,
        "Mère de 66 ans, à 12 km, épuisée, aidante principale, membre de l'Unafam depuis juin. "
        "Frère sans contact.",
    )
    await scene.write(
        visit,
        "Desmarchais",
        Section.FAMILY_CAREGIVERS,
        "Elle confie redouter de demander la licitation.",
        groups=("G2", "G9"),
    )
    await scene.write(
        visit,
        "Desmarchais",
        Section.WISHES_VOICE,
        "« Ce n'est pas le logement le problème, c'est qu'on vient à six d'un coup. »",
    )
    await scene.write(
        visit,
        "Desmarchais",
        Section.WISHES_VOICE,
        "« Je veux garder l'appart et refaire du son. » (à dire à tous)",
        groups=ALL_GROUPS,
    )
    await scene.write(
        visit,
        "Oriol",
        Section.ASSESSMENTS_ENVIRONMENT,
        "ECCS le 30 juin : A0 B0 C1 D1 E1 F1 G1 H0 I0 J0, total 5 : pas d'incurie. CIR : 2, 2, 2.",
    )


async def _summer(scene: Scene) -> None:
    visit = day("09/07/2026")
    await scene.join(visit, "Hérembert", CircleReason.ALREADY_INTERVENES)
    await scene.write(
        visit,
        "Hérembert",
        Section.SOMATIC_HEALTH,
        "Asthme, perte de poids, dents douloureuses ; sans médecin traitant depuis le départ du "
        "précédent. Premier rendez-vous ce jour.",
    )
    await scene.write(
        day("22/07/2026"),
        "Ardouin",
        Section.MENTAL_HEALTH,
        "Suivi de 2015 à 2025, rompu depuis octobre 2025 ; traitement retard interrompu ; "
        "consommation quotidienne de cannabis. Reprise des consultations hors les murs, "
        "traitement oral.",
    )
    await scene.extract(
        day("22/07/2026"),
        "Ardouin",
        Section.MENTAL_HEALTH,
        "Suivi repris hors les murs. Un seul message collectif par semaine ; venir à deux au plus.",
    )
    await scene.adherence(day("22/07/2026"), Adherence.PARTIAL)
    withdrawn = day("02/09/2026")
    await scene.withdraw(withdrawn, "Desmarchais", cells("I7", "G2", "no"), Means.ORAL, "FALC v1.2")
    await scene.urgency(withdrawn, Urgency.U2)
    await _asked_about(scene)
    await scene.join(day("08/09/2026"), "Violleau", CircleReason.COMPETENCE_NEEDED)


async def _asked_about(scene: Scene) -> None:
    """An elected official asks who it is and whether he is dangerous: one neutral answer.

    The social worker looks at the path of weapons, and writes why it does not apply.
    """
    when = day("03/09/2026", 10)
    async with scene.stage.at(when, COORDINATOR) as unit:
        await disclosures.register_inquiry(
            unit,
            NewInquiry(
                received_on=when.astimezone(PARIS).date(),
                requester=Requester.ELECTED,
                means=AskedBy.MAIL,
            ),
        )
    async with scene.stage.at(day("03/09/2026", 15), "Desmarchais") as unit:
        await disclosures.set_aside(
            unit,
            scene.situation_id,
            NewUnused(
                report_id=new_id(),
                path="CP226_14_4",
                reason=(
                    "Aucune arme connue, et aucune intention d'en acquérir n'a été exprimée : la "
                    "condition du texte manque. Suivi rapproché et plan de crise à la place."
                ),
            ),
        )


async def _autumn(scene: Scene) -> None:
    await scene.invite(day("15/09/2026"), "Perdreau", CircleReason.COMPETENCE_NEEDED)
    await scene.accept(day("22/09/2026", 9, 30), "Perdreau")
    restored = day("25/09/2026")
    await scene.agree(
        restored, "Desmarchais", cells("I7", "G2", "extract_only"), Means.ORAL, "FALC v1.2"
    )
    await scene.write(
        restored,
        "Tassin",
        Section.MENTAL_HEALTH,
        "Hospitalisation libre du 3 au 18 septembre. Plan de crise conjoint rédigé ce jour.",
    )
    await scene.write(
        restored,
        "Desmarchais",
        Section.WISHES_VOICE,
        "« Pas d'hôpital si on peut l'éviter ; appelez Mika d'abord. »",
    )
    await scene.lead(day("06/10/2026"), "Perdreau")
    await scene.urgency(day("06/10/2026"), Urgency.U1)
    await scene.write(
        day("12/11/2026"),
        "Lavaud",
        Section.LEGAL_PROTECTION,
        "Audience du 12 novembre renvoyée au 19 janvier 2027.",
    )
    await scene.invite(day("20/11/2026"), "Benhaddou", CircleReason.COMPETENCE_NEEDED)
