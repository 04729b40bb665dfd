"""Writing in a section: entries, corrections, extracts. Nobody deletes; nobody edits another's.

An entry is one sealed box. Its author changes it for a day, each change a new version; later a
correction is a new entry, linked to the old one, which stays. A form sent twice is written once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from audit.event import Act, Outcome
from policies.vocabulary import Action, RecipientGroup, Section
from service.access import gate, record
from service.access.facts import SituationFacts
from service.clock import PARIS
from service.database import FOREVER, new_id
from service.encryption.context import BoxContext
from service.encryption.sealed import Sealed
from service.errors import Conflict, Invalid, NotFound, Refused
from service.sharing import operations as sharing
from service.situations.models import FunctionalExtract, SectionEntry, Situation
from service.situations.rules import (
    MAY_BELONG,
    MAY_NARROW,
    SEEN_LABELS,
    WRITTEN_HERE,
    may_edit,
    warnings,
)
from service.situations.schemas import EntryContent, Written
from service.unit import Unit
from service.web.words import is_clean

LONGEST_TEXT = 20_000
LONGEST_LINE = 200
_ALREADY = "Ce texte a déjà été enregistré autrement. Rechargez la page pour voir ce qui l'est."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where an entry goes."""

    situation_id: UUID
    section: Section
    entry_id: UUID
    version: int = 1
    belongs_to: str = ""
    groups: tuple[str, ...] = ()
    corrects: UUID | None = None

    @property
    def box(self) -> str:
        """Return the section under whose key it is sealed (settled.md 5)."""
        return self.belongs_to or str(self.section)

    def context(self, unit: Unit) -> BoxContext:
        """Bind the box to this place."""
        return entry_context(
            unit.clsm_id,
            self.situation_id,
            section=self.section,
            belongs_to=self.belongs_to,
            entry_id=self.entry_id,
            version=self.version,
        )


def entry_context(  # noqa: PLR0913 — the parts of a place
    clsm_id: UUID,
    situation_id: UUID,
    *,
    section: str,
    belongs_to: str,
    entry_id: UUID,
    version: int,
) -> BoxContext:
    """Return the place of an entry's box: moved elsewhere, it no longer opens."""
    return BoxContext(
        clsm_id,
        situation_id,
        belongs_to or str(section),
        field=str(entry_id),
        record_version=version,
    )


def extract_context(
    clsm_id: UUID, situation_id: UUID, section: str, extract_id: UUID, version: int
) -> BoxContext:
    """Return the place of an extract's box: its own key, apart from the section's."""
    return BoxContext(
        clsm_id,
        situation_id,
        f"{section}/extract",
        field=str(extract_id),
        record_version=version,
    )


async def file_entry(  # noqa: PLR0913 — an entry's parts
    unit: Unit,
    facts: SituationFacts,
    situation_id: UUID,
    section: Section,
    content: EntryContent,
    *,
    belongs_to: str = "",
    groups: Iterable[str] = (),
    author: UUID | None = None,
) -> UUID:
    """Seal one entry where the caller has decided that it goes; return its identifier.

    `author` is the seat that wrote it, when it is not the one that acts: on acceptance, the
    referrer of each block (settled.md 8). Raises Invalid for a text that cannot be kept.
    """
    place = _Place(
        situation_id=situation_id,
        section=section,
        entry_id=new_id(),
        belongs_to=_belonging(section, belongs_to),
        groups=_narrowed(section, groups),
    )
    checked = _checked(unit, content)
    sealed = await _seal_entry(unit, place, checked)
    if not await _insert(unit, place, sealed, author=author):
        raise Conflict(_ALREADY)
    await sharing.note_author(unit, situation_id, section, author)
    await record.note(
        unit,
        Act.SECTION_WRITTEN,
        situations=(situation_id,),
        obj=_said(place),
        role=gate.role_of(facts),
        new=unit.keyring.digest(sealed),
    )
    return place.entry_id


