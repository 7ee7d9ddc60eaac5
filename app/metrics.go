package app

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/sapa-chat/sapa/store"
)

// newMetrics makes the registry: our own figures, read when asked for, and those of the process and the Go runtime
// (process_resident_memory_bytes, process_open_fds, process_start_time_seconds).
func (a *App) newMetrics() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		figures{a},
	)
	return r
}

func (a *App) metricsHandler() http.Handler {
	return promhttp.HandlerFor(a.metrics, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}

// figures collects what the parts count. No label ever names a phone, a contact or a workspace.
type figures struct{ app *App }

var (
	numbersDesc     = describe("sapa_numbers", "Numbers that this node knows, by state.", "state")
	messagesDesc    = describe("sapa_messages_total", "Messages received from and accepted by WhatsApp since the start.", "direction")
	failuresDesc    = describe("sapa_send_failures_total", "Messages that failed for good since the start.")
	waitingDesc     = describe("sapa_outbox_waiting", "Messages that wait to be sent.")
	oldestDesc      = describe("sapa_outbox_oldest_age_seconds", "Age of the oldest message that waits.")
	connectionsDesc = describe("sapa_realtime_connections", "Open realtime connections.")
	refusedDesc     = describe("sapa_realtime_refused_total", "Realtime connections refused when they were opened.")
	droppedDesc     = describe("sapa_realtime_slow_total", "Realtime connections closed because they did not read.")
	stuckDesc       = describe("sapa_pump_stuck_seconds", "How long a consumer of the event log has not got on; 0 when it does.", "consumer")
	commitsDesc     = describe("sapa_store_commits_total", "Commits of the database.")
	unitsDesc       = describe("sapa_store_units_total", "Units of writing; several may share a commit.")
	statementsDesc  = describe("sapa_store_statements_total", "Statements of the database.")
	uptimeDesc      = describe("sapa_uptime_seconds", "Time since the start.")
	infoDesc        = describe("sapa_build_info", "Always 1.", "version", "database")
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// Describe implements prometheus.Collector.
func (f figures) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(f, ch) }

// Collect implements prometheus.Collector.
func (f figures) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	count := func(d *prometheus.Desc, v int64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	numbers := f.app.numbers.Stats()
	for state, n := range numbers.ByState {
		gauge(numbersDesc, float64(n), string(state))
	}
	out := f.app.outbox.Stats()
	count(messagesDesc, numbers.MessagesIn, "in")
	count(messagesDesc, out.Sent, "out")
	count(failuresDesc, out.Failed)
	f.queue(gauge)
	sockets := f.app.pusher.Stats()
	gauge(connectionsDesc, float64(sockets.Connections))
	count(refusedDesc, sockets.Refused)
	count(droppedDesc, sockets.Slow)
	for consumer, stuck := range f.app.pump.Stats() {
		gauge(stuckDesc, stuck.Seconds(time.Now()), consumer)
	}
	db := f.app.db.Stats()
	count(commitsDesc, db.Commits)
	count(unitsDesc, db.Units)
	count(statementsDesc, db.Statements)
	gauge(uptimeDesc, f.app.clock.Now().Sub(f.app.started).Seconds())
	gauge(infoDesc, 1, f.app.version, f.app.db.Engine())
}

func (f figures) queue(gauge func(*prometheus.Desc, float64, ...string)) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	waiting, oldest, err := store.Outbox{DB: f.app.db}.Backlog(ctx)
	if err != nil {
		return // the figure is missing then; readiness tells of the database
	}
	gauge(waitingDesc, float64(waiting))
	gauge(oldestDesc, oldest.Seconds())
}
