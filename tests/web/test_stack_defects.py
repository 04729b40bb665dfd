"""Defects of the stack itself, found before the first line (performance_and_drills.md, B.0).

The numbers in the names are those of that table.
"""

import asyncio
import importlib.metadata
import io
import json
import logging
import sqlite3

import pytest
import structlog
from sqlalchemy import PrimaryKeyConstraint, String, Text, UniqueConstraint, insert, text
from sqlalchemy.exc import IntegrityError

from service import logs
from service.database import Table, new_id, open_engine, transaction
from service.partners.models import Cell
from tests import databases
from tests.cast import Cast
from tests.conftest import DIALECTS, absent
from tests.house import House
from tests.security.doors import Browser, sign_in

SEARCH = "/api/v1/directory/search"
CANARY = "marqueur-4f9a27"


@pytest.fixture(scope="module", params=DIALECTS)
def shared(request, templates, tmp_path_factory):
    """One house for the whole file on each database: these requests write nothing."""
    if request.param not in templates:
        absent("postgres", "no PostgreSQL answers: half of these were not tried")
    folder = tmp_path_factory.mktemp("defects")
    with databases.copy_of(templates[request.param], folder) as chosen, House.open(chosen) as house:
        yield house


@pytest.fixture(scope="module")
def nurse(shared):
    """A nurse's browser."""
    return Browser(shared.client(), sign_in(shared, Cast.on(shared).psychiatric_nurse()))


def post_bytes(browser, body, kind="application/json", path=SEARCH):
    """Post raw bytes under a content type."""
    headers = {"content-type": kind} if kind is not None else {}
    return browser.send("POST", path, content=body, headers=headers)


def test_the_search_answers_a_well_formed_question(nurse):
    assert post_bytes(nurse, b'{"words": "quintard"}').status_code == 200


@pytest.mark.parametrize(
    "body",
    [b'{"words": "\xff"}', b'{"words": "\xc3\x28"}', b'\xff\xfe{"words": "x"}', b'{"\xff": "x"}'],
)
def test_1_invalid_utf8_is_the_senders_mistake(nurse, body):
    assert post_bytes(nurse, body).status_code in {400, 422}


@pytest.mark.parametrize("depth", [900, 1_000, 5_000, 200_000])
@pytest.mark.parametrize("shape", [b"[", b'{"words":'])
def test_2_json_however_deep_is_the_senders_mistake(nurse, depth, shape):
    assert post_bytes(nurse, shape * depth).status_code in {400, 413, 422}


@pytest.mark.parametrize("body", [b"", b"{", b"nul", b'{"words": }', b'{"words": "x"} trailing'])
def test_2_broken_json_is_the_senders_mistake(nurse, body):
    assert post_bytes(nurse, body).status_code in {400, 422}


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "",
        None,
        "application/jsonp",
        "text/plain; application/json",
    ],
)
def test_3_only_json_is_read_as_json(nurse, kind):
    assert post_bytes(nurse, b'{"words": "x"}', kind).status_code == 415


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "", "text/html"])
def test_3_only_a_form_is_read_as_a_form(nurse, kind):
    answer = nurse.send("POST", "/pledge", content=b"a=b", headers={"content-type": kind})
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "letter", ["\\u0000", "\\u0001", "\\u001b", "\\u0085", "\\u202e", "\\u2066"]
)
def test_4_invisible_signs_are_refused_alike_on_both_databases(nurse, letter):
    answer = post_bytes(nurse, f'{{"words": "a{letter}b"}}'.encode())
    assert answer.status_code == 422
    assert answer.json()["fields"]


@pytest.mark.parametrize("escaped", ["%00", "%01", "%1b", "%E2%80%AE", "%ff", "%c3%28"])
def test_4_an_address_has_none_either(nurse, escaped):
    for path in (f"/record/mine?act={escaped}", f"/record/mine?{escaped}=x"):
        assert nurse.get(path).status_code == 400


@pytest.mark.parametrize(
    "identifier",
    ["1" + "0" * 26, "١", "0", "-1", "1e9", "None", "%00", "' OR 1=1 --", "0x10", "NaN"],
)
def test_5_an_identifier_is_a_uuid_or_nothing_is_there(nurse, identifier):
    for path in ("/situations/", "/organisations/", "/api/v1/situations/"):
        assert nurse.get(path + identifier).status_code in {400, 404}


def test_5_a_number_is_ascii_and_bounded(nurse):
    for number in ("1" + "0" * 26, "١", "-1", "x", "0x10"):
        assert nurse.get(f"/record/mine?before={number}").status_code == 422
        assert nurse.get(f"/api/v1/directory?page={number}").status_code in {400, 422}


