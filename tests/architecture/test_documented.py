"""Whatever an operator may set, see or run is written down, and stays so."""

import argparse
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from service import logs
from service.cli import commands
from service.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent.parent
OPERATING = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
SECRET = re.compile(r"PASSWORD|TOKEN|SECRET|_URL$|PRIVATE", re.IGNORECASE)


def test_every_setting_is_documented():
    for field in fields(Settings):
        assert f"`{PREFIX}{field.name.upper()}`" in OPERATING


def test_no_variable_is_documented_or_used_that_does_not_exist():
    known = {PREFIX + field.name.upper() for field in fields(Settings)} | {
        "CELLULE_DOMAIN",
        "CELLULE_SECRETS",
        "CELLULE_SMTP_NAME",
        "CELLULE_SMTP_ADDRESS",
        "CELLULE_TEST_POSTGRES",
        "CELLULE_TEST_REQUIRE",
        "CELLULE_TEST_DRILL",
    }
    for place in ("docs/operating.md", "compose.yaml", "Makefile", "Containerfile", ".ci/run"):
        text = (ROOT / place).read_text(encoding="utf-8")
        used = {name.removesuffix("_FILE") for name in re.findall(r"CELLULE_[A-Z_]+[A-Z]", text)}
        assert used <= known, place


def test_every_command_is_documented():
    for line in _commands(commands._parser()):
        assert line in OPERATING


def _commands(parser, before=""):
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                found = list(_commands(inner, f"{before}{name} "))
                yield from found or [f"{before}{name}"]


def test_every_key_of_a_log_line_is_documented():
    for key in logs.ALLOWED:
        assert re.search(rf"\b{key}\b", OPERATING), key


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_secret_is_in_an_environment(name):
    for variable, value in SERVICES[name].get("environment", {}).items():
        if SECRET.search(variable.removesuffix("_FILE")):
            assert variable.endswith("_FILE"), variable
            assert value.startswith("/run/secrets/")
            assert value.removeprefix("/run/secrets/") in SERVICES[name]["secrets"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_container_is_closed(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "privileged" not in service


def test_only_the_proxy_is_published_and_only_it_and_the_mail_relay_reach_out():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert {n for n, s in SERVICES.items() if "outside" in s["networks"]} == {"proxy", "mail"}
    assert SERVICES["mail"]["profiles"] == ["mail"]
    assert not {"secrets", "volumes"} & set(SERVICES["mail"])


def test_secrets_are_files_and_each_has_a_reader():
    read = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}
    assert read == set(COMPOSE["secrets"])
    assert all(set(secret) == {"file"} for secret in COMPOSE["secrets"].values())
    assert all(name in OPERATING for name in COMPOSE["secrets"] if not name.endswith("_password"))


def test_each_process_has_the_least_of_the_secrets():
    assert "sequencer_database_url" not in SERVICES["web"]["secrets"]
    owner = {"owner_database_url", "owner_keystore_url", "owner_password"}
    for name in ("web", "worker", "backup", "proxy"):
        assert not owner & set(SERVICES[name].get("secrets", []))
    assert not any("keys:" in volume for volume in SERVICES["backup"]["volumes"])


def test_what_the_service_runs_are_commands_that_exist():
    parser = commands._parser()
    for name, service in SERVICES.items():
        if service["image"] == "cellule":
            chosen = parser.parse_args(service["command"])
            assert callable(commands._command(chosen.command)), name


def test_the_database_is_told_to_log_no_value():
    said = SERVICES["postgres"]["command"]
    for option in (
        "log_error_verbosity=terse",
        "log_min_error_statement=panic",
        "log_statement=none",
        "log_parameter_max_length=0",
        "log_parameter_max_length_on_error=0",
        "log_min_duration_statement=-1",
    ):
        assert option in said
        assert option.replace("=", " = ") in OPERATING


def test_the_data_of_postgresql_18_has_a_volume_where_18_wants_it():
    assert "database:/var/lib/postgresql" in SERVICES["postgres"]["volumes"]
    assert "database" in COMPOSE["volumes"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_what_a_service_names_is_declared(name):
    service = SERVICES[name]
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        assert source in COMPOSE["volumes"] or (ROOT / source).is_file(), source
    for config in service.get("configs", []):
        assert config["source"] in COMPOSE["configs"]
    for other in service.get("depends_on", {}):
        assert other in SERVICES
    for network in service["networks"]:
        assert network in COMPOSE["networks"]


def test_one_distribution_of_casbin_is_locked():
    locked = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert re.search(r"^pycasbin==", locked, re.MULTILINE)
    assert not re.search(r"^casbin==", locked, re.MULTILINE)
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    names = [re.split(r"[<>=\[]", line)[0] for line in declared["project"]["dependencies"]]
    assert names.count("pycasbin") == 1
    assert "casbin" not in names


def test_every_locked_library_has_its_checksums():
    for name in ("requirements.txt", "requirements-test.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        packages = re.findall(r"^([a-z0-9._-]+)(?:\[[^\]]+\])?==", text, re.MULTILINE)
        assert len(packages) > 20
        assert text.count("--hash=sha256:") >= len(packages)
        assert "://" not in text
