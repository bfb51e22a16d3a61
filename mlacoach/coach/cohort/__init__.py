"""What many learners' answers say: of the questions, and of the group. The same SQL on DuckDB and on Athena."""
