"""Tables of situations. Texts are sealed; in clear are only codes, dates and identifiers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.database import Table
from service.encryption.sealed import Sealed, SealedColumn


def _inside_situation() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["clsm_id", "situation_id"], ["situation.clsm_id", "situation.situation_id"]
    )


class Situation(Table):
    """The file of one person in one dwelling, as one cell follows it.

    `alias` is a word of a closed list, given at random: it says nothing of the person.
    `changed_at` is the last change of state or urgency: the safety clock counts from it.
    """

    __tablename__ = "situation"
    __table_args__ = (
        ForeignKeyConstraint(["clsm_id", "cell_id"], ["cell.clsm_id", "cell.cell_id"]),
        Index("uq_situation_clsm_id_reference", "clsm_id", "reference", unique=True),
        Index("ix_situation_list", "clsm_id", "opened_at", "situation_id"),
        Index("ix_situation_of_cell", "clsm_id", "cell_id", "opened_at", "situation_id"),
        Index("ix_situation_state", "clsm_id", "cell_id", "state", "opened_at", "situation_id"),
    )

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    situation_id: Mapped[UUID] = mapped_column(primary_key=True)
    cell_id: Mapped[UUID]
    reference: Mapped[str]
    alias: Mapped[str] = mapped_column(default="")
    state: Mapped[str]
    urgency: Mapped[str]
    adherence: Mapped[str] = mapped_column(default="unknown")
    episode: Mapped[int] = mapped_column(default=1)
    opened_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class Episode(Table):
    """One opening to closing of a situation."""

    __tablename__ = "episode"
    __table_args__ = (_inside_situation(),)

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    situation_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Milestone(Table):
    """A dated change of state, urgency, mode or adherence: the timeline and the two clocks."""

    __tablename__ = "milestone"
    __table_args__ = (
        _inside_situation(),
        Index("ix_milestone_clsm_id_situation_id_at", "clsm_id", "situation_id", "at"),
    )

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    milestone_id: Mapped[UUID] = mapped_column(primary_key=True)
    situation_id: Mapped[UUID]
    kind: Mapped[str]
    before: Mapped[str]
    after: Mapped[str]
    at: Mapped[datetime]
    employment_id: Mapped[UUID] = mapped_column(ForeignKey("employment.employment_id"))


class SectionEntry(Table):
    """One author's entry in a section: one box. A change is a new version; none is deleted.

    `belongs_to` names another section whose rights also apply, and under whose key the entry
    is sealed (11, 13, 14, 15, 17); `groups` narrows 9 and 11 to recipient groups.
    """

    __tablename__ = "section_entry"
    __table_args__ = (
        _inside_situation(),
        Index("ix_section_entry_current", "clsm_id", "situation_id", "section", "superseded_at"),
    )

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    entry_version: Mapped[int] = mapped_column(primary_key=True)
    situation_id: Mapped[UUID]
    section: Mapped[str]
    belongs_to: Mapped[str] = mapped_column(default="")
    groups: Mapped[str] = mapped_column(Text, default="")
    corrects: Mapped[UUID | None]
    episode: Mapped[int]
    employment_id: Mapped[UUID] = mapped_column(ForeignKey("employment.employment_id"))
    written_at: Mapped[datetime]
    first_written_at: Mapped[datetime]
    superseded_at: Mapped[datetime]
    content: Mapped[Sealed] = mapped_column(SealedColumn)


class FunctionalExtract(Table):
    """A separate text of the section's author for those outside: never cut from the full text."""

    __tablename__ = "functional_extract"
    __table_args__ = (
        _inside_situation(),
        Index(
            "ix_functional_extract_current", "clsm_id", "situation_id", "section", "superseded_at"
        ),
    )

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    extract_id: Mapped[UUID] = mapped_column(primary_key=True)
    extract_version: Mapped[int] = mapped_column(primary_key=True)
    situation_id: Mapped[UUID]
    section: Mapped[str]
    employment_id: Mapped[UUID] = mapped_column(ForeignKey("employment.employment_id"))
    written_at: Mapped[datetime]
    superseded_at: Mapped[datetime]
    content: Mapped[Sealed] = mapped_column(SealedColumn)


class IdentityCard(Table):
    """Name, birth and address of the person, for headers and lists: its own small box."""

    __tablename__ = "identity_card"
    __table_args__ = (_inside_situation(),)

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    situation_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    written_at: Mapped[datetime]
    content: Mapped[Sealed] = mapped_column(SealedColumn)


class DuplicateTag(Table):
    """A keyed digest to find the same person twice without opening anything.

    A person may have several of one index: usual and birth name, each live version of its key.
    """

    __tablename__ = "duplicate_tag"
    __table_args__ = (
        Index("ix_duplicate_tag_clsm_id_index_name_tag", "clsm_id", "index_name", "tag"),
    )

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    situation_id: Mapped[UUID] = mapped_column(primary_key=True)
    index_name: Mapped[str] = mapped_column(primary_key=True)
    index_version: Mapped[int] = mapped_column(primary_key=True)
    tag: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
