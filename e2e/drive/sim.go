package drive

import (
	"encoding/base64"

	"github.com/sapa-chat/sapa/sim"
)

// Simulated are the flags that point the program at a simulated network.
func Simulated(n *sim.Network) []string {
	root := n.RootKey()
	return []string{
		"--whatsapp.simulator.url=" + n.URL(),
		"--whatsapp.simulator.root=" + base64.StdEncoding.EncodeToString(root[:]),
	}
}
