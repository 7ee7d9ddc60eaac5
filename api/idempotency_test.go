package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/workspace"
)

func TestTheSameRequestTwiceIsDoneOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		owner := h.founded()
		first := owner.with("Idempotency-Key", "k1").do("POST", "/v1/numbers", object{"name": "Kasir"})
		again := owner.with("Idempotency-Key", "k1").do("POST", "/v1/numbers", object{"name": "Kasir"})
		require.Equal(t, first.ok(201), again.ok(201))
		require.Equal(t, first.Header.Get("Content-Type"), again.Header.Get("Content-Type"))
		require.Equal(t, "true", again.Header.Get("Idempotency-Replayed"))
		require.Empty(t, first.Header.Get("Idempotency-Replayed"))
		require.Len(t, owner.do("GET", "/v1/numbers", nil).ok(200)["items"], 1)

		owner.with("Idempotency-Key", "k1").do("POST", "/v1/numbers", object{"name": "Gudang"}).refused(422, "idempotency_key_reused")
		owner.with("Idempotency-Key", "k1").do("POST", "/v1/invitations", object{"email": "x@example.com", "role": "agent"}).ok(201) // another route
		other := h.elsewhere()
		other.with("Idempotency-Key", "k1").do("POST", "/v1/numbers", object{"name": "Gudang"}).ok(201) // another workspace

		h.clock.by.Add(int64(workspace.AttemptLife + time.Minute))
		h.login("ayu@example.com").in(owner.workspace).with("Idempotency-Key", "k1").do("POST", "/v1/numbers", object{"name": "Gudang"}).ok(201)
	})
}

// A message remembers the request that made it, so that a repetition finds it also when the first answer was never given.
func TestTheSameMessageTwiceIsSentOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		owner := h.founded()
		owner.do("POST", "/v1/numbers", object{"name": "Kasir"}).ok(201)
		body := object{"to": "0812 3456 7890", "text": "Halo"}
		first := owner.with("Idempotency-Key", "k1").do("POST", "/v1/messages", body)
		again := owner.with("Idempotency-Key", "k1").do("POST", "/v1/messages", body)
		require.Equal(t, first.ok(202), again.ok(202))
		require.Equal(t, "true", again.Header.Get("Idempotency-Replayed"))
		require.Empty(t, first.Header.Get("Idempotency-Replayed"))
		owner.with("Idempotency-Key", "k1").do("POST", "/v1/messages", object{"to": "0812 3456 7891", "text": "Halo"}).refused(422, "idempotency_key_reused")
		reply := "/v1/conversations/" + first.ok(202)["conversation"].(string) + "/messages"
		other := owner.with("Idempotency-Key", "k1").do("POST", reply, object{"text": "Halo"}).ok(202) // another route
		require.NotEqual(t, first.ok(202)["id"], other["id"])
		owner.with("Idempotency-Key", string(make([]byte, 300))).do("POST", "/v1/messages", body).refused(422, "")
		require.NotContains(t, dump(t, h.db), "POST /v1/messages", "no second memory of the request")
	})
}

func TestAKeyThatIsShownOnceIsRepeatedButNotStoredInTheClear(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		owner := h.founded()
		body := object{"name": "Shop", "scopes": []string{"messages:send"}}
		key := owner.with("Idempotency-Key", "k1").do("POST", "/v1/api-keys", body).ok(201)["key"].(string)
		require.Equal(t, key, owner.with("Idempotency-Key", "k1").do("POST", "/v1/api-keys", body).ok(201)["key"])
		require.NotContains(t, dump(t, h.db), key)
	})
}

func TestARefusedRequestMayBeMendedUnderItsKey(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		owner := h.founded()
		owner.with("Idempotency-Key", "k1").do("POST", "/v1/numbers", object{"name": ""}).refused(422, "")
		owner.with("Idempotency-Key", "k1").do("POST", "/v1/numbers", object{"name": "Kasir"}).ok(201)
		owner.with("Idempotency-Key", string(make([]byte, 300))).do("POST", "/v1/numbers", object{"name": "Kasir"})
	})
}

func TestManyAtOnceWithOneKeyAreOne(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		owner := h.founded()
		answers := make(chan reply, 16)
		for range cap(answers) {
			go func() {
				answers <- owner.with("Idempotency-Key", "k1").do("POST", "/v1/workspaces", object{"name": "Cabang"})
			}()
		}
		for range cap(answers) {
			r := <-answers
			if r.Status != http.StatusCreated {
				r.refused(409, "idempotency_in_progress")
			}
		}
		all, err := h.people.All(t.Context())
		require.NoError(t, err)
		require.Len(t, all, 2)
	})
}

// Two people share no names for what they do outside of workspaces.
func TestOutsideOfWorkspacesAKeyIsThePersonsOwn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ayu := h.founded()
		root := h.person("root@example.com", "", "")
		_, err := h.people.SetAdministrator(t.Context(), "root@example.com", true)
		require.NoError(t, err)
		a := ayu.with("Idempotency-Key", "k1").do("POST", "/v1/workspaces", object{"name": "Cabang"}).ok(201)
		b := root.with("Idempotency-Key", "k1").do("POST", "/v1/workspaces", object{"name": "Cabang"}).ok(201)
		require.NotEqual(t, a["id"], b["id"])
	})
}
