"""Definitions as frozen values, and the loader that reads them."""
