"""What professionals do with circles and agreements; other domains import from here only."""

from service.sharing.operations.agreement import (
    answer_grid,
    read_agreement,
    record_agreement,
    record_information,
    withdraw_agreement,
)
from service.sharing.operations.circle import (
    candidates,
    end_circle,
    join_circle,
    leave_circle,
    read_circle,
    renew_circle,
)
from service.sharing.operations.course import begin, move
from service.sharing.operations.duties import (
    close_mission,
    declare_conflict,
    designate_informing,
    designate_lead,
    freeze,
    lift_conflict,
    link_care_team,
    note_author,
    open_mission,
    record_mandate,
    unfreeze,
)
from service.sharing.operations.emergency import (
    emergency_ends,
    end_emergency,
    write_emergency,
)
from service.sharing.operations.explanation import explain, read_access
from service.sharing.operations.facts import (
    coordinated_cells,
    facts_about,
    facts_about_many,
    facts_of,
    seat_of,
    visible_to,
)
from service.sharing.operations.places import seat_facts_in
from service.sharing.operations.seating import access_at, access_map, info_of, readers

__all__ = [
    "access_at",
    "access_map",
    "answer_grid",
    "begin",
    "candidates",
    "close_mission",
    "coordinated_cells",
    "declare_conflict",
    "designate_informing",
    "designate_lead",
    "emergency_ends",
    "end_circle",
    "end_emergency",
    "explain",
    "facts_about",
    "facts_about_many",
    "facts_of",
    "freeze",
    "info_of",
    "join_circle",
    "leave_circle",
    "lift_conflict",
    "link_care_team",
    "move",
    "note_author",
    "open_mission",
    "read_access",
    "read_agreement",
    "read_circle",
    "readers",
    "record_agreement",
    "record_information",
    "record_mandate",
    "renew_circle",
    "seat_facts_in",
    "seat_of",
    "unfreeze",
    "visible_to",
    "withdraw_agreement",
    "write_emergency",
]
