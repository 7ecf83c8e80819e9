"""Where the shop sells: channels with a currency and countries."""