@pytest.mark.parametrize("query", ["act=section.read&act=record.read", "done=a&done=b", "x=&x="])
def test_6_a_parameter_given_twice_is_refused(nurse, query):
    assert nurse.get(f"/record/mine?{query}").status_code == 400


def test_6_an_error_does_not_repeat_the_address(nurse):
    for path in (
        f"/api/v1/record/mine?act={CANARY}",
        f"/api/v1/directory?page={CANARY}",
        f"/record/mine?since={CANARY}0",
        f"/{CANARY}",
        f"/situations/{CANARY}",
    ):
        answer = nurse.get(path)
        shown = answer.text.replace(f'value="{CANARY}0"', "")  # its own field, typed back
        assert CANARY not in shown
        assert CANARY not in str(answer.headers)


HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
STATIC = "/static/cellule.css"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health/live", 200),
        ("GET", "/sign-in", 200),
        ("GET", "/situations", 303),
        ("GET", "/nowhere", 404),
        ("GET", "/api/v1/nowhere", 404),
        ("GET", "/static/nowhere.css", 404),
        ("GET", STATIC, 200),
        ("PUT", "/sign-in", 415),
        ("DELETE", "/record", 415),
        ("POST", "/api/v1/record", 405),
        ("POST", "/api/v1/session", 422),
        ("GET", "/record/mine?a=1&a=2", 400),
        ("GET", "/api/v1/situations", 401),
        ("OPTIONS", "/situations", 204),
        ("HEAD", "/situations", 405),
    ],
)
def test_7_every_answer_carries_its_headers(nurse, method, path, status):
    options = {"json": {}} if (method, path.startswith("/api/")) == ("POST", True) else {}
    answer = nurse.client.request(method, path, follow_redirects=False, **options)
    assert answer.status_code == status
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    csp = answer.headers["content-security-policy"]
    assert "default-src 'none'" in csp
    assert "unsafe" not in csp
    stored = path == STATIC
    assert answer.headers["cache-control"] == (
        "public, max-age=31536000, immutable" if stored else "no-store"
    )
    assert "server" not in answer.headers


def test_7_a_defect_carries_them_too_and_tells_only_its_number(shared, nurse, monkeypatch):
    from service.oversight import operations

    async def broken(_unit, _typed):
        secret = CANARY
        raise RuntimeError(f"boom {secret}")

    monkeypatch.setattr(operations, "read_own_acts", broken)
    browser = nurse
    lines = io.StringIO()
    logs.configure(lines)
    for path in ("/record/mine", "/api/v1/record/mine"):
        answer = browser.get(path)
        assert answer.status_code == 500
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-frame-options"] == "DENY"
        assert CANARY not in answer.text
        assert "Traceback" not in answer.text
    defects = [
        line for line in map(json.loads, lines.getvalue().splitlines()) if "error_id" in line
    ]
    assert len(defects) == 2
    assert defects[1]["error_id"] == answer.json()["error_id"]
    assert CANARY not in lines.getvalue()  # 8: neither a local variable nor a message
    assert any("broken" in frame for frame in defects[0]["frames"])


def test_8_an_exception_is_logged_without_its_locals_nor_its_words():
    lines = io.StringIO()
    logs.configure(lines)
    try:
        local = CANARY
        raise ValueError(local)
    except ValueError:
        logging.getLogger("some.library").exception("it broke on %s", CANARY)
        structlog.get_logger().error("defect", kind="ValueError", exc_info=True, secret=CANARY)
    assert CANARY not in lines.getvalue()
    assert all(json.loads(line) for line in lines.getvalue().splitlines())


def test_9_a_database_error_shows_no_parameter(shared, nurse):
    cast = Cast.on(shared)
    row = {"clsm_id": cast.clsm_id, "cell_id": cast.cell_id, "kind": "INCURIE", "name": CANARY}

    async def write():
        async with transaction(
            shared.workplace.engine, write=True, clsm_id=cast.clsm_id
        ) as connection:
            await connection.execute(insert(Cell).values(**row))

    with pytest.raises(IntegrityError) as failure:
        shared.run(write())
    assert CANARY not in str(failure.value)
    assert "hide_parameters" in str(failure.value)


def test_10_what_a_database_log_could_repeat_is_a_code():
    """PostgreSQL prints the values of a broken unique key; its log options are held to
    docs/operating.md and compose.yaml by tests/architecture/test_documented.py.
    """
    unique = set()
    for table in Table.metadata.tables.values():
        for constraint in table.constraints:
            if isinstance(constraint, (UniqueConstraint, PrimaryKeyConstraint)):
                unique |= {column for column in constraint.columns if _is_text(column)}
        unique |= {
            column for index in table.indexes if index.unique for column in index.columns
            if _is_text(column)
        }  # fmt: skip
    assert {f"{column.table.name}.{column.name}" for column in unique} == {
        "account.email",  # a professional's address at work
        "duplicate_tag.index_name",
        "organisation.key",
        "situation.reference",
    }


