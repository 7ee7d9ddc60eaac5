package control_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"rsc.io/qr"

	"github.com/sapa-chat/sapa/sim"
	"github.com/sapa-chat/sapa/sim/control"
	"github.com/sapa-chat/sapa/sim/simtest"
)

const ani, budi = "6281355500001", "6281355500002"

func TestAnUnmodifiedClientThroughTheAPI(t *testing.T) {
	t.Parallel()
	c := serve(t)
	client, phone := c.pair(t)
	account := call[control.Account](t, c, "GET", "/accounts/"+phone, "")
	require.Len(t, account.Companions, 1)
	require.True(t, account.Companions[0].Online)

	c.write(t, ani, phone, "halo, masih buka?")
	got := simtest.Event(t, client, text("halo, masih buka?"))
	require.NoError(t, client.MarkRead(t.Context(), []types.MessageID{got.Info.ID}, time.Now(), got.Info.Chat, got.Info.Sender))
	id, err := client.Send(t.Context(), ani, "buka sampai jam 8")
	require.NoError(t, err)
	simtest.Event(t, client, receipt(id, types.ReceiptTypeDelivered))
	call[struct{}](t, c, "POST", "/contacts/"+ani+"/read", `{"from":"`+phone+`"}`)
	simtest.Event(t, client, receipt(id, types.ReceiptTypeRead))
	call[struct{}](t, c, "POST", "/contacts/"+ani+"/messages", `{"to":"`+phone+`","text":"makasih","quote":"`+id+`"}`)
	quoting := simtest.Event(t, client, func(e *events.Message) bool { return e.Message.GetExtendedTextMessage().GetText() == "makasih" })
	require.Equal(t, id, quoting.Message.GetExtendedTextMessage().GetContextInfo().GetStanzaID())

	chats := items[control.Conversation](t, c, "/accounts/"+phone+"/conversations")
	require.Len(t, chats, 1)
	require.Equal(t, "makasih", chats[0].Last.Text)
	require.Eventually(t, func() bool {
		entries := items[sim.Entry](t, c, "/accounts/"+phone+"/conversations/"+ani)
		return len(entries) == 3 && !entries[0].Read.IsZero() && !entries[1].Read.IsZero()
	}, simtest.Wait, 10*time.Millisecond)
	require.Empty(t, client.Log.Warnings(), "the quiet case is quiet")
}

func TestScanAPicture(t *testing.T) {
	t.Parallel()
	c := serve(t)
	client := c.client(t)
	code, err := qr.Encode(simtest.QR(t, client), qr.L)
	require.NoError(t, err)
	status, answer := c.do(t, "POST", "/scan/picture?name=Toko+Foto", "image/png", code.PNG())
	require.Equal(t, http.StatusOK, status, string(answer))
	simtest.Event[*events.Connected](t, client, nil)
	var account control.Account
	require.NoError(t, json.Unmarshal(answer, &account))
	require.Equal(t, "Toko Foto", account.Name)
}

func TestPairByCode(t *testing.T) {
	t.Parallel()
	c := serve(t)
	account := call[control.Account](t, c, "POST", "/accounts", `{"name":"Toko Kode"}`)
	client := c.client(t)
	simtest.QR(t, client)
	code, err := client.PairPhone(t.Context(), account.Phone, true, whatsmeow.PairClientChrome, "Chrome (Linux)")
	require.NoError(t, err)
	call[control.Account](t, c, "POST", "/accounts/"+account.Phone+"/code", `{"code":"`+code+`"}`)
	simtest.Event[*events.Connected](t, client, nil)
}

func TestUnlinkLogsTheClientOut(t *testing.T) {
	t.Parallel()
	c := serve(t)
	client, phone := c.pair(t)
	device := call[control.Account](t, c, "GET", "/accounts/"+phone, "").Companions[0].Device
	call[control.Account](t, c, "DELETE", fmt.Sprintf("/accounts/%s/companions/%d", phone, device), "")
	simtest.Event(t, client, func(e *events.LoggedOut) bool { return !e.OnConnect })
	require.Empty(t, call[control.Account](t, c, "GET", "/accounts/"+phone, "").Companions)
}

func TestWhatWasWrittenMeanwhileArrivesAfterTheReconnect(t *testing.T) {
	t.Parallel()
	c := serve(t)
	client, phone := c.pair(t, func(c *simtest.Client) { c.SynchronousAck = true }) // else it acknowledges in any order
	client.Disconnect()
	for i := range 10 {
		c.write(t, ani, phone, fmt.Sprint("antre ", i))
	}
	require.NoError(t, client.Connect())
	for i := range 10 {
		simtest.Event(t, client, text(fmt.Sprint("antre ", i)))
	}
	require.Eventually(t, func() bool {
		sum := call[map[string]json.RawMessage](t, c, "GET", "/ledger?a="+ani+"&b="+phone, "")
		var s sim.Summary
		require.NoError(t, json.Unmarshal(sum[ani], &s))
		return s.Received == 10 && s.Missing == 0 && s.OutOfOrder == 0
	}, simtest.Wait, 10*time.Millisecond)
}

