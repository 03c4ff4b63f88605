"""What makes two articles the same one, pure: names and digests, and what copies have in common.

``identity`` names an article by what its source says of it; ``fingerprint`` makes of its ``words``
what near-duplicates are found and verified by; ``face`` ranks the copies of a story.
"""
