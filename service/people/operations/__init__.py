"""What people do with their account; other domains import from here only."""

from service.people.operations.accounts import (
    change_password,
    create_account,
    install,
)
from service.people.operations.departures import (
    EndedPeople,
    close_people,
    standing_of_people,
)
from service.people.operations.invitations import (
    UNUSABLE,
    accept_invitation,
    invite,
    list_invitations,
    read_invitation,
    revoke_invitation,
)
from service.people.operations.mail import mail_addresses
from service.people.operations.passwords import hash_password
from service.people.operations.signing import (
    actor_for,
    choose_seat,
    list_seats,
    list_sessions,
    open_session,
    revoke_session,
    sign_in,
    sign_out,
)

__all__ = [
    "UNUSABLE",
    "EndedPeople",
    "accept_invitation",
    "actor_for",
    "change_password",
    "choose_seat",
    "close_people",
    "create_account",
    "hash_password",
    "install",
    "invite",
    "list_invitations",
    "list_seats",
    "list_sessions",
    "mail_addresses",
    "open_session",
    "read_invitation",
    "revoke_invitation",
    "revoke_session",
    "sign_in",
    "sign_out",
    "standing_of_people",
]
