"""What is committed under static/: whole, ours, readable by all, and asking nothing of the network."""

import hashlib
import json
import re
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Final

import pytest

from service.web import render

ROOT: Final = Path(__file__).parents[2]
STATIC: Final = Path(str(files("service.web"))) / "static"
STYLES: Final = Path(str(files("service.web"))) / "assets"
PINNED: Final = re.compile(r"\d+\.\d+\.\d+")

TEXT_ON: Final = {
    "ink": ("paper", "surface", "sand", "teal-pale", "honey-pale", "leaf-pale", "brick-pale",
            "honey"),
    "ink-soft": ("paper", "surface", "sand", "teal-pale", "brick-pale"),
    "teal": ("paper", "surface", "sand", "teal-pale", "honey-pale"),
    "teal-dark": ("paper", "surface", "sand", "teal-pale"),
    "surface": ("teal", "teal-dark", "brick", "brick-dark"),
    "brick": ("paper", "brick-pale"),
    "brick-dark": ("paper", "surface", "brick-pale"),
    "honey-dark": ("paper", "surface", "honey-pale"),
    "leaf": ("paper", "surface", "leaf-pale"),
    "iris": ("iris-pale",),
    "plum": ("paper", "surface", "sand", "teal-pale"),
}  # fmt: skip
EDGES: Final = ("line-strong", "teal", "brick", "honey-dark", "leaf", "ink")


def recorded() -> dict[str, str]:
    """Read SHA256SUMS: path -> digest."""
    lines = (STATIC / "SHA256SUMS").read_text("ascii").splitlines()
    return {path: digest for digest, path in (line.split("  ", 1) for line in lines)}


def colours() -> dict[str, str]:
    """Read the palette of the style sheet's source."""
    source = (STYLES / "_settings.scss").read_text("utf-8")
    return dict(re.findall(r"^\$([a-z-]+): (#[0-9a-f]{6});", source, re.MULTILINE))


def contrast(one: str, other: str) -> float:
    """Return the ratio of WCAG 2.2, 1.4.3 between two colours."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_every_file_is_the_one_whose_checksum_was_recorded() -> None:
    present = {
        path.relative_to(STATIC).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in STATIC.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    }
    assert present == recorded()


def test_a_known_file_has_an_address_that_changes_with_it_and_an_unknown_one_has_none() -> None:
    assert render.asset("cellule.css") == f"/static/cellule.css?v={recorded()['cellule.css'][:12]}"
    with pytest.raises(KeyError):
        render.asset("missing.css")


def test_the_style_sheet_asks_for_nothing_outside_and_holds_no_british_mark() -> None:
    sheet = (STATIC / "cellule.css").read_text("utf-8")
    addresses = re.findall(r"url\(\"?([^\")]+)", sheet)
    assert addresses
    assert all((STATIC / address).is_file() for address in addresses)
    assert "@import" not in sheet
    assert "GDS Transport" not in sheet
    assert "crest" not in sheet
    assert f"--govuk-brand-colour: {colours()['teal']}" in sheet


def test_our_script_keeps_nothing_on_the_disk() -> None:
    script = (STATIC / "cellule.js").read_text("utf-8")
    assert not re.search(
        "localStorage|sessionStorage|indexedDB|document\\.cookie|innerHTML|eval", script
    )


@pytest.mark.parametrize("name", ["atkinson-hyperlegible", "govuk-frontend", "htmx"])
def test_what_others_made_comes_with_its_licence(name: str) -> None:
    assert (STATIC / "licences" / f"{name}.txt").stat().st_size > 500


@pytest.mark.parametrize(
    ("text", "ground"), [(text, ground) for text, grounds in TEXT_ON.items() for ground in grounds]
)
def test_text_stands_out_from_its_ground(text: str, ground: str) -> None:
    assert contrast(colours()[text], colours()[ground]) >= 4.5


@pytest.mark.parametrize(("edge", "ground"), list(product(EDGES, ("paper", "surface", "sand"))))
def test_the_edge_of_a_control_stands_out(edge: str, ground: str) -> None:
    assert contrast(colours()[edge], colours()[ground]) >= 3


def test_the_ratio_is_that_of_the_standard() -> None:
    assert round(contrast("#000000", "#ffffff"), 1) == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


def test_the_tools_are_pinned_and_say_no_download_address() -> None:
    package = json.loads((ROOT / "package.json").read_text("utf-8"))
    assert all(PINNED.fullmatch(version) for version in package["devDependencies"].values())
    lock = (ROOT / "package-lock.json").read_text("utf-8")
    assert '"resolved"' not in lock
    locked = json.loads(lock)["packages"]
    assert all("integrity" in entry for path, entry in locked.items() if path)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
