"""Situation A, « Héron »: severe squalor, told act by act, each at its date by its own seat."""

from collections.abc import Mapping
from datetime import date

from policies.vocabulary import Section
from service.demo.scenes import (
    ALL_GROUPS,
    Scene,
    cells,
    refer,
)
from service.demo.stage import Stage, day
from service.emergencies.rules import Outcome
from service.emergencies.schemas import NewReview
from service.sharing.rules import CircleReason, Means
from service.sharing.rules.targeted import GuestBasis, SharedPurpose
from service.situations.rules import Adherence, State, Urgency

REFERRAL: Mapping[str, Mapping[str, object]] = {
    "request": {
        "referral_date": "2026-02-09",
        "referrer_contact": "03 53 01 20 10, agence des Alouettes",
        "referrer_manager_informed": "yes",
        "request_type": "assessment",
        "question_to_cell": (
            "Comment entrer en lien avec une locataire qui n'ouvre plus et dont le palier sent "
            "fortement, sans passer par une procédure d'expulsion ?"
        ),
    },
    "urgency": {
        "danger_injury": "no",
        "danger_suicide": "no",
        "danger_fire": "no",
        "danger_collapse": "no",
        "danger_violence": "no",
        "danger_dependant": "no",
        "urgency_level_proposed": "U2",
    },
    "information": {
        "person_informed": "not_yet",
        "agreement_status": "not_collected",
        "reason_not_collected": "unreachable",
        "reason_not_collected_text": "Trois courriers sans réponse.",
    },
    "person": {
        "last_name": "Carvennec",
        "first_name": "Odile",
        "birth_name": "Stervin",
        "birth_date": "1954-06-17",
        "gender": "F",
        "address": "8 rue des Alouettes, 99V01 Valmaurin-sur-Orze",
        "floor": "Escalier B, 3e étage",
        "door": "Droite",
        "phone": "03 53 01 44 18",
        "language": "Français",
        "household_composition": "alone",
        "minors_present": "no",
    },
    "housing": {
        "tenure_status": "social_tenant",
        "landlord_org": "Orze Habitat",
        "dwelling_type": "T3",
        "area": 62,
        "rooms": 3,
        "years_in_dwelling": 23,
        "water": "present",
        "electricity": "unknown",
        "heating": "present",
        "dwelling_observed": "landing",
        "observed_clutter": "2",
        "observed_odour": "3",
        "observations": "La porte s'ouvre à 40 cm ; forte odeur sur le palier.",
        "observed_risks": "unknown",
        "observed_on": "2026-02-05",
        "observed_by": "Gardien de l'immeuble",
        "observed_how": "seen",
        "procedures_pending": ["none"],
    },
    "neighbourhood": {
        "neighbour_effects": ["odours", "vermin"],
        "complaints_count": 6,
        "first_complaint_on": "2025-09-15",
    },
    "protection": {"protection_measure": "unknown"},
    "animals": {"animals": [{"species": "Chats", "danger": "no"}]},
    "voice": {"person_view": "Rien n'a pu être recueilli : la porte reste close."},
    "steps": {
        "actions_already_tried": [
            {
                "when": "Octobre 2025 à janvier 2026",
                "who": "Agence des Alouettes",
                "action": "Trois courriers",
                "result": "Sans réponse",
            },
            {
                "when": "Novembre et janvier",
                "who": "Gardien",
                "action": "Deux passages",
                "result": "N'ouvre pas",
            },
            {
                "when": "Janvier 2026",
                "who": "Médiateur du bailleur",
                "action": "Une visite",
                "result": "A parlé à travers la porte",
            },
        ],
        "partners_known": [
            {"org": "CCAS de Valmaurin", "type": "social", "role": "Contact", "active": "unknown"}
        ],
    },
    "declaration": {"declaration": ["accuracy", "confidentiality", "information"]},
}

