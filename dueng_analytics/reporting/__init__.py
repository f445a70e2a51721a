"""Reports as data: the runner that computes a page, and the renderers that show it."""
