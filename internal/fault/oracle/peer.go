package oracle

import (
	_ "embed" // for the app
	"os"
	"path/filepath"
)

//go:embed python/peer.py
var peer string

// WritePeer puts the app of the peers, module peer, into a folder.
func WritePeer(dir string) error {
	return os.WriteFile(filepath.Join(dir, "peer.py"), []byte(peer), 0o600)
}
