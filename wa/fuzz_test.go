package wa_test

import (
	"strings"
	"testing"

	"github.com/sapa-chat/sapa/wa"
)

// FuzzParsePhone reads what anybody typed. A number that is taken is digits, and is the same when it is read again.
func FuzzParsePhone(f *testing.F) {
	for _, seed := range []string{"", "+", "0812-3456-7890", "+62 812 3456 7890", "62812", "tel:+62-812;ext=5", "٠٨١٢٣٤٥٦٧٨٩٠", "+6281234567890;phone-context=a", "1-800-FLOWERS", "++62", "\x00", "+999999999999999999"} {
		f.Add(seed, "ID")
		f.Add(seed, "")
	}
	f.Add("@00000000A", "BY") // was +3750000000, and read again +375000000
	f.Fuzz(func(t *testing.T, text, country string) {
		p, err := wa.ParsePhone(text, country)
		if err != nil {
			return
		}
		digits := p.Digits()
		if !strings.HasPrefix(string(p), "+") || strings.Trim(digits, "0123456789") != "" || len(digits) > 20 {
			t.Fatalf("%q in %q is %q", text, country, p)
		}
		if again, err := wa.ParsePhone(string(p), ""); err != nil || again != p {
			t.Errorf("%q is %q, and read again %q, %v", text, p, again, err)
		}
		_ = p.Masked()
	})
}
