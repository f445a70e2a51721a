"""SQL views, names and reports over Amazon SES, End User Messaging and Pinpoint events."""

__version__ = "0.1.0"
