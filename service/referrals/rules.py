"""Pure rules of referrals: who may refer, what an answer may be, states, clocks, checklist.

Sources: domain specification 1.2 to 1.6 and settled.md 4 and 8. Nothing here reads a clock, a
database or a request: the day is given.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from policies.vocabulary import OrganisationKind, ProfessionalCategory, Section, SensitivityClass
from service.errors import Invalid
from service.referrals.form import (
    BLOCK_B,
    BLOCK_D,
    BLOCK_I,
    BY_SLUG,
    CATEGORY_ROWS,
    DANGER,
    GRID_VALUES,
    GROUP_COLUMNS,
    MOST_ROWS,
    Block,
    Kind,
    Question,
    Variant,
    blocks_of,
    questions_of,
)
from service.situations.rules import Watched, warnings
from service.situations.schemas import EntryContent
from service.web.words import day_of, is_clean

Cells = dict[str, str | int]
Answer = str | int | list[str | Cells] | dict[str, str]
"""One answer as it is kept: a day is `2026-03-24`, or its typed parts while it is no day yet."""

Answers = dict[str, Answer]
Form = dict[str, Answers]
"""Answers by block slug, then by question."""

CASF_133_5: Final = "CASF133_5"
OLDEST_BIRTH_YEAR: Final = 1900
GOVERNANCE: Final = frozenset({"auditor", "dpo", "copil_reader", "administrator"})


# ---- who may refer, with which form -------------------------------------------------------


def variant_of(category: str, secrecy_basis: str) -> Variant:
    """Return the form of a seat: by its legal category, never by its trade (domain 1.3)."""
    if ProfessionalCategory(category) is not ProfessionalCategory.NONE:
        return Variant.FULL
    return Variant.SOCIAL if secrecy_basis == CASF_133_5 else Variant.FACTS_ONLY


def may_refer(organisation_kind: str, offices: Collection[str]) -> bool:
    """Return whether a seat may open a referral.

    Relatives, neighbours and citizens go through the CCAS, the hygiene service or the DAC,
    which refer (domain 1.3); auditors, DPO, COPIL readers and administrators see no situation.
    """
    return OrganisationKind(
        organisation_kind
    ) is not OrganisationKind.RELATIVE and not GOVERNANCE & set(offices)


# ---- states and words ---------------------------------------------------------------------


class State(StrEnum):
    """Where a referral stands; from sending on, the words of the situation's own states."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RECEIVED = "received"
    IN_QUALIFICATION = "in_qualification"
    RETURNED = "returned_for_completion"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    ORIENTED = "oriented_elsewhere"
    REDIRECTED = "redirected_emergency"
    MERGED = "merged"


QUEUED: Final = frozenset({State.SUBMITTED, State.RECEIVED, State.IN_QUALIFICATION, State.RETURNED})
"""What waits for a decision."""

WRITABLE: Final = frozenset({State.DRAFT, State.RETURNED})
"""When the author may write in the form."""

_WORDS: Final[Mapping[str, str]] = {
    "draft": "brouillon",
    "submitted": "envoyée",
    "received": "reçue",
    "in_qualification": "en cours d'examen",
    "returned_for_completion": "à compléter",
    "oriented_elsewhere": "orientée",
    "refused": "non prise en charge",
    "redirected_emergency": "redirigée vers les secours",
    "merged": "close",
    "closed": "close",
    "archived": "close",
    "eliminated": "close",
}
_TAKEN_CARE: Final = "prise en charge"

_TONES: Final[Mapping[str, str]] = {
    "brouillon": "plain",
    "à compléter": "honey",
    _TAKEN_CARE: "leaf",
    "en cours d'examen": "iris",
}


def state_in_words(state: str, *, seated: bool = True) -> str:
    """Return what the author is told of a referral's state, and nothing more (screens, homes).

    A seat without a column of the matrix (élu, police) hears « prise en charge » or not.
    """
    words = _WORDS.get(state, _TAKEN_CARE)
    if seated or state in {"draft", "submitted", "received", "in_qualification"}:
        return words
    if words == "à compléter":
        return words
    return words if words == _TAKEN_CARE else "non prise en charge"


def tone_of(words: str) -> str:
    """Return the tone of a state's tag; the word alone carries the meaning."""
    return _TONES.get(words, "teal")


