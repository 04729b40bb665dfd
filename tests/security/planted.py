"""A CLSM where every sensitive field holds its own marker, written as people write them.

Two referrals (one accepted, one waiting), the checklist, the answers, the identity card, every
section's entries and extracts, the agreement's narrative: by HTTP on the real application. And,
by hand, the table of who may read what, taken from the matrix of the specification (3.2 and
settled.md 2 to 5) and from nothing of the code.
"""

import io
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select, update

from policies import rules
from policies.vocabulary import Section
from service import logs
from service.database import new_id, transaction
from service.partners.models import Pledge
from service.referrals.form import Kind, Question, Variant, blocks_of
from service.referrals.models import Referral
from service.referrals.rules import CHECKLIST, Form
from service.sharing import operations as sharing
from service.unit import Actor
from tests.cast import Cast
from tests.house import House
from tests.security.canary import Canary
from tests.security.doors import Browser, sign_in
from tests.security.stories import Story

COLUMNS = (
    "coordinator",
    "nurse",
    "physician",
    "worker",
    "educator",
    "guardian",
    "landlord",
    "hygiene",
)
"""COORD, PSY, MED, SOC, MSOC, MJPM (person and property), BAIL, SCHS (without procedure)."""

MATRIX = {
    # section (3.2, settled.md 3)  COORD PSY MED SOC MSOC MJPM BAIL SCHS; R text, F extract, - none
    "synthesis": "R R R R R R R R",
    "identity_contact": "R R R R R R F F",
    "housing": "R F F R R R R R",
    "safety_risk": "R R R R R R F R",
    "neighbourhood": "R - - R F F R R",
    "social_resources": "F F F R R R - -",
    "legal_protection": "F F F R F R - -",
    "somatic_health": "F R R F F F - -",
    "mental_health": "F R R F F F - -",
    "family_caregivers": "F F F R F F - -",
    "animals": "R F F R R F F R",
    "wishes_voice": "R R R R R R F F",
    "assessments_environment": "R R R R R R F R",
    "assessments_clinical": "F R R F F - - -",
    "attachments": "R F F R R F - R",
    "consent_text": "R R R R R R - -",
}
"""Named review, everyone informed, every cell of the grid yes: what 3.2 then opens."""

GUEST_SECTIONS = ("synthesis", "housing", "somatic_health", "animals")
"""What a guest of the educator's profession may read: the grant's sections, and the synthesis."""

WRITERS = {
    "synthesis": ("coordinator",),
    "identity_contact": ("worker", "guardian"),
    "housing": ("hygiene", "landlord"),
    "safety_risk": ("nurse", "landlord"),
    "neighbourhood": ("landlord",),
    "social_resources": ("worker",),
    "legal_protection": ("guardian",),
    "somatic_health": ("physician",),
    "mental_health": ("nurse",),
    "family_caregivers": ("worker",),
    "animals": ("hygiene",),
    "wishes_voice": ("worker",),
    "assessments_environment": ("hygiene",),
    "assessments_clinical": ("physician",),
    "consent_text": ("worker",),
}

BLOCK_BECOMES = {
    # block of the form → section of the file (settled.md 8); the others stay in the original
    "person": "identity_contact",
    "urgency": "safety_risk",
    "neighbourhood": "neighbourhood",
    "resources": "social_resources",
    "protection": "legal_protection",
    "caregivers": "family_caregivers",
    "animals": "animals",
    "voice": "wishes_voice",
    "information": "consent_text",
    "attachments": "attachments",
}
PSYCHIC = ("psychiatric_followup", "psychiatric_service", "addiction_concern")
NAMES = ("last_name", "first_name", "birth_name", "address")


class Streams:
    """Everything that the process logs while it is open, at every level."""

    def __init__(self) -> None:
        """Begin empty."""
        self.text = io.StringIO()
        self.handler = logging.StreamHandler(self.text)

    def open(self) -> None:
        """Catch structured lines, and whatever any library would say at DEBUG."""
        logs.configure(self.text)
        logging.getLogger().addHandler(self.handler)
        logging.getLogger().setLevel(logging.DEBUG)

    def close(self) -> None:
        """Give the streams back."""
        logging.getLogger().removeHandler(self.handler)
        logging.getLogger().setLevel(logging.WARNING)
        structlog.reset_defaults()

    def read(self) -> bytes:
        """Return what was logged so far."""
        return self.text.getvalue().encode()


