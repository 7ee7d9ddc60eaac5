package web

import (
	"context"
	"errors"
	"fmt"

	"github.com/coder/websocket"
)

// maxFrame is the largest frame: the length has three bytes.
const maxFrame = 1<<24 - 1

// frames reads and writes length-prefixed frames over websocket messages. It writes each
// frame as one message, because whatsmeow counts the header of a split frame twice and
// loses it (source: whatsmeow socket/framesocket.go, processData; seen). It reads frames
// however they are split.
type frames struct {
	ws  *websocket.Conn
	buf []byte
}

func (f *frames) read(ctx context.Context) ([]byte, error) {
	for {
		if len(f.buf) >= 3 {
			size := int(f.buf[0])<<16 | int(f.buf[1])<<8 | int(f.buf[2])
			if len(f.buf) >= 3+size {
				frame := f.buf[3 : 3+size]
				f.buf = f.buf[3+size:]
				return frame, nil
			}
		}
		if err := f.more(ctx); err != nil {
			return nil, err
		}
	}
}

// intro reads the bytes before the first frame: "WA", 6, dictionary version. Other
// clients may put a routing preamble before it ("ED", 0, 1, length, blob).
func (f *frames) intro(ctx context.Context) ([]byte, error) {
	for len(f.buf) < 4 {
		if err := f.more(ctx); err != nil {
			return nil, err
		}
	}
	if string(f.buf[:2]) == "ED" {
		if err := f.skipRouting(ctx); err != nil {
			return nil, err
		}
	}
	if string(f.buf[:3]) != "WA\x06" {
		return nil, fmt.Errorf("frame: unexpected intro %x", f.buf[:4])
	}
	intro := f.buf[:4]
	f.buf = f.buf[4:]
	return intro, nil
}

func (f *frames) skipRouting(ctx context.Context) error {
	for {
		if len(f.buf) >= 7 {
			size := int(f.buf[4])<<16 | int(f.buf[5])<<8 | int(f.buf[6])
			if len(f.buf) >= 7+size+4 {
				f.buf = f.buf[7+size:]
				return nil
			}
		}
		if err := f.more(ctx); err != nil {
			return err
		}
	}
}

func (f *frames) more(ctx context.Context) error {
	kind, data, err := f.ws.Read(ctx)
	if err != nil {
		return fmt.Errorf("frame: read: %w", err)
	}
	if kind != websocket.MessageBinary {
		return errors.New("frame: text message")
	}
	if len(f.buf) == 0 {
		f.buf = data
	} else {
		f.buf = append(f.buf, data...)
	}
	return nil
}

func (f *frames) write(ctx context.Context, payload []byte) error {
	if len(payload) > maxFrame {
		return fmt.Errorf("frame: %d bytes are too many", len(payload))
	}
	out := make([]byte, 3, 3+len(payload))
	out[0], out[1], out[2] = byte(len(payload)>>16), byte(len(payload)>>8), byte(len(payload))
	if err := f.ws.Write(ctx, websocket.MessageBinary, append(out, payload...)); err != nil {
		return fmt.Errorf("frame: write: %w", err)
	}
	return nil
}
