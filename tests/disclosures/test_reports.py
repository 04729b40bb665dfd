"""Reports to an authority: who makes them, who is told, who looks at them afterwards."""

from datetime import date, timedelta

import pytest

from service.database import new_id, transaction
from service.disclosures import operations
from service.disclosures.schemas.reports import NewHandover, NewUnused
from service.errors import Conflict, Invalid, NotFound, Refused
from service.sharing import operations as sharing
from tests.disclosures.town import REASON, Town, report


def test_a_report_is_kept_for_its_author_and_told_without_what_it_says(town: Town) -> None:
    said = report()
    report_id = town.here(town.worker, operations.make_report, said)

    mine = town.here(town.worker, operations.read_report, report_id, write=False)
    assert (mine.extract, mine.reason, mine.informed_by) == (
        said.extract,
        REASON,
        "L'assistante sociale",
    )
    for seat in (town.coordinator, town.dpo):
        (line,) = town.does(seat, operations.list_reports, write=False).reports
        assert (line.path, line.informed, line.informed_on) == (
            "CP226_14_1",
            "informed",
            date(2026, 3, 24),
        )
        assert said.extract not in repr(line)
        assert REASON not in repr(line)
        assert not line.own
        with pytest.raises(NotFound):
            town.here(seat, operations.read_report, report_id, write=False)
    assert town.recorded(town.worker)[:2] == ["report.read", "report.made"]


def test_the_coordination_and_the_dpo_are_told_by_a_mail_that_says_nothing(town: Town) -> None:
    town.here(town.worker, operations.make_report, report())
    both = sorted((town.coordinator.employment_id, town.dpo.employment_id))
    assert sorted(town.mailed()) == both
    town.here(town.coordinator, operations.make_report, report())  # never to oneself
    assert sorted(town.mailed()) == sorted((*both, town.dpo.employment_id))


def test_a_report_widens_no_circle_and_makes_no_account(town: Town) -> None:
    tables = ("circle_membership", "guest_grant", "account", "employment", "invitation")
    before = {table: town.count(table) for table in tables}
    around = town.here(town.worker, sharing.access_map, write=False)
    town.here(town.worker, operations.make_report, report(path="CP223_6", recipient="police"))
    assert {table: town.count(table) for table in tables} == before
    assert town.here(town.worker, sharing.access_map, write=False) == around


WRONG = [
    ("landlord", {"path": "CP226_14_4", "recipient": "prefect"}, "path"),
    ("worker", {"path": "CP226_14_2", "victim": "minor"}, "path"),
    ("worker", {"path": "OTHER"}, "path"),
    ("worker", {"recipient": "prefect"}, "recipient"),
    ("nurse", {"path": "CP226_14_2"}, "victim"),
    ("worker", {"extract": "  "}, "extract"),
    ("worker", {"extract": "x" * 2_001}, "extract"),
    ("worker", {"recipient": "crip"}, "extract"),
    ("worker", {"reason": "Trop court."}, "reason"),
    ("worker", {"informed": ""}, "informed"),
    ("worker", {"informed_on": None}, "informed_on"),
    ("worker", {"informed_on": date(2026, 3, 25)}, "informed_on"),
    ("worker", {"informed_by": ""}, "informed_by"),
    ("worker", {"informed": "not_informed", "motive": "Danger."}, "motive"),
    ("worker", {"extract": "Elle serait schizophrène."}, "confirmed"),
    ("worker", {"extract": "Il a été condamné en 2019."}, "confirmed"),
    ("worker", {"extract": "Numéro 1 91 11 99 001 001"}, "extract"),
]


def test_what_is_wrong_names_its_field_and_nothing_is_kept(town: Town) -> None:
    for who, said, field in WRONG:
        with pytest.raises(Invalid) as wrong:
            town.here(getattr(town, who), operations.make_report, report(**said))
        assert set(wrong.value.fields) == {field}, said
    assert town.count("statutory_report") == 0