async def add_entry(  # noqa: PLR0913 — an entry's parts
    unit: Unit,
    situation_id: UUID,
    section: Section,
    entry_id: UUID,
    content: EntryContent,
    *,
    belongs_to: str = "",
    groups: Iterable[str] = (),
    confirmed: bool = False,
) -> Written:
    """Add an entry of this seat. The same entry sent twice is written once.

    Raises Refused or NotFound; Invalid for a wrong field, or for words to confirm
    (`confirmed`); Conflict when `entry_id` already carries another text.
    """
    facts = await sharing.facts_about(unit, situation_id)
    place = _Place(
        situation_id=situation_id,
        section=section,
        entry_id=entry_id,
        belongs_to=belongs_to,
        groups=tuple(groups),
    )
    await _contributes(unit, facts, place, Act.SECTION_WRITTEN)
    return await _add(unit, facts, place, content, confirmed=confirmed)


async def correct_entry(  # noqa: PLR0913 — an entry's parts
    unit: Unit,
    situation_id: UUID,
    section: Section,
    corrected_id: UUID,
    entry_id: UUID,
    content: EntryContent,
    *,
    confirmed: bool = False,
) -> Written:
    """Correct one's own entry after its day: a new entry, linked; the old one stays, struck.

    Raises as `add_entry`; Invalid while the entry can still be edited; Conflict when another
    correction exists.
    """
    facts = await sharing.facts_about(unit, situation_id)
    target = _Place(situation_id=situation_id, section=section, entry_id=corrected_id)
    await _contributes(unit, facts, target, Act.SECTION_CORRECTED)
    row = await _own_row(unit, facts, target, Act.SECTION_CORRECTED)
    if may_edit(row.first_written_at, unit.now()):
        raise Invalid(
            {"text": "Cette contribution a moins de 24 heures : modifiez-la directement."}
        )
    already = (
        await unit.transaction.execute(
            select(SectionEntry.entry_id).where(
                SectionEntry.clsm_id == unit.clsm_id,
                SectionEntry.situation_id == situation_id,
                SectionEntry.section == section,
                SectionEntry.corrects == corrected_id,
                SectionEntry.entry_id != entry_id,
            )
        )
    ).first()
    if already is not None:
        raise Conflict("Cette contribution a déjà une correction : corrigez la correction.")
    place = _Place(
        situation_id=situation_id,
        section=section,
        entry_id=entry_id,
        belongs_to=row.belongs_to,
        groups=groups_of(row.groups),
        corrects=corrected_id,
    )
    return await _add(unit, facts, place, content, confirmed=confirmed)


async def edit_entry(  # noqa: PLR0913 — an entry's parts
    unit: Unit,
    situation_id: UUID,
    section: Section,
    entry_id: UUID,
    content: EntryContent,
    *,
    version: int,
    confirmed: bool = False,
) -> Written:
    """Change one's own entry within its day; `version` is the one that was read.

    Every version stays in the history. Raises as `add_entry`; Conflict on a stale version,
    Invalid after the day.
    """
    facts = await sharing.facts_about(unit, situation_id)
    target = _Place(situation_id=situation_id, section=section, entry_id=entry_id)
    await _contributes(unit, facts, target, Act.SECTION_WRITTEN)
    row = await _own_row(unit, facts, target, Act.SECTION_WRITTEN)
    if not may_edit(row.first_written_at, unit.now()):
        raise Invalid(
            {"text": "Cette contribution a plus de 24 heures : corrigez-la, elle restera."}
        )
    _watch(section, content, confirmed=confirmed)
    checked = _checked(unit, content)
    if row.entry_version != version:
        raise Conflict
    place = _Place(
        situation_id=situation_id,
        section=section,
        entry_id=entry_id,
        version=version + 1,
        belongs_to=row.belongs_to,
        groups=groups_of(row.groups),
        corrects=row.corrects,
    )
    await _supersede(unit, SectionEntry, "entry", entry_id, version)
    sealed = await _seal_entry(unit, place, checked)
    if not await _insert(unit, place, sealed, first_written_at=row.first_written_at):
        raise Conflict
    await gate.permit(
        unit,
        facts,
        Action.CONTRIBUTE,
        section,
        act=Act.SECTION_WRITTEN,
        obj=_said(place),
        old=unit.keyring.digest(row.content),
        new=unit.keyring.digest(sealed),
    )
    return Written(entry_id=entry_id, version=place.version)