class Outcome(StrEnum):
    """What the coordinator decides (domain 1.6)."""

    ACCEPTED_NAMED = "accepted_named"
    ACCEPTED_ANONYMISED = "accepted_anonymised"
    ADVICE_ONLY = "advice_only"
    ORIENTED = "oriented"
    REFUSED = "refused"


ACCEPTING: Final = frozenset({Outcome.ACCEPTED_NAMED, Outcome.ACCEPTED_ANONYMISED})

OUTCOME_LABELS: Final[Mapping[Outcome, str]] = {
    Outcome.ACCEPTED_NAMED: "Retenue, nominative (accord général ou exception enregistrés)",
    Outcome.ACCEPTED_ANONYMISED: "Retenue, anonymisée",
    Outcome.ADVICE_ONLY: "Avis donné, sans ouvrir de situation",
    Outcome.ORIENTED: "Orientée vers un autre dispositif",
    Outcome.REFUSED: "Non retenue",
}


class RefusalReason(StrEnum):
    """Why a referral is refused (domain 1.6)."""

    OUT_OF_TERRITORY = "out_of_territory"
    OUT_OF_SCOPE = "out_of_scope"
    COMMON_LAW = "common_law_sufficient"
    DUPLICATE = "duplicate"
    OPPOSED = "opposition_without_exception"
    INSUFFICIENT = "insufficient_information"
    EMERGENCY = "emergency_redirected"


REASON_LABELS: Final[Mapping[RefusalReason, str]] = {
    RefusalReason.OUT_OF_TERRITORY: "Hors territoire",
    RefusalReason.OUT_OF_SCOPE: "Hors champ",
    RefusalReason.COMMON_LAW: "Le droit commun suffit",
    RefusalReason.DUPLICATE: "Doublon",
    RefusalReason.OPPOSED: "Opposition de la personne, sans motif dérogatoire",
    RefusalReason.INSUFFICIENT: "Informations insuffisantes",
    RefusalReason.EMERGENCY: "Urgence redirigée",
}

TARGET_LABELS: Final[Mapping[str, str]] = {
    "cmp": "CMP ou équipe mobile de psychiatrie",
    "dac": "Dispositif d'appui à la coordination (DAC)",
    "hygiene": "Service communal d'hygiène et de santé",
    "ccapex": "CCAPEX",
    "ccas": "CCAS",
    "department": "Service social départemental",
    "physician": "Médecin traitant",
    "other_cell": "Autre cellule ou commission",
    "other": "Autre",
}
"""Where one may be oriented: the common-law routes of domain 1.6, item 4."""

_STATE_AFTER: Final[Mapping[Outcome, State]] = {
    Outcome.ACCEPTED_NAMED: State.ACCEPTED,
    Outcome.ACCEPTED_ANONYMISED: State.ACCEPTED,
    Outcome.ADVICE_ONLY: State.ORIENTED,
    Outcome.ORIENTED: State.ORIENTED,
    Outcome.REFUSED: State.REFUSED,
}
_STATE_OF_REASON: Final[Mapping[str, State]] = {
    RefusalReason.DUPLICATE: State.MERGED,
    RefusalReason.EMERGENCY: State.REDIRECTED,
}


def state_after(outcome: Outcome, reason: str) -> State:
    """Return the state that a decision leads to."""
    if outcome is Outcome.REFUSED and reason in _STATE_OF_REASON:
        return _STATE_OF_REASON[reason]
    return _STATE_AFTER[outcome]


def check_decision(outcome: Outcome, reason: str, target: str, explanation: str) -> None:
    """Raise Invalid unless a decision says what its outcome asks for: a reason, a target."""
    errors: dict[str, str] = {}
    if outcome is Outcome.REFUSED and reason not in set(RefusalReason):
        errors["reason"] = "Choisissez le motif du refus."
    if outcome is Outcome.ORIENTED and target not in TARGET_LABELS:
        errors["target"] = "Choisissez vers qui la demande est orientée."
    if outcome not in ACCEPTING and not explanation.strip():
        errors["explanation"] = "Écrivez en une phrase ce qui sera répondu à l'auteur."
    if errors:
        raise Invalid(errors)


# ---- the checklist of the coordinator -----------------------------------------------------

