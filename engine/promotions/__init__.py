"""What makes things cheaper by itself: promotions with rules over the catalogue or over a cart."""
