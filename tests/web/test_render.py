"""The frame and its words: what every page says, in French, and refuses to say by accident."""

import base64
import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from gettext import GNUTranslations
from importlib.resources import files
from typing import Final

import pytest
from babel.messages.pofile import read_po
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import UndefinedError
from litestar import Litestar, get
from litestar.testing import TestClient

from service.web import render
from tests.web.style_page import NOW, a_context, style_page

MARKER: Final = "<b>\"&'</b>"
ERRORS: Final = ("400", "401", "403", "404", "405", "409", "413", "415", "422", "429", "500", "503")
ERROR_VALUES: Final = {
    "reasons": ("La santé n'est ouverte qu'aux soignants du cercle.",),
    "remedy": "",
    "why": "",
    "sentence": "Quelqu'un a écrit.",
    "kept": "",
    "retry_after_seconds": 61,
    "reference": "K7Q2",
}


def macro(call: str, imported: str, **values: object) -> str:
    """Render one macro as a page would call it."""
    source = '{% from "macros/' + imported + '.html" import ' + call.split("(", 1)[0] + " %}"
    return render.environment().from_string(source + "{{ " + call + " }}").render(**values)


@pytest.fixture
def in_english() -> Iterator[None]:
    """Render in English while a test runs."""
    token = render.LANGUAGE.set("en")
    yield
    render.LANGUAGE.reset(token)


def test_a_page_says_who_is_signed_in_and_how_to_leave() -> None:
    html = render.render("errors/404.html", context=a_context())
    assert "Bruno Escallier" in html
    assert "Assistant social, CCAS de Valmaurin" in html
    assert f'<form action="{render.SIGN_OUT_URL}" method="post"' in html
    assert f'href="{render.EXIT_URL}"' in html
    assert '<a class="c-nav__link" href="/situations" aria-current="page">Situations</a>' in html


def test_a_page_before_sign_in_has_no_seat_no_way_out_and_no_lock() -> None:
    html = render.render("errors/404.html", context=a_context(seat=None, nav=()))
    assert "data-sign-out" not in html
    assert "govuk-exit-this-page" not in html
    assert "data-lock" not in html


def test_the_demo_says_so_on_each_page_and_the_real_service_does_not() -> None:
    assert "Démonstration" in render.render("errors/404.html", context=a_context(demo=True))
    assert "Démonstration" not in render.render("errors/404.html", context=a_context())


def test_the_home_link_carries_its_name() -> None:
    # A wrong parameter name of the header's macro renders an empty link without a word.
    html = render.render("errors/404.html", context=a_context())
    link = re.search(r'homepage-link">(.*?)</a>', html, re.DOTALL)
    assert link is not None
    assert "<span>cellule</span>" in link[1]


def test_the_only_inline_script_is_the_one_of_the_policy() -> None:
    html = render.render("errors/404.html", context=a_context())
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    digests = [_digest(script) for script in scripts]
    assert digests == [render.INLINE_SCRIPT_HASH]


def test_the_inline_script_is_that_of_the_installed_govuk_template() -> None:
    theirs = (files("govuk_frontend_jinja") / "templates" / "template.html").read_text("utf-8")
    script = re.search(r"<script[^>]*>(document\.body.*?)</script>", theirs)
    assert script is not None
    assert _digest(script[1]) == render.INLINE_SCRIPT_HASH


@pytest.mark.parametrize("status", ERRORS)
def test_an_error_page_has_one_title_one_heading_and_nothing_inline(status: str) -> None:
    html = _error(status)
    assert html.count("<h1") == 1
    assert " style=" not in html
    assert not re.search(r"\son[a-z]+=", html)
    heading = re.search(r"<h1[^>]*>(.*?)</h1>", html)
    assert heading is not None
    assert f"<title>{'Erreur — ' if status == '422' else ''}{heading[1]} — cellule</title>" in html


def test_each_error_has_a_title_of_its_own() -> None:
    titles = [re.search("<title>(.*?)</title>", _error(status)) for status in ERRORS]
    assert len({title[1] for title in titles if title}) == len(ERRORS)


def test_a_hidden_page_and_an_absent_one_are_the_same_bytes() -> None:
    hidden = render.render("errors/404.html", context=a_context())
    absent = render.render("errors/404.html", context=a_context())
    assert hidden == absent


def test_the_reference_of_a_defect_is_shown_on_500_only() -> None:
    assert "K7Q2" in _error("500")
    assert not [status for status in ERRORS if status != "500" and "K7Q2" in _error(status)]


