"""A body that each write would accept from whoever may send it, by the route's name."""

from typing import Any
from uuid import uuid4

from service.referrals.rules import CHECKLIST
from tests.security.planted import Planted

PAPER = {"means": "oral", "notice_version": "2026-01"}


def body_of(planted: Planted, name: str) -> dict[str, Any]:
    """Return the fields or the JSON of one write; an empty one where none is needed."""
    seat = str(planted.people["nurse"].employment_id)
    content = {"text": "Passage fait."}
    entry = {"entry_id": str(uuid4()), "content": content, "confirmed": True}
    reason = "Faits graves constatés ce matin, avec mon encadrement."
    report = {
        "report_id": str(uuid4()),
        "path": "CP223_6",
        "recipient": "police",
        "extract": "Appel à l'aide.",
        "reason": reason,
        "informed": "not_informed",
        "motive": reason,
    }
    emergency = {
        "access_id": str(uuid4()),
        "sections": ["housing"],
        "reason_code": "rescue",
        "basis": "CP223_6",
        "reason": reason,
    }
    review = {"outcome": "justified", "not_told": reason}
    unused = {"report_id": str(uuid4()), "path": "LHI", "reason": reason}
    note = {"note_id": str(uuid4()), "recipient": "mayor"}
    day = {"handed_on-day": "24", "handed_on-month": "3", "handed_on-year": "2026"}
    guest = {
        "employment_id": str(planted.people["outsider"].employment_id),
        "sections": ["housing"],
        "purpose": "continuity",
        "basis": "CSP_L1110_4_II",
    }
    until = {"until": "2026-04-03T16:00:00Z"}
    last = {"until-day": "3", "until-month": "4", "until-year": "2026", "hour": "18"}
    message = {"exchange_id": str(uuid4()), "purpose": "continuity", "text": "Passage fait."}
    asked = {
        "request_id": str(uuid4()),
        "reference": "SIT-2026-0001",
        "reason": "colleague",
        "sentence": "Je passe chaque semaine.",
    }
    bodies: dict[str, dict[str, Any]] = {
        "api_admit_guest": guest | until,
        "api_preview_guest": guest | until,
        "api_ask_to_join": asked,
        "api_answer_request": {"answer": "declined", "motive": "other_way"},
        "api_send_exchange": message | {"recipients": [seat]},
        "api_reply": message,
        "admit_guest": guest | last | {"seen": "yes"},
        "admit_asker": guest | last | {"seen": "yes"},
        "ask_to_join": asked,
        "answer_join_request": {"answer": "declined", "motive": "other_way"},
        "send_exchange": message | {"recipients": [seat], "read_again": "yes"},
        "reply": message,
        "api_invite_to_circle": {"employment_id": seat, "reason": "already_intervenes"},
        "api_decline_circle_invitation": {"answer": "not_available"},
        "decline_circle_invitation": {"answer": "not_available"},
        "api_record_unable": {"ground": "physician"},
        "record_unable": {"ground": "physician"},
        "api_designate_lead": {"employment_id": seat},
        "api_designate_informing": {"employment_id": seat},
        "api_declare_conflict": {"employment_id": seat},
        "api_open_mission": {"employment_id": seat, "procedure": "RSD-2026-14"},
        "api_record_mandate": {"employment_id": seat, "scope": "both"},
        "api_link_care_team": {
            "employment_id": seat,
            "other_id": str(planted.people["physician"].employment_id),
            "basis": "1",
        },
        "api_assign": {
            "employment_id": seat,
            "action_id": str(uuid4()),
            "label": "visit",
            "due_at": "2026-06-30T10:00:00Z",
        },
        "api_record_answers": {"cells": {"I2-G2": "yes"}, **PAPER},
        "api_record_information": {"groups": ["G2"], **PAPER},
        "api_record_withdrawal": {"cells": ["I2-G2"], **PAPER},
        "api_add_entry": entry,
        "api_correct_entry": entry,
        "api_edit_entry": {"version": 1, "content": content, "confirmed": True},
        "api_write_extract": {"version": 0, "text": "Passage fait.", "confirmed": True},
        "api_move_state": {"code": "preparation"},
        "api_set_adherence": {"code": "accepts"},
        "api_set_mode": {"mode": "ANONYMISED"},
        "api_set_urgency": {"code": "U2"},
        "api_save_block": {"version": 1, "answers": {}},
        "api_confirm_rescue": {"version": 1, "rescued": True},
        "api_send_referral": {"version": 1},
        "api_receive_referral": {"version": 1},
        "api_begin_qualification": {"version": 1},
        "api_save_checklist": {"version": 1, "points": {CHECKLIST[0][0]: "yes"}},
        "api_return_referral": {"version": 1, "message": "À compléter."},
        "api_decide_referral": {
            "version": 1,
            "outcome": "refused",
            "reason": "out_of_territory",
            "explanation": "Hors du territoire.",
        },
        "api_make_report": report,
        "make_report": {"step": "check", **report},
        "api_set_path_aside": unused,
        "set_path_aside": unused,
        "api_hand_report_over": {"handed_on": "2026-03-24", "means": "post"},
        "hand_report_over": {"means": "post", **day},
        "api_review_report": {"outcome": "right"},
        "review_report": {"outcome": "right"},
        "api_open_emergency": emergency,
        "open_emergency": emergency,
        "api_open_by_reference": emergency | {"reference": "SIT-2026-0001"},
        "open_by_reference": emergency | {"reference": "SIT-2026-0001"},
        "api_answer_emergency": {"granted": False},
        "answer_emergency": {"granted": "no"},
        "api_review_emergency": review,
        "review_emergency": review,
        "api_make_mayor_note": note,
        "make_mayor_note": note,
        "api_designate_social_coordinator": {"employment_id": seat, "act_reference": "2026-14"},
        "designate_social_coordinator": {"employment_id": seat, "act_reference": "2026-14"},
        "set_urgency": {"urgency": "U2"},
        "set_adherence": {"adherence": "accepts"},
        "move_state": {"status": "preparation"},
        "set_mode": {"mode": "ANONYMISED"},
        "add_entry": {"entry_id": str(uuid4()), "confirmed": "yes", **content},
        "edit_entry": {"kind": "edit", "version": "1", "confirmed": "yes", **content},
        "write_extract": {"version": "0", "confirmed": "yes", **content},
        "invite_to_circle": {
            "employment_id": seat,
            "reason": "already_intervenes",
            "role": "member",
        },
        "assign": {
            "employment_id": seat,
            "action_id": str(uuid4()),
            "label": "visit",
            "due_at-day": "30",
            "due_at-month": "6",
            "due_at-year": "2026",
        },
        "record_answers": {"I2-G2": "yes", "revision": "", **PAPER},
        "record_information": {"groups": ["G2"], **PAPER},
        "record_withdrawal": {"cells": ["I2-G2"], **PAPER},
        "save_block": {"version": "1"},
        "autosave_block": {"version": "1"},
        "confirm_rescue": {"version": "1"},
        "send_referral": {"version": "1"},
        "receive_referral": {"version": "1"},
        "begin_qualification": {"version": "1"},
        "save_checklist": {"version": "1", CHECKLIST[0][0]: "yes"},
        "return_referral": {"version": "1", "message": "À compléter."},
        "decide_referral": {
            "version": "1",
            "outcome": "refused",
            "reason": "out_of_territory",
            "explanation": "Hors du territoire.",
        },
    }
    return bodies.get(name, {})
