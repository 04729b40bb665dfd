"""Pages: the one place where a view becomes HTML.

Templates are French; every sentence goes through gettext, and the English catalogue in
`locale/` answers when `LANGUAGE` says so. Days and hours are those of Europe/Paris.
A name that a page was not given is an error, never an empty space. The macros of
govuk-frontend-jinja ask dictionaries for options that callers leave out, so they live in
an environment of their own and are lent to ours as `govuk.input(…)`, `govuk.radios(…)`.
"""

import gettext as catalogues
import re
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from types import SimpleNamespace
from typing import Any, Final

from babel.dates import format_date, format_timedelta
from jinja2 import (
    ChainableUndefined,
    Environment,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
    pass_context,
)
from jinja2.runtime import Context
from litestar import MediaType, Request
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Template
from litestar.template import TemplateConfig
from markupsafe import Markup

from service.clock import PARIS
from service.unit import Emergency

CSRF_FIELD: Final = "_csrf_token"
"""Name of the hidden field that carries the CSRF token in every form."""

INLINE_SCRIPT_HASH: Final = "sha256-GUQ5ad8JK5KmEWmROf3LZd9ge94daqNvd8xy9YS1iDw="
"""The only inline script of a page (that of govuk-frontend's own template), for the CSP."""

LANGUAGE: ContextVar[str] = ContextVar("language", default="fr")
"""Language of the page being rendered: "fr", or "en" as far as its catalogue goes."""

EXIT_URL: Final = "https://meteofrance.com/"
"""Where « Quitter vite » leads: a page that anyone may have been reading."""

SIGN_OUT_URL: Final = "/sign-out"
"""Where the header's sign-out form posts."""

