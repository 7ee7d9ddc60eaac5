package store

import (
	"context"

	"github.com/sapa-chat/sapa/internal/fault"
)

// Leases keeps which node may run numbers: one lease per node, on the database's clock.
type Leases struct{ DB *DB }

// Acquire takes or renews the lease of a node that starts, under a new epoch that is larger than any before.
func (l Leases) Acquire(ctx context.Context, node string) (epoch int64, err error) {
	return l.DB.acquireLease(ctx, node)
}

// Renew prolongs the lease. Errors: fault.Conflict with reason lease_lost when it ended or another process of that name started.
func (l Leases) Renew(ctx context.Context, node string, epoch int64) error {
	return l.DB.renewLease(ctx, node, epoch)
}

// Release ends the lease, so that others can take the node's numbers at once.
func (l Leases) Release(ctx context.Context, node string, epoch int64) error {
	return l.DB.releaseLease(ctx, node, epoch)
}

// Claim takes a number's lane for a node under the epoch of its lease. Errors:
// fault.Conflict with reason lease_lost when the node has no such lease, or
// number_elsewhere while another node's lease on the number is alive.
func (tx *Tx) Claim(ctx context.Context, number, node string, epoch int64) error {
	now := tx.db.engine.now()
	n, err := tx.Exec(ctx, `
		INSERT INTO lanes (workspace, number, node, epoch)
		SELECT $1, $2, node, epoch FROM nodes WHERE node = $3 AND epoch = $4 AND expires_at > `+now+`
		ON CONFLICT (workspace, number) DO UPDATE SET node = excluded.node, epoch = excluded.epoch
		WHERE lanes.node = excluded.node OR NOT EXISTS (
			SELECT 1 FROM nodes n WHERE n.node = lanes.node AND n.epoch = lanes.epoch AND n.expires_at > `+now+`)`,
		tx.workspace, number, node, epoch)
	if err != nil || n == 1 {
		return err
	}
	var alive int
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM nodes WHERE node = $1 AND epoch = $2 AND expires_at > `+now, node, epoch).Scan(&alive); err != nil {
		return err
	}
	if alive == 0 {
		return leaseLost(node)
	}
	return fault.Errorf(fault.Conflict, "another node runs this number").Because("number_elsewhere")
}

// Fence refuses a write of a lane whose number has been taken over: every write of a
// lane calls it first with the epoch of its claim, and no takeover can come in between
// until the unit ends. Errors: fault.Conflict with reason lease_lost.
func (tx *Tx) Fence(ctx context.Context, number string, epoch int64) error {
	var one int
	err := tx.QueryRow(ctx, `SELECT 1 FROM lanes WHERE workspace = $1 AND number = $2 AND epoch = $3`+tx.db.engine.forShare(),
		tx.workspace, number, epoch).Scan(&one)
	if IsMissing(err) {
		return takenOver(number)
	}
	return err
}

func takenOver(number string) error {
	return fault.Errorf(fault.Conflict, "number %s is run by another node", number).Because("lease_lost")
}

// Unclaim gives a number's lane up.
func (tx *Tx) Unclaim(ctx context.Context, number string, epoch int64) error {
	_, err := tx.Exec(ctx, `DELETE FROM lanes WHERE workspace = $1 AND number = $2 AND epoch = $3`, tx.workspace, number, epoch)
	return err
}

func leaseLost(node string) error {
	return fault.Errorf(fault.Conflict, "node %s has lost its lease", node).Because("lease_lost")
}
