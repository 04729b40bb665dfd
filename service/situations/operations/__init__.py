"""What professionals do with situations; other domains import from here only."""

from service.situations.operations.course import (
    create_situation,
    give_alias,
    move_state,
    set_adherence,
    set_mode,
    set_urgency,
)
from service.situations.operations.entries import (
    add_entry,
    correct_entry,
    edit_entry,
    file_entry,
    write_extract,
)
from service.situations.operations.identity import (
    find_duplicates,
    index_person,
    open_card,
    unindex_person,
    write_identity,
)
from service.situations.operations.listing import list_situations
from service.situations.operations.reading import (
    history,
    open_situation,
    prepare_steering,
    prepare_writing,
    read_section,
    timeline,
)

__all__ = [
    "add_entry",
    "correct_entry",
    "create_situation",
    "edit_entry",
    "file_entry",
    "find_duplicates",
    "give_alias",
    "history",
    "index_person",
    "list_situations",
    "move_state",
    "open_card",
    "open_situation",
    "prepare_steering",
    "prepare_writing",
    "read_section",
    "set_adherence",
    "set_mode",
    "set_urgency",
    "timeline",
    "unindex_person",
    "write_extract",
    "write_identity",
]
