"""What a notice says, for programs that print their own."""

import msgspec


class ContactOut(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to call or write to."""

    organisation: str
    phone: str
    name: str


class NoticeOut(msgspec.Struct, frozen=True, kw_only=True):
    """The notice in use: its version, the words of the grid, who answers for the cell."""

    version: str
    versions: tuple[str, ...]
    categories: dict[str, str]
    groups: dict[str, str]
    controller: str
    coordination: tuple[ContactOut, ...]
    dpo: tuple[ContactOut, ...]