_FRENCH_SPACE: Final = re.compile(r" (?=[;:?!»])|(?<=«) ")
_LOCALES: Final = {"fr": "fr_FR", "en": "en_GB"}
_GOVUK_MACROS: Final = {
    "back_link": "govukBackLink",
    "breadcrumbs": "govukBreadcrumbs",
    "button": "govukButton",
    "character_count": "govukCharacterCount",
    "checkboxes": "govukCheckboxes",
    "date_input": "govukDateInput",
    "details": "govukDetails",
    "error_summary": "govukErrorSummary",
    "exit_this_page": "govukExitThisPage",
    "fieldset": "govukFieldset",
    "file_upload": "govukFileUpload",
    "generic_header": "govukGenericHeader",
    "input": "govukInput",
    "inset_text": "govukInsetText",
    "password_input": "govukPasswordInput",
    "radios": "govukRadios",
    "select": "govukSelect",
    "skip_link": "govukSkipLink",
    "textarea": "govukTextarea",
    "warning_text": "govukWarningText",
}


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the navigation of a seat; `current` marks the page being read."""

    href: str
    text: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Flash:
    """A sentence shown once, after an act; `tone` is "success" or "warning"."""

    text: str
    tone: str = "success"


@dataclass(frozen=True, slots=True)
class Seat:
    """Who is signed in, as the header says it: a name, an office, an organisation."""

    person: str
    label: str
    organisation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContext:
    """What every page needs besides its own view; `seat` is None before sign-in.

    After `lock_after_seconds` without a gesture the page is hidden, and after
    `sign_out_after_seconds` the session is closed. The server keeps its own clock:
    these only protect what stands on the screen.
    """

    now: datetime
    seat: Seat | None = None
    nav: tuple[NavItem, ...] = ()
    csrf_token: str = ""
    flash: tuple[Flash, ...] = ()
    demo: bool = False
    lock_after_seconds: int = 300
    sign_out_after_seconds: int = 1200
    emergency: Callable[[], Emergency | None] = lambda: None
    """The live emergency access of what this page is about: asked when the page is rendered."""


class Page(Template):
    """A template response that sees its own values only."""

    def create_template_context(self, request: Request[Any, Any, Any]) -> dict[str, Any]:
        """Return the values given to `page`; not the request, whose URL and cookies stay out."""
        del request
        return self.context


def page(
    template_name: str, /, *, context: PageContext, status_code: int = 200, **values: object
) -> Page:
    """Return the response that renders a template inside the frame of `context`.

    `errors` (field name -> sentence) is empty unless given; with some, the title says so.
    """
    return Page(
        template_name,
        context=_values(context, values),
        status_code=status_code,
        media_type=MediaType.HTML,
    )


def render(template_name: str, /, *, context: PageContext, **values: object) -> str:
    """Return the HTML itself, where no Litestar response is wanted (error pages, tests)."""
    return environment().get_template(template_name).render(_values(context, values))


def template_config() -> TemplateConfig[JinjaTemplateEngine]:
    """Return what Litestar needs to render a `Page`."""
    return TemplateConfig(instance=JinjaTemplateEngine.from_environment(environment()))


@cache
def environment() -> Environment:
    """Return the one Jinja environment: autoescaped, strict, each template compiled once."""
    built = Environment(
        loader=PackageLoader("service.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        cache_size=-1,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    # The extension adds this method to the environment; its stubs do not know it.
    built.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]
    built.filters.update(
        date=in_words,
        datetime=in_words_with_hour,
        hour=hour,
        iso=iso,
        relative=relative,
        time_left=time_left,
        level_label=level_label,
        sentence_list=sentence_list,
    )
    built.globals.update(
        govuk=_govuk_macros(),
        asset=asset,
        csrf_input=csrf_input,
        exit_url=EXIT_URL,
        sign_out_url=SIGN_OUT_URL,
        language=LANGUAGE.get,
    )
    return built


@pass_context
def csrf_input(context: Context) -> Markup:
    """Return the hidden field that every form posts; the template calls it in its own context."""
    token = context["page"].csrf_token
    return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, token)


def asset(path: str) -> str:
    """Return the address of a committed static file, with the start of its checksum.

    Raises KeyError for a file that is not in static/SHA256SUMS.
    """
    return f"/static/{path}?v={_checksums()[path][:12]}"


def in_words(value: date | datetime) -> str:
    """Return the day in full, as read in Paris: « mardi 24 mars 2026 »."""
    day = value.astimezone(PARIS).date() if isinstance(value, datetime) else value
    return _day_in_words(day, LANGUAGE.get())


def in_words_with_hour(value: datetime) -> str:
    """Return the day and the hour in full: « mardi 24 mars 2026 à 10 h 04 »."""
    joint = " à " if LANGUAGE.get() == "fr" else " at "
    return in_words(value) + joint + hour(value)


def hour(value: datetime) -> str:
    """Return the hour read on the wall in Paris: « 10 h 04 »."""
    local = value.astimezone(PARIS)
    if LANGUAGE.get() == "fr":
        return f"{local.hour}\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}{local.minute:02}"
    return f"{local:%H:%M}"


def iso(value: date | datetime) -> str:
    """Return the value for a `datetime` attribute: a day, or an instant in Paris to the minute."""
    if isinstance(value, datetime):
        return value.astimezone(PARIS).isoformat(timespec="minutes")
    return value.isoformat()


def relative(value: datetime, now: datetime) -> str:
    """Return « il y a 3 heures » or « dans 20 minutes » under 24 hours, the full day beyond."""
    gap = value - now
    if abs(gap) >= timedelta(hours=24):
        return in_words_with_hour(value)
    # Under a minute Babel would count seconds, which is noise between two people.
    if abs(gap) < timedelta(minutes=1):
        return _gettext("à l’instant")
    return format_timedelta(gap, add_direction=True, threshold=1, locale=_locale())


def time_left(until: datetime, now: datetime) -> str:
    """Return « 4 h », « 3 h 42 min », rounded up: the last minute says « 1 min » to its end."""
    minutes = max(0, -((now - until) // timedelta(minutes=1)))
    hours, rest = divmod(minutes, 60)
    space = "\N{NO-BREAK SPACE}"
    said = [f"{hours}{space}h"] if hours else []
    return space.join([*said, f"{rest}{space}min"] if rest or not hours else said)


def level_label(level: str) -> str:
    """Return the word for a level of reading, as it stands on a section."""
    labels = {
        "read": _gettext("complet"),
        "read_extract": _gettext("extrait utile"),
        "read_assigned": _gettext("ce qui vous est confié"),
        "read_own": _gettext("vos contributions"),
        "see": _gettext("existence"),
        "none": _gettext("retenu"),
    }
    return labels[level]


def sentence_list(words: Iterable[str]) -> str:
    """Return « infirmier, assistant social et coordinatrice »."""
    *first, last = list(words) or [""]
    return f"{', '.join(first)} {_gettext('et')} {last}" if first else last


def _values(context: PageContext, values: dict[str, object]) -> dict[str, Any]:
    return {"errors": {}, **values, "page": context}


def _locale() -> str:
    return _LOCALES[LANGUAGE.get()]


@lru_cache(maxsize=2048)
def _day_in_words(day: date, language: str) -> str:
    # CLDR has no ordinal, which French writes for the first of a month only.
    ordinal = "'er'" if language == "fr" and day.day == 1 else ""
    return format_date(day, f"EEEE d{ordinal} MMMM y", locale=_LOCALES[language])


def _gettext(message: str) -> str:
    return _catalogue(LANGUAGE.get()).gettext(message)


def _ngettext(one: str, many: str, count: int) -> str:
    return _catalogue(LANGUAGE.get()).ngettext(one, many, count)


@cache
def _catalogue(language: str) -> catalogues.NullTranslations:
    source = files("service.web") / "locale" / language / "LC_MESSAGES" / "cellule.mo"
    if not source.is_file():
        return _French()
    with source.open("rb") as compiled:
        return catalogues.GNUTranslations(compiled)


@lru_cache(maxsize=4096)
def _held_together(message: str) -> str:
    return _FRENCH_SPACE.sub("\N{NO-BREAK SPACE}", message)


class _French(catalogues.NullTranslations):
    """The source language: sentences as written, and French plurals (0 and 1 are singular).

    The space before « ; : ? ! » and inside « » never ends a line.
    """

    def gettext(self, message: str) -> str:
        return _held_together(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return _held_together(msgid1 if abs(n) <= 1 else msgid2)


@cache
def _checksums() -> dict[str, str]:
    lines = (files("service.web") / "static" / "SHA256SUMS").read_text("ascii").splitlines()
    return {path: digest for digest, path in (line.split("  ", 1) for line in lines)}


def _govuk_macros() -> SimpleNamespace:
    lender = Environment(
        loader=PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        autoescape=True,
        undefined=ChainableUndefined,
        auto_reload=False,
        cache_size=-1,
    )
    return SimpleNamespace(
        **{name: _govuk_macro(lender, name, macro) for name, macro in _GOVUK_MACROS.items()}
    )


def _govuk_macro(lender: Environment, name: str, macro: str) -> Callable[..., Markup]:
    component = name.replace("_", "-")
    template = lender.get_template(f"govuk_frontend_jinja/components/{component}/macro.html")
    found: Callable[..., Markup] = getattr(template.module, macro)
    return found
