"""Circle, agreement and explanations on screen and by the API: each seat gets its own page."""

import re
from typing import Any
from uuid import uuid4

import pytest

from policies.vocabulary import Level, Section
from service.sharing import operations as sharing
from service.web.provide import Door
from tests.house import House
from tests.sharing.table import PAPER, Table
from tests.situations.web import Seats, Site


@pytest.fixture
def site(house: House) -> Site:
    """Open the whole application over this house; each seat has its own cookie."""
    client, seats = house.client(), Seats(house)
    state = client.app.state
    state.door = Door(workplace=state.door.workplace, doorkeeper=seats)
    return Site(client.app, client, seats)


@pytest.fixture
def table(house: House) -> Table:
    """Lay a situation named by agreement, with a social worker, a nurse and the landlord."""
    table = Table.laid(house)
    table.seated = (table.cast.social_worker(), table.cast.psychiatric_nurse())
    for seat in (*table.seated, table.landlord):
        table.joins(seat)
    table.named_by(table.seated[0], I7_G1="yes", I7_G5="no", I2_G5="yes", I9_G5="no")
    return table


def test_each_page_answers_to_its_seat(site: Site, table: Table) -> None:
    here = f"/situations/{table.situation_id}"
    worker = site.browser(table.seated[0])
    for address in (
        f"{here}/circle",
        f"{here}/circle/conflict",
        f"{here}/circle/leave",
        f"{here}/agreement",
        f"{here}/agreement/information",
        f"{here}/agreement/answers",
        f"{here}/agreement/withdrawal",
        f"{here}/sections/housing/access",
        f"{here}/sections/mental_health/access",
    ):
        answer = worker.get(address)
        assert answer.status_code == 200, (address, answer.text[:600])
        assert answer.headers["cache-control"] == "no-store"
    coordinator = site.browser(table.coordinator)
    for address in (
        f"{here}/circle",
        f"{here}/circle/new",
        f"{here}/circle/new?organisation={table.seated[1].organisation_id}",
        f"{here}/circle/{table.seated[1].employment_id}",
        f"{here}/agreement",
        f"{here}/sections/mental_health/access",
    ):
        answer = coordinator.get(address)
        assert answer.status_code == 200, (address, answer.text[:600])


def test_someone_is_invited_accepts_and_leaves(site: Site, table: Table) -> None:
    here = f"/situations/{table.situation_id}"
    physician = table.cast.physician()
    coordinator = site.browser(table.coordinator)
    form = {
        "organisation": str(physician.organisation_id),
        "employment_id": str(physician.employment_id),
        "role": "member",
        "reason": "competence_needed",
    }
    wrong = coordinator.post(f"{here}/circle/new", form | {"reason": ""})
    assert wrong.status_code == 422
    assert "Choisissez pourquoi" in wrong.text
    assert not table.sees(physician)
    done = coordinator.post(f"{here}/circle/new", form)
    assert (done.status_code, done.headers["location"]) == (
        303,
        f"{here}/circle?done=circle-invited",
    )
    assert not table.sees(physician)
    shown = coordinator.get(f"{here}/circle").text
    assert "en attente de réponse" in shown
    again = coordinator.post(f"{here}/circle/new", form)
    assert again.status_code == 422
    assert "déjà invité" in again.text
    invited = site.browser(physician)
    address = _invitation(invited)
    asked = invited.get(address).text
    assert "Sa compétence est nécessaire" in asked
    assert table.coordinator.name in asked
    assert "strictement nécessaire" in asked
    assert invited.get(f"{here}/circle").status_code == 404
    entered = invited.post(f"{address}/acceptance", {})
    assert entered.headers["location"] == f"{here}?done=circle-accepted"
    assert table.sees(physician)
    assert "acceptée" in invited.get(address).text
    assert invited.post(f"{address}/acceptance", {}).status_code == 422
    assert physician.name in coordinator.get(f"{here}/circle").text
    again = coordinator.post(f"{here}/circle/new", form)
    assert again.status_code == 422
    assert "déjà membre" in again.text
    place = f"{here}/circle/{physician.employment_id}"
    for act in ("lead", "informing", "renew", "conflict", "lift", "end"):
        assert coordinator.post(f"{place}/{act}", {}).status_code == 303, act
    assert not table.sees(physician)
    assert coordinator.post(f"{place}/dance", {}).status_code == 404


