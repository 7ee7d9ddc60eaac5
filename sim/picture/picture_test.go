package picture_test

import (
	"bytes"
	"image/png"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sapa-chat/sapa/sim/picture"
)

func TestEverybodyHasTheirOwnPicture(t *testing.T) {
	t.Parallel()
	img, err := png.Decode(bytes.NewReader(picture.PNG("6281")))
	require.NoError(t, err)
	require.Equal(t, 192, img.Bounds().Dx())
	require.Equal(t, picture.PNG("6281"), picture.PNG("6281"))
	require.NotEqual(t, picture.PNG("6281"), picture.PNG("6282"))
	require.NotEqual(t, picture.ID("6281"), picture.ID("6282"))
}
