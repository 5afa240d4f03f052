package store

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/pressly/goose/v3/database"
)

// dialect is all in which the two databases differ. Every other statement is
// one text for both.
type dialect struct {
	goose        database.Dialect
	postgres     bool
	skipLocked   string // ends a SELECT that passes over rows which others hold
	forUpdate    string // ends a SELECT that holds its rows
	lockNumber   string // holds the number of a parameter until the transaction ends; empty where each transaction holds all
	lockRefusals string // waits for whoever has read the do-not-call list, and holds it; empty as above
	byIndex      string // has the transaction's statements read no table from end to end; empty where they do not anyway
	announce     string // tells other processes that something has changed; empty where they look
	clock        string // the database's time in milliseconds
	among        string // ends a condition that a text is among those of parameter 2, made by texts
	batch        int    // rows of a list that are handled at a time
}

// holding ends a SELECT that holds the rows of some of its tables.
func (d dialect) holding(tables string) string {
	if d.forUpdate == "" {
		return ""
	}
	return d.forUpdate + ` OF ` + tables
}

var sqlite = dialect{
	goose: database.DialectSQLite3,
	clock: `SELECT CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)`,
	among: ` IN (SELECT value FROM json_each($2))`,
	batch: 500, // others wait for the database meanwhile
}

var postgres = dialect{
	goose:        database.DialectPostgres,
	postgres:     true,
	skipLocked:   ` FOR UPDATE SKIP LOCKED`,
	forUpdate:    ` FOR UPDATE`,
	lockNumber:   `pg_advisory_xact_lock(hashtextextended($%d, 0))`,
	lockRefusals: `LOCK TABLE do_not_call IN ACCESS EXCLUSIVE MODE`,
	byIndex:      `SET LOCAL enable_seqscan = off`,
	announce:     `SELECT pg_notify('careline', '')`,
	clock:        `SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)`,
	among:        ` = ANY($2)`,
	batch:        2000,
}

// busyWait is how long SQLite itself waits for another process's transaction;
// the store asks again after that, so that nothing blocks for longer.
const busyWait = 200 * time.Millisecond

// openSQLite opens one connection that writes and several that read.
func openSQLite(path string) (db, read *sqlx.DB, err error) {
	common := url.Values{"_pragma": {
		fmt.Sprintf("busy_timeout(%d)", busyWait.Milliseconds()),
		"journal_mode(WAL)", "synchronous(FULL)", "cache_size(-32000)", "journal_size_limit(67108864)",
	}}
	if db, err = connect(fileURL(path, common, "_txlock", "immediate"), 1); err != nil {
		return nil, nil, err
	}
	if read, err = connect(fileURL(path, common, "_query_only", "1"), 4); err != nil {
		return nil, nil, err
	}
	return db, read, nil
}

func fileURL(path string, common url.Values, key, value string) string {
	q := url.Values{"_pragma": common["_pragma"], key: {value}}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// connect opens a pool of connections to SQLite.
func connect(dsn string, conns int) (*sqlx.DB, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	defer db.Close() // it has no connection yet
	return pool(sql.OpenDB(keeping{db.Driver(), dsn}), conns), nil
}

// pool limits a database's connections. Both databases take $1, $2, ... for
// parameters, which sqlx knows as the manner of postgres.
func pool(db *sql.DB, conns int) *sqlx.DB {
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return sqlx.NewDb(db, "postgres")
}

// openPostgres opens a pool whose connections wait for the disk at each commit
// and notice a server that has fallen silent.
func openPostgres(dsn string) (*sqlx.DB, error) {
	cfg, err := pq.NewConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("read the database url: %w", err)
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = 5 * time.Second
	}
	if cfg.ApplicationName == "" {
		cfg.ApplicationName = "careline"
	}
	if cfg.Runtime == nil {
		cfg.Runtime = map[string]string{}
	}
	cfg.BinaryParameters = true
	cfg.Runtime["synchronous_commit"] = "on"
	cfg.Runtime["idle_in_transaction_session_timeout"] = "60000"
	c, err := pq.NewConnectorConfig(cfg)
	if err != nil {
		return nil, fmt.Errorf("read the database url: %w", err)
	}
	c.Dialer(dialer{})
	return pool(sql.OpenDB(keepingServer{c}), 16), nil
}

// silence is how long a PostgreSQL server may let a statement wait without a
// word before the connection is given up. The driver does not leave a read when
// its context ends.
const silence = 30 * time.Second

// dialer makes connections that do not wait for ever.
type dialer struct{ d net.Dialer }

// Dial connects.
func (d dialer) Dial(network, address string) (net.Conn, error) {
	return wrap(d.d.Dial(network, address))
}

// DialTimeout connects within a time.
func (d dialer) DialTimeout(network, address string, limit time.Duration) (net.Conn, error) {
	return wrap((&net.Dialer{Timeout: limit}).Dial(network, address))
}

// DialContext connects until ctx ends.
func (d dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return wrap(d.d.DialContext(ctx, network, address))
}

func wrap(conn net.Conn, err error) (net.Conn, error) {
	if err != nil {
		return nil, err
	}
	return &impatient{Conn: conn}, nil
}

// impatient is a connection on which no read waits longer than silence.
type impatient struct {
	net.Conn
	until time.Time // the driver's own deadline, while it connects
}

// SetDeadline sets a deadline that Read keeps in place of its own.
func (c *impatient) SetDeadline(t time.Time) error {
	c.until = t
	return c.Conn.SetDeadline(t)
}

// Read reads, but not for ever.
func (c *impatient) Read(b []byte) (int, error) {
	until := c.until
	if until.IsZero() {
		until = time.Now().Add(silence)
	}
	if err := c.SetReadDeadline(until); err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}
