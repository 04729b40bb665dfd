"""Every page of the site, found as people find it: by following links from each seat's home.

A page is known by its route and, in the referral form, by its block; each seat that reaches it
is remembered with the first address that it met.
"""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx
from litestar.routes import HTTPRoute

from policies import rules
from service.app import create_app
from service.settings import Settings
from tests.journeys import referral
from tests.journeys.conftest import Served
from tests.journeys.visitor import Visitor

SEATS: Final = (
    "fabrice.nolleau@hlm",
    "bruno.escallier@ccas",
    "maelle.quintard@clsm",
    "nadege.violleau@empp",
    "helene.vasseur-tanguy@ethique",
    "thomas.berger@adm",
    "paul.achard@dpo",
    "corinne.delaunay-fitz@mairie",
    "tiphaine.oriol@dac",
    "samuel.krieg@empp",
    "idriss.benhaddou@ccas",
)
SHOWN_TO_EACH: Final = ("/", "/situations", "/situations/{situation_id}", "/account")
"""Pages that differ so much from seat to seat that each seat's is looked at."""

SPECIFIC: Final = re.compile(r"\{(\w+)(?::\w+)?\}")
_PART: Final = {"slug": "[a-z]+", "section": "[a-z_]+", "token": "[^/]+", "number": "[0-9]+"}
_ID: Final = "[0-9a-f-]{36}"


@dataclass(frozen=True)
class Place:
    """One page: its route, who opens it, at which address."""

    route: str
    seat: str
    path: str


def html_routes() -> dict[str, re.Pattern[str]]:
    """Return every route that gives a page, with what its addresses look like."""
    nowhere = Path("nowhere")
    settings = Settings(
        database_url=f"sqlite+aiosqlite:///{nowhere}",
        keystore_url=f"sqlite+aiosqlite:///{nowhere}",
        keyring=nowhere,
        origin="http://127.0.0.1:8000",
    )
    found = {}
    for route in create_app(settings).routes:
        ours = not route.path.startswith(("/api", "/static", "/health"))
        if isinstance(route, HTTPRoute) and "GET" in route.methods and ours:
            looks = SPECIFIC.sub(lambda part: _PART.get(part[1], _ID), route.path)
            name = SPECIFIC.sub(lambda part: f"{{{part[1]}}}", route.path)
            found[name] = re.compile(f"{looks}/?")
    # A fixed word wins over a parameter that it would fill.
    return dict(sorted(found.items(), key=lambda one: one[0].count("{")))


