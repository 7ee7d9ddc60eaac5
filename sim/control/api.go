package control

import "net/http"

// register lists the whole API. The order is that of the guide.
func (s *Server) register() {
	const v1 = "/control/v1"
	handle(s, "GET", v1, "this list", func(*http.Request, struct{}) (map[string]any, error) {
		return map[string]any{"routes": s.routes}, nil
	})
	handle(s, "GET", v1+"/network", "address, certificate root, counts", s.readNetwork)

	handle(s, "GET", v1+"/accounts", "accounts: phones that can link companions", s.listAccounts)
	handle(s, "POST", v1+"/accounts", `make an account: {"phone"?, "name"?}; without a phone the next free one`, s.createAccount)
	handle(s, "GET", v1+"/accounts/{phone}", "one account with its companions", s.readAccount)
	handle(s, "PATCH", v1+"/accounts/{phone}", `rename: {"name"}`, s.renameAccount)
	handle(s, "POST", v1+"/scan", `scan a QR code: {"qr" or "png_base64", "phone"?, "name"?}; without a phone a new account scans`, s.scan)
	s.raw("POST", v1+"/scan/picture", "scan a QR code in a PNG, JPEG or GIF sent as the body; ?phone= as above", s.scanPicture)
	handle(s, "POST", v1+"/accounts/{phone}/code", `type a pairing code on the phone: {"code": "ABCD-EFGH"}`, s.enterCode)
	handle(s, "PUT", v1+"/accounts/{phone}/passkey", `ask for a passkey at the next scans: {"required", "refuse_response"?, "refuse_confirm"?}`, s.setPasskey)
	handle(s, "DELETE", v1+"/accounts/{phone}/companions/{device}", "unlink a companion, as on the phone", s.unlink)
	handle(s, "POST", v1+"/accounts/{phone}/messages", `write from the phone itself: {"to", "text"}`, s.writeFromPhone)
	handle(s, "GET", v1+"/accounts/{phone}/conversations", "chats of the account, newest first", s.listConversations)
	handle(s, "GET", v1+"/accounts/{phone}/conversations/{contact}", "messages of one chat, oldest first; ?limit=", s.readConversation)
	handle(s, "GET", v1+"/accounts/{phone}/actions", "what can be done to the account's connections", s.listActions)
	handle(s, "POST", v1+"/accounts/{phone}/actions/{action}", "do it; the body as the list says", s.act)

	handle(s, "GET", v1+"/contacts", "contacts that exist so far; ?q= ?limit=", s.listContacts)
	handle(s, "POST", v1+"/contacts", `make contacts: {"from", "count"?, "name"?, "behaviour"?}`, s.createContacts)
	handle(s, "PATCH", v1+"/contacts/{phone}", `change: {"name"?, "behaviour"?, "hide_phone"?, "online"?}`, s.changeContact)
	handle(s, "GET", v1+"/contacts/{phone}/inbox", "what the contact received and decrypted", s.readInbox)
	handle(s, "POST", v1+"/contacts/{phone}/messages", `write as the contact: {"to", "text", "quote"?: message id}`, s.writeAsContact)
	handle(s, "POST", v1+"/contacts/{phone}/read", `send read receipts: {"from", "ids"?}; without ids for everything from that account`, s.readAsContact)
	handle(s, "POST", v1+"/contacts/{phone}/typing", `{"to", "on"}`, s.typeAsContact)
	handle(s, "POST", v1+"/contacts/{phone}/block", `{"account", "on"}`, s.block)
	handle(s, "POST", v1+"/contacts/{phone}/ignore", `{"account", "on"}`, s.ignore)
	handle(s, "POST", v1+"/contacts/{phone}/report", `{"account"}`, s.report)

	handle(s, "GET", v1+"/faults", "every fault knob of the network: name, type, meaning, value", s.listFaults)
	handle(s, "PUT", v1+"/faults/{name}", "turn a knob; the body is its value", s.setFault)
	handle(s, "DELETE", v1+"/faults/{name}", "turn one knob back", s.clearFault)
	handle(s, "DELETE", v1+"/faults", "turn all knobs of the network back", s.clearFaults)
	handle(s, "GET", v1+"/accounts/{phone}/faults", "the knobs of one account; they win over the network's", s.listFaults)
	handle(s, "PUT", v1+"/accounts/{phone}/faults/{name}", "turn a knob of the account", s.setFault)
	handle(s, "DELETE", v1+"/accounts/{phone}/faults/{name}", "turn one back", s.clearFault)
	handle(s, "DELETE", v1+"/accounts/{phone}/faults", "turn all knobs of the account back", s.clearFaults)

	handle(s, "PUT", v1+"/history", `the past told to the next companions: {"chats", "messages", "text_bytes"?, "chunk_chats"?, "seed"?}`, s.setHistory)
	handle(s, "GET", v1+"/ledger", "sums over the network, or ?a=&b= the messages between two phone numbers", s.readLedger)
	handle(s, "POST", v1+"/accounts/{phone}/script", `let customers write: {"people"?, "seed"?, "pace"?: "lively"|"calm", "speed"?, "rounds"?}`, s.startScript)
	handle(s, "DELETE", v1+"/accounts/{phone}/script", "end the customers", s.stopScript)
	handle(s, "GET", v1+"/log", "the log after ?after=", s.readLog)
	s.raw("GET", v1+"/log/stream", "the log as server-sent events", s.streamLog)
	s.page()
	s.mux.HandleFunc("/control/v1/", func(w http.ResponseWriter, r *http.Request) {
		fail(w, missing("there is no %s %s: GET /control/v1 lists the routes", r.Method, r.URL.Path))
	})
}

// raw registers a route that reads or writes something other than JSON.
func (s *Server) raw(method, path, doc string, do http.HandlerFunc) {
	s.routes = append(s.routes, Route{Method: method, Path: path, Doc: doc})
	s.mux.HandleFunc(method+" "+path, do)
}

func (s *Server) readNetwork(r *http.Request, _ struct{}) (map[string]any, error) {
	plan := s.plan()
	return map[string]any{
		"url": "http://" + r.Host, "root": s.Root(), "pointing": s.Pointing("http://" + r.Host),
		"accounts": len(s.network.Accounts()), "contacts": len(s.network.Contacts()),
		"media": s.media.Counts(), "history": historyView{plan.Chats, plan.Messages, plan.TextBytes, plan.ChunkChats, plan.Seed},
		"total": s.network.Ledger.Total(),
	}, nil
}
