package main

import (
	"slices"
	"time"
)

// series is a figure over time.
type series []point

type point struct {
	at time.Duration
	v  float64
}

func (s *series) add(at time.Duration, v float64) { *s = append(*s, point{at, v}) }

func (s series) last() float64 { return s[len(s)-1].v }

// slope is the growth per hour: the median of what any two points say of it (Theil and Sen), which the odd peak of the
// garbage collector does not move.
func (s series) slope() float64 {
	var all []float64
	for i, a := range s {
		for _, b := range s[i+1:] {
			if b.at > a.at {
				all = append(all, (b.v-a.v)/(b.at-a.at).Hours())
			}
		}
	}
	return median(all)
}

// ends are the medians of the first and of the last fifth.
func (s series) ends() (first, last float64) {
	n := max(1, len(s)/5)
	return median(s[:n].values()), median(s[len(s)-n:].values())
}

func (s series) values() []float64 {
	var all []float64
	for _, p := range s {
		all = append(all, p.v)
	}
	return all
}

// median is 0 of nothing.
func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}
