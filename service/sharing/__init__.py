"""Circle, information, agreement, objection: the facts of every decision; identifiers only."""
