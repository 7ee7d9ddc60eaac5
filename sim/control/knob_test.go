package control_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/control"
)

func TestEveryKnobOfTheListCanBeTurnedOverHTTP(t *testing.T) {
	t.Parallel()
	c := serve(t)
	account := call[control.Account](t, c, "POST", "/accounts", `{}`)
	values := map[string]string{"switch": "true", "number": "1", "duration": `"1s"`, "text": `"2.3000.1"`, "list": `["6281"]`, "ban": `{"code":104,"expire":"1h"}`}
	for _, where := range []string{"", "/accounts/" + account.Phone} {
		for _, fault := range items[control.Fault](t, c, where+"/faults") {
			require.False(t, fault.Set, fault.Name)
			value := values[fault.Type]
			if fault.Name == "media_status" {
				value = "500"
			}
			after := call[struct{ Items []control.Fault }](t, c, "PUT", where+"/faults/"+fault.Name, value).Items
			require.True(t, named(after, fault.Name).Set, fault.Name)
			shown, err := json.Marshal(named(after, fault.Name).Value)
			require.NoError(t, err)
			require.NotEmpty(t, shown)
			after = call[struct{ Items []control.Fault }](t, c, "DELETE", where+"/faults/"+fault.Name, "").Items
			require.False(t, named(after, fault.Name).Set, fault.Name)
		}
	}
	require.Equal(t, sim.Faults{}, c.server.Network().CurrentFaults())
}

func named(all []control.Fault, name string) control.Fault {
	for _, fault := range all {
		if fault.Name == name {
			return fault
		}
	}
	return control.Fault{}
}
