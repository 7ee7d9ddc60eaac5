package control

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/sim"
)

func TestEveryFaultHasANameATypeAndADoc(t *testing.T) {
	t.Parallel()
	var f sim.Faults
	all := knobs(&f)
	for _, k := range all {
		view := k.view()
		require.NotEmpty(t, view.Name)
		require.NotEmpty(t, view.Doc, view.Name)
		require.NotEmpty(t, view.Type, view.Name)
		require.False(t, view.Set, "the zero value is healthy: %s", view.Name)
	}
	require.Len(t, faultDocs, len(all), "a doc of a knob that does not exist")
}

// values holds one value for each knob, as a person would send it.
var values = map[string]string{
	"down": "true", "latency": `"20ms"`, "stall": "true", "no_pong": "true", "clock_offset": `"-1h"`,
	"connect_failure": "405", "temp_ban": `{"code":101,"expire":"1h"}`, "min_version": `"2.3000.1"`, "refuse_pairing": "true",
	"send_error": "463", "send_error_to": `["6281"]`, "send_error_share": "0.5", "send_error_cold": "true",
	"ack_delay": "1500", "no_ack": "true", "cut_after_ack": "true", "cut_before_ack": "true", "lose": "true",
	"duplicate": "2", "corrupt": "1", "hold": "true", "reorder": "true", "drop_receipts": "true", "no_prekeys": "true", "limit": "3",
	"ask_again": "4", "app_state_mismatch": "true", "phone_addressed": "true", "no_alias": "true", "new_chat_cap": "10",
	"ban_after_reports": "3", "ban_after_cold": "20", "ban_for": `"10m"`,
}

func TestEveryFaultCanBeSetReadAndCleared(t *testing.T) {
	t.Parallel()
	require.Len(t, values, len(faultDocs))
	for name, value := range values {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var f sim.Faults
			require.NoError(t, setKnob(&f, name, json.RawMessage(value)))
			field, err := findKnob(&f, name)
			require.NoError(t, err)
			require.True(t, field.view().Set)
			raw, err := json.Marshal(field.view().Value)
			require.NoError(t, err)
			var again sim.Faults
			require.NoError(t, setKnob(&again, name, raw), "what is shown can be sent back: %s", raw)
			require.Equal(t, f, again)
			field.value.SetZero()
			require.Equal(t, sim.Faults{}, f)
		})
	}
}

func TestDurationsInBothNotations(t *testing.T) {
	t.Parallel()
	var f sim.Faults
	require.NoError(t, setKnob(&f, "latency", json.RawMessage(`"1.5s"`)))
	require.Equal(t, 1500*time.Millisecond, f.Latency)
	require.NoError(t, setKnob(&f, "latency", json.RawMessage(`250`)))
	require.Equal(t, 250*time.Millisecond, f.Latency)
}

func TestAWrongValueSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for value, want := range map[string][2]string{
		"unknown knob":   {"hovercraft", "true"},
		"wrong type":     {"down", `"yes"`},
		"bad duration":   {"latency", `"soon"`},
		"unknown field":  {"temp_ban", `{"code":101,"until":"x"}`},
		"more than once": {"limit", `1 2`},
	} {
		var f sim.Faults
		err := setKnob(&f, want[0], json.RawMessage(want[1]))
		require.Error(t, err, value)
		require.ErrorContains(t, err, "GET /control/v1", value)
	}
}