HOUSING = (
    "T3 de 62 m², parc social, bail de 2003, ascenseur. Porte s'ouvrant à 40 cm ; couloir "
    "praticable sur 35 cm ; séjour inaccessible à 80 % (journaux, reliures, cartons, environ "
    "1,40 m) ; cuisine : plan de travail indisponible, réfrigérateur en panne ; salle d'eau : "
    "baignoire remplie de sacs, WC utilisable ; volets clos ; chauffage collectif et eau en "
    "ordre ; électricité : rallonges en série. Pas de dette de loyer."
)
SAFETY = (
    "Charge calorifique élevée, multiprises sous papiers, issue unique encombrée, détecteur de "
    "fumée absent : critère d'alerte « incendie ». Besoin de soins quotidiens (détail en santé "
    "somatique). Ne rien déplacer sans elle. Pas d'agressivité. Équipement : gants, chaussures, "
    "FFP2."
)
HEALTH_EXTRACT = (
    "Soins quotidiens par injection : réfrigérateur indispensable ; plaie : pas de port de "
    "charge ; vue basse."
)
MIND_EXTRACT = (
    "Visites courtes, toujours annoncées, rien n'est déplacé sans elle ; deuil récent : éviter "
    "de parler de débarras."
)


async def play(stage: Stage) -> None:
    """Tell situation A, from the landlord's referral to November."""
    situation_id = await refer(
        stage,
        REFERRAL,
        author="Nolleau",
        cell="INCURIE",
        number=14,
        sent=day("09/02/2026"),
        received=day("10/02/2026"),
        accepted=day("16/02/2026"),
        alias="Héron",
    )
    stage.situations["Héron"] = situation_id
    scene = Scene(stage, situation_id)
    await scene.move(day("17/02/2026"), State.PREPARATION)
    await scene.move(day("20/02/2026"), State.SCHEDULED)
    await scene.move(day("26/02/2026"), State.IN_REVIEW)
    await scene.informing(day("26/02/2026"), "Escallier")
    await scene.move(day("26/02/2026", 17), State.PREPARATION)
    await _becomes_named(scene)
    await _circle_forms(scene)
    await _sections_are_written(scene)
    await _follow_up(scene)


async def _becomes_named(scene: Scene) -> None:
    """A handwritten letter, then an agreement by telephone on 12 March."""
    when = day("12/03/2026")
    await scene.invite(day("09/03/2026"), "Escallier", CircleReason.ALREADY_INTERVENES)
    await scene.invite(day("09/03/2026"), "Nolleau", CircleReason.REFERRER)
    await scene.inform(when, "Escallier", ALL_GROUPS, Means.PHONE, "lettre du 05/03")
    await scene.agree(when, "Escallier", {}, Means.PHONE, "lettre du 05/03", general=True)
    await scene.accept(when, "Escallier")
    await scene.accept(when, "Nolleau")
    await scene.write(
        day("12/03/2026", 11),
        "Escallier",
        Section.IDENTITY_CONTACT,
        "Odile Carvennec, née Stervin le 17 juin 1954. 8 rue des Alouettes, escalier B, 3e droite, "
        "Valmaurin-sur-Orze. Téléphone 03 53 01 44 18 (répond le matin). Préférence : mot glissé "
        "sous la porte, visite le mardi à 10 h.",
    )
    await scene.extract(
        day("12/03/2026", 11),
        "Escallier",
        Section.IDENTITY_CONTACT,
        "Mme Carvennec, 8 rue des Alouettes, escalier B, 3e droite. Prévenir par un mot sous la "
        "porte ; visites le mardi à 10 h.",
    )


