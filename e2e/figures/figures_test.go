package figures

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEachSectionIsWrittenWithoutTheOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "figures.md")
	head := []string{"what", "figure"}
	require.NoError(t, Put(path, "bench", head, []string{"start", "1 ms"}, []string{"stop", "2 ms"}))
	require.NoError(t, Put(path, "proof", head, []string{"kill", "0 | lost"}))
	require.NoError(t, Put(path, "bench", head, []string{"start", "3 ms"}, []string{"memory", "4 MB"}))
	page, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, opening+`
<!-- bench -->
| what | figure |
|---|---|
| start | 3 ms |
| stop | 2 ms |
| memory | 4 MB |
<!-- /bench -->

<!-- proof -->
| what | figure |
|---|---|
| kill | 0 / lost |
<!-- /proof -->
`, string(page))
}

func TestASectionThatIsNotClosedIsAnError(t *testing.T) {
	_, err := put("<!-- bench -->\n", "bench", []string{"what"}, [][]string{{"start"}})
	require.Error(t, err)
}
