"""What professionals do with circles and agreements; other domains import from here only."""

from service.sharing.operations.access import read_access, read_map
from service.sharing.operations.agreement import (
    answer_grid,
    record_agreement,
    record_information,
    withdraw_agreement,
)
from service.sharing.operations.answering import (
    admit_asker,
    decline_asker,
    invite_asker,
    preview_asker,
    read_request,
    read_requests,
    requests_to_answer,
)
from service.sharing.operations.assignments import (
    assign,
    assignable,
    close_assignment,
    read_assignments,
)
from service.sharing.operations.circle import (
    ask_renewal,
    end_circle,
    leave_circle,
    renew_circle,
)
from service.sharing.operations.course import begin, exception_of, move
from service.sharing.operations.departure import (
    end_everything_of,
    ended_tables,
    leave,
    leave_as_organisation,
    preview_departure,
    preview_organisation,
)
from service.sharing.operations.dues import dues
from service.sharing.operations.duties import (
    close_mission,
    declare_conflict,
    designate_informing,
    designate_lead,
    designate_social_coordinator,
    end_social_coordinator,
    freeze,
    is_social_coordinator,
    lift_conflict,
    link_care_team,
    note_author,
    open_mission,
    record_mandate,
    social_coordinator,
    unfreeze,
)
from service.sharing.operations.emergency import (
    emergency_ends,
    end_emergency,
    write_emergency,
)
from service.sharing.operations.explanation import explain, mapped, who
from service.sharing.operations.facts import (
    BEFORE_ACCEPTANCE,
    facts_about,
    facts_about_many,
    facts_of,
    seat_of,
)
from service.sharing.operations.grid import read_agreement, read_paper
from service.sharing.operations.guests import (
    admit_guest,
    end_guest,
    is_only_a_guest,
    own_pass,
    own_passes,
    preview_guest,
    read_guests,
)
from service.sharing.operations.invitations import (
    accept_invitation,
    decline_invitation,
    invite_to_circle,
    my_invitations,
    read_invitation,
    resend_invitation,
    withdraw_invitation,
)
from service.sharing.operations.left import left
from service.sharing.operations.places import seat_facts_in
from service.sharing.operations.requests import ask_to_join, forget_requests, own_requests
from service.sharing.operations.roster import candidates, read_circle
from service.sharing.operations.seating import access_at, access_map, info_of, readers
from service.sharing.operations.visible import CellsOfOffice, cells_of_office, visible_to
from service.sharing.operations.will import end_unable, record_unable

__all__ = [
    "BEFORE_ACCEPTANCE",
    "CellsOfOffice",
    "accept_invitation",
    "access_at",
    "access_map",
    "admit_asker",
    "admit_guest",
    "answer_grid",
    "ask_renewal",
    "ask_to_join",
    "assign",
    "assignable",
    "begin",
    "candidates",
    "cells_of_office",
    "close_assignment",
    "close_mission",
    "declare_conflict",
    "decline_asker",
    "decline_invitation",
    "designate_informing",
    "designate_lead",
    "designate_social_coordinator",
    "dues",
    "emergency_ends",
    "end_circle",
    "end_emergency",
    "end_everything_of",
    "end_guest",
    "end_social_coordinator",
    "end_unable",
    "ended_tables",
    "exception_of",
    "explain",
    "facts_about",
    "facts_about_many",
    "facts_of",
    "forget_requests",
    "freeze",
    "info_of",
    "invite_asker",
    "invite_to_circle",
    "is_only_a_guest",
    "is_social_coordinator",
    "leave",
    "leave_as_organisation",
    "leave_circle",
    "left",
    "lift_conflict",
    "link_care_team",
    "mapped",
    "move",
    "my_invitations",
    "note_author",
    "open_mission",
    "own_pass",
    "own_passes",
    "own_requests",
    "preview_asker",
    "preview_departure",
    "preview_guest",
    "preview_organisation",
    "read_access",
    "read_agreement",
    "read_assignments",
    "read_circle",
    "read_guests",
    "read_invitation",
    "read_map",
    "read_paper",
    "read_request",
    "read_requests",
    "readers",
    "record_agreement",
    "record_information",
    "record_mandate",
    "record_unable",
    "renew_circle",
    "requests_to_answer",
    "resend_invitation",
    "seat_facts_in",
    "seat_of",
    "social_coordinator",
    "unfreeze",
    "visible_to",
    "who",
    "withdraw_agreement",
    "withdraw_invitation",
    "write_emergency",
]
