package wa

import (
	"strings"

	"github.com/nyaruka/phonenumbers"

	"github.com/sapa-chat/sapa/internal/fault"
)

// Phone is a telephone number in E.164 form with its plus, such as "+6281234567890". Empty means unknown.
type Phone string

// ParsePhone reads what a person typed ("0812-3456-7890", "+62 812…") as a number
// of country (ISO 3166 alpha-2), the country being used only when the text has no
// international prefix. An impossible number is a fault of code Invalid on field "phone".
func ParsePhone(text, country string) (Phone, error) {
	n, err := phonenumbers.Parse(strings.TrimSpace(text), country)
	if err != nil || !phonenumbers.IsPossibleNumber(n) {
		return "", malformed(text)
	}
	p := Phone(phonenumbers.Format(n, phonenumbers.E164))
	// What is written must be found again: some countries' rules take a digit of an impossible number away each time.
	again, err := phonenumbers.Parse(string(p), "")
	if err != nil || phonenumbers.Format(again, phonenumbers.E164) != string(p) {
		return "", malformed(text)
	}
	return p, nil
}

func malformed(text string) error {
	return fault.Errorf(fault.Invalid, "%q is not a phone number; write it with its country code, such as +62 812 3456 7890", text).
		Because("phone_malformed").On("phone")
}

// PhoneFromDigits makes a Phone from WhatsApp's user part, which is E.164 without the plus.
func PhoneFromDigits(digits string) Phone {
	if digits == "" {
		return ""
	}
	return Phone("+" + digits)
}

// Digits is the number without its plus, as WhatsApp writes it.
func (p Phone) Digits() string { return strings.TrimPrefix(string(p), "+") }

// Masked hides the middle of the number for logs: "+6281****890".
func (p Phone) Masked() string {
	s := string(p)
	if len(s) < 9 {
		return "+****"
	}
	return s[:5] + "****" + s[len(s)-3:]
}
