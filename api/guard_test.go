package api

import (
	"net/http/httptest"
	"os"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
)

// timedConn is an answer that knows which deadlines its connection was given.
type timedConn struct {
	*httptest.ResponseRecorder
	deadlines []time.Time
}

func (c *timedConn) SetReadDeadline(t time.Time) error {
	c.deadlines = append(c.deadlines, t)
	return nil
}

func TestABodyThatComesDropByDropIsCutOff(t *testing.T) {
	t.Parallel()
	c := &timedConn{ResponseRecorder: httptest.NewRecorder()}
	r := httptest.NewRequest("POST", "/v1/login", iotest.ErrReader(os.ErrDeadlineExceeded))
	before := time.Now()
	_, err := swallow(c, r, DefaultBody)
	var p *Problem
	require.ErrorAs(t, err, &p)
	require.Equal(t, 408, p.Status)
	require.Equal(t, "body_too_slow", p.Reason)
	require.Len(t, c.deadlines, 2)
	require.False(t, c.deadlines[0].Before(before.Add(bodyTime)))
	require.False(t, c.deadlines[0].After(time.Now().Add(bodyTime)))
	require.True(t, c.deadlines[1].IsZero(), "the handler itself has time")
}

func TestOnlyAnEscapedNULIsOne(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]bool{
		`{"text":"a\u0000"}`: true, `\\\u0000`: true, `\u0000`: true,
		`{"text":"a"}`: false, `{"text":"\\u0000"}`: false, `\\\\u0000`: false, `\u000`: false, `\`: false, ``: false, `\u00001`: true, `\u0001`: false,
	} {
		require.Equal(t, want, escapesNUL([]byte(body)), body)
	}
}
