"""Guest access: one named professional, named sections, a time; nothing more, then nothing."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from policies.vocabulary import Column, Level, Section
from service.errors import Conflict, Invalid, NotFound, Refused
from service.sharing import operations as sharing
from service.sharing.rules import profession
from service.sharing.rules.targeted import GRANTABLE
from service.sharing.schemas.targeted import GuestOffer
from service.situations import operations as situations
from service.unit import Actor
from service.web.provide import Door
from tests.house import House
from tests.sharing.table import PAPER, Table, listed
from tests.situations.web import Seats, Site

YES = {f"I{number}_G{group}": "yes" for number in range(1, 11) for group in (1, 2, 5, 6)}


@pytest.fixture
def table(house: House) -> Table:
    """Lay a situation named by agreement, with its social worker as lead."""
    table = Table.laid(house)
    worker = table.cast.social_worker()
    table.seated = (worker,)
    table.joins(worker)
    table.does(table.coordinator, sharing.designate_lead, worker.employment_id)
    table.named_by(worker, **YES)
    return table


def offer(
    seat: Actor,
    *sections: str,
    until: datetime | None = None,
    purpose: str = "continuity",
    basis: str = "CSP_L1110_4_III",
    days: int = 7,
    house: House | None = None,
) -> GuestOffer:
    """Offer sections to a seat, for a week unless it is said otherwise."""
    assert until or house
    end = until or house.workplace.clock.now() + timedelta(days=days)  # type: ignore[union-attr]
    return GuestOffer(
        employment_id=seat.employment_id,
        sections=sections or ("housing", "somatic_health"),
        purpose=purpose,
        basis=basis,
        until=end,
    )


def admits(table: Table, seat: Actor, *sections: str, **named: Any) -> None:
    """Let the coordinator open a guest access."""
    table.does(
        table.coordinator, sharing.admit_guest, offer(seat, *sections, house=table.house, **named)
    )


def test_a_grant_opens_the_named_sections_at_the_level_of_the_profession(table: Table) -> None:
    physician = table.cast.physician()
    assert not table.sees(physician)
    admits(table, physician)
    assert table.sees(physician)
    shown = {section: table.level(physician, section) for section in GRANTABLE}
    assert {section: level for section, level in shown.items() if level is not Level.NONE} == {
        Section.HOUSING: Level.READ_EXTRACT,  # F a for a physician
        Section.SOMATIC_HEALTH: Level.READ,  # R t, the person said yes to health
    }
    assert table.level(physician, Section.SYNTHESIS) is Level.READ


@pytest.mark.parametrize("column", ["landlord", "worker", "inspector"])
def test_a_guests_page_holds_exactly_what_was_granted(table: Table, column: str) -> None:
    """Whatever the profession: the page's sections are those named, at the column's level."""
    seat = {
        "landlord": lambda: table.cast.landlord("Gilles Ferrand"),
        "worker": lambda: table.cast.social_worker("Aline Morvan"),
        "inspector": lambda: table.cast.inspector("Denis Calvez"),
    }[column]()
    member = {
        "landlord": table.landlord,
        "worker": table.seated[0],
        "inspector": table.cast.inspector(),
    }[column]
    if column != "worker":
        table.joins(member)
    named = [
        section
        for section in ("identity_contact", "housing", "safety_risk", "animals", "consent_status")
        if table.level(member, Section(section)) is not Level.NONE
    ]
    admits(table, seat, *named)
    view = table.reads(seat, situations.open_situation)
    levels = {one.section: one.level for one in view.sections}
    assert set(levels) == {Section.SYNTHESIS, *map(Section, named)}
    for section in named:
        assert levels[Section(section)] is table.level(member, Section(section)), section
    assert not any(one.may_write for one in view.sections)
    assert view.guest is not None
    assert set(view.guest.sections) == set(named)
    assert view.header.urgency == view.header.lead == view.header.mode == ""
    assert not view.steers
    assert not view.grants


def test_it_ends_by_itself_and_can_be_ended_before(table: Table) -> None:
    physician, nurse = table.cast.physician(), table.cast.psychiatric_nurse()
    admits(table, physician, days=3)
    table.passes(days=3, seconds=-1)
    assert table.sees(physician)
    table.passes(seconds=1)
    assert not table.sees(physician)
    with pytest.raises(NotFound):
        table.reads(physician, situations.open_situation)
    admits(table, nurse, "mental_health")
    assert table.sees(nurse)
    table.passes(hours=1)
    table.does(table.coordinator, sharing.end_guest, nurse.employment_id)
    assert not table.sees(nurse)
    with pytest.raises(Conflict):
        table.does(table.coordinator, sharing.end_guest, nurse.employment_id)
    view = table.reads(table.coordinator, sharing.read_guests)
    assert {one.employment_id for one in view.past} == {
        physician.employment_id,
        nurse.employment_id,
    }
    assert not view.live


def test_a_grant_lasts_thirty_days_at_most(table: Table) -> None:
    physician = table.cast.physician()
    now = table.house.workplace.clock.now()
    for wrong in (now, now - timedelta(days=1), now + timedelta(days=31)):
        with pytest.raises(Invalid) as problem:
            admits(table, physician, until=wrong)
        assert set(problem.value.fields) == {"until"}
    admits(table, physician, until=now + timedelta(days=30))


def test_it_needs_a_valid_pledge_and_no_objection(table: Table) -> None:
    unsigned = table.cast.seat("Rémi Oriol", kind="HEALTH", category="1", pledged=False)
    with pytest.raises(Invalid) as problem:
        admits(table, unsigned)
    assert "engagement" in problem.value.fields["employment_id"]
    nurse = table.cast.psychiatric_nurse()
    table.says(table.seated[0], I7_G1="no")
    with pytest.raises(Invalid) as problem:
        admits(table, nurse, "mental_health", "housing")
    assert "Santé psychique" in problem.value.fields["sections"]
    admits(table, nurse, "housing")
    assert table.level(nurse, Section.MENTAL_HEALTH) is Level.NONE


def test_a_section_that_opens_nothing_is_refused_and_shown_before(table: Table) -> None:
    landlord = table.cast.landlord("Gilles Ferrand")
    wanted = offer(landlord, "housing", "mental_health", house=table.house)
    shown = table.does(table.coordinator, sharing.preview_guest, wanted)
    assert [(str(one.section), one.level) for one in shown.opened] == [("housing", Level.READ)]
    assert [str(one.section) for one in shown.withheld] == ["mental_health"]
    assert shown.withheld[0].reasons
    with pytest.raises(Invalid) as problem:
        table.does(table.coordinator, sharing.admit_guest, wanted)
    assert "Santé psychique" in problem.value.fields["sections"]
    with pytest.raises(Invalid):
        admits(table, landlord, "mental_health")
    assert not table.sees(landlord)


def test_each_ground_of_law_asks_what_it_asks(table: Table) -> None:
    landlord, physician = table.cast.landlord("Gilles Ferrand"), table.cast.physician()
    worker = table.cast.social_worker("Aline Morvan")
    refused = (
        (landlord, ("housing",), "CSP_L1110_4_II"),
        (physician, ("housing",), "CASF_L121_6_2"),
        (worker, ("somatic_health",), "CASF_L121_6_2"),
        (physician, ("housing",), "EXCEPTION"),
    )
    for seat, sections, basis in refused:
        with pytest.raises(Invalid) as problem:
            admits(table, seat, *sections, basis=basis)
        assert set(problem.value.fields) == {"basis"}, basis
    table.says(table.seated[0], I2_G1="not_asked")
    with pytest.raises(Invalid) as problem:
        admits(table, physician, "housing", basis="CSP_L1110_4_III")
    assert set(problem.value.fields) == {"basis"}
    admits(table, physician, "housing", basis="CSP_L1110_4_II")
    admits(table, landlord, "housing", basis="CSP_L1110_4_III")
    admits(table, worker, "social_resources", basis="CASF_L121_6_2")


def test_a_member_gets_no_grant_and_a_guest_only_one(table: Table) -> None:
    with pytest.raises(Conflict):
        admits(table, table.seated[0], "housing")
    with pytest.raises(Invalid):
        admits(table, table.coordinator, "housing")
    physician = table.cast.physician()
    admits(table, physician, "housing")
    with pytest.raises(Conflict):
        admits(table, physician, "animals")
    table.joins(physician)
    assert not table.reads(table.coordinator, sharing.read_guests).live
    assert table.level(physician, Section.ANIMALS) is Level.READ_EXTRACT


def test_only_the_coordinator_opens_one_and_the_lead_may_end_it(table: Table) -> None:
    physician, outsider = table.cast.physician(), table.cast.psychiatric_nurse()
    wanted = offer(physician, house=table.house)
    with pytest.raises(Refused):
        table.does(table.seated[0], sharing.admit_guest, wanted)
    with pytest.raises(NotFound):
        table.does(outsider, sharing.admit_guest, wanted)
    assert not table.sees(physician)
    table.does(table.coordinator, sharing.admit_guest, wanted)
    with pytest.raises(NotFound):
        table.does(outsider, sharing.end_guest, physician.employment_id)
    with pytest.raises(Refused):
        table.does(physician, sharing.end_guest, physician.employment_id)
    table.does(table.seated[0], sharing.end_guest, physician.employment_id)
    assert not table.sees(physician)


def test_withdrawal_and_closing_end_it(table: Table) -> None:
    physician = table.cast.physician()
    admits(table, physician)
    table.does(table.seated[0], sharing.withdraw_agreement, [], general=True, **PAPER)
    assert not table.sees(physician)
    with pytest.raises(Invalid) as problem:
        admits(table, physician)
    assert "sans nom" in problem.value.fields["sections"]
    table.does(table.coordinator, sharing.move, state="closed")
    with pytest.raises(Conflict):
        admits(table, physician)


def test_lists_and_who_reads_count_the_guest_exactly_as_the_rules_do(table: Table) -> None:
    """At each instant: the list shows it, the map holds it, the rules allow it, or none of them."""
    physician = table.cast.physician()

    async def seen(unit: Any, situation_id: Any) -> tuple[bool, bool, bool]:
        mine = bool(await listed(unit, [situation_id]))
        around = await sharing.access_map(unit, situation_id)
        held = [one for one in around if one.employment_id == physician.employment_id]
        readers = (await sharing.readers(unit, situation_id, [Section.HOUSING]))[Section.HOUSING]
        return mine, bool(held), profession(Column.MED) in readers.extract

    def agrees(expected: bool) -> None:
        assert table.reads(physician, seen) == (expected,) * 3
        assert table.sees(physician) is expected

    agrees(False)
    admits(table, physician, "housing", days=2)
    agrees(True)
    table.passes(days=1)
    agrees(True)
    table.passes(days=1)
    agrees(False)
    admits(table, physician, "housing", days=2)
    table.passes(hours=1)
    agrees(True)
    table.does(table.coordinator, sharing.end_guest, physician.employment_id)
    agrees(False)


def test_a_guest_stays_a_stranger_to_the_circle(table: Table) -> None:
    physician = table.cast.physician()
    admits(table, physician)
    for operation in (sharing.read_circle, sharing.read_guests, situations.timeline):
        with pytest.raises(Refused):
            table.reads(physician, operation)
    assert table.reads(table.seated[0], sharing.read_guests).live[0].name == physician.name
    assert table.reads(physician, _own_passes)[0].situation_id == table.situation_id


async def _own_passes(unit: Any, _: Any) -> Any:
    return await sharing.own_passes(unit)


@pytest.fixture
def site(house: House) -> Site:
    """Open the whole application over this house."""
    client, seats = house.client(), Seats(house)
    state = client.app.state
    state.door = Door(workplace=state.door.workplace, doorkeeper=seats)
    return Site(client.app, client, seats)


def test_the_pages_show_before_they_open(site: Site, table: Table) -> None:
    here = f"/situations/{table.situation_id}"
    physician = table.cast.physician()
    coordinator, guest = site.browser(table.coordinator), site.browser(physician)
    assert (
        coordinator.get(f"{here}/guests/new?organisation={physician.organisation_id}").status_code
        == 200
    )
    form = {
        "organisation": str(physician.organisation_id),
        "employment_id": str(physician.employment_id),
        "sections": ["housing", "neighbourhood"],
        "purpose": "continuity",
        "basis": "CSP_L1110_4_III",
        "until-day": "3",
        "until-month": "4",
        "until-year": "2026",
        "hour": "18",
    }
    wrong = coordinator.post(f"{here}/guests/new", form | {"basis": ""})
    assert wrong.status_code == 422
    assert "Choisissez le texte" in wrong.text
    shown = coordinator.post(f"{here}/guests/new", form)
    assert shown.status_code == 200, shown.text[:800]
    assert "n’ouvrirait rien" in shown.text
    assert not table.sees(physician)
    absent, hidden = guest.get(f"/situations/{uuid4()}"), guest.get(here)
    assert (hidden.status_code, hidden.content) == (absent.status_code, absent.content)
    done = coordinator.post(f"{here}/guests/new", form | {"sections": "housing", "seen": "yes"})
    assert (done.status_code, done.headers["location"]) == (
        303,
        f"{here}/circle?done=guest-admitted",
    )
    page = guest.get(here)
    assert page.status_code == 200
    assert "accès ponctuel" in page.text
    assert "vendredi 3 avril 2026" in page.text
    assert f'href="{here}/circle"' not in page.text
    assert guest.get(f"{here}/circle").status_code == 403
    assert guest.get(f"{here}/sections/neighbourhood").status_code == 403
    assert guest.get(f"{here}/sections/housing/entries").status_code == 403
    assert physician.name in coordinator.get(f"{here}/circle").text
    ended = coordinator.post(f"{here}/guests/{physician.employment_id}/end", {})
    assert ended.status_code == 303
    assert guest.get(here).content == absent.content


def test_programs_do_the_same(site: Site, table: Table) -> None:
    here = f"/api/v1/situations/{table.situation_id}/guests"
    physician = table.cast.physician()
    coordinator, guest = site.browser(table.coordinator), site.browser(physician)
    body = {
        "employment_id": str(physician.employment_id),
        "sections": ["housing"],
        "purpose": "prevention",
        "basis": "CSP_L1110_4_II",
        "until": "2026-04-03T16:00:00Z",
    }
    assert guest.send("POST", here, body).status_code == 404
    seen = coordinator.send("POST", f"{here}/preview", body)
    assert seen.json() == [{"section": "housing", "level": "read_extract"}]
    assert not table.sees(physician)
    assert (
        coordinator.send("POST", here, body | {"until": "2026-04-03T16:00:00"}).status_code == 422
    )
    assert coordinator.send("POST", here, body).status_code == 204
    live = coordinator.get(here).json()["live"]
    assert live[0]["openings"] == [{"section": "housing", "level": "read_extract"}]
    assert guest.get(here).status_code == 403
    assert coordinator.send("DELETE", f"{here}/{physician.employment_id}", None).status_code == 204
    assert not table.sees(physician)
