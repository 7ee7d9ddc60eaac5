package main

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/sapa-chat/sapa/e2e/drive"
)

// answers counts what the API said, by status.
type answers struct {
	mu sync.Mutex
	by map[int]int
}

func (a *answers) note(status int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.by == nil {
		a.by = map[int]int{}
	}
	a.by[status]++
}

// judge requires that trouble was always called 503.
func (a *answers) judge(row *row) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []string
	for _, status := range slices.Sorted(maps.Keys(a.by)) {
		if status >= 400 {
			all = append(all, fmt.Sprintf("%d times %d", a.by[status], status))
		}
		row.keep(status < 500 || status == http.StatusServiceUnavailable, "the API answered %d", status)
	}
	row.measure("API: %s", strings.Join(append(all, "else success"), ", "))
}

// status is what an answer of the API was: 200 without an error, 0 when none came.
func status(err error) int {
	var problem *drive.Problem
	switch {
	case err == nil:
		return http.StatusOK
	case errors.As(err, &problem):
		return problem.Status
	}
	return 0
}