def _invitation(browser: Any) -> str:
    """Return the address of the one invitation that waits on the first page of a seat."""
    found = re.search(r'href="(/circle-invitations/[0-9a-f-]{36})"', browser.get("/").text)
    assert found
    return found[1]


def test_only_the_coordinator_manages_places(site: Site, table: Table) -> None:
    here = f"/situations/{table.situation_id}"
    worker = site.browser(table.seated[0])
    place = f"{here}/circle/{table.seated[1].employment_id}"
    assert worker.get(place).status_code == 404
    assert worker.get(f"{here}/circle/new").status_code == 403
    assert worker.post(f"{place}/end", {}).status_code == 403
    assert table.sees(table.seated[1])


def test_an_answer_typed_wrong_loses_nothing(site: Site, table: Table) -> None:
    here = f"/situations/{table.situation_id}/agreement"
    worker = site.browser(table.seated[0])
    revision = table.reads(table.seated[0], sharing.read_agreement).revision
    typed = {"revision": revision, "recorder": "yes", "I6-G2": "extract_only"}
    wrong = worker.post(f"{here}/answers", typed)
    assert wrong.status_code == 422
    assert "Version de la notice" in wrong.text
    assert '<option value="extract_only" selected>' in wrong.text
    done = worker.post(f"{here}/answers", typed | PAPER)
    assert done.status_code == 303
    assert table.level(table.seated[0], Section.SOMATIC_HEALTH) is Level.READ_EXTRACT
    stale = worker.post(f"{here}/answers", typed | PAPER | {"I6-G2": "yes"})
    assert stale.status_code == 409
    assert table.level(table.seated[0], Section.SOMATIC_HEALTH) is Level.READ_EXTRACT
    bad = worker.post(f"{here}/answers", typed | PAPER | {"I6-G2": "peut-être"})
    assert bad.status_code == 422


def test_a_withdrawal_on_screen_acts_at_once(site: Site, table: Table) -> None:
    here = f"/situations/{table.situation_id}/agreement"
    worker = site.browser(table.seated[0])
    assert "I7-G1" in worker.get(f"{here}/withdrawal").text
    done = worker.post(f"{here}/withdrawal", PAPER | {"shown": "I7-G1", "cells": "I7-G1"})
    assert done.status_code == 303
    assert table.level(table.seated[1], Section.MENTAL_HEALTH) is Level.NONE
    nothing = worker.post(f"{here}/withdrawal", PAPER | {"shown": "I2-G5"})
    assert nothing.status_code == 422
    assert "I2-G5" in nothing.text
    everything = worker.post(f"{here}/withdrawal", PAPER | {"general": "yes"})
    assert everything.status_code == 303
    assert worker.get(f"/situations/{table.situation_id}/circle").status_code == 404


def test_information_on_screen(site: Site, table: Table) -> None:
    here = f"/situations/{table.situation_id}/agreement"
    worker = site.browser(table.seated[0])
    assert worker.post(f"{here}/information", PAPER).status_code == 422
    done = worker.post(f"{here}/information", PAPER | {"groups": ["G1", "G2"]})
    assert done.status_code == 303
    assert "a informé la personne" in worker.get(f"{here}").text


def test_the_landlord_sees_their_own_column_only(site: Site, table: Table) -> None:
    here = f"/situations/{table.situation_id}"
    landlord = site.browser(table.landlord)
    shown = landlord.get(f"{here}/agreement").text
    assert "Bailleur ou syndic" in shown
    assert "Secours" not in shown
    assert landlord.get(f"{here}/agreement/answers").status_code == 200
    refused = landlord.post(f"{here}/agreement/answers", {"revision": "1", "I2-G5": "no"} | PAPER)
    assert refused.status_code in {403, 409}
    why = landlord.get(f"{here}/sections/mental_health/access")
    assert "Pourquoi est-ce que je ne vois pas ceci" in why.text
    assert table.coordinator.name in why.text
    assert "opposée" not in why.text


def test_hidden_and_absent_are_the_same_bytes(site: Site, table: Table) -> None:
    stranger = site.browser(table.cast.physician())
    for prefix in ("", "/api/v1"):
        for path in ("/circle", "/agreement", "/sections/housing/access"):
            hidden = stranger.get(f"{prefix}/situations/{table.situation_id}{path}")
            absent = stranger.get(f"{prefix}/situations/{uuid4()}{path}")
            assert (hidden.status_code, hidden.content) == (404, absent.content), path