func TestFaultsActOnTheClientUntilTheyAreCleared(t *testing.T) {
	t.Parallel()
	c := serve(t)
	client, phone := c.pair(t)
	call[any](t, c, "PUT", "/accounts/"+phone+"/faults/send_error", "463")
	_, err := client.Send(t.Context(), budi, "dingin")
	require.ErrorContains(t, err, "463")
	call[any](t, c, "DELETE", "/accounts/"+phone+"/faults/send_error", "")
	_, err = client.Send(t.Context(), budi, "hangat")
	require.NoError(t, err)

	call[any](t, c, "PUT", "/faults/corrupt", "1")
	c.write(t, budi, phone, "rusak di jalan")
	again := simtest.Event(t, client, text("rusak di jalan"))
	require.Equal(t, 1, again.RetryCount, "the client asked for it again")
	call[any](t, c, "DELETE", "/faults", "")

	call[control.Account](t, c, "POST", "/accounts/"+phone+"/actions/replace", "")
	simtest.Event[*events.StreamReplaced](t, client, nil)
}

func TestAPasskeyIsAskedForAndItsRefusalIsTold(t *testing.T) {
	t.Parallel()
	c := serve(t)
	account := call[control.Account](t, c, "POST", "/accounts", `{}`)
	call[control.Account](t, c, "PUT", "/accounts/"+account.Phone+"/passkey", `{"required":true,"refuse_response":true}`)
	client := c.client(t)
	body, err := json.Marshal(map[string]string{"qr": simtest.QR(t, client), "phone": account.Phone})
	require.NoError(t, err)
	status := make(chan int, 1)
	go func() {
		code, _ := c.do(t, "POST", "/scan", "application/json", body)
		status <- code
	}()
	simtest.Event[*events.PairPasskeyRequest](t, client, nil)
	require.Error(t, client.SendPasskeyResponse(t.Context(), &types.WebAuthnResponse{ID: "c2lt", RawID: []byte("sim"), Type: "public-key"}))
	require.Equal(t, http.StatusUnprocessableEntity, <-status)
}

func TestContactsActByThemselves(t *testing.T) {
	t.Parallel()
	c := serve(t)
	client, phone := c.pair(t)
	made := call[map[string]any](t, c, "POST", "/contacts", `{"from":"+62 813-6660-0001","count":20,"behaviour":{"echo":true,"read":true,"reply_after":"10ms"}}`)
	require.InDelta(t, 20, made["count"], 0)
	id, err := client.Send(t.Context(), "6281366600007", "gema")
	require.NoError(t, err)
	simtest.Event(t, client, text("gema"))
	simtest.Event(t, client, receipt(id, types.ReceiptTypeRead))
	require.Len(t, items[control.Contact](t, c, "/contacts?limit=5"), 5)
	require.NotEmpty(t, items[control.Contact](t, c, "/contacts?q=66600020")[0].Name)

	call[any](t, c, "POST", "/contacts/"+ani+"/block", `{"account":"`+phone+`","on":true}`)
	_, err = client.Send(t.Context(), ani, "tidak sampai")
	require.NoError(t, err, "the sender sees one tick")
	call[any](t, c, "POST", "/contacts/"+ani+"/report", `{"account":"`+phone+`"}`)
	require.Equal(t, 1, call[control.Account](t, c, "GET", "/accounts/"+phone, "").Reports)
	require.Empty(t, items[control.InboxMessage](t, c, "/contacts/"+ani+"/inbox"))
}

func TestTheClientUploadsAndDownloadsMedia(t *testing.T) {
	t.Parallel()
	c := serve(t)
	client, _ := c.pair(t)
	content := bytes.Repeat([]byte("gambar"), 100_000)
	up, err := client.Upload(t.Context(), content, whatsmeow.MediaImage)
	require.NoError(t, err)
	image := &waE2E.ImageMessage{DirectPath: &up.DirectPath, MediaKey: up.MediaKey, FileEncSHA256: up.FileEncSHA256, FileSHA256: up.FileSHA256, FileLength: &up.FileLength}
	down, err := client.Download(t.Context(), image)
	require.NoError(t, err)
	require.Equal(t, content, down)
	call[any](t, c, "PUT", "/faults/media_status", "410")
	_, err = client.Download(t.Context(), image)
	require.ErrorIs(t, err, whatsmeow.ErrMediaDownloadFailedWith410)
}