CHECKLIST: Final[tuple[tuple[str, str], ...]] = (
    ("eligible", "Sur le territoire, adulte, pas déjà suivie (doublon cherché)"),
    ("no_emergency", "Urgence écartée"),
    ("complex", "Au moins deux champs de difficulté, et des tentatives isolées ont échoué"),
    ("common_law", "Le droit commun est épuisé ou inadapté (CMP, DAC, SCHS, CCAPEX…)"),
    ("informed", "Personne informée, accord ou non ; sinon, qui informera et avant quand"),
    ("excess", "L'auteur n'a pas transmis plus que sa catégorie ne le permet"),
    ("circle", "Cercle minimal : les professionnels qui interviennent déjà sont identifiés"),
    ("conflict", "Aucun conflit d'intérêts (voisin, parent, bailleur en procédure)"),
    ("visit_risk", "Le danger pour les professionnels qui visitent est évalué"),
    ("protection", "La mesure de protection est connue"),
    ("minor", "La question d'un mineur au domicile est posée"),
    ("lead", "Un pilote est pressenti"),
)
"""The twelve points of domain 1.6, as the coordinator's screen asks them."""

CHECKLIST_VALUES: Final[Mapping[str, str]] = {
    "yes": "Oui",
    "no": "Non",
    "unknown": "À éclaircir",
}
NOTE_LENGTH: Final = 1_000


def checked_checklist(points: Mapping[str, str], notes: Mapping[str, str]) -> dict[str, str]:
    """Return a checklist as it is sealed. Raises Invalid for an unknown point, value or note."""
    known = {code for code, _ in CHECKLIST}
    errors: dict[str, str] = {}
    kept: dict[str, str] = {}
    for code, value in points.items():
        if code not in known or value not in {*CHECKLIST_VALUES, ""}:
            errors[code] = "Répondez oui, non, ou à éclaircir."
        elif value:
            kept[code] = value
    for code, note in notes.items():
        if code not in known or len(note) > NOTE_LENGTH or not is_clean(note):
            errors[f"{code}_note"] = f"Gardez une note simple de {NOTE_LENGTH} caractères au plus."
        elif note.strip():
            kept[f"{code}_note"] = note.strip()
    if errors:
        raise Invalid(errors)
    return kept


def unanswered(checklist: Mapping[str, str]) -> tuple[str, ...]:
    """Return the points that nobody has answered yet."""
    return tuple(code for code, _ in CHECKLIST if code not in checklist)


# ---- clocks --------------------------------------------------------------------------------

RECEIVE_WITHIN: Final = 2
QUALIFY_WITHIN: Final = 3
DECIDE_WITHIN: Final = 10
"""Targets of domain 1.2, in working days: to receive, to begin, to decide."""

KEEP_DRAFT: Final = timedelta(days=30)
KEEP_REFUSED: Final = timedelta(days=183)
"""How long the key of a draft and of a refused referral lives (settled.md 8: 30 days, 6 months)."""

_SATURDAY: Final = 5


def working_days_after(day: date, count: int) -> date:
    """Return the day `count` working days later.

    Working days are Monday to Friday; public holidays are not taken out, which only ever makes
    a target sooner than the calendar would. The screens say so.
    """
    while count:
        day += timedelta(days=1)
        if day.weekday() < _SATURDAY:
            count -= 1
    return day


@dataclass(frozen=True, slots=True)
class Clocks:
    """The two clocks of the queue: the next step, and the answer. `None`: it stands still."""

    step: str
    step_due: date | None
    step_late: bool
    answer_due: date | None
    answer_late: bool


def clocks(
    state: str, sent_on: date, received_on: date | None, qualified_on: date | None, today: date
) -> Clocks:
    """Return both clocks. The answer's counts the targets still to run; while a referral waits
    for its author they stand still.
    """
    if state == State.RETURNED:
        return Clocks("l'auteur complète la saisine", None, False, None, False)
    received = received_on or working_days_after(sent_on, RECEIVE_WITHIN)
    qualified = qualified_on or working_days_after(received, QUALIFY_WITHIN)
    answer_due = working_days_after(qualified, DECIDE_WITHIN)
    step, due = {
        State.SUBMITTED: ("accuser réception", received),
        State.RECEIVED: ("commencer l'examen", qualified),
    }.get(State(state), ("décider", answer_due))
    return Clocks(step, due, today > due, answer_due, today > answer_due)


# ---- answers ------------------------------------------------------------------------------


def danger(form: Form) -> tuple[str, ...]:
    """Return the questions of the danger screen answered yes; `U3` counts as one."""
    answers = form.get(BLOCK_B.slug, {})
    found = [code for code, _ in DANGER if answers.get(code) == "yes"]
    if answers.get("urgency_level_proposed") == "U3":
        found.append("urgency_level_proposed")
    return tuple(found)