@dataclass
class Planted:
    """The markers, the people, and how to ask as each of them."""

    house: House
    cast: Cast
    canary: Canary = field(default_factory=Canary)
    streams: Streams = field(default_factory=Streams)
    people: dict[str, Actor] = field(default_factory=dict)
    browsers: dict[str, Browser] = field(default_factory=dict)
    urls: list[str] = field(default_factory=list)
    allowed: dict[str, set[str]] = field(default_factory=dict)
    entries: dict[str, UUID] = field(default_factory=dict)
    situation_id: UUID = field(default_factory=new_id)
    referral_id: UUID = field(default_factory=new_id)
    waiting_id: UUID = field(default_factory=new_id)
    report_id: UUID = field(default_factory=new_id)
    note_id: UUID = field(default_factory=new_id)
    access_id: UUID = field(default_factory=new_id)
    exchange_id: UUID = field(default_factory=new_id)
    request_id: UUID = field(default_factory=new_id)

    def mark(self, name: str, *, readers: Iterable[str]) -> str:
        """Return the marker of a field, and note by hand who may ever be shown it."""
        for reader in readers:
            self.allowed.setdefault(reader, set()).add(name)
        return self.canary(name)

    def may_read(self, *sections: str) -> set[str]:
        """Return the columns that read one of these sections in full, and the guest."""
        return {
            reader
            for section in sections
            for column, letter in zip(COLUMNS, MATRIX[section].split(), strict=True)
            for reader in _alike(column, section)
            if letter == "R"
        }

    def may_read_extract(self, section: str) -> set[str]:
        """Return the columns that read at least the extract of a section."""
        return {
            reader
            for column, letter in zip(COLUMNS, MATRIX[section].split(), strict=True)
            for reader in _alike(column, section)
            if letter in "RF"
        }


def _alike(column: str, section: str) -> tuple[str, ...]:
    """Return who reads as a column does: itself, and the guest of the educator's profession."""
    guest = column == "educator" and section in GUEST_SECTIONS
    return (column, "guest") if guest else (column,)


def _gather(planted: Planted) -> None:
    cast = planted.cast
    planted.people = {
        "coordinator": cast.coordinator(),
        "nurse": cast.psychiatric_nurse(),
        "physician": cast.physician(),
        "worker": cast.social_worker(),
        "educator": cast.seat(
            "Inès Garrigue", kind="MEDICO_SOCIAL", category="2d", function="educator"
        ),
        "guardian": cast.seat(
            "Lucie Pommerel", kind="GUARDIANSHIP", category="2f", function="guardian"
        ),
        "landlord": cast.landlord(),
        "hygiene": cast.inspector(),
        "auditor": cast.auditor(),
        "dpo": cast.dpo(),
        "administrator": cast.administrator(),
        "outsider": cast.psychiatric_nurse("Judith Malescot"),
        "expired": cast.social_worker("Rémi Oriol"),
        "guest": cast.seat(
            "Yohan Perdreau", kind="MEDICO_SOCIAL", category="2d", function="educator"
        ),
    }
    elsewhere = Cast.on(planted.house)
    planted.people["elsewhere"] = elsewhere.coordinator("Salomé Ferran")


async def _expire(actor: Actor, house: House) -> None:
    async with transaction(house.workplace.engine, write=True, clsm_id=actor.clsm_id) as connection:
        await connection.execute(
            update(Pledge)
            .where(Pledge.clsm_id == actor.clsm_id, Pledge.employment_id == actor.employment_id)
            .values(valid_to=house.workplace.clock.now() - timedelta(days=1))
        )


def _readers_of_answer(planted: Planted, block: str, code: str) -> set[str]:
    """Return who may read one answer of the accepted form: its author, and by the table."""
    readers = {"worker"}
    if block == "health":
        section = "mental_health" if code in PSYCHIC else "somatic_health"
        return readers | planted.may_read(section)
    readers |= {"coordinator"}
    if block == "housing":
        if code == "observed_by":  # the witness of all three entries of this block
            return readers | planted.may_read("housing", "safety_risk", "legal_protection")
        return readers | planted.may_read("safety_risk" if "risks" in code else "housing")
    if block == "attachments":  # belongs to the housing as well: both must open
        return readers | (planted.may_read("attachments") & planted.may_read("housing"))
    if block in BLOCK_BECOMES:
        return readers | planted.may_read(BLOCK_BECOMES[block])
    return readers