async def write_extract(  # noqa: PLR0913 — an extract's parts
    unit: Unit,
    situation_id: UUID,
    section: Section,
    text: str,
    *,
    version: int,
    confirmed: bool = False,
) -> Written:
    """Write what others may know of a section: a text of its author, never cut from the full one.

    One extract an author and section; `version` is the one that was read, 0 for the first.
    Raises Refused to whoever wrote nothing in the section, Invalid, Conflict.
    """
    facts = await sharing.facts_about(unit, situation_id)
    target = _Place(situation_id=situation_id, section=section, entry_id=situation_id)
    await _contributes(unit, facts, target, Act.EXTRACT_WRITTEN)
    if not await _has_written(unit, situation_id, section):
        await _deny(unit, facts, target, Act.EXTRACT_WRITTEN)
        raise Refused(
            ("L'extrait utile est écrit par un auteur de la rubrique.",),
            "Ajoutez d'abord votre contribution.",
        )
    _watch(section, EntryContent(text=text), confirmed=confirmed, extract=True)
    checked = _checked(unit, EntryContent(text=text)).text
    before = await _own_extract(unit, situation_id, section)
    if before is not None and before.extract_version == version + 1:
        context = extract_context(
            unit.clsm_id, situation_id, section, before.extract_id, before.extract_version
        )
        if await _says(unit, facts, section, before.content, context, checked, str):
            return Written(entry_id=before.extract_id, version=before.extract_version)
    if (before.extract_version if before else 0) != version:
        raise Conflict
    extract_id = before.extract_id if before else new_id()
    if before:
        await _supersede(unit, FunctionalExtract, "extract", extract_id, version)
    box = f"{section}/extract"
    await record.keys_made(unit, situation_id, (box,))
    context = extract_context(unit.clsm_id, situation_id, section, extract_id, version + 1)
    sealed = unit.keyring.seal(context, checked)
    await unit.transaction.execute(
        insert(FunctionalExtract).values(
            clsm_id=unit.clsm_id,
            extract_id=extract_id,
            extract_version=version + 1,
            situation_id=situation_id,
            section=section,
            employment_id=unit.actor.employment_id,
            written_at=unit.now(),
            superseded_at=FOREVER,
            content=sealed,
        )
    )
    await gate.permit(
        unit,
        facts,
        Action.CONTRIBUTE,
        section,
        act=Act.EXTRACT_WRITTEN,
        obj={"k": "extract", "s": str(section), "ver": version + 1},
        old=unit.keyring.digest(before.content) if before else None,
        new=unit.keyring.digest(sealed),
    )
    return Written(entry_id=extract_id, version=version + 1)


def groups_of(line: str) -> tuple[str, ...]:
    """Return the recipient groups of an entry's line."""
    return tuple(group for group in line.split(",") if group)


async def _add(
    unit: Unit,
    facts: SituationFacts,
    place: _Place,
    content: EntryContent,
    *,
    confirmed: bool,
) -> Written:
    """Write a new entry, or answer again for the one that was already written."""
    _belonging(place.section, place.belongs_to)
    _narrowed(place.section, place.groups)
    _watch(place.section, content, confirmed=confirmed)
    checked = _checked(unit, content)
    sealed = await _seal_entry(unit, place, checked)
    if not await _insert(unit, place, sealed):
        return await _again(unit, facts, place, checked)
    await sharing.note_author(unit, place.situation_id, place.section)
    act = Act.SECTION_CORRECTED if place.corrects else Act.SECTION_WRITTEN
    await gate.permit(
        unit,
        facts,
        Action.CONTRIBUTE,
        place.section,
        act=act,
        obj=_said(place),
        new=unit.keyring.digest(sealed),
    )
    return Written(entry_id=place.entry_id, version=place.version)


async def _again(
    unit: Unit, facts: SituationFacts, place: _Place, content: EntryContent
) -> Written:
    """Answer a form sent twice: the same text gives the same answer, another one Conflict."""
    row = (
        await unit.transaction.execute(
            select(SectionEntry.__table__).where(
                SectionEntry.clsm_id == unit.clsm_id,
                SectionEntry.entry_id == place.entry_id,
                SectionEntry.entry_version == 1,
            )
        )
    ).first()
    same_place = row is not None and (
        row.situation_id,
        row.section,
        row.employment_id,
        row.belongs_to,
        row.groups,
        row.corrects,
    ) == (
        place.situation_id,
        place.section,
        unit.actor.employment_id,
        place.belongs_to,
        ",".join(place.groups),
        place.corrects,
    )
    if row is None or not same_place:
        raise Conflict(_ALREADY)
    box = place.box
    if await _says(unit, facts, box, row.content, place.context(unit), content, EntryContent):
        return Written(entry_id=place.entry_id, version=1)
    raise Conflict(_ALREADY)


