package main

import "context"

// hostile feeds the program what nobody should: from those who use it, and from the network.
func hostile(ctx context.Context, r *run) error {
	for _, part := range []func(context.Context, *run) error{hostileAPI, hostileNetwork} {
		if err := part(ctx, r); err != nil {
			return err
		}
	}
	return nil
}
