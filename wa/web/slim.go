package web

import (
	"reflect"

	"go.mau.fi/whatsmeow"
)

// slim frees the room that whatsmeow's new client keeps for the last 256 messages it sent: 38 KB, a quarter of what an idle
// number costs, and most numbers never send so many. The map that takes its place grows as it is used. It is false when
// whatsmeow has no such map, and then nothing was changed. cli must not be in use yet.
//
// The field is whatsmeow's own and has no setter: docs/adr/0016-slim-client.md.
func slim(cli *whatsmeow.Client) bool {
	field := reflect.ValueOf(cli).Elem().FieldByName("recentMessagesMap")
	if !field.IsValid() || field.Kind() != reflect.Map || field.Len() > 0 {
		return false
	}
	reflect.NewAt(field.Type(), field.Addr().UnsafePointer()).Elem().Set(reflect.MakeMap(field.Type()))
	return true
}
