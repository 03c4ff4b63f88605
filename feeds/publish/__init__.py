"""From admitted articles to bytes on disk: select, render, write; and the pages that people see.

A pure function of the store: the same articles give the same bytes, and no clock is read. An item
is rendered once for each of its revisions; a feed is its head and those fragments, joined.
"""
