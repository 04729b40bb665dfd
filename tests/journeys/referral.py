"""What the landlord writes of a person and of a home: facts only, page by page.

Yves Carvennec lives at the address of a situation that the demo already knows.
"""

from typing import Final

NAME: Final = "Yves CARVENNEC"
QUESTION: Final = (
    "Comment approcher un locataire qui ne répond plus et dont la cave brûle des papiers ?"
)
LANDING: Final = "Fumée aperçue deux fois sous la porte de la cave ; cartons jusqu'au plafond."
OWN_WORDS: Final = "« Je range, laissez-moi le temps. »"

Answers = dict[str, str | list[str]]

DANGERS: Final = ("injury", "suicide", "fire", "collapse", "violence", "dependant")
NO_DANGER: Final[Answers] = {f"danger_{danger}": "no" for danger in DANGERS} | {
    "urgency_level_proposed": "U1"
}
A_FIRE: Final[Answers] = NO_DANGER | {"danger_fire": "yes"}

BLOCKS: Final[dict[str, Answers]] = {
    "request": {
        "referral_date__day": "24",
        "referral_date__month": "11",
        "referral_date__year": "2026",
        "referrer_contact": "01 99 00 10 10",
        "request_type": "assessment",
        "question_to_cell": QUESTION,
    },
    "information": {
        "person_informed": "yes",
        "informed_on__day": "20",
        "informed_on__month": "11",
        "informed_on__year": "2026",
        "informed_by": "Le gardien",
        "informed_how": ["oral"],
        "agreement_status": "not_collected",
        "reason_not_collected": "other",
        "reason_not_collected_text": "Le gardien n'est pas habilité à le recueillir.",
    },
    "person": {
        "last_name": "CARVENNEC",
        "first_name": "Yves",
        "birth_date__day": "2",
        "birth_date__month": "3",
        "birth_date__year": "1950",
        "address": "8 rue des Alouettes, 99V01 Valmaurin-sur-Orze",
        "minors_present": "no",
    },
    "housing": {
        "tenure_status": "social_tenant",
        "dwelling_observed": "landing",
        "observed_clutter": "3",
        "observations": LANDING,
        "observed_how": "seen",
    },
    "neighbourhood": {"neighbour_effects": ["odours"], "complaints_count": "2"},
    "protection": {"protection_measure": "unknown"},
    "voice": {"person_view": OWN_WORDS},
    "steps": {
        "actions_already_tried__0__when": "Octobre 2026",
        "actions_already_tried__0__who": "Gardien",
        "actions_already_tried__0__action": "Passage",
        "actions_already_tried__0__result": "A parlé à travers la porte",
        "partners_known__0__org": "CCAS de Valmaurin",
        "partners_known__0__type": "social",
        "partners_known__0__role": "Contact",
        "partners_known__0__active": "unknown",
    },
    "declaration": {"declaration": ["accuracy", "confidentiality", "information"]},
}
"""The pages that must be answered, in their order; the danger page is told apart."""
