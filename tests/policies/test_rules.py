"""The loader takes what it understands and refuses the rest, with file, line and reason."""

import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from policies.rules import (
    FILES,
    PolicyRefused,
    fact_names,
    load,
    parse_condition,
    read,
    texts,
    written_condition,
)
from policies.vocabulary import (
    CLASS,
    EXCUSES,
    GRANTING,
    INFORMATION_CATEGORY,
    MEANING,
    NUMBER,
    RECIPIENT_GROUP,
    RESTRICTING,
    SECTIONAL,
    Column,
    Effect,
    Fact,
    Section,
)

ALLOW = "EXTRA, SOC, *, housing, read, CARE, territory & pledge, allow"
DENY = "EXTRA, SOC, *, housing, read, CARE, opposed, deny"
CONDITION = 'z, *, *, CARE, territory & pledge, no, , "a source"'
CELL = "housing, read, SDIS, a"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Return a writable copy of the packaged policy."""
    for name in FILES:
        shutil.copy(str(files("policies").joinpath(name)), tmp_path / name)
    return tmp_path


def add(directory: Path, name: str, text: str) -> int:
    """Append one line to a table; return its number."""
    table = directory / name
    before = table.read_text(encoding="utf-8")
    table.write_text(before + text + "\n", encoding="utf-8")
    return before.count("\n") + 1


def test_the_packaged_policy_loads_the_same_everywhere(directory: Path):
    assert load().digest == load(directory).digest
    assert len(load().digest) == 64
    assert {line.effect for line in load().lines} == set(Effect)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("special.csv", ALLOW),
        ("special.csv", ALLOW.replace("territory & pledge", "territory & !frozen")),
        ("special.csv", DENY),
        ("special.csv", DENY.replace("opposed", "opposed & !mission")),
        ("special.csv", DENY.replace("opposed", "!strong_auth")),
        ("special.csv", DENY.replace("opposed", "frozen & !own")),
        ("special.csv", DENY.replace("opposed", "closed & !own & !emergency_access")),
        ("special.csv", "# a comment, with, commas"),
        ("special.csv", ALLOW.replace("EXTRA", '"EXTRA"')),
        ("conditions.csv", CONDITION),
        ("matrix.csv", CELL),
    ],
)
def test_a_sound_line_is_taken(directory: Path, name: str, line: str):
    add(directory, name, line)
    changed = load(directory).digest != load().digest
    assert changed is (not line.startswith("#") and name != "conditions.csv")


@pytest.mark.parametrize(
    ("name", "line", "reason"),
    [
        ("special.csv", ALLOW.replace("SOC", "SOCIAL"), "unknown column 'SOCIAL'"),
        ("special.csv", ALLOW.replace("*", "BANK"), "unknown organisationkind 'BANK'"),
        ("special.csv", ALLOW.replace("housing", "hous"), "unknown section 'hous'"),
        ("special.csv", ALLOW.replace("housing", "housing|"), "unknown section ''"),
        ("special.csv", ALLOW.replace("read", "write"), "unknown action 'write'"),
        ("special.csv", ALLOW.replace("CARE", "FUN"), "unknown purpose 'FUN'"),
        ("special.csv", ALLOW.replace("pledge", "promise"), "unknown fact 'promise'"),
        ("special.csv", ALLOW.replace("territory & pledge", ""), "unknown fact ''"),
        ("special.csv", ALLOW.replace("pledge", "territory"), "written twice"),
        ("special.csv", ALLOW.replace("allow", "Allow"), "exactly allow or deny"),
        ("special.csv", DENY.replace(", deny", ", denied"), "exactly allow or deny"),
        ("special.csv", ALLOW.replace("territory & ", ""), "without territory"),
        ("special.csv", ALLOW.replace("pledge", "opposed"), "not monotone"),
        ("special.csv", ALLOW.replace("pledge", "!circle"), "not monotone"),
        ("special.csv", DENY.replace("opposed", "circle"), "not monotone"),
        ("special.csv", DENY.replace("opposed", "!frozen"), "not monotone"),
        ("special.csv", DENY.replace("opposed", ""), "unknown fact ''"),
        ("special.csv", DENY.replace("opposed", "opposed & !circle"), "a widened deny"),
        ("special.csv", DENY.replace("opposed", "opposed & frozen"), "a widened deny"),
        ("special.csv", DENY.replace("opposed", "conflict & !mission"), "a widened deny"),
        ("special.csv", DENY.replace("opposed", "archived & !own"), "a widened deny"),
        ("special.csv", DENY.replace("opposed", "!emergency_access"), "a widened deny"),
        ("special.csv", DENY.replace("opposed", "!pledge & !strong_auth"), "a widened deny"),
        ("special.csv", "\n" + DENY, "without its legal source"),
        ("special.csv", "# ---- a title is no source\n" + DENY, "without its legal source"),
        ("special.csv", ALLOW + ", more", "9 fields, 8 expected"),
        ("special.csv", ALLOW.removesuffix(", allow"), "7 fields, 8 expected"),
        ("special.csv", ALLOW.removeprefix("EXTRA"), "needs an identifier"),
        ("special.csv", ALLOW.replace("EXTRA", '"EX\nTRA"'), "line break"),
        ("special.csv", ALLOW.replace("EXTRA", "EX\rTRA"), "line break"),
        ("special.csv", ALLOW.replace("EXTRA", "EX\u2028TRA"), "line break"),
        ("conditions.csv", CONDITION.replace("territory & ", ""), "without territory"),
        ("conditions.csv", CONDITION.replace("pledge", "opposed"), "not monotone"),
        ("conditions.csv", CONDITION.replace(" no,", " maybe,"), "yes or no"),
        ("conditions.csv", CONDITION.removeprefix("z"), "needs a letter"),
        ("conditions.csv", CONDITION.replace('"a source"', ""), "without its legal source"),
        ("conditions.csv", CONDITION.replace(", ,", ", dance,"), "unknown obligation"),
        ("matrix.csv", CELL.replace(", a", ", q"), "unknown condition 'q'"),
        ("matrix.csv", CELL.replace("SDIS, a", "SDIS, m"), "never holds"),
        ("matrix.csv", CELL.replace("read", "export"), "not written in the matrix"),
        ("matrix.csv", CELL.replace("SDIS", "*"), "unknown column '*'"),
        ("matrix.csv", CELL + ", b", "5 fields, 4 expected"),
    ],
)
def test_an_unsound_line_is_refused_where_it_stands(
    directory: Path, name: str, line: str, reason: str
):
    number = add(directory, name, line) + (line.count("\n") if "without its" in reason else 0)
    with pytest.raises(PolicyRefused) as refused:
        load(directory)
    assert reason in refused.value.reason
    assert (refused.value.file, refused.value.line) == (name, number)
    assert str(refused.value).startswith(f"{name}:{number}: ")


def test_a_duplicate_identifier_is_refused(directory: Path):
    add(directory, "matrix.csv", "housing, read, COORD, a")
    with pytest.raises(PolicyRefused, match=r"duplicate identifier 'housing\.read\.COORD\.a1'"):
        load(directory)


@pytest.mark.parametrize("name", ["matrix.csv", "conditions.csv", "special.csv"])
def test_an_empty_table_is_refused(directory: Path, name: str):
    (directory / name).write_text("# nothing\n", encoding="utf-8")
    with pytest.raises(PolicyRefused, match="empty policy"):
        load(directory)


def test_a_policy_that_denies_nothing_is_refused(directory: Path):
    (directory / "special.csv").write_text("# A source.\n" + ALLOW + "\n", encoding="utf-8")
    with pytest.raises(PolicyRefused, match="no deny line"):
        load(directory)
    add(directory, "special.csv", DENY.replace("EXTRA", "OTHER"))
    assert load(directory).lines


@pytest.mark.parametrize("name", ["matrix.csv", "conditions.csv", "special.csv", "model.conf"])
def test_a_missing_or_unreadable_table_is_refused(directory: Path, name: str):
    (directory / name).write_bytes(b"\xff\xfe")
    with pytest.raises(PolicyRefused, match="not UTF-8"):
        load(directory)
    (directory / name).unlink()
    with pytest.raises(PolicyRefused, match="missing"):
        load(directory)


@pytest.mark.parametrize("name", FILES)
def test_a_version_is_read_from_its_texts_as_from_its_folder(directory: Path, name: str):
    kept = dict(texts(directory))
    assert read(kept) == load(directory) == load()
    del kept[name]
    with pytest.raises(PolicyRefused, match="missing") as refused:
        read(kept)
    assert refused.value.file == name


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("!some(where (p.eft == deny))", "some(where (p.eft == allow))", 12),
        ("has(p.cat, r.cat) && ", "", 15),
        ("holds(p.cond, r.facts)", "true", 15),
    ],
)
def test_another_way_to_combine_the_lines_is_refused(before: str, after: str, line: int):
    kept = dict(texts())
    assert read(kept | {"model.conf": "# a note\n\n" + kept["model.conf"]}).lines
    assert before in kept["model.conf"]
    with pytest.raises(PolicyRefused, match="not the model") as refused:
        read(kept | {"model.conf": kept["model.conf"].replace(before, after)})
    assert (refused.value.file, refused.value.line) == ("model.conf", line)


@pytest.mark.parametrize("extra", ["", "\n[role_definition]\ng = _, _\n"])
def test_the_model_is_neither_cut_nor_extended(extra: str):
    kept = dict(texts())
    with pytest.raises(PolicyRefused, match="not the model"):
        read(kept | {"model.conf": kept["model.conf"] + extra if extra else "# nothing"})


def test_a_source_is_read_and_decides_nothing(directory: Path):
    for line in load().lines:
        assert line.source, line.id
    special = directory / "special.csv"
    said = special.read_text(encoding="utf-8")
    special.write_text(said.replace("# Code pénal, 226-13", "# CP 226-13"), encoding="utf-8")
    other = load(directory)
    assert other.digest == load().digest
    denied = {line.id: line for line in other.lines}["DENY-NO-PLEDGE"]
    assert denied.source.startswith("CP 226-13")


def test_a_comment_under_a_rule_begins_another_source(directory: Path):
    add(directory, "special.csv", "# First.\n# Second.\n" + ALLOW)
    add(directory, "special.csv", "# Third.\n" + DENY.replace("EXTRA", "OTHER"))
    found = {line.id: line.source for line in load(directory).lines}
    assert (found["EXTRA"], found["OTHER"]) == ("First. Second.", "Third.")


def test_every_restricting_fact_has_its_closed_list_of_excuses():
    assert set(EXCUSES) == {fact for fact in Fact if fact & RESTRICTING}
    assert all(not excuses & RESTRICTING for excuses in EXCUSES.values())


def test_every_line_that_allows_asks_for_territory_and_pledge():
    allows = [line for line in load().lines if line.effect is Effect.ALLOW]
    assert len(allows) > 500
    needed = Fact.TERRITORY | Fact.PLEDGE
    assert [line.id for line in allows if line.condition.required & needed != needed] == []


def test_a_condition_is_written_in_one_way():
    written = written_condition(parse_condition("pledge&!opposed & territory"))
    assert written == "territory & pledge & !opposed"
    assert parse_condition(written) == parse_condition("pledge & territory & !opposed")


def test_the_vocabulary_is_whole():
    every = GRANTING | RESTRICTING
    assert set(MEANING) == set(Fact)
    assert not GRANTING & RESTRICTING
    assert set(fact_names(every)) == {str(fact.name).lower() for fact in Fact}
    assert SECTIONAL & every == SECTIONAL
    assert set(CLASS) == set(Section)
    assert set(NUMBER) == set(Section) - {Section.SITUATION}
    assert Section.SITUATION not in INFORMATION_CATEGORY
    governance = {Column.AUD, Column.DPO, Column.STAT, Column.ADM, Column.ORGADM, Column.NONE}
    assert set(RECIPIENT_GROUP) == set(Column) - governance - {Column.PERS}
    for fact, meaning in MEANING.items():
        opens_by_default = meaning.absence.endswith("open")
        assert opens_by_default is bool(fact & RESTRICTING), fact


def test_every_fact_serves_in_some_rule():
    used = Fact(0)
    for line in load().lines:
        used |= line.condition.required | line.condition.forbidden
    assert [fact for fact in Fact if not fact & used] == []