async def _circle_forms(scene: Scene) -> None:
    await scene.write(
        day("18/03/2026"),
        "Escallier",
        Section.LEGAL_PROTECTION,
        "Aucune mesure de protection ; évaluation du besoin non indiquée à ce stade. Mise en "
        "demeure du bailleur du 15 janvier suspendue le 18 mars (décision de la première séance).",
    )
    await scene.extract(
        day("18/03/2026"),
        "Escallier",
        Section.LEGAL_PROTECTION,
        "Pas de mesure de protection. Procédure du bailleur suspendue.",
    )
    await scene.join(day("18/03/2026"), "Marsan", CircleReason.COMPETENCE_NEEDED)
    await scene.invite(day("18/03/2026"), "Hérembert", CircleReason.ALREADY_INTERVENES)
    await scene.invite(day("18/03/2026"), "Violleau", CircleReason.COMPETENCE_NEEDED)
    await scene.accept(day("24/03/2026"), "Hérembert")
    await scene.accept(day("24/03/2026"), "Violleau")
    grid = cells("I1 I2 I3 I4 I6 I10", "G1 G2", "yes")
    grid |= cells("I2 I10", "G5 G6 G8", "yes")
    grid |= cells("I7", "G5 G6 G0", "no")
    grid |= cells("I7", "G1", "no")
    grid |= cells("I7", "G2", "not_asked")
    grid |= cells("I6", "G0", "yes")
    grid |= cells("I9", "G2 G6", "yes")
    grid |= cells("I9", "G5", "no")
    grid |= cells("I8", "G0 G1 G2", "not_asked")
    grid |= cells("I10", "G9", "yes")
    when = day("24/03/2026")
    await scene.inform(when, "Escallier", ALL_GROUPS, Means.FALC, "FALC v1.2")
    await scene.agree(when, "Escallier", grid, Means.FALC, "FALC v1.2")


async def _sections_are_written(scene: Scene) -> None:
    visit = day("24/03/2026", 11)
    await scene.write(visit, "Marsan", Section.HOUSING, HOUSING, seen=True)
    await scene.extract(
        visit,
        "Marsan",
        Section.HOUSING,
        "T3 au 3e étage avec ascenseur ; passage de 35 cm dans l'entrée ; réfrigérateur et "
        "électricité à reprendre ; eau et chauffage en ordre.",
    )
    await scene.write(visit, "Marsan", Section.SAFETY_RISK, SAFETY, seen=True)
    await scene.write(
        visit,
        "Escallier",
        Section.SAFETY_RISK,
        "Départ de feu éteint par elle seule en décembre 2025 : fait relaté par elle.",
        seen=False,
    )
    await scene.extract(
        visit,
        "Marsan",
        Section.SAFETY_RISK,
        "Risque d'incendie : issue encombrée, pas de détecteur. Gants, chaussures, FFP2. Ne rien "
        "déplacer sans elle.",
    )
    await scene.write(
        visit,
        "Escallier",
        Section.SOCIAL_RESOURCES,
        "Retraite du régime général et complémentaire, droits de santé ouverts, ASPA non "
        "sollicitée, APA jamais demandée. Gère ses comptes seule. Courrier non ouvert depuis "
        "environ quatorze mois.",
    )
    await scene.extract(
        visit,
        "Escallier",
        Section.SOCIAL_RESOURCES,
        "Ressources régulières ; droits à compléter (ASPA, APA).",
    )
    await _own_words(scene)
    await scene.write(
        visit,
        "Marsan",
        Section.ASSESSMENTS_ENVIRONMENT,
        "ECCS le 24 mars : A2 B3 C3 D2 E2 F2 G3 H2 I1 J2, total 22. CIR : séjour 7, chambre 6, "
        "cuisine 8. Grille locale : 26 sur 36, critère d'alerte à l'item 7.",
    )
    await scene.write(
        day("31/03/2026"),
        "Escallier",
        Section.FAMILY_CAREGIVERS,
        "Sœur jumelle décédée en 2023. Neveu à 400 km, d'accord pour un appel par mois ; ne "
        "souhaite pas gérer.",
    )
    await scene.write(
        day("02/04/2026"),
        "Hérembert",
        Section.SOMATIC_HEALTH,
        "Diabète de type 2 insuliné, rupture de suivi de onze mois, dénutrition modérée (moins "
        "7 kg), cataracte bilatérale.",
    )