def _answer(  # noqa: PLR0911 — one a kind of question
    planted: Planted, name: str, question: Question, readers: set[str]
) -> Any:
    match question.kind:
        case Kind.LINE | Kind.TEXT:
            return planted.mark(name, readers=readers)
        case Kind.CHOICE:
            if question.code.startswith("danger_"):
                return "no"
            return question.choices[0][0]
        case Kind.CHOICES:
            return [code for code, _ in question.choices[:3]]
        case Kind.DAY:
            return "2026-03-02"
        case Kind.NUMBER:
            return 1990 if question.code.endswith("year") else 1
        case Kind.ROWS:
            return [
                {
                    column.code: str(_answer(planted, f"{name}/{column.code}", column, readers))
                    for column in question.columns
                    if column.kind in {Kind.LINE, Kind.TEXT}
                }
            ]
        case Kind.GRID:
            return {}


def _form(planted: Planted, prefix: str, *, accepted: bool) -> Form:
    form: Form = {}
    for block in blocks_of(Variant.FULL):
        answers = {}
        for question in block.questions:
            name = f"{prefix}/{block.slug}/{question.code}"
            readers = {"worker", "coordinator"} - (
                {"coordinator"} if block.slug == "health" else set()
            )
            if accepted:
                readers = _readers_of_answer(planted, block.slug, question.code)
            if accepted and block.slug == "person" and question.code in NAMES:
                readers = readers | planted.may_read("identity_contact")
            answers[question.code] = _answer(planted, name, question, readers)
        form[block.slug] = {code: said for code, said in answers.items() if said not in ({}, [])}
    form["urgency"]["urgency_level_proposed"] = "U1"
    return form


def _refer(planted: Planted, prefix: str, *, accepted: bool) -> UUID:
    """Write and send a referral by HTTP, block by block, as a program or a phone does."""
    browser = planted.browsers["worker"]
    referral_id = new_id()
    said = {"cell_id": str(planted.cast.cell_id), "referral_id": str(referral_id)}
    answer = browser.send("POST", "/api/v1/referrals", json=said)
    assert answer.status_code == 201, answer.text
    address = f"/api/v1/referrals/{referral_id}"
    version = browser.get(address).json()["version"]
    for slug, answers in _form(planted, prefix, accepted=accepted).items():
        saved = browser.send(
            "POST", f"{address}/blocks/{slug}", json={"version": version, "answers": answers}
        )
        assert saved.status_code == 200, saved.text
        version = saved.json()["version"]
    sent = browser.send("POST", f"{address}/send", json={"version": version})
    assert sent.status_code == 200, sent.text
    assert sent.json()["receipt"], sent.text
    return referral_id


def _qualify(planted: Planted, referral_id: UUID, prefix: str) -> None:
    """Receive, begin, note every point, give back once with a message, take again."""
    browser = planted.browsers["coordinator"]
    address = f"/api/v1/queue/{referral_id}"

    def step(name: str, **said: Any) -> None:
        version = browser.get(address).json()["version"]
        answer = browser.send("POST", f"{address}/{name}", json={"version": version, **said})
        assert answer.status_code == 200, f"{name}: {answer.text}"

    step("receive")
    step("begin")
    message = planted.mark(f"{prefix}/message", readers=("coordinator", "worker"))
    step("return", message=message)
    mine = planted.browsers["worker"]
    version = mine.get(f"/api/v1/referrals/{referral_id}").json()["version"]
    mine.send("POST", f"/api/v1/referrals/{referral_id}/send", json={"version": version})
    step("receive")
    step("begin")
    step(
        "checklist",
        points={code: "yes" for code, _ in CHECKLIST},
        notes={
            code: planted.mark(f"{prefix}/checklist/{code}", readers=("coordinator",))
            for code, _ in CHECKLIST
        },
    )


def _accept(planted: Planted) -> None:
    browser = planted.browsers["coordinator"]
    address = f"/api/v1/queue/{planted.referral_id}"
    version = browser.get(address).json()["version"]
    said = {
        "version": version,
        "outcome": "accepted_anonymised",
        "urgency": "U1",
        "explanation": planted.mark("referral/explanation", readers=("coordinator", "worker")),
    }
    answer = browser.send("POST", f"{address}/decision", json=said)
    assert answer.status_code == 200, answer.text
    planted.situation_id = UUID(answer.json()["situation_id"])


