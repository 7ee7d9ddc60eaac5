package drive

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// Resident is a process's resident memory in bytes, as Linux tells it; pid 0 is this process.
func Resident(pid int) (int64, error) {
	name := "self"
	if pid != 0 {
		name = strconv.Itoa(pid)
	}
	data, err := os.ReadFile("/proc/" + name + "/statm")
	if err != nil {
		return 0, err
	}
	pages, err := strconv.ParseInt(strings.Fields(string(data))[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}

// Counters are the program's own figures by name; one with labels has them in its name.
type Counters map[string]float64

// Scrape reads the figures at /metrics of the program at base, as Prometheus does.
func Scrape(ctx context.Context, base string) (Counters, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("metrics: %s", resp.Status)
	}
	out := Counters{}
	scan := bufio.NewScanner(resp.Body)
	for scan.Scan() {
		name, value, ok := strings.Cut(scan.Text(), " ")
		if !ok || strings.HasPrefix(name, "#") {
			continue
		}
		if out[name], err = strconv.ParseFloat(value, 64); err != nil {
			return nil, fmt.Errorf("metrics: %s: %w", name, err)
		}
	}
	return out, scan.Err()
}

// Since is the difference of each figure to an earlier reading.
func (c Counters) Since(before Counters) Counters {
	out := Counters{}
	for name, v := range c {
		out[name] = v - before[name]
	}
	return out
}
