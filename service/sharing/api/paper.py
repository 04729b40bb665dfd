"""The notice for programs: its version in use, its words, its contacts."""

from typing import Final

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency

from service.partners import operations as partners
from service.sharing.rules.paper import (
    CATEGORIES_IN_PLAIN_WORDS,
    GROUPS_IN_PLAIN_WORDS,
    NOTICE_IN_USE,
    NOTICES,
)
from service.sharing.schemas.paper import ContactOut, NoticeOut
from service.unit import Unit
from service.web.problems import PROBLEMS


class PaperApi(Controller):
    """What is handed over before anything is asked."""

    path = "/api/v1/agreement-notice"
    tags = ("agreement",)

    @get("/", name="api_agreement_notice", responses=PROBLEMS)
    async def show_notice(self, unit: NamedDependency[Unit]) -> NoticeOut:
        """Return the notice in use: version, words of the grid, contacts."""
        contacts = await partners.contacts_of(unit)
        coordination, dpo = (
            tuple(msgspec.convert(one, ContactOut, from_attributes=True) for one in some)
            for some in (contacts.coordination, contacts.dpo)
        )
        return NoticeOut(
            version=NOTICE_IN_USE,
            versions=NOTICES,
            categories=CATEGORIES_IN_PLAIN_WORDS,
            groups=GROUPS_IN_PLAIN_WORDS,
            controller=contacts.clsm,
            coordination=coordination,
            dpo=dpo,
        )


ROUTES: Final = (PaperApi,)
