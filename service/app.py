"""Composition root of the web process."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.static_files import create_static_files_router

from service import logs
from service.clock import Clock
from service.disclosures import api as disclosures_api
from service.disclosures import pages as disclosures_pages
from service.disclosures.operations import unread_here
from service.emergencies import api as emergencies_api
from service.emergencies import pages as emergencies_pages
from service.home import pages as home_pages
from service.oversight import api as oversight_api
from service.oversight import pages as oversight_pages
from service.partners import api as partners_api
from service.partners import pages as partners_pages
from service.people import api as people_api
from service.people import pages as people_pages
from service.people.sessions import Sessions
from service.process import open_workplace
from service.referrals import api as referrals_api
from service.referrals import pages as referrals_pages
from service.rulebook import api as rulebook_api
from service.rulebook import pages as rulebook_pages
from service.settings import Settings, read_settings
from service.sharing import api as sharing_api
from service.sharing import pages as sharing_pages
from service.situations import api as situations_api
from service.situations import pages as situations_pages
from service.situations.operations.names import situation_called, situation_names
from service.web import health, notices
from service.web.headers import LARGEST_BODY_BYTES, Headers
from service.web.problems import answer
from service.web.provide import (
    Door,
    provide_form,
    provide_open_unit,
    provide_session_unit,
    provide_unit,
)
from service.web.render import template_config

ROUTES = (
    *health.ROUTES,
    *notices.ROUTES,
    *people_pages.ROUTES,
    *people_api.ROUTES,
    *partners_pages.ROUTES,
    *partners_api.ROUTES,
    *rulebook_pages.ROUTES,
    *rulebook_api.ROUTES,
    *sharing_pages.ROUTES,
    *sharing_api.ROUTES,
    *situations_pages.ROUTES,
    *situations_api.ROUTES,
    *referrals_pages.ROUTES,
    *referrals_api.ROUTES,
    *disclosures_pages.ROUTES,
    *disclosures_api.ROUTES,
    *emergencies_pages.ROUTES,
    *emergencies_api.ROUTES,
    *home_pages.ROUTES,
    *oversight_pages.ROUTES,
    *oversight_api.ROUTES,
)


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> Litestar:
    """Build the application; raises SettingsRefused when the environment is not right."""
    chosen = settings or read_settings()
    logs.configure()

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncGenerator[None, None]:
        async with open_workplace(chosen, clock) as workplace:
            app.state.door = Door(workplace=workplace, doorkeeper=Sessions())
            app.state.name_situations = situation_names
            app.state.call_situation = situation_called
            app.state.beside_situation = {"exchanges": unread_here}
            yield

    static = Path(__file__).parent / "web" / "static"
    app = Litestar(
        route_handlers=[
            *ROUTES,
            create_static_files_router(path="/static", directories=[static], name="static"),
        ],
        dependencies={
            "unit": Provide(provide_unit),
            "session_unit": Provide(provide_session_unit),
            "open_unit": Provide(provide_open_unit),
            "form": Provide(provide_form),
        },
        exception_handlers={Exception: answer},
        lifespan=[lifespan],
        state=State(),
        template_config=template_config(),
        openapi_config=OpenAPIConfig(
            title="cellule", version="1", path="/api/v1/schema", render_plugins=[JsonRenderPlugin()]
        ),
        request_max_body_size=LARGEST_BODY_BYTES,
        logging_config=None,
        debug=False,
    )
    # Around the router too: it answers a 404 or a 405 before any middleware of a route.
    app.asgi_handler = Headers(chosen)(app.asgi_handler)
    return app