def _is_text(column):
    return isinstance(column.type, (String, Text))


def test_11_casbin_and_the_others_are_silent():
    logs.configure(io.StringIO())
    for name in ("casbin", "casbin.enforcer", "httpx", "sqlalchemy.engine.Engine", "aiosqlite"):
        assert not logging.getLogger(name).isEnabledFor(logging.ERROR)


def test_12_a_deleted_row_leaves_no_bytes(tmp_path):
    path = tmp_path / "x.db"
    engine = open_engine(f"sqlite+aiosqlite:///{path}", authorizer=False)

    async def live():
        async with transaction(engine, write=True) as connection:
            await connection.execute(text("CREATE TABLE t (id TEXT PRIMARY KEY, body TEXT)"))
        async with transaction(engine, write=True) as connection:
            for _ in range(200):
                await connection.execute(
                    text("INSERT INTO t VALUES (:id, :body)"),
                    {"id": new_id().hex, "body": CANARY * 20},
                )
        async with transaction(engine, write=True) as connection:
            await connection.execute(text("DELETE FROM t"))
        await engine.dispose()

    asyncio.run(live())
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert CANARY.encode() not in path.read_bytes()


def test_12_every_connection_of_sqlite_has_our_habits(shared, nurse):
    if shared.dialect != "sqlite":
        return
    engine = open_engine(shared.settings.database_url, authorizer=False)

    async def ask():
        async with engine.connect() as connection:
            found = {
                name: (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
                for name in (
                    "secure_delete", "synchronous", "foreign_keys", "trusted_schema", "temp_store"
                )
            }  # fmt: skip
        await engine.dispose()
        return found

    assert shared.run(ask()) == {
        "secure_delete": 1,
        "synchronous": 2,
        "foreign_keys": 1,
        "trusted_schema": 0,
        "temp_store": 2,
    }


def test_13_one_distribution_gives_casbin():
    found = {
        distribution.metadata["Name"].lower()
        for distribution in importlib.metadata.distributions()
        if "casbin" in distribution.metadata["Name"].lower()
    }
    assert found == {"pycasbin"}


def test_a_body_of_ten_megabytes_is_refused_before_it_is_read(nurse):
    big = b'{"words": "' + b"x" * 10_000_000 + b'"}'
    assert post_bytes(nurse, big).status_code == 413
    form = b"text=" + b"x" * 10_000_000
    answer = post_bytes(nurse, form, "application/x-www-form-urlencoded", "/pledge")
    assert answer.status_code == 413


def test_a_body_that_hides_its_length_is_refused_too(nurse):
    def parts():
        yield b'{"words": "'
        for _ in range(40):
            yield b"x" * 50_000
        yield b'"}'

    answer = nurse.send(
        "POST", SEARCH, content=parts(), headers={"content-type": "application/json"}
    )
    assert answer.status_code == 413


@pytest.mark.parametrize("length", ["-1", "x", "1" * 30, "0x10"])
def test_a_length_that_is_no_length_is_refused(nurse, length):
    headers = {"content-type": "application/json", "content-length": length}
    assert nurse.send("POST", SEARCH, content=b"{}", headers=headers).status_code in {400, 413}


def test_an_unknown_field_of_json_is_named_not_dropped(nurse):
    answer = nurse.send("POST", SEARCH, json={"words": "x", "tri": CANARY})
    assert answer.status_code in {400, 422}
    assert CANARY not in answer.text


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/api/v1/record"), ("DELETE", "/api/v1/directory")]
)
def test_a_method_that_is_not_there_is_said(nurse, method, path):
    answer = nurse.send(method, path, json={})
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_log_line_is_one_line_whatever_was_asked(shared, nurse):
    lines = io.StringIO()
    client = nurse.client
    logs.configure(lines)
    for path in ("/a%0d%0aSet-Cookie:x", '/%0a{"event":"forged"}', "/sign-in?next=%0d%0ax", "/é"):
        client.get(path, follow_redirects=False)
    found = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert len(found) == 4
    assert {line["event"] for line in found} == {"request"}
    assert all(set(line) <= logs.ALLOWED for line in found)


def test_a_log_line_has_no_address_no_query_no_name(shared, nurse):
    lines = io.StringIO()
    browser = nurse
    logs.configure(lines)
    browser.get("/record/mine?act=section.read")
    browser.client.post("/sign-in", data={"email": f"{CANARY}@x.example", "password": CANARY})
    said = lines.getvalue()
    for secret in (CANARY, browser.token, "testclient", "section.read", "Violleau"):
        assert secret not in said
