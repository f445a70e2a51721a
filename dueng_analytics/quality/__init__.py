"""What is proven about the SQL: unit tests, lint, coverage, mutation."""
