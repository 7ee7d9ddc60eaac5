package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"github.com/sapa-chat/sapa/internal/fault"
)

// File is the name of the SQLite database in the data folder.
const File = "sapa.db"

// lite is SQLite: one connection that writes, in batches, and a few that read.
type lite struct {
	db      *DB
	lock    *folderLock
	writer  *writer
	writing *sql.DB
	reading *sql.DB
}

func openSQLite(ctx context.Context, db *DB) (err error) {
	if db.cfg.Folder == "" {
		return errors.New("store: no data folder and no PostgreSQL URL")
	}
	e := &lite{db: db}
	db.engine = e
	if err := e.enter(); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = e.close()
		}
	}()
	var file string
	if file, e.writing, err = e.openWriting(); err != nil {
		return err
	}
	if _, err := migrateSQLite(ctx, e.writing, file, db.cfg.Shared); err != nil {
		return err
	}
	e.reading = openLite(liteDSN(file, readerCache, "_pragma=query_only(1)"))
	e.reading.SetMaxOpenConns(db.cfg.MaxConns)
	e.reading.SetMaxIdleConns(db.cfg.MaxConns)
	e.writer, err = startWriter(ctx, db, e.writing)
	return err
}

func (e *lite) openWriting() (file string, on *sql.DB, err error) {
	file = filepath.Join(e.db.cfg.Folder, File)
	if !e.db.cfg.Shared {
		if err = private(file); err != nil {
			return "", nil, err
		}
	}
	on = openLite(liteDSN(file, writerCache, "_txlock=immediate"))
	on.SetMaxOpenConns(1)
	return file, on, nil
}

// private makes sure that only we read the messages in the file, even in a folder that somebody else made. SQLite
// gives its log the mode of the database. A file that exists is not opened here: closing it would drop SQLite's locks.
func private(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		err = os.Chmod(file, 0o600)
	} else if err == nil {
		err = f.Close()
	}
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}

// enter takes the data folder, or makes sure that there is a database to share.
func (e *lite) enter() (err error) {
	if e.db.cfg.Shared {
		if _, err := os.Stat(filepath.Join(e.db.cfg.Folder, File)); err != nil {
			return fault.Errorf(fault.NotFound, "there is no database in %s yet; start the program once", e.db.cfg.Folder).Because("no_database")
		}
		return nil
	}
	e.lock, err = lockFolder(e.db.cfg.Folder)
	return err
}

// The page caches of a connection, in KB. The writer's holds what every message touches. The readers are asked for pages by
// people, each fills its own, the least used over hours, and behind them is the system's cache.
const (
	writerCache = 8000
	readerCache = 2000
)

func liteDSN(file string, cache int, extra string) string {
	return "file:" + (&url.URL{Path: file}).EscapedPath() +
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)" +
		"&_pragma=temp_store(MEMORY)&_pragma=cache_size(-" + strconv.Itoa(cache) + ")&" + extra
}

func (e *lite) name() string     { return "sqlite" }
func (e *lite) forShare() string { return "" }
func (e *lite) raw() *sql.DB     { return e.reading }
func (e *lite) now() string {
	return "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
}

// sequence has nothing to do: the writer numbers events as it inserts them.
func (e *lite) sequence(context.Context) {}

func (e *lite) write(ctx context.Context, u unitOf) error { return e.writer.do(ctx, u) }

func (e *lite) read(ctx context.Context, u unitOf) error {
	c, err := e.reading.Conn(ctx)
	if err != nil {
		return unavailable(err)
	}
	defer func() { _ = c.Close() }()
	tx := &Tx{db: e.db, on: sqlConn{c}, ctx: ctx, workspace: u.workspace, system: u.system, readonly: true}
	if err := u.fn(tx); err != nil {
		return unavailable(err)
	}
	e.db.keys.keep(tx.loaded)
	return nil
}

func (e *lite) close() error {
	var errs []error
	if e.writer != nil {
		e.writer.stop()
	}
	for _, d := range []*sql.DB{e.reading, e.writing} {
		if d != nil {
			errs = append(errs, d.Close())
		}
	}
	return errors.Join(append(errs, e.lock.release())...)
}
