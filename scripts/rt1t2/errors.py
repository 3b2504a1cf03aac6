"""The one exception that is meant for the person who runs the workflow."""


class UserError(Exception):
    """Bad input that the user can mend: the message says what, where and what to do."""
