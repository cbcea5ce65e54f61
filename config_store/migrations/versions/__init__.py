"""The revisions, oldest first by name. Alembic finds them here by itself."""