def test_the_same_texts_pass_once_confirmed_but_never_a_national_number(town: Town) -> None:
    town.here(
        town.worker,
        operations.make_report,
        report(extract="Il a été condamné en 2019.", confirmed=True),
    )
    with pytest.raises(Invalid):
        town.here(
            town.worker,
            operations.make_report,
            report(extract="Numéro 1 91 11 99 001 001", confirmed=True),
        )


def test_a_motive_stands_for_telling_the_person(town: Town) -> None:
    motive = "L'informer la laisserait seule ce soir avec l'auteur des faits."
    report_id = town.here(
        town.nurse,
        operations.make_report,
        report(
            path="CP226_14_2",
            victim="unable",
            informed="not_informed",
            informed_on=None,
            informed_by="",
            motive=motive,
        ),
    )
    mine = town.here(town.nurse, operations.read_report, report_id, write=False)
    assert (mine.motive, mine.informed_by, mine.line.informed_on) == (motive, "", None)
    assert "incapacité" in mine.victim_label


def test_nothing_of_a_child_is_written_here(town: Town) -> None:
    report_id = town.here(
        town.worker,
        operations.make_report,
        report(path="CASF226_2_2", recipient="crip", extract=""),
    )
    assert not town.here(town.worker, operations.read_report, report_id, write=False).has_extract


def test_the_same_form_sent_twice_is_one_report(town: Town) -> None:
    said = report()
    first = town.here(town.worker, operations.make_report, said)
    assert town.here(town.worker, operations.make_report, said) == first
    assert town.count("statutory_report") == 1
    with pytest.raises(Conflict):
        town.here(town.nurse, operations.make_report, said)


def test_who_may_not_know_the_situation_reports_nothing(town: Town) -> None:
    for stranger in (town.outsider, town.administrator, town.auditor, town.dpo):
        with pytest.raises(NotFound):
            town.here(stranger, operations.make_report, report())
        assert town.recorded(stranger)[0] == "report.made deny"
    assert town.count("statutory_report") == 0


def test_only_its_author_reads_a_report_even_in_the_same_circle(town: Town) -> None:
    report_id = town.here(town.worker, operations.make_report, report())
    for other in (town.nurse, town.landlord, town.outsider):
        with pytest.raises(NotFound):
            town.here(other, operations.read_report, report_id, write=False)
        assert town.recorded(other)[0] == "report.read deny"
        assert not town.does(other, operations.list_reports, write=False).reports
    assert not town.here(town.nurse, operations.reports_of, write=False).reports


def test_an_author_reads_it_again_after_leaving_the_circle(town: Town) -> None:
    report_id = town.here(town.worker, operations.make_report, report())
    town.here(town.coordinator, sharing.leave_circle, town.worker.employment_id)
    assert town.here(town.worker, operations.read_report, report_id, write=False).extract


def test_a_report_is_handed_over_once_between_its_day_and_today(town: Town) -> None:
    report_id = town.here(town.worker, operations.make_report, report())
    town.house.hands.at += timedelta(days=2)
    for day in (date(2026, 3, 23), date(2026, 3, 27)):
        with pytest.raises(Invalid):
            town.here(
                town.worker,
                operations.hand_over,
                report_id,
                NewHandover(handed_on=day, means="in_person"),
            )
    said = NewHandover(handed_on=date(2026, 3, 25), means="secure_mail")
    with pytest.raises(NotFound):
        town.here(town.nurse, operations.hand_over, report_id, said)
    town.here(town.worker, operations.hand_over, report_id, said)
    (line,) = town.does(town.dpo, operations.list_reports, write=False).reports
    assert (line.handed_on, line.handed_label) == (
        date(2026, 3, 25),
        "Par messagerie sécurisée",
    )
    with pytest.raises(Conflict):
        town.here(town.worker, operations.hand_over, report_id, said)
    assert town.recorded(town.worker)[0] == "report.handed_over"


