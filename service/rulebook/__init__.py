"""The policy in force: its versions, who approved them, from when to when."""