def _share(planted: Planted) -> None:
    """Make the circle and record the information and the agreement, all cells yes."""
    people = planted.people
    circle = [people[name] for name in COLUMNS[1:]] + [people["expired"]]
    story = Story(
        planted.house,
        planted.cast,
        people["coordinator"],
        people["worker"],
        people["worker"],
        tuple(circle),
        situation_id=planted.situation_id,
    )
    story.gather()
    planted.house.run(_mandate(planted))
    story.agree()
    # A place is accepted under a pledge in force: it expires afterwards.
    planted.house.run(_expire(planted.people["expired"], planted.house))


async def _mandate(planted: Planted) -> None:
    async with planted.house.act(planted.people["coordinator"]) as unit:
        await sharing.record_mandate(
            unit, planted.situation_id, planted.people["guardian"].employment_id, "both"
        )


def _write(planted: Planted) -> None:
    """Have every writable section written by those who may, by the pages' own forms."""
    for section, writers in WRITERS.items():
        address = f"/situations/{planted.situation_id}/sections/{section}"
        for writer in writers:
            browser, entry_id = planted.browsers[writer], new_id()
            name = f"{section}/{writer}"
            readers = planted.may_read(section) | {writer}
            fields = {
                "entry_id": str(entry_id),
                "text": planted.mark(f"{name}/text", readers=readers),
                "opinion": planted.mark(f"{name}/opinion", readers=readers),
                "observed_by": planted.mark(f"{name}/observed_by", readers=readers),
                "seen": "seen",
                "confirmed": "yes",
            }
            answer = browser.form(f"{address}/entries", fields)
            assert answer.status_code == 303, f"{name}: {answer.status_code} {answer.text[-900:]}"
            planted.entries[name] = entry_id
            extract = planted.mark(
                f"{name}/extract", readers=planted.may_read_extract(section) | {writer}
            )
            answer = browser.form(
                f"{address}/extract", {"version": "0", "text": extract, "confirmed": "yes"}
            )
            assert answer.status_code == 303, f"{name}: {answer.status_code} {answer.text[-900:]}"
    _write_for_some(planted)


def _write_for_some(planted: Planted) -> None:
    """Write what the person says to social workers only: the list narrows (settled.md 5)."""
    readers = {"worker", "educator"}
    fields = {
        "entry_id": str(new_id()),
        "text": planted.mark("wishes_voice/for G2/text", readers=readers),
        "groups": ["G2"],
        "confirmed": "yes",
    }
    address = f"/situations/{planted.situation_id}/sections/wishes_voice/entries"
    answer = planted.browsers["worker"].form(address, fields)
    assert answer.status_code == 303, answer.text[-900:]


def _night(planted: Planted) -> None:
    """Open an emergency access on what the nurse reads anyway, close it, have it reviewed."""
    overseers = ("nurse", "coordinator", "dpo")
    address = f"/api/v1/situations/{planted.situation_id}/emergency"
    wanted = {
        "access_id": str(planted.access_id),
        "sections": ["safety_risk"],
        "reason_code": "rescue",
        "basis": "CP223_6",
        # Domain 3.2: the auditor reads the motives of emergency accesses, and no other content.
        "reason": planted.mark("emergency/reason", readers=(*overseers, "auditor")) + " " * 3
        + "et ce qu'il faut savoir pour entrer",
    }  # fmt: skip
    nurse = planted.browsers["nurse"]
    assert nurse.send("POST", address, json=wanted).status_code == 201
    assert nurse.send("DELETE", address).status_code == 204
    said = {
        "outcome": "justified",
        "remarks": planted.mark("emergency/remarks", readers=overseers),
        "not_told": planted.mark("emergency/not_told", readers=overseers),
    }
    review = f"/api/v1/emergencies/{planted.access_id}/review"
    assert planted.browsers["dpo"].send("POST", review, json=said).status_code == 204


def _report(planted: Planted) -> None:
    """Tell an authority, keep a path aside, make a note: the author alone reads them again."""
    browser = planted.browsers["worker"]
    address = f"/api/v1/situations/{planted.situation_id}"
    said = {
        "report_id": str(planted.report_id),
        "path": "CP226_14_1",
        "recipient": "prosecutor",
        "extract": planted.mark("report/extract", readers=("worker",)),
        "reason": planted.mark("report/reason, thirty characters", readers=("worker",)),
        "informed": "informed",
        "informed_on": "2026-03-02",
        "informed_by": planted.mark("report/informed_by", readers=("worker",)),
        "confirmed": True,
    }
    assert browser.send("POST", f"{address}/reports", json=said).status_code == 201
    told = planted.mark("report/motive, thirty characters", readers=("worker",))
    quiet = {"informed": "not_informed", "motive": told, "report_id": str(new_id())}
    second = {**said, **quiet, "informed_on": None, "informed_by": ""}
    assert browser.send("POST", f"{address}/reports", json=second).status_code == 201
    aside = {
        "report_id": str(new_id()),
        "path": "CP226_14_4",
        "reason": planted.mark("report/unused, thirty characters", readers=("worker",)),
        "confirmed": True,
    }
    assert browser.send("POST", f"{address}/reports/unused", json=aside).status_code == 201
    note = {"note_id": str(planted.note_id), "recipient": "mayor"}
    assert browser.send("POST", f"{address}/mayor-notes", json=note).status_code == 201