func TestEverybodyHasAProfilePicture(t *testing.T) {
	t.Parallel()
	c := serve(t)
	client, _ := c.pair(t)
	c.server.Network().Contact(ani)
	info, err := client.GetProfilePictureInfo(t.Context(), types.NewJID(ani, types.DefaultUserServer), nil)
	require.NoError(t, err)
	require.NotEmpty(t, info.ID)
	response, err := sim.HTTPClient(c.url).Get(info.URL)
	require.NoError(t, err)
	_, err = png.Decode(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
}

func TestANewCompanionIsToldThePast(t *testing.T) {
	t.Parallel()
	c := serve(t)
	call[any](t, c, "PUT", "/history", `{"chats":12,"messages":9,"chunk_chats":5}`)
	client, _ := c.pair(t)
	ids := map[string]bool{}
	parts := len(c.server.History.Parts())
	require.Equal(t, 8, parts)
	for i := range parts {
		part := simtest.Event(t, client, func(e *events.HistorySync) bool { return e.Data.GetProgress() == uint32(100*(i+1)/parts) })
		for _, chat := range part.Data.GetConversations() {
			for _, m := range chat.GetMessages() {
				ids[m.GetMessage().GetKey().GetID()] = true
			}
		}
	}
	require.Len(t, ids, 12*9)
	require.Eventually(t, func() bool { return c.server.Media().Counts().Bodies == 0 }, simtest.Wait, 10*time.Millisecond, "the client deletes what it has read")
	require.Empty(t, client.Log.Warnings())
}

func TestTheLogIsLive(t *testing.T) {
	t.Parallel()
	c := serve(t)
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+"/control/v1/log/stream", nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	call[control.Account](t, c, "POST", "/accounts", `{"phone":"628111111111"}`)
	seen := make([]byte, 4096)
	n, err := response.Body.Read(seen)
	require.NoError(t, err)
	require.Contains(t, string(seen[:n]), `"text":"account made"`)
	cancel()
	lines := items[control.LogLine](t, c, "/log")
	require.NotEmpty(t, lines)
}

// one is a control server for one test.
type one struct {
	server *control.Server
	url    string
}

func serve(t testing.TB) *one {
	t.Helper()
	network := &sim.Network{}
	server := control.New(network)
	web := httptest.NewServer(server.Handler())
	t.Cleanup(func() {
		require.NoError(t, server.Close())
		web.CloseClientConnections()
		web.Close()
	})
	return &one{server: server, url: web.URL}
}

func (c *one) client(t testing.TB) *simtest.Client {
	t.Helper()
	return simtest.NewClientAt(t, c.server.Network(), c.url)
}

// pair links a new client by the text of its QR code.
func (c *one) pair(t testing.TB, settings ...func(*simtest.Client)) (*simtest.Client, string) {
	t.Helper()
	client := c.client(t)
	for _, set := range settings {
		set(client)
	}
	body, err := json.Marshal(map[string]string{"qr": simtest.QR(t, client), "name": "Toko Melati"})
	require.NoError(t, err)
	account := call[control.Account](t, c, "POST", "/scan", string(body))
	simtest.Settled(t, client)
	return client, account.Phone
}

func (c *one) write(t testing.TB, from, to, text string) {
	t.Helper()
	call[struct{}](t, c, "POST", "/contacts/"+from+"/messages", fmt.Sprintf(`{"to":%q,"text":%q}`, to, text))
}

func (c *one) do(t testing.TB, method, path, kind string, body []byte) (int, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(simtest.Context(t), method, c.url+"/control/v1"+path, bytes.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", kind)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	var answer bytes.Buffer
	_, err = answer.ReadFrom(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode, answer.Bytes()
}

func call[T any](t testing.TB, c *one, method, path, body string) T {
	t.Helper()
	status, answer := c.do(t, method, path, "application/json", []byte(body))
	require.Equal(t, http.StatusOK, status, "%s %s: %s", method, path, answer)
	var out T
	require.NoError(t, json.Unmarshal(answer, &out))
	return out
}

func items[T any](t testing.TB, c *one, path string) []T {
	t.Helper()
	return call[struct{ Items []T }](t, c, "GET", path, "").Items
}

func text(want string) func(*events.Message) bool {
	return func(e *events.Message) bool { return e.Message.GetConversation() == want }
}

func receipt(id string, kind types.ReceiptType) func(*events.Receipt) bool {
	return func(e *events.Receipt) bool { return e.Type == kind && e.MessageIDs[0] == id }
}
