package realtime

import "strings"

// What a channel is about, by the prefix of its name; the rest is an id.
const (
	privateWorkspace     = "private-workspace."
	presenceWorkspace    = "presence-workspace."
	privateConversation  = "private-conversation."
	presenceConversation = "presence-conversation."
	encryptedNumber      = "private-encrypted-number."
)

// WorkspaceChannel is where all events of a workspace arrive.
func WorkspaceChannel(workspace string) string { return privateWorkspace + workspace }

// WorkspacePresence is where a workspace's people see each other; it also carries the two compatibility events.
func WorkspacePresence(workspace string) string { return presenceWorkspace + workspace }

// ConversationChannel is where the events of one conversation arrive.
func ConversationChannel(conversation string) string { return privateConversation + conversation }

// NumberChannel is where the QR codes of one number arrive, encrypted.
func NumberChannel(number string) string { return encryptedNumber + number }

// splitChannel cuts a name into one of the prefixes and the id.
func splitChannel(name string) (prefix, id string, ok bool) {
	for _, p := range []string{privateWorkspace, presenceWorkspace, privateConversation, presenceConversation, encryptedNumber} {
		if id, ok := strings.CutPrefix(name, p); ok && id != "" {
			return p, id, true
		}
	}
	return "", "", false
}
