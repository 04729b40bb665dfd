"""Nothing that a seat holds is forgotten when its person leaves."""

from service import schema
from service.database import Table
from service.sharing.operations import ended_tables

assert schema.MAIN

ENDED = {
    "employment": "closed itself",
    "office.employment_id": "partners.close_seats",
    "on_call_duty.employment_id": "partners.close_seats",
    "session.employment_id": "people.close_people",
    "invitation.invited_by": "people.close_people: a link that one kept must not outlive the seat",
    "circle_invitation.employment_id": "withdrawn while it waits; an answer stays",
    "join_request.employment_id": "declined while it waits",
}
"""What a departure ends beside the facts of `ended_tables`."""

STAYS = {
    "agreement_event.employment_id": "who collected what the person said",
    "care_team_link.with_employment_id": "the link of the colleague who stays",
    "conflict_of_interest.employment_id": "only restricts",
    "emergency_attempt.employment_id": "a reference that was nobody's: counted for an hour",
    "emergency_request.answered_by": "who answered",
    "emergency_request.employment_id": "the paper of an access; the access itself is ended",
    "emergency_review.employment_id": "who looked at it",
    "emergency_review.told_by": "who told the person",
    "exchange.employment_id": "who sent it",
    "exchange_recipient.employment_id": "to whom it was sent; read by a live seat only",
    "functional_extract.employment_id": "who wrote it",
    "information_event.employment_id": "who told the person",
    "inquiry.employment_id": "who answered",
    "mayor_note.coordinator_id": "who was proposed then",
    "mayor_note.employment_id": "who wrote it",
    "milestone.employment_id": "who moved the situation",
    "outgoing_mail.employment_id": "a mail that says nothing, and is dropped in three days",
    "pledge.employment_id": "what was promised still binds; it opens nothing without a seat",
    "policy_approval.employment_id": "who approved",
    "policy_simulation.employment_id": "who asked; read by a live office only, for thirty days",
    "policy_version.author_id": "who proposed",
    "referral.employment_id": "who sent it; a draft is destroyed after thirty days",
    "report_handover.employment_id": "who handed it over",
    "report_review.employment_id": "who looked at it",
    "section_author.employment_id": "who wrote where",
    "section_entry.employment_id": "who wrote it",
    "statutory_report.employment_id": "who made it",
}
"""What says who did something: it opens nothing to a seat that has ended."""


def test_every_tie_to_a_seat_is_ended_or_said_to_stay():
    ties = {
        f"{table.name}.{column.name}"
        for table in Table.metadata.tables.values()
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table.name == "employment"
    }
    facts = {f"{model.__tablename__}.employment_id" for model in ended_tables()}
    forgotten = ties - facts - set(ENDED) - set(STAYS)
    assert not forgotten, (
        "a departure must end these (an OfSeat ends by itself), or STAYS says why they remain: "
        f"{sorted(forgotten)}"
    )


def test_what_is_named_here_exists():
    known = {
        f"{table.name}.{column.name}"
        for table in Table.metadata.tables.values()
        for column in table.columns
    }
    gone = (set(ENDED) | set(STAYS)) - known - {"employment"}
    assert not gone, sorted(gone)


def test_every_table_that_holds_for_a_time_says_what_a_departure_does():
    """A row of a seat with an end is a right until proved otherwise."""
    ended = {model.__tablename__ for model in ended_tables()}
    for table in Table.metadata.tables.values():
        if {"valid_to", "employment_id"} <= set(table.columns.keys()) and table.name not in ended:
            name = f"{table.name}.employment_id"
            assert name in ENDED or name in STAYS, name
