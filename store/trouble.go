package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"

	"github.com/lib/pq"
	sqlite3 "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// isTrouble tells whether a statement failed because of the database's state
// and not because of what was asked, so that the same may succeed later.
func isTrouble(err error) bool {
	var onSQLite *sqlite3.Error
	var onPostgres *pq.Error
	var network net.Error
	switch {
	case err == nil:
		return false
	case errors.As(err, &onSQLite):
		return isSQLiteTrouble(onSQLite.Code())
	case errors.As(err, &onPostgres):
		return isPostgresTrouble(string(onPostgres.Code))
	case errors.As(err, &network):
		return true
	}
	for _, cause := range []error{
		driver.ErrBadConn, sql.ErrConnDone, sql.ErrTxDone, io.EOF, io.ErrUnexpectedEOF,
		context.Canceled, context.DeadlineExceeded,
	} {
		if errors.Is(err, cause) {
			return true
		}
	}
	return false
}

// isSQLiteTrouble reads a result code; its low byte is the primary one.
func isSQLiteTrouble(code int) bool {
	switch code & 0xff {
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_IOERR, lib.SQLITE_FULL, lib.SQLITE_CANTOPEN,
		lib.SQLITE_INTERRUPT, lib.SQLITE_PROTOCOL, lib.SQLITE_NOMEM, lib.SQLITE_READONLY, lib.SQLITE_CORRUPT:
		return true
	default:
		return false
	}
}

// isPostgresTrouble reads an SQLSTATE; its first two characters are the class.
func isPostgresTrouble(state string) bool {
	if len(state) < 2 {
		return true
	}
	switch state[:2] {
	case "08", "25", "28", "3D", "40", "53", "55", "57", "58", "XX": // connection, rollback, resources, locks, operator, system
		return true
	default:
		return false
	}
}

// isBusy tells whether another transaction was in the way, which passes by
// itself.
func isBusy(err error) bool {
	var onSQLite *sqlite3.Error
	var onPostgres *pq.Error
	switch {
	case errors.As(err, &onSQLite):
		code := onSQLite.Code() & 0xff
		return code == lib.SQLITE_BUSY || code == lib.SQLITE_LOCKED
	case errors.As(err, &onPostgres):
		return onPostgres.Code == "40001" || onPostgres.Code == "40P01" || onPostgres.Code == "55P03"
	default:
		return false
	}
}
