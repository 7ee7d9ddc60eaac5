package store

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/sapa-chat/sapa/internal/fault"
)

// folderLock keeps a second process out of the data folder. The operating system frees it when the process ends, however it ends.
type folderLock struct{ file *os.File }

// holder is written into the lock file for whoever is refused.
type holder struct {
	PID  int    `json:"pid"`
	Host string `json:"host"`
}

func lockFolder(folder string) (*folderLock, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("store: data folder: %w", err)
	}
	path := filepath.Join(folder, "sapa.lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("store: data folder: %w", err)
	}
	if err := lockFile(f); err != nil {
		defer func() { _ = f.Close() }()
		return nil, fault.Errorf(fault.Conflict, "the data folder %s is in use by %s; stop that one first, or give this one another folder", folder, readHolder(f)).Because("data_folder_in_use")
	}
	host, _ := os.Hostname()
	note, _ := json.Marshal(holder{PID: os.Getpid(), Host: host})
	if err := f.Truncate(0); err == nil {
		_, err = f.WriteAt(note, 0)
		if err != nil {
			_ = f.Close()
			return nil, fmt.Errorf("store: data folder: %w", err)
		}
	}
	return &folderLock{f}, nil
}

func readHolder(f *os.File) string {
	var h holder
	if err := json.NewDecoder(f).Decode(&h); err != nil {
		return "another process"
	}
	return fmt.Sprintf("process %d on %s", h.PID, h.Host)
}

func (l *folderLock) release() error {
	if l == nil || l.file == nil {
		return nil
	}
	return l.file.Close()
}
