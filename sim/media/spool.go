package media

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// inMemory is how much of a body stays in memory before it moves to a file, in bytes.
const inMemory = 256 << 10

// spool is a body that is written once and then read by anybody at any time: small ones in memory, large ones in a
// temporary file whose name is removed at once, so that nothing is left behind whatever happens.
// The file closes with Close or, after a delete during a download, when nothing refers to it any more.
type spool struct {
	memory bytes.Buffer
	file   *os.File
	size   int64
}

// Write appends p.
func (s *spool) Write(p []byte) (int, error) {
	if s.file == nil && s.memory.Len()+len(p) > inMemory {
		if err := s.toFile(); err != nil {
			return 0, err
		}
	}
	var n int
	var err error
	if s.file != nil {
		n, err = s.file.Write(p)
	} else {
		n, err = s.memory.Write(p)
	}
	s.size += int64(n)
	return n, err
}

func (s *spool) toFile() error {
	file, err := os.CreateTemp("", "sim-media-*")
	if err != nil {
		return fmt.Errorf("temporary file for media: %w", err)
	}
	if err := os.Remove(file.Name()); err != nil {
		_ = file.Close()
		return fmt.Errorf("temporary file for media: %w", err)
	}
	s.file = file
	if _, err := s.memory.WriteTo(file); err != nil {
		return fmt.Errorf("temporary file for media: %w", err)
	}
	s.memory = bytes.Buffer{}
	return nil
}

// Reader reads from the start; readers do not disturb each other.
func (s *spool) Reader() *io.SectionReader {
	if s.file != nil {
		return io.NewSectionReader(s.file, 0, s.size)
	}
	return io.NewSectionReader(bytes.NewReader(s.memory.Bytes()), 0, s.size)
}

// Close frees the file.
func (s *spool) Close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}
