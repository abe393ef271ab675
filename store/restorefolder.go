package store

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// intoFolder restores into a data folder. The backup is copied first and
// verified then: what is verified is what will be served.
func (r restoring) intoFolder(ctx context.Context, dir string) (m Manifest, err error) {
	c, m, err := openBackup(ctx, r.file, r.file)
	if err != nil {
		return m, err
	}
	c.close()
	undo, err := takeFolder(dir)
	if err != nil {
		return m, errNotRestored(dir, err)
	}
	m, err = r.inFolder(ctx, dir)
	undo(err != nil)
	if err != nil {
		return m, errNotRestored(dir, err)
	}
	return m, nil
}

// takeFolder makes a folder where it is missing and keeps it from being served
// until undo is called. undo removes what was made when asked to.
func takeFolder(dir string) (undo func(remove bool), err error) {
	_, statErr := os.Stat(dir)
	made := errors.Is(statErr, fs.ErrNotExist)
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return nil, openFault(dir, err)
	}
	if err := refuseStore(dir); err != nil {
		return nil, err
	}
	release, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	return func(remove bool) {
		release()
		if made && remove {
			os.Remove(filepath.Join(dir, lockName))
			os.Remove(dir)
		}
	}, nil
}

// refuseStore refuses a folder with a store. A log alone counts as well: SQLite
// would play it into whatever database it finds beside it.
func refuseStore(dir string) error {
	for _, name := range withSides(filepath.Join(dir, fileName)) {
		switch _, err := os.Lstat(name); {
		case err == nil:
			return errOccupied(dir, "has a file "+filepath.Base(name)+" already")
		case !errors.Is(err, fs.ErrNotExist):
			return openFault(dir, err)
		}
	}
	return nil
}

// inFolder makes the store under another name and gives it its own at the end,
// unless another store was made there meanwhile.
func (r restoring) inFolder(ctx context.Context, dir string) (m Manifest, err error) {
	if err := refuseStore(dir); err != nil { // again, now that the folder is ours
		return m, err
	}
	fresh, err := r.copyTo(ctx, dir)
	if err != nil {
		return m, err
	}
	defer func() {
		for _, name := range withSides(fresh) {
			os.Remove(name)
		}
	}()
	if m, err = verifyFile(ctx, fresh, r.file, r.progress); err != nil {
		return m, err
	}
	e := r.sqlite(fresh)
	if err := e.bringUp(ctx, r.now); err != nil {
		return m, err
	}
	if err := e.atOnce(ctx, func(ctx context.Context, c *conn) error { return renew(ctx, c, r.now) }); err != nil {
		return m, err
	}
	if err := foldLog(ctx, fresh); err != nil {
		return m, err
	}
	return m, settleFile(fresh, filepath.Join(dir, fileName))
}

// settleFile gives a file that is closed its name, so that it is there, whole,
// after a power cut. A file of that name is never replaced.
func settleFile(fresh, path string) error {
	if err := syncPath(fresh); err != nil {
		return err
	}
	switch err := os.Link(fresh, path); {
	case errors.Is(err, fs.ErrExist):
		return errOccupied(filepath.Dir(path), "was given a store by another program meanwhile")
	case err != nil:
		return err
	}
	if err := os.Remove(fresh); err != nil {
		return err
	}
	if err := syncPath(filepath.Dir(path)); err != nil {
		return err
	}
	return syncPath(filepath.Dir(filepath.Dir(path)))
}

// copyTo copies the backup into a new file in the folder.
func (r restoring) copyTo(ctx context.Context, dir string) (name string, err error) {
	r.progress.say("copying the backup")
	from, err := os.Open(r.file)
	if err != nil {
		return "", err
	}
	defer from.Close()
	to, err := os.CreateTemp(dir, fileName+".new-*") // with fileMode, as CreateTemp promises
	if err != nil {
		return "", err
	}
	_, err = io.Copy(to, patientReader{ctx, from})
	if err = errors.Join(err, to.Sync(), to.Close()); err != nil {
		os.Remove(to.Name())
		return "", err
	}
	return to.Name(), nil
}

// patientReader reads until its context ends.
type patientReader struct {
	ctx  context.Context
	from io.Reader
}

func (r patientReader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.from.Read(b)
}