def test_an_unknown_section_has_no_explanation(site: Site, table: Table) -> None:
    worker = site.browser(table.seated[0])
    for prefix in ("", "/api/v1"):
        for section in ("situation", "diary"):
            address = f"{prefix}/situations/{table.situation_id}/sections/{section}/access"
            assert worker.get(address).status_code == 404


def test_programs_do_the_same(site: Site, table: Table) -> None:
    here = f"/api/v1/situations/{table.situation_id}"
    worker, coordinator = site.browser(table.seated[0]), site.browser(table.coordinator)
    circle = coordinator.get(f"{here}/circle").json()
    assert {one["name"] for one in circle["members"]} == {
        table.seated[0].name,
        table.seated[1].name,
        table.landlord.name,
    }
    agreement = worker.get(f"{here}/agreement").json()
    assert agreement["cells"]["I7-G1"] == "yes"
    answers = {"cells": {"I6-G2": "yes"}, "revision": agreement["revision"]} | PAPER
    assert worker.send("POST", f"{here}/agreement/answers", answers).status_code == 204
    assert worker.send("POST", f"{here}/agreement/answers", answers).status_code == 409
    wrong = worker.send("POST", f"{here}/agreement/answers", {"cells": {"I6-G99": "yes"}} | PAPER)
    assert wrong.status_code == 422
    assert set(wrong.json()["fields"]) == {"I6-G99"}
    taken = {"cells": ["I6-G2"]} | PAPER
    assert worker.send("POST", f"{here}/agreement/withdrawals", taken).status_code == 204
    told = {"groups": ["G2"]} | PAPER
    assert worker.send("POST", f"{here}/agreement/information", told).status_code == 204
    access = coordinator.get(f"{here}/sections/somatic_health/access").json()
    own = next(one for one in access["lines"] if one["name"] == table.seated[0].name)
    assert "s'est opposée" in own["reasons"][0]

    physician = table.cast.physician()
    seat = {"employment_id": str(physician.employment_id)}
    place = seat | {"reason": "competence_needed"}
    made = coordinator.send("POST", f"{here}/circle/invitations", place)
    assert made.status_code == 201
    invited = site.browser(physician)
    (waiting,) = invited.get("/api/v1/circle-invitations").json()["invitations"]
    assert waiting["invitation_id"] == made.json()["invitation_id"]
    assert "situation_id" not in waiting
    again = coordinator.send(
        "POST", f"{here}/circle/invitations/{waiting['invitation_id']}/resendings", {}
    )
    old, new = waiting["invitation_id"], again.json()["invitation_id"]
    mine = "/api/v1/circle-invitations"
    assert invited.get(f"{mine}/{old}").json()["state"] == "withdrawn"
    assert invited.send("POST", f"{mine}/{old}/acceptance", {}).status_code == 409
    assert invited.send("POST", f"{mine}/{new}/refusal", {"answer": "zut"}).status_code == 422
    assert invited.send("POST", f"{mine}/{new}/acceptance", {}).status_code == 201
    withdrawn = coordinator.send("DELETE", f"{here}/circle/invitations/{new}", None)
    assert withdrawn.status_code == 409
    early = invited.send("POST", f"{here}/circle/renewal-requests", {})
    assert early.status_code == 409
    for method, path, body, status in (
        ("PUT", "/lead", seat, 204),
        ("PUT", "/informing", seat, 204),
        ("POST", "/conflicts", seat, 204),
        ("DELETE", f"/conflicts/{physician.employment_id}", None, 204),
        ("POST", f"/circle/{physician.employment_id}/renewals", None, 201),
        (
            "POST",
            "/care-teams",
            seat | {"other_id": str(table.seated[1].employment_id), "basis": "1"},
            204,
        ),
        ("POST", "/mandates", seat | {"scope": "both"}, 204),
        ("POST", "/missions", seat | {"procedure": "P-1"}, 422),
        ("DELETE", f"/missions/{physician.employment_id}", None, 204),
        ("DELETE", f"/circle/{physician.employment_id}", None, 204),
        ("PUT", "/freeze", None, 403),
        ("DELETE", "/freeze", None, 403),
    ):
        answer = coordinator.send(method, f"{here}{path}", body)
        assert answer.status_code == status, (method, path, answer.text)
    assert not table.sees(physician)