def _disclose(planted: Planted) -> None:
    """Admit the guest, let the nurse write to the physician by name, the outsider ask to join."""
    base = f"/api/v1/situations/{planted.situation_id}"
    end = planted.house.workplace.clock.now() + timedelta(days=20)
    granted = {
        "employment_id": str(planted.people["guest"].employment_id),
        "sections": [section for section in GUEST_SECTIONS if section != "synthesis"],
        "purpose": "social_followup",
        "basis": "CSP_L1110_4_III",
        "until": end.isoformat(),
    }
    answer = planted.browsers["coordinator"].send("POST", f"{base}/guests", json=granted)
    assert answer.status_code == 204, answer.text
    message = {
        "exchange_id": str(planted.exchange_id),
        "recipients": [str(planted.people["physician"].employment_id)],
        "purpose": "continuity",
        "text": planted.mark("exchange/text", readers=("nurse", "physician")),
        "confirmed": True,
    }
    about = f"{base}/sections/mental_health/exchanges"
    answer = planted.browsers["nurse"].send("POST", about, json=message)
    assert answer.status_code == 201, answer.text
    opened = planted.browsers["physician"].send(
        "PUT", f"{base}/exchanges/{planted.exchange_id}/receipt"
    )
    assert opened.status_code == 204, opened.text
    reference = planted.browsers["worker"].get(base).json()["header"]["reference"]
    asked = {
        "request_id": str(planted.request_id),
        "reference": reference,
        "reason": "intervenes",
        "sentence": planted.mark("join_request/sentence", readers=("coordinator", "worker")),
    }
    answer = planted.browsers["outsider"].send("POST", "/api/v1/join-requests", json=asked)
    assert answer.status_code == 202, answer.text


def _propose(planted: Planted) -> None:
    """Propose a version of the rules, for a motive that those who adopt them read."""
    tables = {name: rules.texts()[f"{name}.csv"] for name in ("matrix", "conditions", "special")}
    tables["matrix"] = tables["matrix"].replace("housing, read, BAIL, a\n", "", 1)
    motive = planted.mark("policy/motive", readers=("coordinator", "auditor", "dpo"))
    said = {**tables, "motive": motive}
    answer = planted.browsers["coordinator"].send("POST", "/api/v1/policy/versions", json=said)
    assert answer.status_code == 201, answer.text


def plant(house: House) -> Planted:
    """Build it all, listening to what the process logs meanwhile."""
    planted = Planted(house, Cast.on(house))
    _gather(planted)
    client = house.client()
    planted.streams.open()
    client.event_hooks = {
        "request": [lambda request: planted.urls.append(str(request.url))],
        "response": [lambda answer: planted.urls.append(answer.headers.get("location", ""))],
    }
    planted.browsers = {
        name: Browser(client, sign_in(house, actor)) for name, actor in planted.people.items()
    }
    planted.browsers["nobody"] = Browser(client, "")
    planted.referral_id = _refer(planted, "referral", accepted=True)
    _qualify(planted, planted.referral_id, "referral")
    _accept(planted)
    planted.waiting_id = _refer(planted, "waiting", accepted=False)
    _qualify(planted, planted.waiting_id, "waiting")
    _share(planted)
    _write(planted)
    _propose(planted)
    _report(planted)
    _night(planted)
    _disclose(planted)
    planted.streams.close()
    return planted


async def referral_rows(planted: Planted) -> list[Any]:
    """Return the rows of both referrals, for tests that need their identifiers."""
    async with planted.house.act(planted.people["coordinator"], write=False) as unit:
        found = await unit.transaction.execute(select(Referral.__table__))
        return list(found.all())


SECTIONS = tuple(str(section) for section in Section if section is not Section.SITUATION)
