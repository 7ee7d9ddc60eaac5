package app

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestACommandLineIsShownWithoutItsSecrets(t *testing.T) {
	t.Parallel()
	require.Equal(t,
		[]string{"sapa", "serve", "--log.level=debug", "--database.url=…", "--mail.password", "…", "--secret.key=…", "--mail.host", "smtp.example.com", "--mail.password"},
		withoutSecrets([]string{"sapa", "serve", "--log.level=debug", "--database.url=postgres://sapa:kenari@db/sapa", "--mail.password", "kenari", "--secret.key=a=b", "--mail.host",
			"smtp.example.com", "--mail.password"}))
}
