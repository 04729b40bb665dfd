"""What professionals do with referrals; other domains import from here only."""

from service.referrals.operations.drafting import (
    cells_to_refer_to,
    confirm_rescue,
    discard_draft,
    read_draft,
    referral_state,
    save_block,
    start_draft,
    variant_for,
)
from service.referrals.operations.forgetting import (
    Forgotten,
    forget_drafts,
    forget_referrals,
    tenants,
)
from service.referrals.operations.qualifying import (
    begin_qualification,
    compare,
    decide,
    open_referral,
    read_health_block,
    read_queue,
    receive_referral,
    return_referral,
    save_checklist,
)
from service.referrals.operations.sending import (
    my_referrals,
    read_own_referral,
    read_receipt,
    send_referral,
)

__all__ = [
    "Forgotten",
    "begin_qualification",
    "cells_to_refer_to",
    "compare",
    "confirm_rescue",
    "decide",
    "discard_draft",
    "forget_drafts",
    "forget_referrals",
    "my_referrals",
    "open_referral",
    "read_draft",
    "read_health_block",
    "read_own_referral",
    "read_queue",
    "read_receipt",
    "receive_referral",
    "referral_state",
    "return_referral",
    "save_block",
    "save_checklist",
    "send_referral",
    "start_draft",
    "tenants",
    "variant_for",
]
