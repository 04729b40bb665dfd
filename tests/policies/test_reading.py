"""What an ethics board reads is what decides, and it is the table of the specification."""

import pytest

from policies.comparing import compare
from policies.reading import COLUMNS, matrix, sentences, simplest, told
from policies.rules import load, read, texts
from policies.vocabulary import (
    NUMBER,
    Action,
    Column,
    Effect,
    Fact,
    Obligation,
    OrganisationKind,
    Purpose,
    Section,
)
from policies.words import (
    ACTION,
    DUTY,
    FACT,
    KIND,
    PROFESSION,
    PURPOSE,
    SECTION_LABELS,
    enumerated,
    facts_said,
)

#     COORD | PSY | MED | SOC | MSOC | MJPM | DAC | BAIL | SCHS | LHI | SDIS | NETT | PERS | AID | PAIR
TABLE = """
0     R y / C o | R y | R y | R y | R y | R y | R y | R y | R y | R y | R y | R y | | | R y
1     RC a∣o | R a∣u | R a∣u | RC a / R u | R a | RC a | R a∣u | F a | F a / R v | R v | F a / R u | X w | R p | | F b
2     RC a | F a / R u | F a / R u | RC a / R u | RC a | R a | R a∣u | RC a | RC a∣v | R v | F a / R u | X w | RC p | C c | F b
3     RC a | RC a / R u | RC a / R u | RC a / R u | RC a | R a | RC a / R u | F a / C c | RC a | R v | F a / R u / C c | X w | R p | C c |
4     RC a | | | R a | F a | F a | F a | RC a | RC a | | | | R masqué p | |
5     F a | F b | F b | RC a | R b | RC a | R b | | | | | | RC p | C c |
6     F a | F a | F a | RC a | F a | RC a | F a | M a | F v | F v | | | R p | |
7     M o / F b | R t∣h | R + pièces t / C k / R h | F b∣u | F b | F m | F b / R d∣h | | | | F u | | R p | C c |
8     M o / F b | R + pièces t / C k / R h | R t∣h | F b∣u | F b | F m | F b / R d∣h | | | | F u | | R p | C c |
9     F a | F a | F a | RC a | F a | F m | R a | | | | | | R masqué p | C c |
10    RC a | F a / R u | F a / R u | RC a / R u | RC a | F a | F a / R u | F a | RC a | F v | F a / R u | C + X w | RC p | C c |
11    R a | R a | R a | RC a | RC a | R a | R a | F a | F a | F v | | X w | RC p | C c | R + pièces b / C a
12a   RC a | R a | R a | RC a | RC a | R a | RC a | F a | RC a | R v | F a | X w | R p | |
12b   M o / F b | R + pièces t / C k | R + pièces t / C k | F b | F b | | F b / R d | | | | | | R p | |
13    RC + valide a | RC a | RC a | RC a | RC a | RC a | RC a | X w / intitulés c | X w / intitulés c | X w | X w | X w | R + valide p | intitulés b | intitulés b
14    RC a | R a | R a | R a | R a | R a | R a | X w | X w | X v | X w | | F p | |
15    RC b / relit les siens a | F b | F b | RC b / relit les siens a | RC b / relit les siens a | F b | R b | F b | RC v∣b / relit les siens a | R v | | X w | R p | |
16    RC a∣o | RC a | RC a | RC a | RC a | RC a | RC a | état a | état a | état v | état a | état w | RC p | état c | état a
17    RC o | R i / M c | R i / M c | R i / M c | R i / M c | R i / M c | R i / M c | R i | R i | R i | R i | | R masqué p | R i | R i
18    registre i | registre i | registre i | registre i | registre i | registre i | registre i | registre i | registre i | registre i | registre i | registre i | registre p | |
"""
"""Domain specification 3.2 as corrected by settled 2 to 5, in the letters of conditions.csv."""


def reviewed() -> dict[str, list[str]]:
    rows = (line.partition(" ") for line in TABLE.strip().splitlines())
    return {number: [cell.strip() for cell in cells.split("|")] for number, _, cells in rows}


@pytest.mark.parametrize("number", list(reviewed()))
def test_the_matrix_is_the_table_of_the_specification(number: str):
    row = next(one for one in matrix(load()).rows if one.number == number)
    assert dict(zip(COLUMNS, row.cells, strict=True)) == dict(
        zip(COLUMNS, reviewed()[number], strict=True)
    )


def test_the_table_has_every_section_and_every_column_of_professionals():
    found = matrix(load())
    assert [row.section for row in found.rows] == [one for one in Section if one in NUMBER]
    assert found.columns[0] is Column.COORD
    assert found.columns[-1] is Column.PAIR
    assert len(found.columns) == len(found.heads) == 15
    assert set(reviewed()) == set(NUMBER.values())