async def _says(  # noqa: PLR0913 — a box and what is needed to open it
    unit: Unit,
    facts: SituationFacts,
    section: str,
    sealed: Sealed,
    context: BoxContext,
    wanted: object,
    kind: type[Any],
) -> bool:
    """Return whether one's own box already holds this very text; recorded as a reading."""
    permit = await gate.permit(
        unit,
        facts,
        Action.READ_OWN,
        Section(section),
        act=Act.SECTION_READ,
        boxes=(context.section,),
    )
    await unit.keyring.load(unit.clsm_id, [(context.situation_id, context.section)])
    return bool(unit.keyring.open(sealed, context, permit, kind) == wanted)


async def _contributes(unit: Unit, facts: SituationFacts, place: _Place, act: Act) -> None:
    """Raise unless this seat may write there; the act itself is recorded once it is done."""
    if place.belongs_to and place.belongs_to not in set(Section):
        raise Invalid({"belongs_to": "Cette rubrique n'existe pas."})
    for section in {place.section, Section(place.belongs_to or place.section)}:
        if not gate.allows(facts, section, Action.CONTRIBUTE):
            await gate.permit(unit, facts, Action.CONTRIBUTE, section, act=act)
    if place.section not in WRITTEN_HERE:
        await _deny(unit, facts, place, act)
        raise Refused(("Cette rubrique ne s'écrit pas à la main.",), "")


async def _deny(unit: Unit, facts: SituationFacts, place: _Place, act: Act) -> None:
    await record.note(
        unit,
        act,
        situations=(place.situation_id,),
        out=Outcome.DENY,
        obj=_said(place),
        role=gate.role_of(facts),
    )


async def _own_row(unit: Unit, facts: SituationFacts, place: _Place, act: Act) -> Any:
    """Return the current version of this seat's own entry.

    Raises NotFound when it is absent or someone else's: the two are not told apart.
    """
    row = (
        await unit.transaction.execute(
            select(SectionEntry.__table__).where(
                SectionEntry.clsm_id == unit.clsm_id,
                SectionEntry.entry_id == place.entry_id,
                SectionEntry.situation_id == place.situation_id,
                SectionEntry.section == place.section,
                SectionEntry.superseded_at == FOREVER,
                SectionEntry.employment_id == unit.actor.employment_id,
            )
        )
    ).first()
    if row is None:
        await _deny(unit, facts, place, act)
        raise NotFound
    return row


async def _own_extract(unit: Unit, situation_id: UUID, section: Section) -> Any:
    return (
        await unit.transaction.execute(
            select(FunctionalExtract.__table__).where(
                FunctionalExtract.clsm_id == unit.clsm_id,
                FunctionalExtract.situation_id == situation_id,
                FunctionalExtract.section == section,
                FunctionalExtract.superseded_at == FOREVER,
                FunctionalExtract.employment_id == unit.actor.employment_id,
            )
        )
    ).first()


async def _has_written(unit: Unit, situation_id: UUID, section: Section) -> bool:
    found = await unit.transaction.execute(
        select(SectionEntry.entry_id)
        .where(
            SectionEntry.clsm_id == unit.clsm_id,
            SectionEntry.situation_id == situation_id,
            SectionEntry.section == section,
            SectionEntry.superseded_at == FOREVER,
            SectionEntry.employment_id == unit.actor.employment_id,
        )
        .limit(1)
    )
    return found.first() is not None


async def _seal_entry(unit: Unit, place: _Place, content: EntryContent) -> Sealed:
    await record.keys_made(unit, place.situation_id, (place.box,))
    return unit.keyring.seal(place.context(unit), content)


