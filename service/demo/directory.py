"""The demo's directory: a town that does not exist, its organisations and its people.

Valmaurin-sur-Orze, the telephone numbers and the mail domains are invented (ARCEP fiction
ranges, `.example`).
"""

from dataclasses import dataclass

TOWN_CODE = "99V01"
CLSM_NAME = "CLSM de Valmaurin-sur-Orze"
PASSWORD = "une-demo-sans-secret-2026"  # noqa: S105 — printed by `make run`, for invented people

ORGANISATIONS: tuple[tuple[str, str, str, str], ...] = (
    ("o_clsm", "CLSM de Valmaurin", "COORDINATION", "01 99 00 10 01"),
    ("o_ccas", "CCAS de Valmaurin", "CCAS", "01 99 00 10 02"),
    ("o_dep", "Maison des solidarités Orze-Nord", "DEPARTMENT", "01 99 00 10 03"),
    ("o_cmp", "CMP « Les Tilleuls », secteur 99G04", "PSYCHIATRY", "01 99 00 10 04"),
    ("o_empp", "EMPP de l'Orze", "PSYCHIATRY", "01 99 00 10 05"),
    ("o_gp", "Cabinet du Pont-Neuf", "HEALTH", "01 99 00 10 06"),
    ("o_ssiad", "SSIAD Orze Domicile", "HEALTH", "01 99 00 10 07"),
    ("o_savs", "SAVS L'Escale", "MEDICO_SOCIAL", "01 99 00 10 08"),
    ("o_mjpm", "Association tutélaire Arpège", "GUARDIANSHIP", "01 99 00 10 09"),
    ("o_hlm", "Orze Habitat", "LANDLORD", "01 99 00 10 10"),
    ("o_schs", "SCHS de Valmaurin", "HYGIENE", "01 99 00 10 11"),
    ("o_sdis", "SDIS 99, CIS Valmaurin", "FIRE_SERVICE", "01 99 00 10 12"),
    ("o_net", "Netorze Services", "CLEANING", "01 99 00 10 13"),
    ("o_vet", "Refuge Les Quatre Ormes", "ANIMAL_CARE", "01 99 00 10 14"),
    ("o_gem", "GEM La Passerelle", "PEER", "01 99 00 10 15"),
    ("o_dac", "DAC 99", "DAC", "01 99 00 10 16"),
    ("o_mairie", "Ville de Valmaurin", "MUNICIPALITY", "01 99 00 10 17"),
    ("o_ethique", "Comité d'éthique de l'Orze", "ETHICS", "01 99 00 10 18"),
    ("o_dpo", "Délégation à la protection des données", "DATA_PROTECTION", "01 99 00 10 19"),
    ("o_proche", "Proches désignés", "RELATIVE", ""),
)
"""Key, name, kind and telephone of every organisation but the one that installs (`o_adm`)."""

