// Package migrations holds the database's tables as SQL files, in the order in
// which they came to be. One text serves SQLite and PostgreSQL: columns are
// TEXT, BIGINT or DOUBLE PRECISION, times are UTC milliseconds with 0 for never,
// and lists and attributes are JSON in TEXT.
//
// There are no down-migrations: a backup is the way back.
package migrations

import "embed"

// Files are the migrations, named NNNNN_thing.sql, as goose reads them.
//
//go:embed *.sql
var Files embed.FS
