// Package sim is a WhatsApp network on loopback. It serves an unmodified whatsmeow
// client: real Noise, real Signal, real stanzas, with simulated phones and contacts on
// the other side. A [Network] is useful as its zero value:
//
//	var net sim.Network
//	err := net.Start()
//	defer net.Close()
//	acc := net.Account("6281200000001")        // a phone that can scan a QR code
//	ani := net.Contact("6281300000001")        // somebody who writes to it
//	err = acc.Scan(ctx, qr)                    // the text of the QR that the client shows
//	id, err := ani.Write(ctx, acc, "halo")
//	msg, err := ani.WaitFor(ctx, sim.Text("halo juga"))
//
// A client is pointed at it with [Network.HTTPClient] (for whatsmeow's
// SetWebsocketHTTPClient, SetPreLoginHTTPClient and SetMediaHTTPClient, all three) and
// [Network.RootKey] (for whatsmeow.WACertPubKey, which is process-wide).
//
// It is not WhatsApp, and it proves nothing about WhatsApp's decisions: what it claims
// is written with its source in docs/protocol/whatsapp-web.md, marked as seen with a
// whatsmeow client, read in whatsmeow's source, or inferred.
//
// Truth is kept in the [Ledger]: what the network accepted, delivered, collapsed or
// lost. Tests judge by it and not by what the client under test says.
//
// Faults are knobs of the network or of one account ([Network.SetFaults],
// [Account.SetFaults]); what happens once has a method. No knob knows what WhatsApp would
// do: its decisions come when a test says so. Those that look like decisions
// (BanAfterReports, BanAfterCold, Behaviour.BlockAfter) are a toy model.
//
// The package imports nothing of the rest of this repository, so other programs can use
// it. Groups are not simulated.
package sim
