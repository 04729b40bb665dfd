"""Why a situation may be named without an agreement, and what it then opens. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Basis(StrEnum):
    """Why a situation may be named without agreement (domain.md 2.1 and 3.1)."""

    CP226_14_1 = "CP226_14_1"
    CP226_14_2 = "CP226_14_2"
    CP226_14_2BIS = "CP226_14_2BIS"
    CP226_14_3 = "CP226_14_3"
    CP226_14_4 = "CP226_14_4"
    CP223_6 = "CP223_6"
    CASF121_6_2 = "CASF121_6_2"
    CSP_VITAL = "CSP_VITAL"
    LHI = "LHI"


BASIS_LABELS: Final[Mapping[Basis, str]] = {
    Basis.CP226_14_1: "Privations ou sévices sur une personne vulnérable (code pénal, 226-14 1°)",
    Basis.CP226_14_2: "Signalement par un professionnel de santé (code pénal, 226-14 2°)",
    Basis.CP226_14_2BIS: "Sujétion psychologique (code pénal, 226-14 2° bis)",
    Basis.CP226_14_3: "Violences au sein du couple, danger immédiat (code pénal, 226-14 3°)",
    Basis.CP226_14_4: "Personne dangereuse détenant une arme (code pénal, 226-14 4°)",
    Basis.CP223_6: "Personne en péril (code pénal, 223-6)",
    Basis.CASF121_6_2: "Coordination décidée par le maire (CASF, L.121-6-2)",
    Basis.CSP_VITAL: "Urgence, impossibilité d'informer (CSP, R.1110-3 III)",
    Basis.LHI: "Procédure de lutte contre l'habitat indigne (CCH, L.511-1 et suivants)",
}
UNABLE: Final = "UNABLE_TO_EXPRESS_WILL"
"""The person cannot express their will: as an exception, for thirty days (settled.md 5).

Recorded by a professional, never chosen by the coordinator among the bases.
"""

EXCEPTION_LABELS: Final[Mapping[str, str]] = {
    **{str(code): label for code, label in BASIS_LABELS.items()},
    UNABLE: "Personne hors d'état d'exprimer sa volonté (CSP, R.1110-3 III)",
}
