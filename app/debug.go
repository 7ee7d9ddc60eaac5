package app

import (
	"fmt"
	"io"
	"net/http"
	"net/http/pprof"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/sapa-chat/sapa/internal/conf"
)

// profiles is the handler of the debug address: Go's profiles at /debug/pprof/, and /debug/rates for the two of them that
// cost something and are off until somebody asks.
func profiles() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", commandLine)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("PUT /debug/rates", setRates)
	return mux
}

// commandLine tells with what the program was started, in the form of net/http/pprof but without what is secret: a profile is
// handed around.
func commandLine(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, strings.Join(withoutSecrets(os.Args), "\x00")) // whoever asked has gone
}

// withoutSecrets is a command line in which the values of secret settings are dots.
func withoutSecrets(args []string) []string {
	secret := map[string]bool{}
	for _, f := range conf.Fields(&Config{}, "") {
		secret["--"+f.Key] = f.Secret
	}
	out := slices.Clone(args)
	for i, arg := range out {
		flag, _, joined := strings.Cut(arg, "=")
		switch {
		case !secret[flag]:
		case joined:
			out[i] = flag + "=…"
		case i+1 < len(out):
			out[i+1] = "…"
		}
	}
	return out
}

// setRates turns the block and mutex profiles on: ?block=N samples one wait per N nanoseconds waited, ?mutex=N one in N
// contended locks; 0 turns off, and what is not named stays.
func setRates(w http.ResponseWriter, r *http.Request) {
	for name, set := range map[string]func(int){
		"block": runtime.SetBlockProfileRate,
		"mutex": func(n int) { runtime.SetMutexProfileFraction(n) },
	} {
		text := r.URL.Query().Get(name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			http.Error(w, fmt.Sprintf("%s: %q is not a rate", name, text), http.StatusBadRequest)
			return
		}
		set(n)
	}
	w.WriteHeader(http.StatusNoContent)
}
