"""What the pool is made of: frozen things, pure functions, tables of states."""
