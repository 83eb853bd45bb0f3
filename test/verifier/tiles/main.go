// tiles checks a notary's store as any C2SP tlog-tiles log, with the code of a public implementation and none of ours.
//
//	tiles DIRECTORY VKEY-FILE [WITNESS-VKEY-FILE]      DIRECTORY has checkpoint and tile/, as a reader of logs expects them
//
// It fetches the checkpoint, verifies its signature, hashes every entry bundle again, and compares each tile and the root.
// With a witness's key, its cosignature must be there and good, too. Exit status 0: all of it fits; 1: it does not, or something is missing.
//
// SPDX-License-Identifier: PostgreSQL
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	formats "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
)

// A worker that has found a bad tile takes no more of them; when all have, the library waits for ever. So there are more
// workers than the logs of the tests have bad tiles, and a limit.
const (
	workers = 64
	limit   = time.Minute
)

func hashes(bundle []byte) ([][]byte, error) {
	var entries api.EntryBundle
	if err := entries.UnmarshalText(bundle); err != nil {
		return nil, err
	}
	leaves := make([][]byte, 0, len(entries.Entries))
	for _, entry := range entries.Entries {
		leaves = append(leaves, rfc6962.DefaultHasher.HashLeaf(entry))
	}
	return leaves, nil
}

// read makes a verifier of the key in a file.
func read(path string, parse func(string) (note.Verifier, error)) (note.Verifier, error) {
	vkey, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parse(strings.TrimSpace(string(vkey)))
}

func checkWitness(directory string, path string) error {
	witness, err := read(path, func(vkey string) (note.Verifier, error) { return formats.NewVerifierForCosignatureV1(vkey) })
	if err != nil {
		return err
	}
	checkpoint, err := os.ReadFile(filepath.Join(directory, "checkpoint"))
	if err != nil {
		return err
	}
	_, err = note.Open(checkpoint, note.VerifierList(witness))
	return err
}

func check(directory, vkeyPath string) error {
	verifier, err := read(vkeyPath, note.NewVerifier)
	if err != nil {
		return err
	}
	source := &client.FileFetcher{Root: directory}
	return fsck.New(verifier.Name(), verifier, source, hashes, fsck.Opts{N: workers}).Check(context.Background())
}

func main() {
	if len(os.Args) != 3 && len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: tiles DIRECTORY VKEY-FILE [WITNESS-VKEY-FILE]")
		os.Exit(2)
	}
	time.AfterFunc(limit, func() {
		fmt.Fprintln(os.Stderr, "tiles: no verdict within", limit)
		os.Exit(2)
	})
	err := check(os.Args[1], os.Args[2])
	if err == nil && len(os.Args) == 4 {
		err = checkWitness(os.Args[1], os.Args[3])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "tiles:", err)
		os.Exit(1)
	}
	fmt.Println("every tile, bundle and the checkpoint fit")
}
