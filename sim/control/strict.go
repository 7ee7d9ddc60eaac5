package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// strict decodes one JSON value without unknown fields and without anything after it.
func strict(raw []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return invalid("the JSON cannot be used: %v. GET /control/v1 lists the routes and their fields", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return invalid("the JSON has something after its end: send one value. GET /control/v1 lists the routes")
	}
	return nil
}

// Duration is a time.Duration that JSON spells "1.5s"; a bare number is milliseconds.
type Duration time.Duration

// MarshalJSON writes Go's notation.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

// UnmarshalJSON reads either notation.
func (d *Duration) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		parsed, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("a duration is written like \"1.5s\" or \"300ms\", not %q", text)
		}
		*d = Duration(parsed)
		return nil
	}
	var millis float64
	if err := json.Unmarshal(raw, &millis); err != nil {
		return fmt.Errorf("a duration is text like \"1.5s\" or a number of milliseconds, not %s", raw)
	}
	*d = Duration(millis * float64(time.Millisecond))
	return nil
}
