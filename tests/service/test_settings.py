"""The environment: complete, known and safe, or nothing starts."""

import pytest

from service.jobs.post import Post
from service.settings import SettingsRefused, read_settings

RIGHT = {
    "CELLULE_DATABASE_URL": "postgresql+asyncpg://web@127.0.0.1/cellule",
    "CELLULE_KEYSTORE_URL": "postgresql+asyncpg://web@127.0.0.1/keys",
    "CELLULE_KEYRING": "/keys/keyring.json",
    "CELLULE_ORIGIN": "https://cellule.example",
}


def test_a_complete_environment_is_read():
    settings = read_settings({**RIGHT, "PATH": "/bin", "CELLULE_TRUSTED_PROXIES": "10.0.0.1"})
    assert settings.secure
    assert not settings.sqlite
    assert not settings.demo
    assert settings.trusted_proxies == "10.0.0.1"
    assert settings.sequencer_url == ""


@pytest.mark.parametrize("name", sorted(RIGHT))
def test_each_missing_variable_is_named(name):
    given = {key: value for key, value in RIGHT.items() if key != name}
    with pytest.raises(SettingsRefused, match=name):
        read_settings(given)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CELLULE_DATABSE_URL", "x"),
        ("CELLULE_DEBUG", "1"),
        ("CELLULE_DEMO", "yes"),
        ("CELLULE_DATABASE_URL", "mysql://x"),
        ("CELLULE_KEYSTORE_URL", "sqlite:///x"),
        ("CELLULE_SEQUENCER_URL", "postgresql://x"),
        ("CELLULE_ORIGIN", "cellule.example"),
        ("CELLULE_ORIGIN", "https://cellule.example/path"),
        ("CELLULE_ORIGIN", "http://cellule.example"),
        ("CELLULE_ORIGIN", "ftp://cellule.example"),
        ("CELLULE_SMTP_URL", "https://smtp.example"),
        ("CELLULE_SMTP_URL", "smtp://"),
        ("CELLULE_SMTP_URL", "smtp://login:secret@smtp.example"),
        ("CELLULE_SMTP_URL", "smtp://login@smtp.example"),
        ("CELLULE_SMTP_URL", "smtp://smtp.example:port"),
        ("CELLULE_SMTP_URL", "smtp://smtp.example"),
        ("CELLULE_SMTP_PASSWORD", "s3cret"),
    ],
)
def test_a_wrong_or_unknown_variable_stops_the_start(name, value):
    with pytest.raises(SettingsRefused):
        read_settings({**RIGHT, name: value})


def test_a_secret_comes_from_a_file_and_only_once(tmp_path):
    secret = tmp_path / "url"
    secret.write_text("postgresql+asyncpg://web:s3cret@db/cellule\n", encoding="utf-8")
    given = {key: value for key, value in RIGHT.items() if key != "CELLULE_DATABASE_URL"}
    settings = read_settings({**given, "CELLULE_DATABASE_URL_FILE": str(secret)})
    assert settings.database_url.endswith("/cellule")
    with pytest.raises(SettingsRefused, match="twice"):
        read_settings({**RIGHT, "CELLULE_DATABASE_URL_FILE": str(secret)})
    with pytest.raises(SettingsRefused, match="cannot be read"):
        read_settings({**given, "CELLULE_DATABASE_URL_FILE": str(tmp_path / "none")})


def test_a_refusal_repeats_no_value():
    with pytest.raises(SettingsRefused) as refused:
        read_settings({**RIGHT, "CELLULE_DATABASE_URL": "mysql://root:s3cret@db"})
    assert "s3cret" not in str(refused.value)


def test_only_this_machine_may_be_reached_in_clear():
    for origin in ("http://127.0.0.1:8000", "http://localhost:8000"):
        assert not read_settings({**RIGHT, "CELLULE_ORIGIN": origin}).secure


def test_a_mail_server_is_read_with_its_password_from_a_file(tmp_path):
    secret = tmp_path / "password"
    secret.write_text("s3cret\n", encoding="utf-8")
    mail = {
        "CELLULE_SMTP_URL": "smtp://login@smtp.example:587",
        "CELLULE_SMTP_PASSWORD_FILE": str(secret),
        "CELLULE_MAIL_FROM": "cellule@town.example",
    }
    settings = read_settings({**RIGHT, **mail})
    post = Post.of(settings)
    assert (post.host, post.port, post.login, post.password) == (
        "smtp.example", 587, "login", "s3cret",
    )  # fmt: skip
    for wrong in ("", "Cellule <cellule@town.example>", "cellule@town.example\nBcc: x@y.example"):
        with pytest.raises(SettingsRefused, match="CELLULE_MAIL_FROM"):
            read_settings({**RIGHT, **mail, "CELLULE_MAIL_FROM": wrong})
    assert Post.of(read_settings({**RIGHT, "CELLULE_SMTP_URL": ""})) is None
