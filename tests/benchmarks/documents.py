"""The five pages a shop serves most, as a storefront asks for them."""

ITEM = """
fragment Item on Product {
  id name slug
  thumbnail(size: 1024, format: WEBP) { url alt }
  category { id name }
  pricing { priceRange { start { gross { amount currency } } stop { gross { amount currency } } } }
}
"""

LISTING = (
    ITEM
    + """
query Listing($channel: String!, $first: Int!, $after: String) {
  products(first: $first, after: $after, channel: $channel, sortBy: {field: NAME, direction: ASC}) {
    edges { node { ...Item } cursor }
    pageInfo { endCursor hasNextPage }
  }
}
"""
)

DETAIL = """
query Detail($slug: String!, $channel: String!) {
  product(slug: $slug, channel: $channel) {
    id name slug description seoTitle seoDescription isAvailable
    thumbnail(size: 1024, format: WEBP) { url alt }
    category { id name slug }
    media { url(size: 1024) alt type }
    attributes { attribute { slug name } values { slug name } }
    pricing { priceRange { start { gross { amount currency } } stop { gross { amount currency } } } }
    variants {
      id name sku quantityAvailable
      attributes { attribute { slug name } values { slug name } }
      pricing { price { gross { amount currency } } priceUndiscounted { gross { amount currency } } }
    }
  }
}
"""

SEARCH = (
    ITEM
    + """
query Search($search: String!, $channel: String!, $first: Int!) {
  products(first: $first, channel: $channel, search: $search) {
    totalCount
    edges { node { ...Item } cursor }
    pageInfo { endCursor hasNextPage }
  }
}
"""
)

CATEGORY = (
    ITEM
    + """
query CategoryPage($slug: String!, $channel: String!, $first: Int!) {
  category(slug: $slug) {
    id name description seoTitle seoDescription
    products(first: $first, channel: $channel) {
      totalCount
      edges { node { ...Item } cursor }
      pageInfo { endCursor hasNextPage }
      facets { attribute { slug name } values { value { slug name } count } }
    }
  }
}
"""
)

ORDERS = """
query Orders($first: Int!) {
  me {
    id email firstName lastName
    orders(first: $first) {
      edges { node {
        id number created status paymentStatus
        total { gross { amount currency } }
        lines { id productName variantName quantity thumbnail(size: 256) { url alt }
          totalPrice { gross { amount currency } } }
      } }
      pageInfo { endCursor hasNextPage }
    }
  }
}
"""