FOUNDER = ("o_adm", "Hébergement de l'Orze", "HOSTING")


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One demo account and its seat; `key` is how the story calls it."""

    key: str
    name: str
    email: str
    organisation: str
    title: str
    function: str
    category: str = "NONE"
    secrecy_basis: str = ""
    relative: bool = False
    offices: tuple[tuple[str, str], ...] = ()
    """Office and cell (\"\" for every cell)."""
    pledged: str = "05/01/2026"
    sees: str


ROLES: tuple[Role, ...] = (
    Role(
        key="Quintard",
        name="Maëlle Quintard",
        email="maelle.quintard@clsm.example",
        organisation="o_clsm",
        title="coordinatrice de la cellule",
        function="coordinator",
        offices=(("coordinator", ""),),
        sees="qualifie, forme les cercles ; tout sauf la santé, dont elle sait qu'elle existe",
    ),
    Role(
        key="Escallier",
        name="Bruno Escallier",
        email="bruno.escallier@ccas.example",
        organisation="o_ccas",
        title="assistant de service social",
        function="social_worker",
        category="2a",
        sees="pilote de Héron : le social en entier, la santé par l'extrait utile",
    ),
    Role(
        key="Desmarchais",
        name="Leïla Desmarchais",
        email="leila.desmarchais@dep.example",
        organisation="o_dep",
        title="assistante de service social",
        function="social_worker",
        category="2a",
        sees="a saisi la cellule pour Grésil ; le social en entier, la santé par extrait",
    ),
    Role(
        key="Ardouin",
        name="Dr Solène Ardouin",
        email="solene.ardouin@cmp.example",
        organisation="o_cmp",
        title="psychiatre",
        function="psychiatrist",
        category="1",
        sees="Grésil : la santé en entier depuis l'accord, le voisinage jamais",
    ),
    Role(
        key="Tassin",
        name="Karim Tassin",
        email="karim.tassin@cmp.example",
        organisation="o_cmp",
        title="infirmier en psychiatrie",
        function="nurse",
        category="1",
        sees="Grésil : comme la psychiatre ; rien pendant l'opposition",
    ),
    Role(
        key="Violleau",
        name="Nadège Violleau",
        email="nadege.violleau@empp.example",
        organisation="o_empp",
        title="infirmière de l'équipe mobile",
        function="nurse",
        category="1",
        offices=(("health_cofacilitator", ""),),
        sees="Héron et Grésil : écrit la santé psychique et son extrait pour les autres",
    ),
    Role(
        key="Krieg",
        name="Samuel Krieg",
        email="samuel.krieg@empp.example",
        organisation="o_empp",
        title="infirmier d'astreinte",
        function="nurse",
        category="1",
        sees="aucun cercle ; d'astreinte cette semaine : un accès d'urgence, par la référence",
    ),
    Role(
        key="Hérembert",
        name="Dr Pascal Hérembert",
        email="pascal.herembert@gp.example",
        organisation="o_gp",
        title="médecin généraliste",
        function="physician",
        category="1",
        sees="Héron et Grésil : la santé somatique en entier",
    ),
    Role(
        key="Bastang",
        name="Coralie Bastang",
        email="coralie.bastang@ssiad.example",
        organisation="o_ssiad",
        title="infirmière coordinatrice du SSIAD",
        function="nurse",
        category="1",
        sees="Héron : la santé somatique, dont elle écrit l'extrait utile",
    ),
    Role(
        key="Perdreau",
        name="Yohan Perdreau",
        email="yohan.perdreau@savs.example",
        organisation="o_savs",
        title="éducateur spécialisé",
        function="educator",
        category="2g",
        pledged="22/09/2026",
        sees="pilote de Grésil depuis octobre : le social, la santé par extrait",
    ),
    Role(
        key="Lavaud",
        name="Inès Lavaud",
        email="ines.lavaud@mjpm.example",
        organisation="o_mjpm",
        title="mandataire judiciaire",
        function="guardian",
        category="2f",
        sees="Grésil, mandat sur les biens : ressources et droit, rien de la santé",
    ),
    Role(
        key="Nolleau",
        name="Fabrice Nolleau",
        email="fabrice.nolleau@hlm.example",
        organisation="o_hlm",
        title="conseiller social du bailleur",
        function="family_adviser",
        sees="a saisi la cellule pour Héron : logement et voisinage, ni social ni santé",
    ),
    Role(
        key="Marsan",
        name="Odette Marsan",
        email="odette.marsan@schs.example",
        organisation="o_schs",
        title="inspectrice de salubrité",
        function="inspector",
        sees="Héron : le logement, ses risques et leur évaluation",
    ),
    Role(
        key="Trélat",
        name="Cne Hugo Trélat",
        email="hugo.trelat@sdis.example",
        organisation="o_sdis",
        title="officier sapeur-pompier",
        function="firefighter",
        sees="Héron : accès, risques et logement, par extrait",
    ),
    Role(
        key="Féron",
        name="Alban Féron",
        email="alban.feron@net.example",
        organisation="o_net",
        title="chef d'équipe",
        function="cleaner",
        pledged="01/06/2026",
        sees="aucun cercle : rien tant qu'aucune action ne lui est confiée",
    ),
    Role(
        key="Roc",
        name="Sabine Roc",
        email="sabine.roc@vet.example",
        organisation="o_vet",
        title="soigneuse animalière",
        function="animal_carer",
        pledged="20/04/2026",
        sees="sa place dans le cercle de Héron a pris fin le 20 octobre",
    ),
    Role(
        key="Jolivet",
        name="Mika Jolivet",
        email="mika.jolivet@gem.example",
        organisation="o_gem",
        title="pair bénévole",
        function="peer_worker",
        pledged="10/06/2026",
        sees="Grésil : ce que la personne a voulu lui dire, par extrait",
    ),
    Role(
        key="Oriol",
        name="Tiphaine Oriol",
        email="tiphaine.oriol@dac.example",
        organisation="o_dac",
        title="référente de parcours",
        function="pathway_coordinator",
        category="2j",
        pledged="01/09/2025",
        sees="rien : son engagement de confidentialité a expiré le 1er septembre",
    ),
    Role(
        key="Benhaddou",
        name="Idriss Benhaddou",
        email="idriss.benhaddou@ccas.example",
        organisation="o_ccas",
        title="médiateur de rue",
        function="mediator",
        secrecy_basis="CASF133_5",
        sees="agent du CCAS tenu au secret (L.133-5) ; une invitation dans le cercle de Grésil",
    ),
    Role(
        key="Osei",
        name="Rachel Osei",
        email="rachel.osei@ccas.example",
        organisation="o_ccas",
        title="administratrice du CCAS",
        function="administrator",
        offices=(("organisation_administrator", ""),),
        sees="les postes du CCAS ; aucune situation",
    ),
    Role(
        key="Vasseur",
        name="Hélène Vasseur-Tanguy",
        email="helene.vasseur-tanguy@ethique.example",
        organisation="o_ethique",
        title="auditrice éthique",
        function="auditor",
        offices=(("auditor", ""),),
        sees="le registre entier, aucun contenu",
    ),
    Role(
        key="Achard",
        name="Paul Achard",
        email="paul.achard@dpo.example",
        organisation="o_dpo",
        title="délégué à la protection des données",
        function="dpo",
        offices=(("dpo", ""),),
        sees="le registre entier ; les contenus seulement pour une demande de droits",
    ),
    Role(
        key="Delaunay",
        name="Corinne Delaunay-Fitz",
        email="corinne.delaunay-fitz@mairie.example",
        organisation="o_mairie",
        title="adjointe à la santé",
        function="elected",
        offices=(("copil_reader", ""),),
        sees="aucune situation ; les statistiques publiées, quand elles le seront",
    ),
    Role(
        key="Ropartz",
        name="Anne Ropartz",
        email="anne.ropartz@proche.example",
        organisation="o_proche",
        title="mère, proche désignée",
        function="relative",
        relative=True,
        sees="Grésil : peut témoigner ; lit ce qu'elle a écrit",
    ),
)
FOUNDER_ROLE = Role(
    key="Berger",
    name="Thomas Berger",
    email="thomas.berger@adm.example",
    organisation="o_adm",
    title="administrateur",
    function="administrator",
    sees="l'annuaire et les comptes ; aucune situation",
)
