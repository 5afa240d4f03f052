package store

import (
	"context"
	"fmt"
)

const knowsCustomer = `SELECT COUNT(*) FROM customers WHERE list = $1 AND key = $2`

// KnowsCustomer tells whether a list has, or has had, a customer of that key.
func (s *Store) KnowsCustomer(ctx context.Context, list, key string) (bool, error) {
	var n int
	if err := s.read.GetContext(ctx, &n, knowsCustomer, list, key); err != nil {
		return false, fmt.Errorf("look for customer %s of list %q: %w", key, list, err)
	}
	return n > 0, nil
}
