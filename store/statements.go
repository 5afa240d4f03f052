package store

import (
	"context"
	"database/sql/driver"
	"strings"
	"time"
)

// mostKept is how many statements a connection keeps prepared.
const mostKept = 200

// keeping opens SQLite connections that keep their statements prepared: to parse
// and to plan one takes longer than to run it.
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
	return &keeper{keptConn: conn.(keptConn), kept: make(map[string]keptStmt)}, nil
}

// Driver returns the driver itself.
func (k keeping) Driver() driver.Driver { return k.d }

// keptConn is what the drivers' connections can do. That they also run a text
// at once is left out, so that each is prepared.
type keptConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type keptStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// keeper is a connection with its statements. It is used by one goroutine at a
// time.
type keeper struct {
	keptConn
	kept   map[string]keptStmt // that nobody uses, by their text
	server bool                // it leads to one
}

// PrepareContext returns a statement. database/sql calls nothing else.
func (k *keeper) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	if s, ok := k.kept[text]; ok {
		delete(k.kept, text)
		return &lent{keptStmt: s, k: k, text: text}, nil
	}
	s, err := k.keptConn.PrepareContext(ctx, text)
	if err != nil || k.server && strings.HasPrefix(text, "COPY ") {
		return s, err
	}
	return &lent{keptStmt: s.(keptStmt), k: k, text: text}, nil
}

// Close closes the connection and its statements. Those of a server end with the
// connection.
func (k *keeper) Close() error {
	for text, s := range k.kept {
		if k.server {
			break
		}
		_ = s.Close() // the connection goes
		delete(k.kept, text)
	}
	return k.keptConn.Close()
}

// lent is a statement in use.
type lent struct {
	keptStmt
	k    *keeper
	text string
}

// Close gives the statement back, in place of any other where there are too
// many.
func (l *lent) Close() error {
	if _, twice := l.k.kept[l.text]; twice {
		return l.keptStmt.Close()
	}
	for text, s := range l.k.kept {
		if len(l.k.kept) < mostKept {
			break
		}
		delete(l.k.kept, text)
		_ = s.Close() // it has done its work
	}
	l.k.kept[l.text] = l.keptStmt
	return nil
}

// planTime is how long a PostgreSQL connection keeps its plans: tables grow
// quickly at first, and a plan that was made for an empty one reads all of it.
const planTime = 5 * time.Second

// keepingServer opens PostgreSQL connections that keep their statements prepared.
type keepingServer struct{ driver.Connector }

// Connect opens a connection.
func (k keepingServer) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &serverKeeper{
		keeper: keeper{keptConn: conn.(keptConn), kept: make(map[string]keptStmt), server: true}, planned: time.Now(),
	}, nil
}

// serverKeeper is a connection to a server.
type serverKeeper struct {
	keeper
	planned time.Time // from when on its plans are
}

// ExecContext runs a text without parameters at once, of which there may be
// several statements. Others are prepared.
func (k *serverKeeper) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	if len(args) > 0 {
		return nil, driver.ErrSkip
	}
	return k.keptConn.(driver.ExecerContext).ExecContext(ctx, text, nil)
}

// ResetSession makes the connection ready for somebody else.
func (k *serverKeeper) ResetSession(ctx context.Context) error {
	if err := k.keptConn.ResetSession(ctx); err != nil {
		return err
	}
	if time.Since(k.planned) < planTime {
		return nil
	}
	k.planned = time.Now()
	if _, err := k.ExecContext(ctx, "DISCARD PLANS", nil); err != nil {
		return driver.ErrBadConn
	}
	return nil
}
