package api

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

const description = `Everything that the web UI does, it does through this API.

**Who you are.** Programs send ` + "`Authorization: Bearer sapa_…`" + `, an API key that belongs to one workspace and holds scopes. People log in; their
session is a cookie, every request that changes something also carries ` + "`Sapa-CSRF`" + ` with the token from ` + "`GET /v1/me`" + `, and ` + "`Sapa-Workspace`" + ` says which
workspace is meant.

**Sending twice is safe.** On every POST that creates or sends, an ` + "`Idempotency-Key`" + ` of your own makes a repetition return the first answer for 24 hours; for a message that is sent, as long as the message is kept.

**Errors** are RFC 9457 problems with a stable ` + "`code`" + ` and often a finer ` + "`reason`" + `. Unknown keys in a request are errors, and so
are keys that stand twice or in another case (` + "`Name`" + ` for ` + "`name`" + `).

**Lists** come in pages: pass ` + "`next`" + ` as ` + "`cursor`" + ` until it is empty. **Times** are RFC 3339 in UTC, **ids** are ULIDs.`

// document is the frame of the OpenAPI document and huma's settings.
func (s *Server) document() huma.Config {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	registry.Schema(reflect.TypeFor[Problem](), true, "Problem")
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "Sapa", Version: "1", Description: description, License: &huma.License{Name: "AGPL-3.0-or-later", Identifier: "AGPL-3.0-or-later"}},
			Components: &huma.Components{
				Schemas: registry,
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"session": {Type: "apiKey", In: "cookie", Name: cookieName, Description: "A person's login; with Sapa-CSRF on everything but GET."},
					"key":     {Type: "http", Scheme: "bearer", Description: "An API key of a workspace."},
				},
			},
		},
		Formats:       map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{s.reshape},
		// A misspelt filter that is ignored returns everything: refuse it.
		RejectUnknownQueryParameters: true,
	}
}

func (s *Server) serveDocument(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(s.spec)
}