async def _own_words(scene: Scene) -> None:
    """What the person said, and to whom she wants it told."""
    said = day("24/03/2026", 12)
    voice = Section.WISHES_VOICE
    await scene.write(
        said,
        "Escallier",
        voice,
        "« Je suis relieuse, ce ne sont pas des ordures, ce sont des livres à sauver. »",
    )
    await scene.write(
        said,
        "Escallier",
        voice,
        "« D'accord pour le frigo et l'électricité. Pas de psychiatre. »",
        groups=("G1", "G2"),
    )
    await scene.write(
        said,
        "Escallier",
        voice,
        "« Dites au bailleur que je paie mon loyer et que j'ai demandé pardon pour l'odeur. » "
        "(à dire à tous)",
        groups=ALL_GROUPS,
    )
    await scene.extract(
        said,
        "Escallier",
        voice,
        "À dire à tous : « Dites au bailleur que je paie mon loyer et que j'ai demandé pardon pour "
        "l'odeur. »",
    )


async def _follow_up(scene: Scene) -> None:
    await scene.agree(
        day("07/04/2026"), "Escallier", cells("I7", "G1", "yes"), Means.ORAL, "FALC v1.2"
    )
    visit = day("09/04/2026")
    await scene.write(
        visit,
        "Violleau",
        Section.MENTAL_HEALTH,
        "Pas de suivi antérieur. Évaluation à domicile le 9 avril : repli depuis le décès de sa "
        "sœur (2023), pas d'idée suicidaire, élaboration préservée, bilan cognitif proposé. "
        "Consigne : ne rien déplacer sans elle (montée anxieuse).",
    )
    await scene.extract(visit, "Violleau", Section.MENTAL_HEALTH, MIND_EXTRACT)
    meeting = day("14/04/2026")
    await scene.agree(
        meeting, "Escallier", cells("I7", "G2", "extract_only"), Means.ORAL, "FALC v1.2"
    )
    await scene.join(meeting, "Bastang", CircleReason.ALREADY_INTERVENES)
    await scene.join(meeting, "Trélat", CircleReason.COMPETENCE_NEEDED)
    await scene.lead(meeting, "Escallier")
    await scene.move(meeting, State.SCHEDULED)
    await scene.move(meeting, State.IN_REVIEW)
    await scene.move(meeting, State.IN_FOLLOW_UP)
    await scene.urgency(meeting, Urgency.U1)
    await scene.adherence(meeting, Adherence.PARTIAL)
    await _the_refrigerator_comes(scene)
    await scene.invite(day("16/04/2026"), "Roc", CircleReason.COMPETENCE_NEEDED)
    await scene.accept(day("20/04/2026", 9, 30), "Roc")
    care = day("21/04/2026")
    await scene.write(
        care,
        "Bastang",
        Section.SOMATIC_HEALTH,
        "Plaie du pied traitée depuis avril 2026. Insuline au réfrigérateur en panne : "
        "remplacement prioritaire. Passage infirmier quotidien.",
    )
    await scene.extract(care, "Bastang", Section.SOMATIC_HEALTH, HEALTH_EXTRACT)
    await scene.write(
        day("28/04/2026"),
        "Marsan",
        Section.ANIMALS,
        "Quatre chats, deux stérilisés, litières saturées, pas de maltraitance. Crainte majeure : "
        "qu'on les lui enlève.",
        seen=False,
        observed_by="Refuge Les Quatre Ormes",
    )
    await _a_night_in_may(scene)
    await scene.write(
        day("02/06/2026"),
        "Escallier",
        Section.WISHES_VOICE,
        "« Je veux garder la table de reliure et l'armoire de ma sœur. » (objets à préserver)",
    )
    await scene.adherence(day("16/06/2026"), Adherence.ACCEPTS)
    await scene.write(
        day("18/06/2026"),
        "Hérembert",
        Section.ASSESSMENTS_CLINICAL,
        "GIR 4 (équipe APA, 18 juin). MMSE 27 sur 30 (consultation mémoire, 11 juin).",
    )
    await scene.write(
        day("25/08/2026"),
        "Marsan",
        Section.ASSESSMENTS_ENVIRONMENT,
        "ECCS le 25 août : A1 B1 C2 D1 E1 F1 G1 H1 I0 J1, total 10. CIR : 5, 4, 4.",
    )
    await _renewals(scene)
    await scene.write(
        day("27/10/2026"),
        "Marsan",
        Section.ASSESSMENTS_ENVIRONMENT,
        "ECCS le 27 octobre : A1 B0 C2 D1 E0 F0 G1 H0 I0 J1, total 6. CIR : 4, 4, 3.",
    )
    await scene.urgency(day("03/11/2026"), Urgency.U0)
    await scene.guest(
        day("18/11/2026"),
        "Desmarchais",
        (Section.IDENTITY_CONTACT, Section.HOUSING, Section.SOCIAL_RESOURCES),
        purpose=SharedPurpose.SOCIAL_FOLLOWUP,
        basis=GuestBasis.AGREEMENT,
        until=day("11/12/2026", 18),
    )
    await scene.on_call(day("20/11/2026"), "Krieg", day("23/11/2026", 20), day("30/11/2026", 8))