async def _insert(
    unit: Unit,
    place: _Place,
    sealed: Sealed,
    *,
    author: UUID | None = None,
    first_written_at: object = None,
) -> bool:
    """Write the row; False when this identifier and version are already there."""
    now = unit.now()
    episode = (
        select(Situation.episode)
        .where(Situation.clsm_id == unit.clsm_id, Situation.situation_id == place.situation_id)
        .scalar_subquery()
    )
    try:
        async with unit.transaction.begin_nested():
            await unit.transaction.execute(
                insert(SectionEntry).values(
                    clsm_id=unit.clsm_id,
                    entry_id=place.entry_id,
                    entry_version=place.version,
                    situation_id=place.situation_id,
                    section=place.section,
                    belongs_to=place.belongs_to,
                    groups=",".join(place.groups),
                    corrects=place.corrects,
                    episode=episode,
                    employment_id=author or unit.actor.employment_id,
                    written_at=now,
                    first_written_at=first_written_at or now,
                    superseded_at=FOREVER,
                    content=sealed,
                )
            )
    except IntegrityError:
        return False
    return True


async def _supersede(
    unit: Unit,
    table: type[SectionEntry] | type[FunctionalExtract],
    name: str,
    key: UUID,
    version: int,
) -> None:
    """Close the current version; raises Conflict when someone wrote in between."""
    columns = table.__table__.c
    done = await unit.transaction.execute(
        update(table)
        .where(
            columns.clsm_id == unit.clsm_id,
            columns[f"{name}_id"] == key,
            columns[f"{name}_version"] == version,
            columns.superseded_at == FOREVER,
        )
        .values(superseded_at=unit.now())
    )
    if done.rowcount != 1:
        raise Conflict


def _belonging(section: Section, belongs_to: str) -> str:
    if belongs_to and section not in MAY_BELONG:
        raise Invalid({"belongs_to": "Une contribution de cette rubrique n'appartient qu'à elle."})
    if belongs_to and (belongs_to not in WRITTEN_HERE or belongs_to == section):
        raise Invalid({"belongs_to": "Choisissez une autre rubrique de la situation."})
    return belongs_to


def _narrowed(section: Section, groups: Iterable[str]) -> tuple[str, ...]:
    named = tuple(groups)
    if named and section not in MAY_NARROW:
        raise Invalid({"groups": "Cette rubrique ne se limite pas à des groupes."})
    if not set(named) <= set(RecipientGroup):
        raise Invalid({"groups": "Choisissez parmi les groupes proposés."})
    return tuple(str(group) for group in RecipientGroup if group in named)


def _watch(
    section: Section, content: EntryContent, *, confirmed: bool, extract: bool = False
) -> None:
    """Raise Invalid for what is refused, and for what the author has not confirmed yet."""
    unsure: list[str] = []
    for name in ("text", "opinion", "observed_by"):
        for watched in warnings(section, getattr(content, name), extract=extract):
            if watched.refused:
                raise Invalid({name: watched.sentence})
            if watched.sentence not in unsure:
                unsure.append(watched.sentence)
    if unsure and not confirmed:
        raise Invalid({"confirmed": " ".join(unsure)})


def _checked(unit: Unit, content: EntryContent) -> EntryContent:
    """Return the content as it is kept; raises Invalid naming each wrong field.

    Programs are checked by the schema, forms by the reader of forms: this is the last fence,
    the same for both.
    """
    errors: dict[str, str] = {}
    limits = {"text": LONGEST_TEXT, "opinion": LONGEST_TEXT, "observed_by": LONGEST_LINE}
    for name, longest in limits.items():
        value = getattr(content, name)
        if len(value) > longest:
            errors[name] = f"Ce texte dépasse {longest} caractères : raccourcissez-le."
        elif not is_clean(value):
            errors[name] = "Ce texte contient des signes invisibles : retapez-le sans coller."
    if not content.text.strip():
        errors["text"] = "Écrivez ce que vous voulez transmettre."
    if content.observed_on and content.observed_on > unit.now().astimezone(PARIS).date():
        errors["observed_on"] = "Le jour de l'observation est à venir : corrigez la date."
    if content.seen and content.seen not in SEEN_LABELS:
        errors["seen"] = "Dites si c'est vu ou rapporté."
    if errors:
        raise Invalid(errors)
    return content


def _said(place: _Place) -> dict[str, object]:
    """Return what the record says of an entry: codes, never content."""
    said: dict[str, object] = {
        "k": "entry",
        "s": str(place.section),
        "id": str(place.entry_id),
        "ver": place.version,
    }
    if place.belongs_to:
        said["of"] = place.belongs_to
    if place.corrects:
        said["corrects"] = str(place.corrects)
    return said
