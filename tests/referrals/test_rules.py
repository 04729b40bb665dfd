"""The form and its rules, without a database."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.vocabulary import SensitivityClass
from service.errors import Invalid
from service.referrals import rules
from service.referrals.form import (
    BLOCKS,
    BY_SLUG,
    CATEGORY_ROWS,
    DANGER,
    GROUP_COLUMNS,
    Anonymous,
    Kind,
    Variant,
    blocks_of,
    questions_of,
)
from tests.referrals.forms import complete_form

TODAY = date(2026, 3, 24)
HEALTH_CLASSES = {SensitivityClass.D4, SensitivityClass.D5}
MANDATORY = sorted(
    question.code for _, question in questions_of(Variant.FULL) if question.mandatory
)


def block(slug):
    return BY_SLUG[slug]


def checked(slug, answers, variant=Variant.FULL, **more):
    return rules.checked(block(slug), variant, answers, TODAY, **more)


def errors_of(slug, answers, **more):
    with pytest.raises(Invalid) as wrong:
        checked(slug, answers, **more)
    return wrong.value.fields


def kept_or_wrong(slug, answers):
    """Return what is kept, and what is wrong."""
    try:
        return checked(slug, answers), {}
    except Invalid as wrong:
        return {}, wrong.fields


# ---- the form as data ----------------------------------------------------------------------


def test_the_form_has_every_block_from_a_to_o_and_no_code_twice():
    assert [one.letter for one in BLOCKS] == list("ABCDEFGHIJKLMNO")
    codes = [question.code for one in BLOCKS for question in one.questions]
    assert len(codes) == len(set(codes))


def test_the_danger_screen_asks_the_six_criteria_of_u3():
    assert len(DANGER) == 6
    asked = {question.code for question in block("urgency").questions if question.mandatory}
    assert asked == {code for code, _ in DANGER}


@pytest.mark.parametrize("variant", [Variant.SOCIAL, Variant.FACTS_ONLY])
def test_outside_r1110_2_no_health_field_exists(variant):
    assert rules.block_of("health", variant) is None
    assert not [q for _, q in questions_of(variant) if q.cls in HEALTH_CLASSES]


def test_the_facts_only_form_asks_no_resources_and_no_grid():
    shown = {question.code for _, question in questions_of(Variant.FACTS_ONLY)}
    assert rules.block_of("resources", Variant.FACTS_ONLY) is None
    assert "agreement_scope" not in shown
    assert rules.block_of("resources", Variant.SOCIAL) is not None


def test_health_fields_live_in_block_i_alone():
    holders = {one.slug for one, q in questions_of(Variant.FULL) if q.cls in HEALTH_CLASSES}
    assert holders == {"health"}


def test_names_and_exact_addresses_are_absent_from_the_anonymised_form():
    kept = {q.code: q.anonymous for _, q in questions_of(Variant.FULL)}
    for code in ("last_name", "first_name", "birth_name", "floor", "door", "phone", "attachments"):
        assert kept[code] is Anonymous.ABSENT
    assert kept["birth_date"] is kept["address"] is Anonymous.REDUCED
    assert kept["request_type"] is kept["tenure_status"] is Anonymous.KEPT


@pytest.mark.parametrize(
    ("category", "basis", "variant"),
    [
        ("1", "", Variant.FULL),
        ("2a", "", Variant.FULL),
        ("2f", "", Variant.FULL),
        ("NONE", "CASF133_5", Variant.SOCIAL),
        ("NONE", "", Variant.FACTS_ONLY),
    ],
)
def test_the_variant_follows_the_legal_category_and_nothing_else(category, basis, variant):
    assert rules.variant_of(category, basis) is variant


def test_relatives_and_governance_do_not_refer_but_an_elected_office_does():
    assert rules.may_refer("LANDLORD", set())
    assert rules.may_refer("MUNICIPALITY", set())
    assert not rules.may_refer("RELATIVE", set())
    assert not rules.may_refer("ETHICS", {"auditor"})


# ---- what must be answered -----------------------------------------------------------------


def test_a_complete_form_may_be_sent():
    for variant in Variant:
        assert rules.missing(complete_form(variant), variant, TODAY) == {}


@pytest.mark.parametrize("code", MANDATORY)
def test_each_mandatory_answer_is_asked_for_with_its_remedy(code):
    form = complete_form(Variant.FULL)
    del form[rules.block_holding(code)][code]
    wanting = rules.missing(form, Variant.FULL, TODAY)
    assert list(wanting) == [code]
    assert wanting[code].endswith(".")


@pytest.mark.parametrize(
    ("code", "value", "asked"),
    [
        ("person_informed", "yes", "informed_on"),
        ("person_informed", "not_appropriate", "informed_reason"),
        ("agreement_status", "not_collected", "reason_not_collected"),
    ],
)
def test_an_answer_may_call_for_another(code, value, asked):
    form = complete_form()
    assert asked not in rules.missing(form, Variant.FACTS_ONLY, TODAY)
    form["information"][code] = value
    assert asked in rules.missing(form, Variant.FACTS_ONLY, TODAY)


def test_the_three_engagements_are_all_ticked_or_it_is_not_sent():
    form = complete_form()
    form["declaration"]["declaration"] = ["accuracy", "confidentiality"]
    assert list(rules.missing(form, Variant.FACTS_ONLY, TODAY)) == ["declaration"]


def test_an_unfinished_date_kept_by_autosave_is_asked_for_before_sending():
    form = complete_form()
    form["person"] |= checked(
        "person", {"birth_date": {"day": "17", "month": "", "year": "19"}}, lenient=True
    )
    assert form["person"]["birth_date"] == {"day": "17", "month": "", "year": "19"}
    assert list(rules.missing(form, Variant.FACTS_ONLY, TODAY)) == ["birth_date"]


# ---- what an answer may be -----------------------------------------------------------------


def test_partial_answers_are_kept_and_empty_ones_are_not():
    assert checked("person", {"last_name": " Carvennec ", "first_name": ""}) == {
        "last_name": "Carvennec"
    }


@pytest.mark.parametrize(
    ("slug", "code", "value"),
    [
        ("request", "referral_date", "2026-03-25"),
        ("request", "referral_date", {"day": "31", "month": "2", "year": "2026"}),
        ("request", "referral_date", {"day": "٢", "month": "2", "year": "2026"}),
        ("person", "birth_date", {"day": "1", "month": "1", "year": "26"}),
        ("person", "birth_year", "1899"),
        ("person", "birth_year", "2027"),
        ("person", "age_estimated", "-4"),
        ("person", "age_estimated", "10" * 30),
        ("person", "minors_present", "perhaps"),
        ("person", "last_name", "x" * 201),
        ("person", "last_name", "Car\x00vennec"),
        ("person", "last_name", "Car\u202evennec"),
        ("person", "last_name", 12),
        ("request", "question_to_cell", "x" * 601),
        ("neighbourhood", "neighbour_effects", ["odours", "gossip"]),
        ("neighbourhood", "neighbour_effects", "odours"),
        ("neighbourhood", "complaints_count", "1.5"),
        ("steps", "partners_known", [{"org": "x", "secret": "y"}]),
        ("steps", "partners_known", [{"org": "x"}] * 13),
        ("steps", "partners_known", "CCAS"),
        ("animals", "animals", [{"species": "Chat", "number": "beaucoup"}]),
        ("information", "agreement_scope", {"I11-G0": "yes"}),
        ("information", "agreement_scope", {"I1-G0": "maybe"}),
    ],
)
def test_a_wrong_answer_names_its_field_and_a_remedy(slug, code, value):
    fields = errors_of(slug, {code: value})
    assert list(fields) == [code]
    assert fields[code].endswith(".")


def test_an_unknown_field_is_refused_by_name():
    assert list(errors_of("person", {"nir": "1"})) == ["nir"]


def test_a_health_field_posted_in_another_block_is_refused():
    assert "psychiatric_followup" in errors_of("housing", {"psychiatric_followup": "yes"})


@given(
    st.dictionaries(
        st.sampled_from([q.code for q in block("person").questions]),
        st.one_of(st.text(max_size=40), st.integers(), st.lists(st.text(max_size=5), max_size=3)),
        max_size=4,
    )
)
@settings(max_examples=150)
def test_whatever_is_typed_is_kept_or_refused_by_field_never_a_defect(answers):
    kept, wrong = kept_or_wrong("person", answers)
    assert set(wrong) <= set(answers)
    assert bool(wrong) or kept_or_wrong("person", kept) == (kept, {})


def test_every_answer_can_be_told_in_words():
    for variant in Variant:
        form = complete_form(variant)
        for one in blocks_of(variant):
            for question in one.questions:
                said = rules.in_words(question, form.get(one.slug, {}).get(question.code))
                assert isinstance(said, str)


def test_a_grid_is_told_as_categories_and_recipients():
    scope = next(q for q in block("information").questions if q.kind is Kind.GRID)
    assert rules.in_words(scope, {"I1-G2": "no"}) == (
        "Coordonnées, pour Social et médico-social : non"
    )
    assert (len(CATEGORY_ROWS), len(GROUP_COLUMNS)) == (10, 11)


# ---- warnings ------------------------------------------------------------------------------


def warned(slug, answers, form=None):
    whole = form or {slug: answers}
    return [w.code for w in rules.warnings_of(block(slug), Variant.FULL, answers, whole)]


def test_a_social_security_number_is_never_kept_even_while_typing():
    for lenient in (False, True):
        fields = errors_of(
            "person", {"access_notes": "Son numéro : 2 54 06 99 123 456"}, lenient=lenient
        )
        assert "sécurité sociale" in fields["access_notes"]


def test_a_diagnosis_is_watched_among_facts_and_not_in_block_i():
    assert warned("housing", {"observations": "Syndrome de Diogène"}) == ["observations"]
    assert warned("housing", {"observations": "Cartons jusqu'au plafond"}) == []
    assert warned("health", {"known_risk": "Diabète : soin quotidien"}) == []


def test_offences_are_watched_everywhere():
    assert warned("voice", {"person_view": "Il a été en garde à vue."}) == ["person_view"]
    assert warned("steps", {"actions_already_tried": [{"action": "plainte pour vol"}]}) == [
        "actions_already_tried"
    ]
    assert warned("voice", {"person_view": "Il veut garder son chat."}) == []


def test_the_person_is_not_named_in_the_question_and_neighbours_nowhere():
    form = complete_form()
    form["request"]["question_to_cell"] = "Comment aider Odile CARVENNÉC ?"
    assert "question_to_cell" in warned("request", form["request"], form)
    assert warned("housing", {"observations": "Sa voisine Mme Durand se plaint"}) == [
        "observations"
    ]
    assert warned("housing", {"observations": "Une voisine se plaint"}) == []
    assert warned("protection", {"guardian_contact": "Mme Lavaud"}) == []


def test_a_warning_never_repeats_what_was_typed():
    form = {"housing": {"observations": "Syndrome de Diogène, Mme Durand, garde à vue"}}
    for one in rules.all_warnings(form, Variant.FACTS_ONLY):
        for word in ("Diogène", "Durand", "garde à"):
            assert word not in one.sentence


# ---- danger and urgency --------------------------------------------------------------------


@pytest.mark.parametrize("code", [code for code, _ in DANGER])
def test_any_yes_is_a_danger(code):
    form = complete_form()
    assert rules.danger(form) == ()
    form["urgency"][code] = "yes"
    assert rules.danger(form) == (code,)


def test_u3_is_a_danger_and_becomes_u2_after_the_rescue():
    form = complete_form()
    form["urgency"]["urgency_level_proposed"] = "U3"
    assert rules.danger(form) == ("urgency_level_proposed",)
    assert rules.urgency_of(form, after_rescue=True) == "U2"
    assert rules.urgency_of(complete_form(), after_rescue=False) == "U1"


# ---- clocks, states, decisions -------------------------------------------------------------


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 30))
@settings(max_examples=100)
def test_working_days_are_monday_to_friday(day, count):
    due = rules.working_days_after(day, count)
    assert due.weekday() < 5
    between = (day + timedelta(days=n) for n in range(1, (due - day).days + 1))
    assert sum(1 for one in between if one.weekday() < 5) == count


def test_the_queue_has_two_clocks_and_both_stand_still_for_the_author():
    friday = date(2026, 3, 20)
    first = rules.clocks("submitted", friday, None, None, friday)
    assert (first.step_due, first.step_late) == (date(2026, 3, 24), False)
    late = rules.clocks("submitted", friday, None, None, date(2026, 3, 25))
    assert late.step_late
    deciding = rules.clocks("in_qualification", friday, friday, friday, date(2026, 4, 3))
    assert (deciding.answer_due, deciding.answer_late) == (date(2026, 4, 3), False)
    assert rules.clocks("in_qualification", friday, friday, friday, date(2026, 4, 6)).answer_late
    waiting = rules.clocks("returned_for_completion", friday, friday, friday, date(2027, 1, 1))
    assert waiting.step_due is None
    assert not waiting.answer_late


def test_an_author_hears_five_words_and_an_elected_office_two():
    assert rules.state_in_words("received") == "reçue"
    assert rules.state_in_words("in_qualification") == "en cours d'examen"
    assert rules.state_in_words("in_follow_up") == "prise en charge"
    assert rules.state_in_words("oriented_elsewhere") == "orientée"
    assert rules.state_in_words("closed") == "close"
    assert rules.state_in_words("oriented_elsewhere", seated=False) == "non prise en charge"
    assert rules.state_in_words("in_follow_up", seated=False) == "prise en charge"


def test_the_checklist_has_twelve_points_and_keeps_only_its_own():
    assert len(rules.CHECKLIST) == 12
    kept = rules.checked_checklist({"eligible": "yes", "minor": ""}, {"minor": " à voir "})
    assert kept == {"eligible": "yes", "minor_note": "à voir"}
    assert len(rules.unanswered(kept)) == 11
    for points, notes in (({"x": "yes"}, {}), ({"minor": "oui"}, {}), ({}, {"minor": "x" * 1001})):
        with pytest.raises(Invalid):
            rules.checked_checklist(points, notes)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (("refused", "", "", "Non."), "reason"),
        (("refused", "out_of_scope", "", " "), "explanation"),
        (("oriented", "", "", "Voir le CMP."), "target"),
        (("advice_only", "", "", ""), "explanation"),
    ],
)
def test_a_decision_says_what_its_outcome_asks_for(said, field):
    outcome, reason, target, explanation = said
    with pytest.raises(Invalid) as wrong:
        rules.check_decision(rules.Outcome(outcome), reason, target, explanation)
    assert field in wrong.value.fields


def test_each_decision_leads_to_its_state():
    after = rules.state_after
    assert after(rules.Outcome.ACCEPTED_NAMED, "") == "accepted"
    assert after(rules.Outcome.ADVICE_ONLY, "") == "oriented_elsewhere"
    assert after(rules.Outcome.REFUSED, "out_of_scope") == "refused"
    assert after(rules.Outcome.REFUSED, "duplicate") == "merged"
    assert after(rules.Outcome.REFUSED, "emergency_redirected") == "redirected_emergency"
    assert len(rules.REASON_LABELS) == 7


def test_from_the_form_to_the_file_each_block_goes_where_it_is_said():
    went = {(str(b.section), b.block) for b, _ in rules.entries_of(complete_form(Variant.FULL))}
    assert went == {
        ("identity_contact", "person"),
        ("housing", "housing"),
        ("legal_protection", "housing"),
        ("safety_risk", "urgency"),
        ("safety_risk", "housing"),
        ("neighbourhood", "neighbourhood"),
        ("social_resources", "resources"),
        ("legal_protection", "protection"),
        ("somatic_health", "health"),
        ("mental_health", "health"),
        ("family_caregivers", "caregivers"),
        ("animals", "animals"),
        ("wishes_voice", "voice"),
        ("consent_text", "information"),
        ("attachments", "attachments"),
    }


def test_an_observation_keeps_its_day_and_its_witness():
    form = complete_form()
    content = {b.section: rules.content_of(b, text, form) for b, text in rules.entries_of(form)}[
        "housing"
    ]
    assert content.observed_on == date(2026, 3, 20)
    assert content.seen == "seen"
    assert "Multiprises" not in content.text
