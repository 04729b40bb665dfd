"""The policy for programs: the same operations as the pages, in JSON."""

from collections.abc import Iterable
from typing import Final

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from policies import reading
from policies.comparing import Change
from policies.rules import fact_names
from service.errors import Invalid
from service.rulebook import operations
from service.rulebook.schemas import (
    ApprovalLine,
    ApprovalOut,
    Approved,
    ChangeOut,
    Created,
    NewApproval,
    NewVersion,
    PolicyOut,
    SectionRulesOut,
    SentenceOut,
    VersionDetailOut,
    VersionLine,
    VersionOut,
    VersionsOut,
)
from service.unit import Unit
from service.web.problems import PROBLEMS


class PolicyApi(Controller):
    """The rules that decide, their versions, and how one is adopted."""

    path = "/api/v1/policy"
    tags = ("policy",)

    @get("/", name="api_policy", responses=PROBLEMS)
    async def show_policy(self, unit: NamedDependency[Unit]) -> PolicyOut:
        """Return the policy in force, in French sentences with their sources."""
        view = await operations.read_policy(unit)
        return PolicyOut(
            number=view.number,
            digest=view.digest,
            since=view.since,
            approvals=_approvals(view.approvals),
            waiting=view.waiting,
            waiting_from=view.waiting_from,
            sections=tuple(
                SectionRulesOut(
                    section=str(chapter.section or ""),
                    label=chapter.title,
                    sentences=tuple(
                        SentenceOut(sentence=str(one), source=one.source, rules=one.rules)
                        for one in chapter.sentences
                    ),
                )
                for chapter in reading.sentences(view.policy)
            ),
        )

    @get("/versions", name="api_policy_versions", responses=PROBLEMS)
    async def show_versions(self, unit: NamedDependency[Unit]) -> VersionsOut:
        """Return every version, the newest first."""
        view = await operations.read_versions(unit)
        return VersionsOut(
            versions=tuple(map(_version, view.lines)),
            shipped_digest=view.shipped_digest,
            shipped_differs=view.shipped_differs,
        )

    @post("/versions", name="api_propose_policy", responses=PROBLEMS)
    async def propose(self, unit: NamedDependency[Unit], data: JSONBody[NewVersion]) -> Created:
        """Propose a version; nothing changes until it is approved.

        A table that is not sound is refused with its file, its line and the reason.
        """
        tables = {"matrix": data.matrix, "conditions": data.conditions, "special": data.special}
        if data.shipped:
            if any(tables.values()):
                raise Invalid({"shipped": "Envoyez les tables, ou shipped : pas les deux."})
            return Created(number=await operations.propose_shipped(unit, data.motive))
        return Created(number=await operations.propose(unit, tables, data.motive))

    @get("/versions/{number:int}", name="api_policy_version", responses=PROBLEMS)
    async def show_version(
        self, unit: NamedDependency[Unit], number: FromPath[int]
    ) -> VersionDetailOut:
        """Return one version, its motive, and all that it opens and closes."""
        view = await operations.read_version(unit, number)
        return VersionDetailOut(
            version=_version(view.line),
            motive=view.motive,
            against=view.against,
            opened=_changes(view.difference.opened),
            closed=_changes(view.difference.closed),
            told=reading.told(view.difference),
            missing_approvals=view.missing,
            problem=view.problem,
        )

    @post("/versions/{number:int}/approvals", name="api_approve_policy", responses=PROBLEMS)
    async def approve(
        self,
        unit: NamedDependency[Unit],
        number: FromPath[int],
        data: JSONBody[NewApproval],
    ) -> Approved:
        """Approve a version as it compares with the one in force."""
        effective = await operations.approve(unit, number, base_number=data.base_number)
        return Approved(effective_from=effective)

    @post(
        "/versions/{number:int}/withdrawal", name="api_withdraw_policy", status_code=204,
        responses=PROBLEMS,
    )  # fmt: skip
    async def withdraw(self, unit: NamedDependency[Unit], number: FromPath[int]) -> None:
        """Withdraw a version that does not decide yet."""
        await operations.withdraw(unit, number)


def _version(line: VersionLine) -> VersionOut:
    said = {name: getattr(line, name) for name in VersionOut.__struct_fields__}
    return VersionOut(**{**said, "state": str(line.state), "approvals": _approvals(line.approvals)})


def _approvals(lines: Iterable[ApprovalLine]) -> tuple[ApprovalOut, ...]:
    return tuple(msgspec.convert(line, ApprovalOut, from_attributes=True) for line in lines)


def _changes(changes: Iterable[Change]) -> tuple[ChangeOut, ...]:
    return tuple(
        ChangeOut(
            column=str(one.column),
            organisation_kinds=tuple(map(str, one.organisation_kinds)),
            section=str(one.section),
            action=str(one.action),
            purposes=tuple(map(str, one.purposes)),
            facts=fact_names(one.facts),
            rules=one.rules,
            refused_by=one.refused_by,
            duty=str(one.duty or ""),
        )
        for one in changes
    )


ROUTES: Final = (PolicyApi,)
