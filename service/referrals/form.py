"""The referral form as data: blocks A to O, one line a question.

Source: domain specification 1.4 (fields, classes, mandatory marks, anonymised presence), 1.5
(the six questions of the danger screen) and 1.3 (who sees which variant). Codes are what is
stored, sealed; labels are what is read. Names and employer of the author are never typed: they
are those of the seat that sends.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from policies.vocabulary import SensitivityClass


class Kind(StrEnum):
    """How a question is answered, and so how its answer is stored."""

    LINE = "line"
    TEXT = "text"
    CHOICE = "choice"
    CHOICES = "choices"
    DAY = "day"
    NUMBER = "number"
    ROWS = "rows"
    GRID = "grid"


class Variant(StrEnum):
    """Which form a seat fills in (domain 1.3 and 1.4, block I).

    Only professionals of R.1110-2 see block I. A CCAS agent bound by L.133-5 CASF has the
    social blocks without it. Everyone else states facts: neither health nor resources.
    """

    FULL = "full"
    SOCIAL = "social"
    FACTS_ONLY = "facts_only"


class Anonymous(StrEnum):
    """What remains of a field in the anonymised version of the form."""

    KEPT = "kept"
    REDUCED = "reduced"
    ABSENT = "absent"


EVERY: Final = frozenset(Variant)
SOCIAL_AND_FULL: Final = frozenset({Variant.FULL, Variant.SOCIAL})
FULL_ONLY: Final = frozenset({Variant.FULL})

LINE_LENGTH: Final = 200
TEXT_LENGTH: Final = 5_000
QUESTION_LENGTH: Final = 600
MOST_ROWS: Final = 12

Choices = tuple[tuple[str, str], ...]

D0, D1, D2 = SensitivityClass.D0, SensitivityClass.D1, SensitivityClass.D2
D3, D4, D5 = SensitivityClass.D3, SensitivityClass.D4, SensitivityClass.D5
KEPT, REDUCED, ABSENT = Anonymous.KEPT, Anonymous.REDUCED, Anonymous.ABSENT

YES_NO: Final[Choices] = (("yes", "Oui"), ("no", "Non"))
YES_NO_UNKNOWN: Final[Choices] = (*YES_NO, ("unknown", "Je ne sais pas"))
UTILITY: Final[Choices] = (
    ("present", "Présent"),
    ("cut", "Coupé"),
    ("dangerous", "Dangereux"),
    ("unknown", "Inconnu"),
)
INTENSITY: Final[Choices] = (
    ("0", "0 : rien de particulier"),
    ("1", "1 : léger"),
    ("2", "2 : marqué"),
    ("3", "3 : massif"),
)
SEEN: Final[Choices] = (("seen", "Je l'ai vu"), ("reported", "On me l'a rapporté"))
MEANS: Final[Choices] = (
    ("oral", "À l'oral"),
    ("written", "Par écrit"),
    ("falc", "Document facile à lire (FALC)"),
    ("interpreter", "Avec un interprète"),
    ("phone", "Par téléphone"),
)
URGENCIES: Final[Choices] = (
    ("U0", "U0 : avis ou prévention"),
    ("U1", "U1 : dégradation"),
    ("U2", "U2 : danger grave à court terme"),
    ("U3", "U3 : urgence vitale ou immédiate"),
)
ORGANISATION_TYPES: Final[Choices] = (
    ("social", "Service social"),
    ("health", "Santé"),
    ("medico_social", "Médico-social"),
    ("housing", "Logement"),
    ("guardianship", "Protection des majeurs"),
    ("other", "Autre"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One field of the form. `when` makes it mandatory for some answers to another field."""

    code: str
    label: str
    kind: Kind
    cls: SensitivityClass
    anonymous: Anonymous
    hint: str = ""
    choices: Choices = ()
    mandatory: bool = False
    when: tuple[str, frozenset[str]] | None = None
    variants: frozenset[Variant] = EVERY
    longest: int = 0
    most: int = 0
    columns: tuple["Question", ...] = ()
    """Of a question answered by rows: what each row holds."""

    @property
    def limit(self) -> int:
        """Return how many characters an answer in words may have."""
        return self.longest or (LINE_LENGTH if self.kind is Kind.LINE else TEXT_LENGTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One page of the form."""

    letter: str
    slug: str
    title: str
    intro: str
    questions: tuple[Question, ...] = field(default=())
    variants: frozenset[Variant] = EVERY


def _line(code: str, label: str, cls: SensitivityClass, **more: object) -> Question:
    return _question(code, label, Kind.LINE, cls, more)


def _text(code: str, label: str, cls: SensitivityClass, **more: object) -> Question:
    return _question(code, label, Kind.TEXT, cls, more)


def _choice(
    code: str, label: str, cls: SensitivityClass, choices: Choices, **more: object
) -> Question:
    return _question(code, label, Kind.CHOICE, cls, {"choices": choices, **more})


def _choices(
    code: str, label: str, cls: SensitivityClass, choices: Choices, **more: object
) -> Question:
    return _question(code, label, Kind.CHOICES, cls, {"choices": choices, **more})


def _day(code: str, label: str, cls: SensitivityClass, **more: object) -> Question:
    return _question(code, label, Kind.DAY, cls, more)


def _number(code: str, label: str, cls: SensitivityClass, most: int, **more: object) -> Question:
    return _question(code, label, Kind.NUMBER, cls, {"most": most, **more})


def _rows(
    code: str,
    label: str,
    cls: SensitivityClass,
    columns: tuple[Question, ...],
    **more: object,
) -> Question:
    return _question(code, label, Kind.ROWS, cls, {"columns": columns, **more})


def _question(
    code: str, label: str, kind: Kind, cls: SensitivityClass, more: Mapping[str, object]
) -> Question:
    given = {"anonymous": KEPT, **more}
    return Question(code=code, label=label, kind=kind, cls=cls, **given)  # type: ignore[arg-type]


DANGER: Final[Choices] = (
    ("danger_injury", "Une personne est-elle inconsciente ou blessée ?"),
    ("danger_suicide", "Y a-t-il une crise suicidaire en cours ?"),
    ("danger_fire", "Y a-t-il un feu, une odeur de gaz ou des étincelles électriques ?"),
    ("danger_collapse", "Le bâtiment risque-t-il de s'effondrer maintenant ?"),
    ("danger_violence", "Des violences sont-elles en cours ?"),
    (
        "danger_dependant",
        "Un enfant, ou un adulte qui ne peut se protéger, est-il en danger immédiat ?",
    ),
)
"""The danger screen: the criteria of U3 (domain 1.5). Any yes blocks the sending."""

OBSERVATIONS: Final[Choices] = (
    ("observed_clutter", "Encombrement"),
    ("observed_waste", "Déchets"),
    ("observed_sanitation", "Sanitaires et hygiène du logement"),
    ("observed_vermin", "Nuisibles"),
    ("observed_odour", "Odeurs"),
    ("observed_damp", "Humidité, moisissures"),
    ("observed_structure", "État du bâti"),
)

BLOCK_A: Final = Block(
    letter="A",
    slug="request",
    title="Votre demande",
    intro=(
        "Votre nom, votre fonction, votre employeur et votre catégorie professionnelle "
        "viennent de votre poste : vous n'avez pas à les écrire."
    ),
    questions=(
        _day("referral_date", "Date de la saisine", D0, mandatory=True),
        _line(
            "referrer_contact",
            "Comment vous joindre",
            D2,
            mandatory=True,
            anonymous=ABSENT,
            hint="Téléphone ou adresse professionnels.",
        ),
        _choice(
            "self_referral",
            "Est-ce la personne elle-même qui demande ?",
            D0,
            YES_NO,
            hint="Oui si vous l'aidez seulement à remplir ce formulaire.",
        ),
        _choice("referrer_manager_informed", "Votre hiérarchie est-elle informée ?", D0, YES_NO),
        _choice(
            "request_type",
            "Qu'attendez-vous de la cellule ?",
            D1,
            (
                ("advice", "Un avis"),
                ("contact", "Une mise en lien"),
                ("assessment", "Une évaluation pluridisciplinaire"),
                ("coordination", "Une coordination renforcée"),
                ("ethics", "Un appui éthique"),
            ),
            mandatory=True,
        ),
        _text(
            "question_to_cell",
            "Quelle question posez-vous à la cellule ?",
            D1,
            mandatory=True,
            longest=QUESTION_LENGTH,
            hint="Une ou deux phrases, sans le nom de la personne ni celui d'un tiers.",
        ),
    ),
)

BLOCK_B: Final = Block(
    letter="B",
    slug="urgency",
    title="Danger et urgence",
    intro=(
        "La cellule ne traite pas les urgences. Si vous répondez oui à une seule de ces "
        "questions, appelez d'abord les secours : les numéros s'affichent à l'étape suivante."
    ),
    questions=(
        *(_choice(code, label, D1, YES_NO, mandatory=True) for code, label in DANGER),
        _choice(
            "urgency_level_proposed",
            "Quel niveau d'urgence proposez-vous ?",
            D1,
            URGENCIES,
            hint=(
                "U2 : sans eau, électricité ou chauffage par grand froid ou canicule, issue "
                "bloquée, incendie récent, expulsion dans les deux mois. U1 : la situation "
                "s'aggrave. U0 : question de méthode ou de prévention. La cellule décide."
            ),
        ),
    ),
)

BLOCK_C: Final = Block(
    letter="C",
    slug="information",
    title="Information et accord de la personne",
    intro=(
        "Ce que vous déclarez ici n'est pas un accord enregistré : il le sera à part, par un "
        "professionnel habilité. L'accord au partage n'est ni l'acceptation d'une aide, ni la "
        "base légale du traitement."
    ),
    questions=(
        _choice(
            "person_informed",
            "La personne est-elle informée de cette saisine ?",
            D2,
            (
                *(("yes", "Oui"), ("not_yet", "Pas encore")),
                ("impossible", "C'est impossible"),
                ("not_appropriate", "Ce n'est pas opportun"),
            ),
            mandatory=True,
        ),
        _text(
            "informed_reason",
            "Pourquoi la personne n'est-elle pas informée ?",
            D2,
            when=("person_informed", frozenset({"impossible", "not_appropriate"})),
            hint="À remplir si c'est impossible ou inopportun.",
        ),
        _day(
            "informed_on",
            "Informée le",
            D2,
            anonymous=ABSENT,
            when=("person_informed", frozenset({"yes"})),
        ),
        _line("informed_by", "Informée par", D2, anonymous=ABSENT),
        _choices("informed_how", "De quelle façon ?", D2, MEANS, anonymous=ABSENT),
        _line("notice_version", "Version de la notice remise", D2, anonymous=ABSENT),
        _choice(
            "agreement_status",
            "Que dit la personne du partage d'informations ?",
            D2,
            (
                ("agreed", "Elle est d'accord"),
                ("partial", "Elle est d'accord en partie"),
                ("opposed", "Elle s'y oppose"),
                ("not_collected", "Son accord n'a pas été recueilli"),
                ("unable", "Elle est hors d'état d'exprimer sa volonté"),
            ),
            mandatory=True,
        ),
        _question(
            "agreement_scope",
            "Portée de ce que dit la personne",
            Kind.GRID,
            D2,
            {
                "anonymous": ABSENT,
                "variants": SOCIAL_AND_FULL,
                "hint": "Ce qui peut être dit (lignes), et à qui (colonnes).",
            },
        ),
        _choice(
            "reason_not_collected",
            "Pourquoi l'accord n'a-t-il pas été recueilli ?",
            D3,
            (
                ("unreachable", "La personne n'a pas pu être jointe"),
                ("refused_contact", "La personne ne souhaite pas de contact"),
                ("risk", "Le demander maintenant ferait courir un risque"),
                ("unable", "La personne n'est pas en état de répondre"),
                ("other", "Autre raison"),
            ),
            anonymous=REDUCED,
            when=("agreement_status", frozenset({"not_collected"})),
        ),
        _text("reason_not_collected_text", "Précisez si besoin", D3, anonymous=ABSENT),
        _line("trusted_person", "Personne de confiance", D2, anonymous=REDUCED),
        _line("legal_representative", "Représentant légal", D2, anonymous=REDUCED),
    ),
)

BLOCK_D: Final = Block(
    letter="D",
    slug="person",
    title="La personne et son foyer",
    intro=(
        "Ces réponses restent scellées : seule la coordination les lit avant la décision. "
        "N'écrivez ni numéro de sécurité sociale, ni nom de voisin."
    ),
    questions=(
        _line("last_name", "Nom d'usage", D2, mandatory=True, anonymous=ABSENT),
        _line("first_name", "Prénom", D2, mandatory=True, anonymous=ABSENT),
        _line("birth_name", "Nom de naissance", D2, anonymous=ABSENT),
        _day("birth_date", "Date de naissance", D2, anonymous=REDUCED),
        _number(
            "birth_year",
            "À défaut, année de naissance",
            D2,
            most=2100,
            anonymous=REDUCED,
            hint="Sur quatre chiffres.",
        ),
        _number("age_estimated", "À défaut, âge estimé", D2, most=120, anonymous=REDUCED),
        _choice(
            "gender",
            "Sexe ou genre",
            D2,
            (
                *(("F", "Femme"), ("M", "Homme"), ("other", "Autre")),
                ("unknown", "Non renseigné"),
            ),
        ),
        _line(
            "address",
            "Adresse",
            D2,
            mandatory=True,
            anonymous=REDUCED,
            hint="Numéro, voie, code postal, commune.",
        ),
        _line("floor", "Bâtiment, escalier, étage", D2, anonymous=ABSENT),
        _line("door", "Porte", D2, anonymous=ABSENT),
        _text("access_notes", "Accès", D2, anonymous=ABSENT, hint="Interphone, gardien, étage."),
        _line("phone", "Téléphone de la personne", D2, anonymous=ABSENT),
        _line("email", "Adresse électronique de la personne", D2, anonymous=ABSENT),
        _line("preferred_contact", "Contact préféré", D2, anonymous=ABSENT),
        _line("language", "Langue", D2, anonymous=REDUCED),
        _choice("interpreter", "Faut-il un interprète ?", D2, YES_NO_UNKNOWN, anonymous=REDUCED),
        _line("communication_needs", "Besoins pour communiquer", D2, anonymous=REDUCED),
        _choice(
            "household_composition",
            "Composition du foyer",
            D3,
            (
                *(("alone", "Seul·e"), ("couple", "En couple"), ("parent", "Avec un parent")),
                ("adult_child", "Avec un enfant majeur"),
                ("minor", "Avec un mineur"),
                ("shared", "En colocation"),
                ("unknown", "Inconnu"),
            ),
        ),
        _choice(
            "minors_present",
            "Un mineur vit-il au domicile ?",
            D3,
            YES_NO_UNKNOWN,
            mandatory=True,
            hint=(
                "Si un enfant est en danger ou risque de l'être, la CRIP est saisie à part "
                "(119) ; rien de l'enfant n'est écrit ici."
            ),
        ),
    ),
)

BLOCK_E: Final = Block(
    letter="E",
    slug="housing",
    title="Le logement",
    intro="Des faits : ce qui a été vu, quand et par qui. Ni jugement, ni diagnostic.",
    questions=(
        _choice(
            "tenure_status",
            "Statut d'occupation",
            D1,
            (
                ("social_tenant", "Locataire HLM"),
                ("private_tenant", "Locataire privé"),
                ("owner", "Propriétaire occupant"),
                ("co_owner", "Copropriétaire"),
                ("life_tenant", "Usufruitier"),
                ("hosted", "Hébergé"),
                ("residence", "Foyer ou résidence"),
                ("no_title", "Sans titre"),
                ("unknown", "Inconnu"),
            ),
            mandatory=True,
        ),
        _line("landlord_org", "Bailleur", D1, anonymous=REDUCED),
        _line("syndic", "Syndic", D1, anonymous=REDUCED),
        _line("dwelling_type", "Type de logement", D1, hint="T2, maison, chambre…"),
        _number("area", "Surface en m²", D1, most=1000),
        _number("rooms", "Nombre de pièces", D1, most=50),
        _number("years_in_dwelling", "Années dans ce logement", D1, most=110),
        _choice("water", "Eau", D1, UTILITY),
        _choice("electricity", "Électricité", D1, UTILITY),
        _choice("gas", "Gaz", D1, UTILITY),
        _choice("heating", "Chauffage", D1, UTILITY),
        _choice(
            "dwelling_observed",
            "Le logement a-t-il été vu ?",
            D1,
            (
                ("inside", "Vu de l'intérieur"),
                ("landing", "Vu du palier"),
                ("third_party", "Signalé par un tiers"),
                ("never", "Jamais vu"),
            ),
            mandatory=True,
        ),
        *(_choice(code, label, D1, INTENSITY) for code, label in OBSERVATIONS),
        _text("observations", "Constats factuels", D1),
        _choice("observed_risks", "Y a-t-il un risque pour qui entre ?", D1, YES_NO_UNKNOWN),
        _text(
            "observed_risks_text",
            "Quels risques ?",
            D1,
            hint="Électricité, feu, issue encombrée, animal, agressivité constatée.",
        ),
        _day("observed_on", "Constaté le", D1),
        _line("observed_by", "Constaté par", D1, hint="Une fonction plutôt qu'un nom."),
        _choice("observed_how", "L'avez-vous vu vous-même ?", D1, SEEN),
        _choices(
            "procedures_pending",
            "Procédures en cours",
            D3,
            (
                ("eviction", "Expulsion"),
                ("insalubrity", "Insalubrité"),
                ("rsd", "Règlement sanitaire ou R.1331 du code de la santé publique"),
                ("safety_order", "Mise en sécurité"),
                ("debt", "Dette de loyer ou de charges"),
                ("none", "Aucune"),
                ("unknown", "Inconnu"),
            ),
        ),
    ),
)

BLOCK_F: Final = Block(
    letter="F",
    slug="neighbourhood",
    title="Le voisinage",
    intro="N'écrivez jamais le nom d'un voisin : seuls le nombre et la date comptent.",
    questions=(
        _choices(
            "neighbour_effects",
            "Retentissement sur le voisinage",
            D1,
            (
                *(("odours", "Odeurs"), ("vermin", "Nuisibles"), ("noise", "Bruit")),
                ("leaks", "Dégât des eaux"),
                ("clutter", "Encombrement des communs"),
                ("conflict", "Conflit"),
            ),
        ),
        _number("complaints_count", "Nombre de plaintes reçues", D1, most=1000),
        _day("first_complaint_on", "Date de la première", D1),
    ),
)

BLOCK_G: Final = Block(
    letter="G",
    slug="resources",
    title="Ressources et droits",
    intro="La nature des ressources, jamais leur montant.",
    variants=SOCIAL_AND_FULL,
    questions=(
        _choices(
            "income_type",
            "Nature des ressources",
            D3,
            (
                *(("work", "Salaire"), ("pension", "Retraite"), ("aah", "AAH")),
                *(("rsa", "RSA"), ("unemployment", "Chômage"), ("daily", "Indemnités")),
                *(("aspa", "ASPA"), ("none", "Aucune"), ("unknown", "Inconnu")),
            ),
            variants=SOCIAL_AND_FULL,
        ),
        _choices(
            "benefits",
            "Aides en place",
            D3,
            (
                ("housing", "Aide au logement"),
                *(("apa", "APA"), ("pch", "PCH"), ("css", "Complémentaire santé solidaire")),
                ("energy", "Chèque énergie"),
                ("none", "Aucune"),
                ("unknown", "Inconnu"),
            ),
            variants=SOCIAL_AND_FULL,
        ),
        _choice(
            "debts_level",
            "Dettes",
            D3,
            (
                *(("none", "Aucune connue"), ("light", "Légères"), ("heavy", "Importantes")),
                ("overindebted", "Dossier de surendettement"),
                ("unknown", "Inconnu"),
            ),
            variants=SOCIAL_AND_FULL,
        ),
        _choice(
            "rights_open",
            "Les droits sont-ils ouverts ?",
            D3,
            (
                *(("yes", "Oui"), ("partly", "En partie"), ("no", "Non")),
                ("unknown", "Je ne sais pas"),
            ),
            variants=SOCIAL_AND_FULL,
        ),
        _rows(
            "social_followup",
            "Accompagnement social en cours",
            D3,
            (
                _line("org", "Organisme", D3),
                _line("since", "Depuis", D3),
            ),
            anonymous=REDUCED,
            variants=SOCIAL_AND_FULL,
        ),
    ),
)

BLOCK_H: Final = Block(
    letter="H",
    slug="protection",
    title="Mesure de protection",
    intro="",
    questions=(
        _choice(
            "protection_measure",
            "Une mesure de protection existe-t-elle ?",
            D3,
            (
                ("none", "Aucune"),
                ("safeguard", "Sauvegarde de justice"),
                ("curatorship", "Curatelle simple"),
                ("reinforced_curatorship", "Curatelle renforcée"),
                ("guardianship", "Tutelle"),
                ("family", "Habilitation familiale"),
                *(("masp", "MASP"), ("maj", "MAJ")),
                ("requested", "Demande en cours"),
                ("unknown", "Inconnu"),
            ),
            mandatory=True,
        ),
        _line("guardian_contact", "Mandataire", D3, anonymous=ABSENT),
        _choice(
            "measure_scope",
            "Étendue de la mesure",
            D3,
            (
                *(("property", "Les biens"), ("person", "La personne")),
                ("both", "Les biens et la personne"),
                ("unknown", "Inconnu"),
            ),
            anonymous=ABSENT,
        ),
    ),
)

BLOCK_I: Final = Block(
    letter="I",
    slug="health",
    title="Santé",
    intro=(
        "Scellé à part : la coordination saura seulement que ce bloc est renseigné. Restez sur "
        "ce qui change la vie de tous les jours et la conduite à tenir."
    ),
    variants=FULL_ONLY,
    questions=(
        _choice("gp_known", "Un médecin traitant est-il connu ?", D4, YES_NO_UNKNOWN),
        _choice("home_nursing", "Des soins sont-ils donnés à domicile ?", D4, YES_NO_UNKNOWN),
        _choice(
            "mobility",
            "Mobilité",
            D4,
            (
                *(("free", "Sort seul·e"), ("helped", "Sort avec une aide")),
                *(("home", "Ne sort plus"), ("bed", "Alité·e"), ("unknown", "Inconnu")),
            ),
        ),
        _choices(
            "sensory",
            "Vue, audition, parole",
            D4,
            (
                *(("sight", "Vue basse"), ("hearing", "Audition basse")),
                *(("speech", "Parole difficile"), ("none", "Rien à signaler")),
            ),
        ),
        _text(
            "known_risk",
            "Risque connu, dit par ses conséquences",
            D4,
            hint="Par exemple : chute, soin quotidien indispensable, oxygène.",
        ),
        _choice(
            "psychiatric_followup",
            "Suivi psychique",
            D5,
            (
                *(("yes", "Oui"), ("broken", "Rompu"), ("never", "Jamais")),
                ("unknown", "Inconnu"),
            ),
            anonymous=REDUCED,
        ),
        _line("psychiatric_service", "Service", D5, anonymous=ABSENT),
        _choice(
            "addiction_concern",
            "Des conduites addictives sont-elles évoquées ?",
            D5,
            (
                *(("no", "Non"), ("person", "Par la personne"), ("relatives", "Par ses proches")),
                *(("observed", "Constatées"), ("unknown", "Inconnu")),
            ),
            anonymous=REDUCED,
        ),
    ),
)

BLOCK_J: Final = Block(
    letter="J",
    slug="caregivers",
    title="Entourage",
    intro="Les proches qui aident, ou qui pourraient aider.",
    questions=(
        _rows(
            "caregivers",
            "Entourage, aidants, ressources",
            D3,
            (
                _line("link", "Lien avec la personne", D3),
                _line("help", "Ce que fait ce proche", D3),
                _line("contact", "Comment le joindre", D3),
            ),
            anonymous=REDUCED,
        ),
    ),
)

BLOCK_K: Final = Block(
    letter="K",
    slug="animals",
    title="Animaux",
    intro="",
    questions=(
        _rows(
            "animals",
            "Animaux au domicile",
            D1,
            (
                _line("species", "Espèce", D1),
                _number("number", "Nombre", D1, most=500),
                _line("condition", "État", D1),
                _choice("danger", "Dangereux ?", D1, YES_NO_UNKNOWN),
            ),
        ),
    ),
)

BLOCK_L: Final = Block(
    letter="L",
    slug="voice",
    title="Ce que dit la personne",
    intro="Ses mots à elle, datés. C'est ce que la cellule lira en premier.",
    questions=(
        _text(
            "person_view",
            "Ce que la personne dit, demande ou refuse",
            D3,
            mandatory=True,
            anonymous=REDUCED,
            hint="Entre guillemets si possible. Si vous ne l'avez pas rencontrée, écrivez-le.",
        ),
        _day("person_view_on", "Dit le", D3),
        _text("strengths", "Points d'appui, centres d'intérêt", D3),
    ),
)

BLOCK_M: Final = Block(
    letter="M",
    slug="steps",
    title="Démarches et partenaires",
    intro="Ce qui a déjà été tenté évite de recommencer ; qui intervient déjà fait le cercle.",
    questions=(
        _rows(
            "actions_already_tried",
            "Démarches déjà tentées et résultat",
            D3,
            (
                _line("when", "Date ou période", D3),
                _line("who", "Par qui", D3),
                _line("action", "Démarche", D3),
                _line("result", "Résultat", D3),
            ),
            mandatory=True,
            hint="S'il n'y en a aucune, écrivez « aucune » dans « Démarche ».",
        ),
        _rows(
            "partners_known",
            "Partenaires connus de la situation",
            D2,
            (
                _line("org", "Organisme", D2),
                _choice("type", "Type", D2, ORGANISATION_TYPES),
                _line("role", "Rôle", D2),
                _choice("active", "Intervient encore ?", D2, YES_NO_UNKNOWN),
            ),
            mandatory=True,
            anonymous=REDUCED,
            hint="S'il n'y en a aucun, écrivez « aucun » dans « Organisme ».",
        ),
    ),
)

BLOCK_N: Final = Block(
    letter="N",
    slug="attachments",
    title="Pièces",
    intro=(
        "Dites seulement quelles pièces existent. Aucune photo où l'on reconnaît quelqu'un, "
        "aucune photo de l'intérieur sans accord."
    ),
    questions=(_text("attachments", "Pièces disponibles", D3, anonymous=ABSENT),),
)

BLOCK_O: Final = Block(
    letter="O",
    slug="declaration",
    title="Votre engagement",
    intro="",
    questions=(
        _choices(
            "declaration",
            "Je m'engage",
            D0,
            (
                ("accuracy", "Ce que j'écris est exact à ma connaissance"),
                ("confidentiality", "Je garde ces informations confidentielles"),
                (
                    "information",
                    "J'ai informé la personne, ou je dis pourquoi et quand elle le sera",
                ),
            ),
            mandatory=True,
        ),
    ),
)

BLOCKS: Final = (
    *(BLOCK_A, BLOCK_B, BLOCK_C, BLOCK_D, BLOCK_E, BLOCK_F, BLOCK_G, BLOCK_H),
    *(BLOCK_I, BLOCK_J, BLOCK_K, BLOCK_L, BLOCK_M, BLOCK_N, BLOCK_O),
)
"""The whole form, in its order."""

BY_SLUG: Final[Mapping[str, Block]] = {block.slug: block for block in BLOCKS}

CATEGORY_ROWS: Final[Choices] = (
    *(("I1", "Coordonnées"), ("I2", "Logement et sécurité"), ("I3", "Voisinage")),
    *(("I4", "Situation sociale et droits"), ("I5", "Mesure de protection")),
    *(("I6", "Santé physique utile"), ("I7", "Santé psychique utile"), ("I8", "Entourage")),
    *(("I9", "Photos"), ("I10", "Plan d'action")),
)
GROUP_COLUMNS: Final[Choices] = (
    *(("G0", "Coordination"), ("G1", "Santé"), ("G2", "Social et médico-social")),
    *(("G3", "Mandataire"), ("G4", "DAC"), ("G5", "Bailleur, syndic")),
    *(("G6", "Hygiène, habitat"), ("G7", "Secours"), ("G8", "Prestataires")),
    *(("G9", "Proche désigné"), ("G10", "Pair")),
)
GRID_VALUES: Final = frozenset({"yes", "extract_only", "no", "not_asked"})


def blocks_of(variant: Variant) -> tuple[Block, ...]:
    """Return the blocks that a variant shows, in order: none of the others exists for it."""
    return tuple(block for block in BLOCKS if variant in block.variants)


def questions_of(variant: Variant) -> Iterator[tuple[Block, Question]]:
    """Yield every question of a variant with its block."""
    for block in blocks_of(variant):
        for question in block.questions:
            if variant in question.variants:
                yield block, question
