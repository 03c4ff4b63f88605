"""What makes two articles the same one: names and digests, pure.

``identity`` names an article by what its source says of it; near-duplicates (the same wire story
in other words) will stand beside it as ``fingerprint``, one more thing that ``admit`` is handed.
"""
