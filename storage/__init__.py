"""Where a pool is kept: SQLite or PostgreSQL through SQLAlchemy."""
