"""Referrals on screen: the author's form, the coordinator's queue."""

from service.referrals.pages import drafting, qualifying

ROUTES = (*drafting.ROUTES, *qualifying.ROUTES)
