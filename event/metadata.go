package event

import (
	"encoding/json"

	"github.com/sapa-chat/sapa/internal/fault"
)

// MaxMetadataBytes is the largest metadata that a number, contact, conversation or message may carry.
const MaxMetadataBytes = 4096

// CheckMetadata refuses metadata that is no JSON object (fault Invalid) or larger than MaxMetadataBytes (fault TooLarge); empty is fine.
func CheckMetadata(m json.RawMessage) error {
	if len(m) == 0 {
		return nil
	}
	if len(m) > MaxMetadataBytes {
		return fault.Errorf(fault.TooLarge, "metadata has %d bytes; at most %d", len(m), MaxMetadataBytes).Because("metadata_too_large").On("metadata")
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(m, &object) != nil || object == nil {
		return fault.Errorf(fault.Invalid, "metadata must be a JSON object").Because("metadata_malformed").On("metadata")
	}
	return nil
}
