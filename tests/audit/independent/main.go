// A second verifier of an exported record, with no line of ours: the signed note and the tree are
// read by golang.org/x/mod/sumdb/{note,tlog}, unmodified (Debian: golang-golang-x-mod-dev).
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run tests/audit/independent/main.go DIR VKEY
//
// It checks the log's Ed25519 signature, then every entry and every tile that the signed root
// stands on. Exit codes: 0 accepted, 1 rejected.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

type folder string

func (f folder) Height() int { return height }

// Paths of C2SP tlog-tiles have no height in them; those of tlog have.
func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, t := range tiles {
		path := strings.Replace(t.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
		data, err := os.ReadFile(filepath.Join(string(f), path))
		if err != nil {
			return nil, err
		}
		if len(data) != t.W*tlog.HashSize {
			return nil, fmt.Errorf("%s: %d bytes", path, len(data))
		}
		all = append(all, data)
	}
	return all, nil
}

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f folder) entries(n, width int64) ([][]byte, error) {
	t := tlog.Tile{H: height, L: -1, N: n, W: int(width)}
	path := strings.Replace(t.Path(), fmt.Sprintf("tile/%d/data/", height), "tile/entries/", 1)
	data, err := os.ReadFile(filepath.Join(string(f), path))
	if err != nil {
		return nil, err
	}
	var all [][]byte
	for len(data) > 0 {
		if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
			return nil, fmt.Errorf("%s: cut short", path)
		}
		size := 2 + int(binary.BigEndian.Uint16(data))
		all = append(all, data[2:size])
		data = data[size:]
	}
	if int64(len(all)) != width {
		return nil, fmt.Errorf("%s: %d entries", path, len(all))
	}
	return all, nil
}

func tree(text string) (tlog.Tree, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 3 {
		return tlog.Tree{}, fmt.Errorf("not a checkpoint")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return tlog.Tree{}, fmt.Errorf("not a root")
	}
	var hash tlog.Hash
	copy(hash[:], root)
	return tlog.Tree{N: size, Hash: hash}, nil
}

func verify(dir folder, vkey string) (int64, error) {
	said, err := os.ReadFile(filepath.Join(string(dir), "checkpoint"))
	if err != nil {
		return 0, err
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return 0, err
	}
	opened, err := note.Open(said, note.VerifierList(verifier))
	if err != nil {
		return 0, err
	}
	signed, err := tree(opened.Text)
	if err != nil {
		return 0, err
	}
	reader := tlog.TileHashReader(signed, dir)
	for first := int64(0); first < signed.N; first += 1 << height {
		width := signed.N - first
		if width > 1<<height {
			width = 1 << height
		}
		entries, err := dir.entries(first>>height, width)
		if err != nil {
			return 0, err
		}
		places := make([]int64, width)
		for i := range places {
			places[i] = tlog.StoredHashIndex(0, first+int64(i))
		}
		// Every hash returned was proven to stand under the signed root.
		hashes, err := reader.ReadHashes(places)
		if err != nil {
			return 0, err
		}
		for i, entry := range entries {
			if tlog.RecordHash(entry) != hashes[i] {
				return 0, fmt.Errorf("entry %d is not the one that was signed", first+int64(i))
			}
		}
	}
	return signed.N, nil
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: DIR VKEY")
		os.Exit(2)
	}
	size, err := verify(folder(os.Args[1]), os.Args[2])
	if err != nil {
		fmt.Println("rejected:", err)
		os.Exit(1)
	}
	fmt.Println("accepted:", size, "entries")
}
