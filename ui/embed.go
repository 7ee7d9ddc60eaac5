// Package ui is the web interface: the Vue app in src/, built into dist/ and embedded.
// A fresh clone has an empty dist/, so that Go alone can build the program; Placeholder stands in for the app then.
package ui

import "embed"

// Dist holds the built app under "dist"; it has no dist/index.html without a build.
//
//go:embed all:dist
var Dist embed.FS

// Placeholder is the page shown when the app was not built.
//
//go:embed placeholder.html
var Placeholder []byte
