"""The product marketing/channel_shares."""
