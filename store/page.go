package store

import "iter"

// pageSize is how many rows are read at once where there may be millions.
const pageSize = 1000

// pages goes through rows page by page. next gets the last row that was seen,
// at first an empty one.
func pages[R, T any](next func(after *R) ([]R, error), value func(R) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var last R
		for {
			rows, err := next(&last)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, row := range rows {
				if !yield(value(row), nil) {
					return
				}
			}
			if len(rows) < pageSize {
				return
			}
			last = rows[len(rows)-1]
		}
	}
}

// convert makes values of rows.
func convert[R, T any](rows []R, value func(R) T) []T {
	values := make([]T, len(rows))
	for i, row := range rows {
		values[i] = value(row)
	}
	return values
}