def test_a_wait_is_said_in_whole_minutes() -> None:
    assert "attendez 2 minutes" in _error("429")
    assert "attendez 1 minute " in _error("429", retry_after_seconds=20)


def test_what_a_view_brings_is_escaped() -> None:
    flash = (render.Flash(MARKER),)
    seat = render.Seat(MARKER, MARKER, MARKER)
    html = render.render("errors/404.html", context=a_context(flash=flash, seat=seat))
    assert MARKER not in html
    assert "&lt;b&gt;" in html


def test_a_missing_value_is_an_error_and_not_an_empty_space() -> None:
    with pytest.raises(UndefinedError, match="reference"):
        render.render("errors/500.html", context=a_context())


def test_a_page_answers_html_and_sees_nothing_of_the_request() -> None:
    @get("/", sync_to_thread=False)
    def show() -> render.Page:
        return render.page("errors/404.html", context=a_context(), status_code=404)

    with TestClient(Litestar([show], template_config=render.template_config())) as client:
        answer = client.get("/?secret=marqueur")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text == render.render("errors/404.html", context=a_context())


def test_a_form_carries_the_token_of_its_page() -> None:
    source = '{% extends "layout.html" %}{% block title %}t{% endblock %}'
    source += "{% block main %}{{ csrf_input() }}{% endblock %}"
    html = render.environment().from_string(source).render(page=a_context(), errors={})
    assert html.count('<input type="hidden" name="_csrf_token" value="jeton">') == 2


def test_days_are_said_in_full_and_hours_as_in_paris() -> None:
    assert render.in_words(date(2026, 3, 24)) == "mardi 24 mars 2026"
    assert render.in_words(date(2026, 3, 1)) == "dimanche 1er mars 2026"
    assert render.in_words_with_hour(NOW) == "mardi 24 mars 2026 à 10\xa0h\xa004"
    assert render.in_words(datetime(2026, 3, 24, 23, 30, tzinfo=UTC)) == "mercredi 25 mars 2026"
    assert render.iso(NOW) == "2026-03-24T10:04+01:00"
    assert render.iso(date(2026, 3, 24)) == "2026-03-24"


def test_the_english_catalogue_answers(in_english: None) -> None:
    assert render.in_words_with_hour(NOW) == "Tuesday 24 March 2026 at 10:04"
    assert "Sign out" in render.render("errors/404.html", context=a_context())
    assert '<html lang="en"' in render.render("errors/404.html", context=a_context())


@settings(deadline=None, max_examples=60)
@given(st.timedeltas(min_value=timedelta(days=-400), max_value=timedelta(days=400)))
def test_time_is_relative_under_a_day_only(gap: timedelta) -> None:
    said = render.relative(NOW + gap, NOW)
    near = said.startswith(("il y a", "dans", "à l’instant"))
    assert near == (abs(gap) < timedelta(hours=24))


def test_a_level_is_said_in_a_word_and_an_unknown_one_is_refused() -> None:
    assert render.level_label("read") == "complet"
    assert render.level_label("read_extract") == "extrait utile"
    assert render.level_label("see") == "existence"
    with pytest.raises(KeyError):
        render.level_label("write")


def test_a_list_reads_as_a_sentence() -> None:
    assert render.sentence_list(["infirmier"]) == "infirmier"
    assert render.sentence_list(["a", "b", "c"]) == "a, b et c"
    assert render.sentence_list([]) == ""


def test_the_compiled_english_catalogue_says_what_its_source_says() -> None:
    folder = files("service.web") / "locale" / "en" / "LC_MESSAGES"
    with (folder / "cellule.po").open("rb") as source:
        written = {m.id: m.string for m in read_po(source, locale="en") if isinstance(m.id, str)}
    with (folder / "cellule.mo").open("rb") as compiled:
        said = GNUTranslations(compiled)
    wrong = {
        sentence for sentence, words in written.items() if words and said.gettext(sentence) != words
    }
    assert wrong - {""} == set()
    assert len(written) > 100


def test_a_field_binds_its_label_hint_and_error_to_the_control() -> None:
    html = macro(
        'field("question", "Question", hint="Une phrase", errors=errors)',
        "field",
        errors={"question": "Écrivez la question"},
    )
    assert 'for="question"' in html
    assert 'aria-describedby="question-hint question-error"' in html
    assert "Écrivez la question" in html
    assert 'autocomplete="off"' in html


