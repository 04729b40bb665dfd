"""The page that shows every macro with invented content, for the tests and for the eyes."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from jinja2 import ChoiceLoader, FileSystemLoader

from service.web import render

NOW: Final = datetime(2026, 3, 24, 9, 4, tzinfo=UTC)

_TEMPLATES: Final = Path(__file__).parent / "templates"
_CATEGORIES: Final = (
    ("I1", "Coordonnées"),
    ("I2", "Logement et sécurité"),
    ("I4", "Situation sociale et droits"),
    ("I7", "Santé psychique utile"),
    ("I10", "Plan d’action"),
)
_GROUPS: Final = (
    ("G0", "Coordination"),
    ("G1", "Santé"),
    ("G2", "Social"),
    ("G3", "Mandataire"),
    ("G4", "DAC"),
    ("G5", "Bailleur"),
    ("G6", "Hygiène"),
    ("G7", "Secours"),
    ("G8", "Prestataires"),
    ("G9", "Proche"),
    ("G10", "Pair"),
)


def a_context(**changes: Any) -> render.PageContext:
    """Build the frame of a social worker's page."""
    values: dict[str, Any] = {
        "now": NOW,
        "seat": render.Seat("Bruno Escallier", "Assistant social", "CCAS de Valmaurin"),
        "nav": (
            render.NavItem("/", "Accueil"),
            render.NavItem("/situations", "Situations", current=True),
        ),
        "csrf_token": "jeton",
    }
    return render.PageContext(**{**values, **changes})


def style_page(errors: Mapping[str, str] | None = None) -> str:
    """Return every macro on one page, with the errors given."""
    real = render.environment()
    loaders = [FileSystemLoader(_TEMPLATES), *([real.loader] if real.loader else [])]
    template = real.overlay(loader=ChoiceLoader(loaders)).get_template("style.html")
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    return template.render(
        page=a_context(now=now, demo=True, flash=(render.Flash("C’est enregistré."),)),
        errors=errors or {},
        categories=_CATEGORIES,
        groups=_GROUPS,
        day=date(2026, 3, 24),
        yesterday=date(2026, 11, 23),
        hours_ago=now - timedelta(hours=3),
        days_ago=now - timedelta(days=30),
    )
