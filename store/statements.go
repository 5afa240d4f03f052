package store

import (
	"context"
	"database/sql/driver"
)

// mostKept is how many statements a connection keeps prepared.
const mostKept = 200

// keeping opens SQLite connections that keep their statements prepared: to parse
// one takes longer than to run it.
type keeping struct {
	d   driver.Driver
	dsn string
}

// Connect opens a connection.
func (k keeping) Connect(context.Context) (driver.Conn, error) {
	conn, err := k.d.Open(k.dsn)
	if err != nil {
		return nil, err
	}
	return &keeper{sqliteConn: conn.(sqliteConn), kept: make(map[string]sqliteStmt)}, nil
}

// Driver returns the driver itself.
func (k keeping) Driver() driver.Driver { return k.d }

// sqliteConn is what the driver's connections can do. That they also run a text
// at once is left out, so that each is prepared.
type sqliteConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// keeper is a connection with its statements. It is used by one goroutine at a
// time.
type keeper struct {
	sqliteConn
	kept map[string]sqliteStmt // that nobody uses, by their text
}

// PrepareContext returns a statement. database/sql calls nothing else.
func (k *keeper) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	if s, ok := k.kept[text]; ok {
		delete(k.kept, text)
		return &lent{sqliteStmt: s, k: k, text: text}, nil
	}
	s, err := k.sqliteConn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	return &lent{sqliteStmt: s.(sqliteStmt), k: k, text: text}, nil
}

// Close closes the connection and its statements.
func (k *keeper) Close() error {
	for text, s := range k.kept {
		_ = s.Close() // the connection goes
		delete(k.kept, text)
	}
	return k.sqliteConn.Close()
}

// lent is a statement in use.
type lent struct {
	sqliteStmt
	k    *keeper
	text string
}

// Close gives the statement back, in place of any other where there are too
// many.
func (l *lent) Close() error {
	if _, twice := l.k.kept[l.text]; twice {
		return l.sqliteStmt.Close()
	}
	for text, s := range l.k.kept {
		if len(l.k.kept) < mostKept {
			break
		}
		delete(l.k.kept, text)
		_ = s.Close() // it has done its work
	}
	l.k.kept[l.text] = l.sqliteStmt
	return nil
}
