"""From a Source to Documents: the drop folder (upstream feeds stand beside it)."""
