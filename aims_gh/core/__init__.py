"""The verbs: pure functions over values. No files, no network, no clock."""