def test_someone_else_looks_at_it_within_seven_days_and_late_shows(town: Town) -> None:
    report_id = town.here(town.worker, operations.make_report, report())
    for seat in (town.coordinator, town.dpo):
        (waiting,) = town.does(seat, operations.to_review, write=False)
        assert waiting.may_review
        assert not waiting.late
    assert not town.does(town.worker, operations.to_review, write=False)
    town.house.hands.at += timedelta(days=7, seconds=1)
    assert town.does(town.dpo, operations.to_review, write=False)[0].late

    town.does(town.coordinator, operations.review_report, report_id, "right")
    assert not town.does(town.dpo, operations.to_review, write=False)
    line = town.does(town.dpo, operations.read_line, report_id, write=False)
    assert line.outcome_label == "Conforme à la voie choisie"
    assert line.reviewer.startswith("Maëlle Quintard")
    assert not line.late
    with pytest.raises(Conflict):
        town.does(town.dpo, operations.review_report, report_id, "right")


def test_nobody_looks_at_their_own_report_whatever_the_seat(town: Town) -> None:
    report_id = town.here(town.coordinator, operations.make_report, report())
    with pytest.raises(Refused):
        town.does(town.coordinator, operations.review_report, report_id, "right")
    assert not town.does(town.coordinator, operations.to_review, write=False)
    assert town.recorded(town.coordinator)[1] == "report.reviewed deny"
    town.does(town.dpo, operations.review_report, report_id, "to_discuss")


def test_only_the_dpo_and_the_coordinator_of_the_cell_look(town: Town) -> None:
    report_id = town.here(town.worker, operations.make_report, report())
    for other in (town.nurse, town.auditor, town.administrator, town.outsider):
        with pytest.raises(NotFound):
            town.does(other, operations.review_report, report_id, "right")
        with pytest.raises(NotFound):
            town.does(other, operations.read_line, report_id, write=False)
    with pytest.raises(Invalid):
        town.does(town.dpo, operations.review_report, report_id, "perfect")
    with pytest.raises(NotFound):
        town.does(town.dpo, operations.review_report, new_id(), "right")


def test_another_cells_coordinator_is_told_nothing(town: Town) -> None:
    report_id = town.here(town.worker, operations.make_report, report())
    other = Town.on(town.house, "SIT-2026-0032")
    assert not other.does(other.coordinator, operations.list_reports, write=False).reports
    assert not other.does(other.dpo, operations.list_reports, write=False).reports
    with pytest.raises(NotFound):
        other.does(other.dpo, operations.review_report, report_id, "right")


def test_a_path_considered_and_not_used_is_kept_with_its_motive(town: Town) -> None:
    said = NewUnused(
        report_id=new_id(),
        path="CP226_14_4",
        reason="Aucune arme connue, aucune intention d'en acquérir : condition absente.",
    )
    report_id = town.here(town.worker, operations.set_aside, said)
    mine = town.here(town.worker, operations.read_report, report_id, write=False)
    assert (mine.line.used, mine.reason, mine.line.review_by) == (False, said.reason, None)
    (line,) = town.does(town.dpo, operations.list_reports, write=False).reports
    assert not line.used
    assert not line.may_review
    with pytest.raises(Conflict):
        town.does(town.dpo, operations.review_report, report_id, "right")
    with pytest.raises(Conflict):
        town.here(
            town.worker,
            operations.hand_over,
            report_id,
            NewHandover(handed_on=date(2026, 3, 24), means="post"),
        )
    with pytest.raises(Invalid) as wrong:
        town.here(
            town.worker,
            operations.set_aside,
            NewUnused(report_id=new_id(), path="LHI", reason="Non."),
        )
    assert set(wrong.value.fields) == {"reason"}


def test_the_application_can_change_no_row_of_a_report(town: Town) -> None:
    """On PostgreSQL by its rights; SQLite has no roles."""
    if town.house.dialect != "postgresql":
        return
    town.here(town.worker, operations.make_report, report())

    async def change() -> None:
        from sqlalchemy import text

        async with transaction(
            town.house.workplace.engine, write=True, clsm_id=town.cast.clsm_id
        ) as connection:
            await connection.execute(text("UPDATE statutory_report SET recipient = 'police'"))

    with pytest.raises(Exception, match="permission denied"):
        town.house.run(change())
