"""Event files on disk or on S3, and the relations that the local engine makes of them."""
