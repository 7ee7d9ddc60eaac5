package main

import (
	"context"
	"fmt"
	"io"

	"github.com/sapa-chat/sapa/app"
)

// welcome tells whoever started the program where to go.
func welcome(ctx context.Context, w io.Writer, a *app.App) {
	_, _ = fmt.Fprintf(w, "Sapa answers on %s\n", a.URL(ctx))
	if link := a.SetupLink(ctx); link != "" {
		_, _ = fmt.Fprintf(w, "\nOpen this link to make the first administrator (it works once):\n\n    %s\n\n", link)
	}
	if a.Simulated() {
		_, _ = fmt.Fprintln(w, "A simulator stands in for WhatsApp: nothing here reaches a real phone.")
	}
}