async def _the_refrigerator_comes(scene: Scene) -> None:
    """A nurse and a social worker agree on an hour, by name: nothing for the file."""
    sent = await scene.exchange(
        day("15/04/2026", 10),
        "Bastang",
        ("Escallier",),
        Section.HOUSING,
        "Le réfrigérateur est livré demain, jeudi 16 avril, vers 10 h. Pouvez-vous être là pour "
        "ouvrir ? Elle préfère que ce soit vous. Je passe à 11 h : rien n'aura bougé sans elle.",
    )
    await scene.opens_exchange(day("15/04/2026", 14), "Escallier", sent)
    answer = await scene.reply(
        day("15/04/2026", 14, 10), "Escallier", sent, "J'y serai à 9 h 45, elle est prévenue."
    )
    await scene.opens_exchange(day("15/04/2026", 17), "Bastang", answer)


async def _a_night_in_may(scene: Scene) -> None:
    """The nurse on call opens an emergency access, reads, and someone else reviews it."""
    await scene.on_call(day("18/05/2026"), "Krieg", day("18/05/2026", 20), day("19/05/2026", 8))
    access_id = await scene.emergency(
        day("19/05/2026", 2, 41),
        "Krieg",
        "SIT-2026-0014",
        (Section.IDENTITY_CONTACT, Section.SAFETY_RISK, Section.SOMATIC_HEALTH),
        "Appel SAMU, malaise, besoin d'information insuline et accès logement.",
    )
    for minute, section in ((42, Section.SAFETY_RISK), (43, Section.SOMATIC_HEALTH)):
        await scene.read(day("19/05/2026", 2, minute), "Krieg", section)
    await scene.review(
        day("22/05/2026"),
        "Achard",
        access_id,
        NewReview(
            outcome=Outcome.JUSTIFIED,
            remarks="Examiné avec la coordination : trois rubriques, toutes utiles au SAMU.",
            told_on=date(2026, 5, 20),
            told_by=scene.stage.seats["Escallier"].employment_id,
            means=Means.ORAL,
        ),
    )


async def _renewals(scene: Scene) -> None:
    """Places in the circle last six months, and are renewed on the day, before they end."""
    for when, names in (
        ("12/09/2026", ("Escallier", "Nolleau")),
        ("18/09/2026", ("Marsan",)),
        ("24/09/2026", ("Hérembert", "Violleau")),
        ("14/10/2026", ("Bastang", "Trélat")),
    ):
        for name in names:
            await scene.renew(day(when, 8, 30), name)