def test_a_field_says_when_it_may_stay_empty_and_only_then() -> None:
    assert "(facultatif)" in macro('field("a", "A", required=false)', "field")
    assert "(facultatif)" not in macro('field("a", "A")', "field")


@pytest.mark.parametrize(
    "kind", ["text", "email", "tel", "number", "password", "search", "textarea", "select",
             "radios", "checkboxes", "date", "file"],
)  # fmt: skip
def test_each_kind_of_field_escapes_what_it_is_given(kind: str) -> None:
    html = macro(
        'field("a", marker, kind=kind, hint=marker, errors={"a": marker}, value=value,'
        ' options=[{"value": marker, "text": marker, "hint": marker}])',
        "field",
        kind=kind,
        marker=MARKER,
        value={"day": MARKER} if kind == "date" else MARKER,
    )
    assert MARKER not in html
    assert "&lt;b&gt;" in html
    assert "Error:" not in html


def test_a_date_shows_what_was_typed_even_when_it_is_no_date() -> None:
    call = 'field("on", "Le", kind="date", value=value)'
    typed = macro(call, "field", value={"day": "45", "month": "x"})
    assert 'value="45"' in typed
    assert 'value="x"' in typed
    stored = macro(call, "field", value=date(2026, 3, 24))
    assert 'name="on-month" type="text" value="3"' in stored
    assert 'id="on"' in stored


def test_choices_begin_unchecked_and_keep_what_was_chosen() -> None:
    call = 'field("a", "A", kind="radios", options=options, value=value)'
    options = [{"value": "yes", "text": "Oui"}, {"value": "no", "text": "Non"}]
    assert " checked" not in macro(call, "field", options=options, value="")
    assert macro(call, "field", options=options, value="no").count(" checked") == 1


def test_the_error_summary_leads_to_each_field_and_is_absent_without_errors() -> None:
    html = macro("error_summary(errors)", "error_summary", errors={"question": "Écrivez"})
    assert '<a href="#question">Écrivez</a>' in html
    assert macro("error_summary(errors)", "error_summary", errors={}).strip() == ""


def test_the_engagement_clock_is_never_late() -> None:
    late = {"text": "Électricité", "due": date(2026, 3, 1), "late": True}
    bond = {"text": "Se construit", "since": date(2020, 1, 1)}
    html = macro("two_clocks(safety, bond)", "two_clocks", safety=late, bond=bond)
    assert html.count("En retard") == 1
    assert "En retard" not in html.split("c-clock--engagement")[1]


def test_what_is_withheld_is_one_constant_sentence() -> None:
    html = macro('withheld("la coordinatrice")', "withheld")
    assert "D’autres rubriques peuvent exister." in html
    assert not re.search(r"\d", html)


def test_a_cell_that_was_not_named_is_not_asked_rather_than_refused() -> None:
    call = (
        'agreement_grid([("I1", "Coordonnées")], [("G0", "Coordination"), ("G5", "Bailleur")], c)'
    )
    html = macro(call, "agreement_grid", c={("I1", "G5"): "no"})
    assert '<td class="c-agreement__not_asked">pas demandé</td>' in html
    assert html.count(">non</td>") == 1


def test_the_grid_to_fill_in_names_each_choice() -> None:
    call = 'agreement_form([("I1", "Coordonnées")], [("G0", "Coordination")], c)'
    html = macro(call, "agreement_grid", c={("I1", "G0"): "extract_only"})
    assert '<select class="govuk-select" id="I1-G0" name="I1-G0">' in html
    assert "Coordination</legend>" in html
    assert '<option value="extract_only" selected>' in html


def test_a_table_has_a_caption_and_scopes() -> None:
    html = macro(
        'table("Saisines", [{"text": "Référence"}, {"text": "Jours"}], [["S-1", marker]])',
        "table",
        marker=MARKER,
    )
    assert "<caption>Saisines</caption>" in html
    assert html.count('scope="col"') == 2
    assert 'scope="row"' in html
    assert MARKER not in html


def test_every_macro_renders_with_the_style_page_and_nothing_is_inline() -> None:
    html = style_page()
    assert " style=" not in html
    assert not re.search(r"\son[a-z]+=", html)
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert sorted(ids) == sorted(set(ids))


def _error(status: str, **changes: object) -> str:
    errors = {"date": "Choisissez une date."} if status == "422" else {}
    values = {**ERROR_VALUES, "errors": errors, **changes}
    return render.render(f"errors/{status}.html", context=a_context(), **values)


def _digest(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
