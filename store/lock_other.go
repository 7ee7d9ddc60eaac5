//go:build !unix

package store

import "os"

// lockFile does nothing where flock does not exist (Windows): there a second process on the same data folder is not refused.
func lockFile(*os.File) error { return nil }
