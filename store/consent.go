package store

import (
	"context"

	"github.com/jmoiron/sqlx"

	"careline/campaigns"
)

// consented reads what a customer has consented to.
func consented(ctx context.Context, tx *sqlx.Tx, f facts) (campaigns.Consent, string, error) {
	return "", "", nil
}
