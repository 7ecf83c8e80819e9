"""The words that the shop's products are made of. No two long ones are a typing error apart."""

ADJECTIVES = (
    "Amber", "Bright", "Calm", "Dapper", "Eager", "Fabled", "Gentle", "Hollow", "Ivory", "Jolly",
    "Kindred", "Lofty", "Mellow", "Noble", "Opal", "Plain", "Quiet", "Rustic", "Silent", "Tidy",
)  # fmt: skip
MATERIALS = (
    "Acacia", "Aluminium", "Bamboo", "Beech", "Brass", "Cedar", "Ceramic", "Copper", "Cork", "Cotton",
    "Enamel", "Felt", "Glass", "Granite", "Iron", "Jute", "Leather", "Linen", "Maple", "Marble",
    "Nickel", "Porcelain", "Rattan", "Slate", "Steel", "Stoneware", "Suede", "Velvet", "Walnut", "Wool",
)  # fmt: skip
THINGS = (
    "Armchair", "Basket", "Bench", "Blanket", "Bookcase", "Bottle", "Bowl", "Bracket", "Cabinet", "Candlestick",
    "Carafe", "Clock", "Coaster", "Cupboard", "Curtain", "Cushion", "Desk", "Drawer", "Duvet", "Frame",
    "Hammock", "Hook", "Jug", "Kettle", "Lamp", "Mirror", "Mug", "Ottoman", "Pillow", "Planter",
    "Rug", "Shelf", "Sideboard", "Sofa", "Stool", "Table", "Teapot", "Tray", "Vase", "Wardrobe",
)  # fmt: skip
STYLES = (
    "Alpine", "Baroque", "Coastal", "Deco", "Farmhouse", "Industrial", "Japandi", "Mediterranean", "Minimal",
    "Nordic", "Retro", "Victorian",
)  # fmt: skip
ROOMS = ("Attic", "Balcony", "Bathroom", "Bedroom", "Dining room", "Garden", "Hallway", "Kitchen", "Nursery", "Study")
COLOURS = {
    "Azure": "#2e77bb", "Black": "#111111", "Charcoal": "#36454f", "Coral": "#ff7f50", "Crimson": "#b3122e",
    "Cream": "#fffdd0", "Emerald": "#2f8f5b", "Grey": "#888888", "Lavender": "#b497d6", "Mustard": "#d1a11e",
    "Navy": "#14213d", "Olive": "#6b7a2f", "Sand": "#d8c9a7", "Teal": "#1f7a7a", "Terracotta": "#c65d3b",
    "White": "#ffffff",
}  # fmt: skip
SIZES = ("Mini", "Small", "Medium", "Large", "Grand", "Oversize")
SENTENCES = (
    "Made by hand in a small workshop and finished with natural oil.",
    "It grows more beautiful with every year of daily use.",
    "The joints are glued and pegged, so nothing will ever come loose.",
    "Wipe it clean with a damp cloth and let it dry in the open air.",
    "Delivered flat in recycled cardboard, with all the tools that are needed.",
    "Our designers spent three winters on its proportions.",
    "Every piece differs a little in grain and shade from the next one.",
    "Part of the proceeds goes to planting hedges along old field paths.",
    "Stackable, quiet on wooden floors and light enough for one person to carry.",
    "Tested for fifteen years of use by an independent institute.",
)

SEARCHED = "walnut"
"""What the benchmark's shopper types: one of the materials."""
