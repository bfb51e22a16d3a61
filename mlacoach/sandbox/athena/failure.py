"""How a query fails, in Trino's and Athena's words."""


class QueryFailed(Exception):
    """A query that ends in FAILED.

    Args:
        reason: what StateChangeReason says.
        category: 1 is Athena's own, 2 the user's, 3 other.
    """

    def __init__(self, reason: str, category: int = 2) -> None:
        super().__init__(reason)
        self.reason = reason
        self.category = category


class QueryCancelled(Exception):
    """A query that ends in CANCELLED: somebody stopped it, or it scanned more than its work group allows."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
