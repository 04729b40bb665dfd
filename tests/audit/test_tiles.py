"""The folder of tiles: known answer of a bundle, paths, and what a reader refuses."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.merkle import Frontier, leaf_hash
from audit.tiles import (
    BadTiles,
    TileWriter,
    bundles_of,
    origin_of,
    pack,
    read_bundle,
    read_tile,
    tile_path,
    tiles_of,
    unpack,
)
from tests.audit.test_leaf import K_LEAVES


def test_the_bundle_of_the_three_known_leaves_has_the_known_hash():
    digest = hashlib.sha256(pack([leaf.encode() for leaf in K_LEAVES])).hexdigest()
    assert digest == "2edf6ec90002c7156981f88559cf83d66b5859569b9fdcd5bda0654697be02dd"


def test_paths_are_those_of_the_specification():
    assert tile_path(0, 0) == "tile/0/000"
    assert tile_path(1, 1234067, 5) == "tile/1/x001/x234/067.p/5"
    assert tile_path(None, 273) == "tile/entries/273"
    assert tile_path(None, 1000) == "tile/entries/x001/000"


@given(st.lists(st.binary(max_size=40), max_size=300))
def test_a_bundle_is_read_back(leaves: list[bytes]):
    assert unpack(pack(leaves)) == leaves


@pytest.mark.parametrize("cut", [1, 2, 5])
def test_a_bundle_cut_short_is_refused(cut: int):
    with pytest.raises(BadTiles):
        unpack(pack([b"abc", b"defg"])[:-cut])


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 1000, 66_000])
def test_a_folder_holds_every_tile_of_its_size_and_no_other(tmp_path: Path, size: int):
    writer = TileWriter(tmp_path)
    for at in range(size):
        writer.append(b"leaf %d" % at)
    writer.finish()
    hashes = [leaf_hash(b"leaf %d" % at) for at in range(size)]
    assert writer.frontier.root() == Frontier.over(hashes).root()
    expected = {tile_path(*one) for one in tiles_of(size)}
    expected |= {tile_path(None, *one) for one in bundles_of(size)}
    found = {str(one.relative_to(tmp_path)) for one in tmp_path.rglob("*") if one.is_file()}
    assert found == expected
    for number, width in bundles_of(size):
        leaves = read_bundle(tmp_path, number, width)
        tile = read_tile(tmp_path, 0, number, width)
        assert tile == [leaf_hash(leaf) for leaf in leaves]
    if size >= 257:
        first = read_tile(tmp_path, 0, 0, 256)
        full = size // 256
        above = read_tile(tmp_path, 1, 0, min(full, 256))
        assert above[0] == Frontier.over(first).root()


def test_a_missing_or_short_file_is_named(tmp_path: Path):
    with pytest.raises(BadTiles, match=r"tile/entries/000\.p/3: missing"):
        read_bundle(tmp_path, 0, 3)
    place = tmp_path / "tile/0/000.p/2"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"x" * 63)
    with pytest.raises(BadTiles, match="63 bytes, 64 expected"):
        read_tile(tmp_path, 0, 0, 2)


def test_an_origin_names_a_host_a_log_and_a_year():
    assert origin_of("cellule.example", "main", 2026) == "audit.cellule.example/main/2026"
    with pytest.raises(ValueError, match="host"):
        origin_of("un hôte", "main", 2026)