def test_every_letter_of_the_table_is_explained_with_its_source():
    found = matrix(load())
    explained = {one.letter for one in found.letters}
    used = {
        letter
        for row in found.rows
        for cell in row.cells
        for part in cell.split(" / ")
        if part
        for letter in part.rsplit(" ", 1)[1].split("∣")
    }
    assert used == explained
    for letter in found.letters:
        assert letter.ways
        for way in letter.ways:
            assert way.source
            assert way.when.startswith(FACT[Fact.TERRITORY])
    emergency = next(one for one in found.letters if one.letter == "u")
    assert "prévenir la coordination" in emergency.ways[0].duties


def test_every_rule_is_said_once_in_each_of_its_sections():
    policy = load()
    chapters = sentences(policy)
    said = {
        (rule, chapter.section)
        for chapter in chapters
        for sentence in chapter.sentences
        for rule in sentence.rules
    }
    expected = {
        (line.id, section)
        for line in policy.lines
        for section in (
            (Section(one) for one in line.sections) if line.effect is Effect.ALLOW else (None,)
        )
    }
    assert said == expected
    assert len(said) > 600
    assert chapters[0].section is None
    assert all(sentence.denies for sentence in chapters[0].sentences)


def test_a_sentence_says_who_what_when_why_and_by_what_source():
    housing = next(one for one in sentences(load()) if one.section is Section.HOUSING)
    landlord = next(one for one in housing.sentences if "housing.read.BAIL.a1" in one.rules)
    text = str(landlord)
    assert "bailleur" in text
    assert "lire le texte entier" in text
    assert "membre du cercle" in text
    assert "coordination, soin et accompagnement social" in text
    assert "L.1110-4" in text
    objection = sentences(load())[0].sentences[1]
    assert "la personne s'y est opposée" in str(objection)
    assert "sauf : accès d'urgence motivé" in str(objection)


def test_every_sentence_is_in_french_and_names_no_code():
    codes = {str(one) for kind in (Section, Action, Purpose, Obligation) for one in kind}
    codes |= {str(fact.name).lower() for fact in Fact} - {"self", "mission", "exception"}
    codes -= {"situation", "attach", "report", "grant", "share", "see", "read", "close", "export"}
    for chapter in sentences(load()):
        for sentence in chapter.sentences:
            words = set(str(sentence).replace(",", " ").replace(".", " ").split())
            assert not words & codes, sentence
            assert sentence.source


def test_every_word_of_the_vocabulary_has_its_french():
    for words, kind in (
        (ACTION, Action),
        (DUTY, Obligation),
        (FACT, Fact),
        (KIND, OrganisationKind),
        (PROFESSION, Column),
        (PURPOSE, Purpose),
        (SECTION_LABELS, Section),
    ):
        assert set(words) == set(kind)
        assert len(set(words.values())) == len(words)
    assert enumerated(["a"]) == "a"
    assert enumerated(["a", "b", "c"]) == "a, b et c"
    assert facts_said(Fact.CIRCLE | Fact.TERRITORY) == "exerce sur le territoire ; membre du cercle"


def test_a_difference_is_told_in_french_with_its_simplest_examples():
    said = dict(texts())
    before = "somatic_health, read_extract, SOC, b\n"
    wider = read(
        said | {"matrix.csv": said["matrix.csv"].replace(before, "somatic_health, read, SOC, b\n")}
    )
    found = compare(load(), wider)
    sentences_told = told(found)
    assert sentences_told[0].startswith("S'ouvre : Santé somatique — travailleurs sociaux : lire")
    assert "Exemple le plus simple" in sentences_told[0]
    assert "somatic_health.read.SOC.b1" in sentences_told[0]
    assert len(sentences_told) <= 8
    back = told(compare(wider, load()))
    assert [one.replace("Se ferme", "S'ouvre") for one in back] == list(sentences_told)
    assert told(compare(load(), load())) == ()


def test_the_simplest_examples_keep_every_cell_that_changes():
    said = dict(texts())
    weaker = read(
        said
        | {
            "conditions.csv": said["conditions.csv"].replace(
                "circle & informed & named, yes", "circle & named, yes"
            )
        }
    )
    opened = compare(load(), weaker).opened
    kept = simplest(opened)
    assert len(kept) < len(opened) * 2 // 3
    assert {(one.column, one.section, one.action) for one in kept} == {
        (one.column, one.section, one.action) for one in opened
    }
