package django

import "time"

// Patient lets each poll take as long as it needs, on however slow a machine.
func (s *Store) Patient() { s.watch.limit = time.Hour }
