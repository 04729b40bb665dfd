"""Agreement for programs: the same operations as the pages, in JSON."""

from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from service.errors import Invalid
from service.sharing import operations
from service.sharing.rules import CATEGORIES
from service.sharing.schemas import (
    AgreementEventOut,
    AgreementOut,
    ExceptionOut,
    NewAnswers,
    NewInformation,
    NewUnable,
    NewWithdrawal,
    PlaceEnd,
)
from service.unit import Unit
from service.web.problems import PROBLEMS


class AgreementApi(Controller):
    """What the person was told, allows, forbids, takes back."""

    path = "/api/v1/situations/{situation_id:uuid}"
    tags = ("agreement",)

    @get("/agreement", name="api_agreement", responses=PROBLEMS)
    async def show_agreement(
        self, unit: NamedDependency[Unit], situation_id: FromPath[UUID]
    ) -> AgreementOut:
        """Return the agreement as it stands, and how it came to be."""
        grid = await operations.read_agreement(unit, situation_id)
        return AgreementOut(
            mode=grid.mode,
            whole=grid.whole,
            cells=_written(grid.cells),
            informed=dict(grid.informed),
            history=tuple(
                AgreementEventOut(
                    kind=line.kind,
                    valid_from=line.valid_from,
                    recorded_by=line.recorded_by,
                    means=line.means,
                    notice_version=line.notice_version,
                    cells=_written(line.cells),
                    groups=line.groups,
                )
                for line in grid.history
            ),
            may_record=grid.may_record,
            may_object=grid.may_object,
            revision=grid.revision,
            unable_until=grid.unable[1] if grid.unable else None,
            exception=ExceptionOut(basis=grid.exception[0], until=grid.exception[1])
            if grid.exception
            else None,
        )

    @post("/agreement/unable", name="api_record_unable", responses=PROBLEMS)
    async def record_unable(
        self, unit: NamedDependency[Unit], situation_id: FromPath[UUID], data: JSONBody[NewUnable]
    ) -> PlaceEnd:
        """Write down that the person cannot express their will; return until when it holds."""
        return PlaceEnd(valid_to=await operations.record_unable(unit, situation_id, data.ground))

    @delete("/agreement/unable", name="api_end_unable", responses=PROBLEMS)
    async def end_unable(self, unit: NamedDependency[Unit], situation_id: FromPath[UUID]) -> None:
        """Write down that the person can express their will again."""
        await operations.end_unable(unit, situation_id)

    @post(
        "/agreement/information", name="api_record_information", status_code=204,
        responses=PROBLEMS,
    )  # fmt: skip
    async def record_information(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        data: JSONBody[NewInformation],
    ) -> None:
        """Write down that the person was informed."""
        await operations.record_information(
            unit,
            situation_id,
            groups=data.groups,
            means=data.means,
            notice_version=data.notice_version,
            categories=data.categories or CATEGORIES,
        )

    @post("/agreement/answers", name="api_record_answers", status_code=204, responses=PROBLEMS)
    async def record_answers(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        data: JSONBody[NewAnswers],
    ) -> None:
        """Write down what the person allows or forbids; it acts at once."""
        paper = {"means": data.means, "notice_version": data.notice_version}
        cells = {key: data.cells[name] for name, key in _named(data.cells)}
        if data.revision:
            await operations.answer_grid(
                unit, situation_id, cells, revision=data.revision, general=data.general, **paper
            )
            return
        await operations.record_agreement(unit, situation_id, cells, general=data.general, **paper)

    @post(
        "/agreement/withdrawals", name="api_record_withdrawal", status_code=204,
        responses=PROBLEMS,
    )  # fmt: skip
    async def record_withdrawal(
        self,
        unit: NamedDependency[Unit],
        situation_id: FromPath[UUID],
        data: JSONBody[NewWithdrawal],
    ) -> None:
        """Write down what the person takes back; it acts at once."""
        await operations.withdraw_agreement(
            unit,
            situation_id,
            [key for _, key in _named(data.cells)],
            means=data.means,
            notice_version=data.notice_version,
            general=data.general,
        )


ROUTES: Final = (AgreementApi,)


def _written(cells: Mapping[tuple[str, str], str]) -> dict[str, str]:
    return {f"{category}-{group}": value for (category, group), value in cells.items()}


def _named(names: Iterable[str]) -> list[tuple[str, tuple[str, str]]]:
    """Return each name with its category and group. Raises Invalid naming a cell of no grid."""
    found = []
    for name in names:
        category, dash, group = name.partition("-")
        if not dash:
            raise Invalid({name[:20]: "Nommez une case comme « I6-G2 »."})
        found.append((name, (category, group)))
    return found
