"""The notices that are handed over, by version. Pure."""

from typing import Final

NOTICES: Final = ("FALC v1.2",)
"""Versions of the notice in plain French that the service prints, the last one in use."""

NOTICE_IN_USE: Final = NOTICES[-1]

NOTICE_TEMPLATES: Final = {"FALC v1.2": "sharing/notice_1_2.html"}
"""Each version keeps its own words: what a person was handed two years ago can be read again."""

GROUPS_IN_PLAIN_WORDS: Final = {
    "G0": "La coordination de la cellule",
    "G1": "Les soignants",
    "G2": "Les travailleurs sociaux",
    "G3": "Le mandataire (tuteur, curateur)",
    "G4": "Le DAC (appui pour les parcours de santé)",
    "G5": "Le bailleur ou le syndic",
    "G6": "Le service d'hygiène et de l'habitat",
    "G7": "Les pompiers",
    "G8": "Les entreprises (ménage, travaux, animaux)",
    "G9": "Le proche que j'ai choisi",
    "G10": "Le pair-aidant",
}
CATEGORIES_IN_PLAIN_WORDS: Final = {
    "I1": "Mon nom, mon adresse, mon téléphone",
    "I2": "Mon logement et la sécurité",
    "I3": "Le voisinage",
    "I4": "Mes ressources et mes droits",
    "I5": "Ma mesure de protection",
    "I6": "La santé de mon corps : ce qui est utile",
    "I7": "Ma santé psychique : ce qui est utile",
    "I8": "Ma famille, mes proches",
    "I9": "Les photos",
    "I10": "Ce qui est prévu pour moi",
}