def urgency_of(form: Form, *, after_rescue: bool) -> str:
    """Return the level that a referral proposes: U2 after a redirection (domain 1.5), else as
    typed, U1 when nothing was proposed. A person then decides (RGPD art. 22).
    """
    if after_rescue:
        return "U2"
    proposed = form.get(BLOCK_B.slug, {}).get("urgency_level_proposed", "")
    return str(proposed) if proposed in {"U0", "U1", "U2"} else "U1"


def block_of(slug: str, variant: Variant) -> Block | None:
    """Return a block that this variant shows, or None: for the others it does not exist."""
    block = BY_SLUG.get(slug)
    return block if block is not None and variant in block.variants else None


def checked(
    block: Block,
    variant: Variant,
    answers: Mapping[str, object],
    today: date,
    *,
    lenient: bool = False,
) -> Answers:
    """Return the answers of one block as they are kept. Partial ones are welcome.

    `lenient` keeps an unfinished date or number as it was typed (autosave loses nothing).
    Raises Invalid, each field with its remedy; a social security number is never kept.
    """
    shown = {q.code: q for q in block.questions if variant in q.variants}
    errors: dict[str, str] = {}
    kept: Answers = {}
    for code in sorted(set(answers) - set(shown)):
        errors[code[:60]] = "Ce formulaire n'a pas ce champ. Rechargez la page."
    for code, question in shown.items():
        if code not in answers:
            continue
        try:
            value = _checked_one(question, answers[code], today, lenient=lenient)
        except ValueError as problem:
            errors[code] = str(problem)
            continue
        if value not in ("", [], {}):
            kept[code] = value
            refused = [w.sentence for w in _watched(question, value) if w.refused]
            if refused:
                errors[code] = refused[0]
    if errors:
        raise Invalid(errors)
    return kept


def _checked_one(question: Question, value: object, today: date, *, lenient: bool) -> Answer:
    kept: Answer
    match question.kind:
        case Kind.LINE | Kind.TEXT:
            kept = _words(question, value)
        case Kind.CHOICE:
            kept = _one_of(question, value)
        case Kind.CHOICES:
            kept = _several_of(question, value)
        case Kind.DAY:
            kept = _day(value, today, lenient=lenient)
        case Kind.NUMBER:
            kept = _number(question, value, today, lenient=lenient)
        case Kind.ROWS:
            kept = _rows(question, value, today, lenient=lenient)
        case Kind.GRID:
            kept = _grid(value)
    return kept


