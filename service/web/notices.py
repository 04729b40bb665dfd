"""The two pages that every footer leads to: accessibility and confidentiality. Open to all."""

from typing import Any, Final

from litestar import Request, get
from litestar.datastructures import State

from service.web.frame import frame
from service.web.render import Page, page


@get("/accessibilite", name="accessibility", sync_to_thread=False)
def show_accessibility(request: Request[Any, Any, State]) -> Page:
    """Show the accessibility statement (loi 2005-102, art. 47; décret 2019-768)."""
    return page("notices/accessibility.html", context=frame(request))


@get("/confidentialite", name="confidentiality", sync_to_thread=False)
def show_confidentiality(request: Request[Any, Any, State]) -> Page:
    """Show what is kept, why and for how long (RGPD art. 13)."""
    return page("notices/confidentiality.html", context=frame(request))


ROUTES: Final = (show_accessibility, show_confidentiality)
