"""Who may import whom, and what stays at home."""

import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parent.parent.parent
DOMAINS = (
    "jobs",
    "emergencies",
    "partners",
    "people",
    "sharing",
    "situations",
    "referrals",
    "disclosures",
    "oversight",
    "home",
)
GATHERS_TABLES = {"service.schema"}


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph("service", "policies", "audit", cache_dir=None)


def test_the_import_contracts_hold():
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_tables_of_a_domain_are_known_to_it_alone(graph, domain):
    models = f"service.{domain}.models"
    if models not in graph.modules:
        return
    strangers = {
        module
        for module in graph.find_modules_that_directly_import(models)
        if not module.startswith(f"service.{domain}.")
    }
    assert strangers <= GATHERS_TABLES


def test_what_a_domain_shares_is_its_operations_schemas_and_rules(graph):
    shared = {"operations", "schemas", "rules", "tasks"}
    composition = {"service.app", "service.worker", "service.schema", "service.cli", "service.demo"}
    wrong = []
    for domain in DOMAINS:
        home = f"service.{domain}"
        for module in graph.modules:
            if not module.startswith(f"{home}."):
                continue
            floor = module.split(".")[2]
            for importer in graph.find_modules_that_directly_import(module):
                outside = not importer.startswith(home)
                composes = ".".join(importer.split(".")[:2]) in composition
                if outside and not composes and floor not in shared:
                    wrong.append(f"{importer} → {module}")
    assert not wrong


def test_the_rules_can_be_read_with_the_standard_library_and_casbin(graph):
    ours = {"policies", "casbin", *sys.stdlib_module_names}
    external = grimp.build_graph("policies", include_external_packages=True, cache_dir=None)
    assert {module.split(".")[0] for module in external.modules} <= ours


@pytest.mark.parametrize("word", ["utils", "helpers", "common", "misc", "manager", "base", "core"])
def test_no_module_is_named_after_nothing(graph, word):
    assert not [module for module in graph.modules if module.rpartition(".")[2] == word]