def _words(question: Question, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("Écrivez un texte.")
    text = value.replace("\r\n", "\n").strip()
    if len(text) > question.limit:
        raise ValueError(f"Ce texte dépasse {question.limit} caractères : raccourcissez-le.")
    one_line = question.kind is Kind.LINE
    if not is_clean(text) or (one_line and ("\n" in text or "\t" in text)):
        raise ValueError("Ce texte contient des signes invisibles : retapez-le sans coller.")
    return text


def _one_of(question: Question, value: object) -> str:
    if value == "":
        return ""
    if value not in [code for code, _ in question.choices]:
        raise ValueError("Choisissez une des réponses proposées.")
    return str(value)


def _several_of(question: Question, value: object) -> list[str | Cells]:
    known = [code for code, _ in question.choices]
    if not isinstance(value, list) or any(item not in known for item in value):
        raise ValueError("Choisissez parmi les réponses proposées.")
    return [code for code in known if code in value]


def _day(value: object, today: date, *, lenient: bool) -> str | dict[str, str]:
    parts = _parts(value)
    if not any(parts.values()):
        return ""
    found = day_of(parts["year"], parts["month"], parts["day"])
    if found is None or found > today:
        if lenient and all(len(part) <= 4 and is_clean(part) for part in parts.values()):
            return parts
        if found is None:
            raise ValueError("Indiquez une date qui existe : jour, mois et année sur 4 chiffres.")
        raise ValueError("Cette date est à venir : indiquez un jour passé, ou aujourd'hui.")
    return found.isoformat()


def _parts(value: object) -> dict[str, str]:
    if isinstance(value, str):
        year, _, rest = value.partition("-")
        month, _, day = rest.partition("-")
        return {"day": day, "month": month, "year": year}
    if isinstance(value, dict) and set(value) <= {"day", "month", "year"}:
        return {part: str(value.get(part, "")).strip() for part in ("day", "month", "year")}
    raise ValueError("Indiquez une date : jour, mois et année.")


def _number(question: Question, value: object, today: date, *, lenient: bool) -> int | str:
    text = str(value).strip() if isinstance(value, (str, int)) else "?"
    if not text:
        return ""
    year = question.code == "birth_year"
    least, most = (OLDEST_BIRTH_YEAR, today.year) if year else (0, question.most)
    sound = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if not (sound and least <= int(text) <= most):
        if lenient and len(text) <= 10 and is_clean(text):
            return text
        raise ValueError(f"Indiquez un nombre entier entre {least} et {most}.")
    return int(text)


def _rows(question: Question, value: object, today: date, *, lenient: bool) -> list[str | Cells]:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise ValueError("Ajoutez des lignes.")
    if len(value) > MOST_ROWS:
        raise ValueError(f"Gardez {MOST_ROWS} lignes au plus : réunissez celles qui vont ensemble.")
    columns = {column.code: column for column in question.columns}
    rows: list[str | Cells] = []
    for number, row in enumerate(value, start=1):
        if set(row) - set(columns):
            raise ValueError("Ces lignes ont un champ inconnu. Rechargez la page.")
        kept: Cells = {}
        for code, column in columns.items():
            try:
                cell = _checked_one(column, row.get(code, ""), today, lenient=lenient)
            except ValueError as problem:
                raise ValueError(f"Ligne {number}, {column.label.lower()} : {problem}") from None
            if cell != "":
                kept[code] = cell if isinstance(cell, int) else str(cell)
        if kept:
            rows.append(kept)
    return rows


def _grid(value: object) -> dict[str, str]:
    categories = {code for code, _ in CATEGORY_ROWS}
    groups = {code for code, _ in GROUP_COLUMNS}
    if not isinstance(value, dict):
        raise ValueError("Répondez dans la grille.")
    kept: dict[str, str] = {}
    for cell, said in value.items():
        category, _, group = str(cell).partition("-")
        if category not in categories or group not in groups or said not in [*GRID_VALUES, ""]:
            raise ValueError("Cette case n'existe pas dans la grille d'accord.")
        if said and said != "not_asked":
            kept[f"{category}-{group}"] = said
    return kept


def missing(form: Form, variant: Variant, today: date) -> dict[str, str]:
    """Return what must be answered before sending: question → sentence that says the remedy.

    Unfinished dates and numbers of an autosaved draft are named too.
    """
    wanting: dict[str, str] = {}
    for block, question in questions_of(variant):
        answers = form.get(block.slug, {})
        given = answers.get(question.code)
        if given is None:
            if question.mandatory or _asked_by(question, answers):
                wanting[question.code] = _remedy(question)
            continue
        try:
            _checked_one(question, given, today, lenient=False)
        except ValueError as problem:
            wanting[question.code] = f"{question.label} : {problem}"
        if question.code == "declaration" and given != [code for code, _ in question.choices]:
            wanting[question.code] = "Cochez les trois engagements pour envoyer la saisine."
    return wanting


def _asked_by(question: Question, answers: Answers) -> bool:
    if question.when is None:
        return False
    other, values = question.when
    return answers.get(other) in values


def _remedy(question: Question) -> str:
    label = question.label.rstrip(" ?")
    match question.kind:
        case Kind.CHOICE:
            return f"Choisissez une réponse : {label}."
        case Kind.CHOICES:
            return "Cochez les trois engagements pour envoyer la saisine."
        case Kind.DAY:
            return f"Indiquez la date : {label}."
        case Kind.ROWS:
            return f"Remplissez au moins une ligne : {label}."
        case _:
            return f"Renseignez : {label}."


def progress(block: Block, form: Form, wanting: Collection[str]) -> str:
    """Return how far a block is: `todo` when something mandatory is missing, else `done`, or
    `optional` when nothing is written and nothing is asked.
    """
    if any(question.code in wanting for question in block.questions):
        return "todo"
    return "done" if form.get(block.slug) else "optional"


def following(slug: str, variant: Variant) -> str:
    """Return the block that comes after this one in a variant, or `check` after the last."""
    slugs = [block.slug for block in blocks_of(variant)]
    return [*slugs, "check"][slugs.index(slug) + 1]


def block_holding(code: str) -> str:
    """Return the slug of the block that holds a question."""
    return next(
        block.slug for block in BY_SLUG.values() if any(q.code == code for q in block.questions)
    )


# ---- what a text should not hold ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Warned:
    """One thing to read again before sending. The sentence never repeats the text."""

    block: str
    code: str
    label: str
    sentence: str


_CIVILITY: Final = re.compile(
    r"\b(?:M\.|Mr|MM\.|Mme|Mmes|Mlle|Monsieur|Madame|Mademoiselle|Dr|Docteur|Me|Maître)\s+"
    r"([A-ZÀ-ÖØ-Þ][\w'’-]+)"
)
_QUESTION: Final = "question_to_cell"


def warnings_of(block: Block, variant: Variant, answers: Answers, form: Form) -> list[Warned]:
    """Return what this block's texts should not hold: diagnosis among facts, offences, names.

    Names of the person are watched in the question put to the cell, which everyone invited
    reads; a name after « M. » or « Mme » that is not the person's is watched everywhere
    (domain 1.4, rules).
    """
    found: list[Warned] = []
    person = _names(form)
    for question in block.questions:
        if variant not in question.variants or question.code not in answers:
            continue
        sentences = [w.sentence for w in _watched(question, answers[question.code])]
        sentences += _named(question, answers[question.code], person)
        found += [
            Warned(block.slug, question.code, question.label, sentence)
            for sentence in dict.fromkeys(sentences)
        ]
    return found


def all_warnings(form: Form, variant: Variant) -> list[Warned]:
    """Return the warnings of the whole form, in its order."""
    return [
        warned
        for block in blocks_of(variant)
        for warned in warnings_of(block, variant, form.get(block.slug, {}), form)
    ]


_FACTUAL: Final = frozenset({SensitivityClass.D0, SensitivityClass.D1})


def _watched(question: Question, value: Answer) -> Iterator[Watched]:
    # A D1 field is watched as a section of facts is; the others as a section of social secrets.
    section = Section.HOUSING if question.cls in _FACTUAL else Section.SOCIAL_RESOURCES
    for text in _texts(question, value):
        yield from warnings(section, text)


def _texts(question: Question, value: Answer) -> Iterator[str]:
    if question.kind in {Kind.LINE, Kind.TEXT} and isinstance(value, str):
        yield value
    elif question.kind is Kind.ROWS and isinstance(value, list):
        for row in value:
            if isinstance(row, dict):
                yield from (str(cell) for cell in row.values() if isinstance(cell, str))


def _named(question: Question, value: Answer, person: frozenset[str]) -> list[str]:
    sentences = []
    names_expected = question.code in _HOLDS_NAMES
    for text in _texts(question, value):
        if question.code == _QUESTION and person & set(_folded(text).split()):
            sentences.append(
                "Cette question semble contenir le nom de la personne : parlez d'« elle » ou "
                "de « la personne »."
            )
        others = {_folded(name) for name in _CIVILITY.findall(text)} - person
        if others and not names_expected:
            sentences.append(
                "Ce texte semble nommer quelqu'un d'autre : préférez sa fonction, et jamais le "
                "nom d'un voisin."
            )
    return sentences


_HOLDS_NAMES: Final = frozenset(
    {
        *(question.code for question in BLOCK_D.questions),
        *("informed_by", "trusted_person", "legal_representative", "guardian_contact"),
        *("referrer_contact", "caregivers", "partners_known"),
    }
)
"""Questions whose answer is, or may be, a professional's or a relative's name."""


def _names(form: Form) -> frozenset[str]:
    person = form.get(BLOCK_D.slug, {})
    typed = (str(person.get(code, "")) for code in ("last_name", "first_name", "birth_name"))
    return frozenset(word for name in typed for word in _folded(name).split() if len(word) > 2)


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return "".join(sign if sign.isalnum() else " " for sign in bare).strip()


# ---- answers in words, and what they become in the file -------------------------------------


def in_words(question: Question, value: Answer | None) -> str:
    """Return an answer as one reads it; "" when there is none."""
    if value is None:
        return ""
    labels = dict(question.choices)
    if isinstance(value, list):
        return "\n".join(_item_in_words(question, labels, item) for item in value)
    if isinstance(value, dict):
        return _grid_in_words(value) if question.kind is Kind.GRID else _typed_parts(value)
    if question.kind is Kind.DAY:
        return "/".join(reversed(str(value).split("-")))
    return labels.get(str(value), str(value))


def _item_in_words(question: Question, labels: Mapping[str, str], item: str | Cells) -> str:
    if isinstance(item, str):
        return labels.get(item, item)
    cells = (
        f"{column.label} : {in_words(column, item[column.code])}"
        for column in question.columns
        if column.code in item
    )
    return " ; ".join(cells)


def _typed_parts(parts: Mapping[str, str]) -> str:
    return "/".join(parts.get(part, "") or "…" for part in ("day", "month", "year"))


_SAID: Final = {"yes": "oui", "extract_only": "conséquences seulement", "no": "non"}


def _grid_in_words(cells: Mapping[str, str]) -> str:
    rows, columns = dict(CATEGORY_ROWS), dict(GROUP_COLUMNS)
    lines = []
    for cell, said in cells.items():
        category, _, group = cell.partition("-")
        lines.append(f"{rows[category]}, pour {columns[group]} : {_SAID[said]}")
    return "\n".join(lines)


def told(block: Block, answers: Answers, codes: Collection[str] = ()) -> str:
    """Return the answers of a block as lines « question : réponse »; some questions or all."""
    lines = []
    for question in block.questions:
        if question.code not in answers or (codes and question.code not in codes):
            continue
        said = in_words(question, answers[question.code])
        joint = " :\n" if "\n" in said else " : "
        lines.append(question.label.rstrip(" ?") + joint + said)
    return "\n".join(lines)


_RISKS: Final = frozenset({"observed_risks", "observed_risks_text"})
_PROCEDURES: Final = frozenset({"procedures_pending"})
_PSYCHIC: Final = frozenset({"psychiatric_followup", "psychiatric_service", "addiction_concern"})
_WITNESS: Final = frozenset({"observed_on", "observed_by", "observed_how"})
_DATED: Final = frozenset({"person_view_on"})


@dataclass(frozen=True, slots=True)
class Becomes:
    """Which answers of a block become one entry, in which section; the other codes stay out."""

    section: Section
    block: str
    only: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()
    belongs_to: str = ""


BECOMES: Final = (
    Becomes(Section.IDENTITY_CONTACT, "person"),
    Becomes(Section.HOUSING, "housing", never=_RISKS | _PROCEDURES | _WITNESS),
    Becomes(Section.LEGAL_PROTECTION, "housing", only=_PROCEDURES),
    Becomes(Section.SAFETY_RISK, "urgency"),
    Becomes(Section.SAFETY_RISK, "housing", only=_RISKS),
    Becomes(Section.NEIGHBOURHOOD, "neighbourhood"),
    Becomes(Section.SOCIAL_RESOURCES, "resources"),
    Becomes(Section.LEGAL_PROTECTION, "protection"),
    Becomes(Section.SOMATIC_HEALTH, "health", never=_PSYCHIC),
    Becomes(Section.MENTAL_HEALTH, "health", only=_PSYCHIC),
    Becomes(Section.FAMILY_CAREGIVERS, "caregivers"),
    Becomes(Section.ANIMALS, "animals"),
    Becomes(Section.WISHES_VOICE, "voice", never=_DATED),
    Becomes(Section.CONSENT_TEXT, "information"),
    Becomes(Section.ATTACHMENTS, "attachments", belongs_to="housing"),
)
"""From the form to the file (settled.md 8); A, M and O stay in the original, section 17."""


def entries_of(form: Form, blocks: Iterable[Becomes] = BECOMES) -> Iterator[tuple[Becomes, str]]:
    """Yield the text of each entry that a form becomes; an empty block becomes nothing."""
    for becomes in blocks:
        block = BY_SLUG[becomes.block]
        codes = becomes.only or {q.code for q in block.questions} - becomes.never
        text = told(block, form.get(becomes.block, {}), codes)
        if text:
            yield becomes, text


def content_of(becomes: Becomes, text: str, form: Form) -> EntryContent:
    """Return the entry itself, with its witness and day where the form asked for them."""
    answers = form.get(becomes.block, {})
    dated = answers.get("person_view_on" if becomes.block == "voice" else "observed_on", "")
    how = answers.get("observed_how", "")
    return EntryContent(
        text=text,
        observed_on=date.fromisoformat(dated) if isinstance(dated, str) and dated else None,
        observed_by=str(answers.get("observed_by", "")),
        seen="seen" if how == "seen" else "reported" if how == "reported" else "",
    )


HEALTH_BLOCK: Final = BLOCK_I.slug
