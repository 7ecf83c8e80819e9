"""What staff change of the shop's own content."""

import strawberry

from schema.content.menu_mutations import MenuMutations
from schema.content.page_mutations import PageMutations


@strawberry.type
class ContentMutations(MenuMutations, PageMutations):
    pass