class Walk:
    """Prepares what the demo does not hold, then walks."""

    def __init__(self, served: Served) -> None:
        """Take one client for everybody's requests."""
        self.client = httpx.Client(
            base_url=served.address,
            headers={"Origin": served.address, "Sec-Fetch-Site": "same-origin"},
            timeout=60,
        )
        self.routes = html_routes()
        self.extra: dict[str, list[str]] = {}

    def places(self) -> tuple[Place, ...]:
        """Return every page once, and those that differ once a seat."""
        self._prepare()
        chosen: dict[tuple[str, str], Place] = {}
        for seat in ("", *SEATS):
            for place in self._of(seat):
                each = seat if place.route in SHOWN_TO_EACH else ""
                chosen.setdefault((place.route, each), place)
        return tuple(chosen.values())

    def come(self, email: str) -> Visitor:
        """Sit someone down."""
        return Visitor(self.client, f"{email}.example").sign_in()

    def name_of(self, path: str) -> str:
        """Return the route of an address, or "" for what is no page."""
        for name, looks in self.routes.items():
            if looks.fullmatch(path):
                slug = path.rsplit("/", 1)[-1] if "{slug}" in name else ""
                return name.replace("{slug}", slug)
        return ""

    def _of(self, seat: str) -> Iterator[Place]:
        visitor = self.come(seat) if seat else Visitor(self.client, "")
        first = ["/"] if seat else ["/sign-in"]
        waiting = deque(first + self.extra.get(seat, []))
        seen: set[str] = set()
        while waiting:
            path = urlsplit(waiting.popleft())
            name = self.name_of(path.path)
            if not name or name in seen:
                continue
            screen = visitor.open(path.path + (f"?{path.query}" if path.query else ""))
            here = self.name_of(urlsplit(screen.url).path)
            if screen.status != 200 or not here:
                continue
            seen |= {name, here}
            yield Place(here, seat, screen.url)
            waiting.extend(href for _, href in screen.links if href.startswith("/"))

    def _prepare(self) -> None:
        """Leave a draft stopped by a danger, send two referrals, invite someone."""
        landlord = self.come("fabrice.nolleau@hlm")
        draft = _draft(landlord, "Cellule incurie")
        landlord.open(f"{draft}/urgency")
        landlord.send("/urgency", "Enregistrer et continuer", **referral.A_FIRE)
        sent = _draft(landlord, "Cellule incurie")
        self.extra["fabrice.nolleau@hlm"] = [f"{draft}/danger", draft, f"{sent}/receipt"]
        _write(landlord, sent, {"urgency": referral.NO_DANGER, **referral.BLOCKS})
        doctor = self.come("pascal.herembert@gp")
        health = {"health": {"gp_known": "yes", "known_risk": "Chutes."}}
        sent = _draft(doctor, "Cellule incurie")
        self.extra["nadege.violleau@empp"] = ["/queue"]
        _write(doctor, sent, {"urgency": referral.NO_DANGER, **health, **referral.BLOCKS})
        asker = self.come("karim.tassin@cmp")
        asker.open("/join-requests")
        asker.send(
            "/join-requests",
            "Envoyer",
            reference="SIT-2026-0014",
            reason="colleague",
            sentence="Je prends le relais pour les visites du jeudi.",
        )
        begun = self.come("maelle.quintard@clsm")
        begun.open("/queue")
        begun.follow("SIT-2026")
        begun.send("/receive", "Accuser réception")
        begun.send("/begin", "Commencer l’examen")
        begun_at = begun.screen.url
        begun.open("/situations")
        circle = begun.screen.link("Héron") + "/circle"
        begun.open(circle)
        asked = begun.screen.link("Karim Tassin")
        self.extra["maelle.quintard@clsm"] = [begun_at, circle, asked, f"{asked}/guest"]
        nurse = self.come("nadege.violleau@empp")
        nurse.open("/situations")
        nurse.follow("Héron")
        nurse.follow("Accès d’urgence")
        nurse.send(
            "/emergency",
            "Ouvrir",
            sections=["safety_risk"],
            reason_code="entry",
            reason="Odeur de gaz sur le palier : comment entrer sans rien déplacer ?",
            basis="CP223_6",
            hours="1",
        )
        assert "Accès d’urgence ouvert" in nurse.screen.html
        self.extra["maelle.quintard@clsm"].append(_simulate(begun))
        _report(self.come("bruno.escallier@ccas"))
        head = self.come("thomas.berger@adm")
        head.open("/directory")
        head.follow("Refuge")
        head.follow("Gérer ce poste")
        head.follow("Enregistrer un départ")
        head.send("/end", "Tout fermer")
        head.open("/directory")
        head.follow("Orze Habitat")
        head.follow("Inviter")
        head.send(
            "/invitations",
            "Préparer",
            email="nouvelle.personne@hlm.example",
            title="gardienne",
            function="agent",
            category="NONE",
        )
        link = re.search(r"/invitations/accept/[^<\s]+", head.screen.html)
        assert link, head.screen.text
        self.extra[""] = [link[0], "/accessibilite", "/confidentialite"]


def _simulate(coordinator: Visitor) -> str:
    """Propose a version that only closes, and ask what it would close; return where it is told."""
    coordinator.open("/policy/versions/new")
    coordinator.send(
        "/policy/versions",
        "Proposer",
        motive="Pour voir ce que cela fermerait.",
        matrix=rules.texts()["matrix.csv"].replace("housing, read, BAIL, a\n", "", 1),
    )
    coordinator.follow("Voir ce que cela ferait")
    coordinator.send("/simulations", "Lancer")
    assert "Simulation" in coordinator.screen.h1, coordinator.screen.text
    return coordinator.screen.url


def _report(worker: Visitor) -> None:
    """Tell an authority, page after page; then make the note to the mayor."""
    worker.open("/situations")
    worker.follow("Héron")
    worker.follow("Signaler à une autorité")
    here = worker.screen.url
    worker.follow("Signaler à une autorité")
    long = "Faits constatés sur place, décision prise avec mon encadrement."
    for answers in (
        {"path": "CASF119_2"},
        {"recipient": "adult_protection_cell"},
        {"extract": "Vu le 20 novembre : porte bloquée de l'extérieur."},
        {"reason": long},
        {"informed": "not_informed", "motive": long},
    ):
        worker.send("/reports/new", "Continuer", **answers)
    worker.send("/reports/new", "Enregistrer le signalement")
    assert "signalement" in worker.screen.h1, worker.screen.text
    worker.open(here)
    worker.follow("Note au maire")
    worker.send("/mayor-note", "Établir la note", recipient="mayor")
    assert "Note de nécessité" in worker.screen.h1, worker.screen.text


def _draft(visitor: Visitor, cell: str) -> str:
    visitor.open("/referrals/new")
    visitor.send("/referrals/new", "Commencer", cell_id=visitor.screen.value(cell))
    return visitor.screen.url.rsplit("/", 1)[0]


def _write(visitor: Visitor, draft: str, blocks: dict[str, referral.Answers]) -> None:
    for slug, answers in blocks.items():
        visitor.open(f"{draft}/{slug}")
        shown = visitor.send(f"/{slug}", "Enregistrer et continuer", **answers)
        assert shown.status == 200, shown.text
    visitor.open(f"{draft}/check")
    visitor.send("/send", "Envoyer")
    assert "envoyée" in visitor.screen.h1, visitor.screen.text
