package app

import (
	"fmt"
	"net/http"
	"net/http/pprof"
	"runtime"
	"strconv"
)

// profiles is the handler of the debug address: Go's profiles at /debug/pprof/, and /debug/rates for the two of them that
// cost something and are off until somebody asks.
func profiles() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("PUT /debug/rates", setRates)
	return mux
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
