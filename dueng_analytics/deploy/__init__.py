"""What a source or view becomes in Glue and Athena."""
