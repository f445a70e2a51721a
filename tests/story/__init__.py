"""The story of the packaged fixtures, written down as tables and told in the services' wire format.

``python -m tests.story`` writes it to ``fixtures/``; the same code always writes the same bytes.
Nothing here is drawn at random: what the tables leave open is settled by :mod:`.chance` from the
name of the thing, so that a new family or incident moves nothing that was told before.
"""
