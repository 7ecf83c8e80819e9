"""The largest operations that a storefront, its checkout and a shop's dashboard send, written as they write them."""

ITEM = """
fragment Price on TaxedMoney { gross { amount currency } net { amount } tax { amount } }
fragment Card on Product {
  id name slug created rating isAvailable
  translation(languageCode: DE) { id name slug }
  thumbnail(size: 1024, format: WEBP) { url alt }
  category { id name slug translation(languageCode: DE) { name slug } }
  pricing { onSale priceRange { start { ...Price } stop { ...Price } } priceRangeUndiscounted { start { ...Price } } }
}
fragment Item on Product {
  ...Card
  media { url(size: 512) alt type }
  collections { id name slug }
  attributes { attribute { slug name } values { slug name } }
  variants {
    id name sku quantityAvailable
    pricing { price { ...Price } priceUndiscounted { ...Price } }
    attributes(variantSelection: VARIANT_SELECTION) { attribute { slug } values { slug name value } }
  }
}
"""

LISTING = (
    ITEM
    + """
query Listing($slug: String!, $channel: String!, $first: Int, $last: Int, $after: String, $before: String,
              $where: ProductWhereInput, $sort: ProductOrder) {
  category(slug: $slug, slugLanguageCode: DE) {
    id name slug description seoTitle seoDescription
    backgroundImage(size: 2048) { url alt }
    ancestors(first: 10) { edges { node { id name slug translation(languageCode: DE) { name slug } } } }
    children(first: 50) { edges { node { id name slug products(channel: $channel) { totalCount } } } }
    products(channel: $channel, first: $first, last: $last, after: $after, before: $before, where: $where,
             sortBy: $sort) {
      totalCount
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      edges { cursor node { ...Item } }
      facets { attribute { id slug name inputType } values { count value { id slug name value } } }
    }
  }
}
"""
)

DETAIL = (
    ITEM
    + """
fragment Assigned on AssignedAttribute {
  attribute { id slug name inputType unit translation(languageCode: DE) { name } }
  __typename
  ... on AssignedPlainTextAttribute { text: value translation(languageCode: DE) }
  ... on AssignedTextAttribute { rich: value }
  ... on AssignedBooleanAttribute { flag: value }
  ... on AssignedNumericAttribute { number: value }
  ... on AssignedSingleChoiceAttribute { choice: value { name slug translation(languageCode: DE) } }
  ... on AssignedMultiChoiceAttribute { choices: value(limit: 100) { name slug translation(languageCode: DE) } }
  ... on AssignedSwatchAttribute { swatch: value { name slug hexColor } }
  ... on AssignedMultiProductReferenceAttribute { products: value(limit: 12) { ...Card } }
  ... on AssignedMultiPageReferenceAttribute { pages: value(limit: 12) { id slug title content } }
}
query Detail($slug: String!, $channel: String!) {
  product(slug: $slug, channel: $channel, slugLanguageCode: DE) {
    ...Item
    description seoTitle seoDescription isAvailableForPurchase
    metadata { key value }
    weight { unit value }
    productType { id name slug }
    assignedAttributes(limit: 100) { ...Assigned }
    productVariants(first: 100) {
      totalCount
      edges { node {
        id name sku quantityAvailable quantityLimitPerCustomer
        translation(languageCode: DE) { name }
        media { url(size: 1024) alt }
        pricing { price { ...Price } priceUndiscounted { ...Price } }
        attributes(variantSelection: ALL) {
          attribute { id slug name inputType translation(languageCode: DE) { name } }
          values { id slug name value translation(languageCode: DE) { name } }
        }
      } }
    }
    related: category { products(first: 12, channel: $channel) { edges { node { ...Card } } } }
  }
}
"""
)

MENU = """
fragment Link on MenuItem {
  id name url level translation(languageCode: DE) { name }
  category { id slug name translation(languageCode: DE) { name slug } }
  collection { id slug name translation(languageCode: DE) { name slug } }
  page { id slug title translation(languageCode: DE) { title } }
}
query Menus($channel: String!) {
  navbar: menu(slug: "navbar", channel: $channel) { items { ...Link children { ...Link children { ...Link } } } }
  footer: menu(slug: "footer", channel: $channel) { items { ...Link children { ...Link children { ...Link } } } }
  channel(slug: $channel) { slug currencyCode countries { code country } }
}
"""

SITEMAP = """
query Sitemap($channel: String!, $after: String) {
  products(first: 100, after: $after, channel: $channel) {
    totalCount pageInfo { hasNextPage endCursor }
    edges { node {
      slug updatedAt thumbnail(size: 1024) { url } category { slug } translation(languageCode: DE) { slug }
    } }
  }
  categories(first: 100) { edges { node { slug updatedAt translation(languageCode: DE) { slug } } } }
  collections(first: 100, channel: $channel) { edges { node { slug translation(languageCode: DE) { slug } } } }
  pages(first: 100, channel: $channel) { edges { node { slug created translation(languageCode: DE) { slug } } } }
}
"""

ADDRESS = """
fragment Address on Address {
  id firstName lastName companyName streetAddress1 streetAddress2 city cityArea postalCode countryArea phone
  country { code country } isDefaultBillingAddress isDefaultShippingAddress
}
"""

CHECKOUT = (
    ADDRESS
    + """
fragment Price on TaxedMoney { gross { amount currency } net { amount } tax { amount } }
mutation Add($id: ID!, $lines: [CheckoutLineInput!]!) {
  checkoutLinesAdd(id: $id, lines: $lines) {
    errors { field code message lines variants }
    checkout {
      id email created updatedAt quantity languageCode isShippingRequired authorizeStatus chargeStatus voucherCode
      channel { id slug currencyCode countries { code country } }
      user { id email addresses { ...Address } defaultBillingAddress { id } defaultShippingAddress { id } }
      lines {
        id quantity isGift requiresShipping
        unitPrice { ...Price } totalPrice { ...Price } undiscountedUnitPrice { amount currency }
        problems { __typename ... on CheckoutLineProblemInsufficientStock { availableQuantity } }
        variant {
          id sku name quantityAvailable translation(languageCode: DE) { name }
          attributes(variantSelection: ALL) { attribute { slug name } values { slug name } }
          media { url(size: 256) alt }
          product {
            id slug name thumbnail(size: 256) { url alt } category { name slug }
            attributes { attribute { slug name } values { slug name } }
          }
        }
      }
      shippingAddress { ...Address } billingAddress { ...Address }
      shippingMethods { id name active message minimumDeliveryDays maximumDeliveryDays price { amount currency } }
      availableCollectionPoints { id name clickAndCollectOption address { ...Address } }
      delivery { id shippingMethod { id name price { amount currency } } }
      deliveryMethod { __typename ... on ShippingMethod { id name } ... on Warehouse { id name } }
      availablePaymentGateways { id name currencies config { field value } }
      transactions { id chargedAmount { amount } authorizedAmount { amount } events { id type message } }
      giftCards { id displayCode currentBalance { amount } }
      discount { amount } discountName
      subtotalPrice { ...Price } shippingPrice { ...Price } totalPrice { ...Price } totalBalance { amount }
      metadata { key value }
      problems { __typename ... on CheckoutProblemDeliveryMethodStale { delivery { id } } }
    }
  }
}
"""
)

ACCOUNT = (
    ADDRESS
    + """
query Account($first: Int!, $after: String) {
  me {
    id email firstName lastName languageCode
    addresses { ...Address } defaultBillingAddress { ...Address } defaultShippingAddress { ...Address }
    orders(first: $first, after: $after) {
      totalCount pageInfo { hasNextPage endCursor }
      edges { node {
        id number created status statusDisplay paymentStatus isPaid
        total { gross { amount currency } } shippingPrice { gross { amount } }
        shippingAddress { ...Address }
        lines {
          id productName variantName translatedProductName quantity thumbnail(size: 256) { url alt }
          totalPrice { gross { amount } } variant { id product { slug category { name } } }
        }
        fulfillments {
          id status trackingNumber lines { id quantity orderLine { id } } shipments { id status trackingUrl }
        }
      } }
    }
  }
}
"""
)

STOREFRONT = {
    "listing": (LISTING, {"slug": "shirts", "channel": "eu", "first": 24}),
    "listing, the page before": (LISTING, {"slug": "shirts", "channel": "eu", "last": 24, "first": None}),
    "detail": (DETAIL, {"slug": "shirt", "channel": "eu"}),
    "menus": (MENU, {"channel": "eu"}),
    "sitemap": (SITEMAP, {"channel": "eu"}),
    "checkout": (CHECKOUT, {"id": "Q2hlY2tvdXQ6", "lines": []}),
    "account": (ACCOUNT, {"first": 20}),
}

PRODUCTS = """
query Products($first: Int, $after: String, $last: Int, $before: String, $filter: ProductFilterInput) {
  products(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    totalCount pageInfo { hasPreviousPage hasNextPage startCursor endCursor }
    edges { node {
      id name slug created updatedAt
      thumbnail(size: 64) { url }
      productType { id name }
      category { id name }
      collections { id name }
      attributes { attribute { id slug } values { id name } }
      channelListings { id isPublished publishedAt visibleInListings channel { id name currencyCode } }
      media { id url type }
      metadata { key value }
    } }
  }
}
"""

STOCK_SYNC = """
query Stocks($first: Int!, $after: String) {
  productVariants(first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    edges { node {
      id sku name barcode trackInventory metadata { key value }
      product { id name slug productType { id } }
      stocks { id quantity quantityAllocated quantityReserved warehouse { id slug name } }
      channelListings { id channel { slug } price { amount currency } costPrice { amount } priorPrice { amount } }
    } }
  }
}
"""

ORDERS = """
query Orders($first: Int, $after: String, $last: Int, $before: String, $filter: OrderFilterInput) {
  orders(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    totalCount pageInfo { hasPreviousPage hasNextPage startCursor endCursor }
    edges { node {
      id number created status paymentStatus chargeStatus isPaid userEmail
      user { id email firstName lastName }
      billingAddress { id firstName lastName city country { code } }
      shippingAddress { id city country { code } }
      channel { id name slug }
      total { gross { amount currency } net { amount } }
      lines { id productName variantName productSku quantity quantityToFulfill thumbnail(size: 64) { url }
              totalPrice { gross { amount } } }
    } }
  }
}
"""

ORDER = (
    ADDRESS
    + """
fragment Money on Money { amount currency }
fragment Price on TaxedMoney { gross { ...Money } net { ...Money } tax { ...Money } }
fragment Line on OrderLine {
  id productName productSku variantName quantity quantityFulfilled quantityToFulfill isGift isShippingRequired taxRate
  thumbnail(size: 64) { url alt } unitPrice { ...Price } undiscountedUnitPrice { ...Price } totalPrice { ...Price }
  unitDiscount { ...Money } metadata { key value } privateMetadata { key value }
  variant {
    id sku name quantityAvailable product { id name slug }
    stocks { id quantity quantityAllocated warehouse { id name } }
  }
}
query Order($id: ID!) {
  order(id: $id) {
    id number created updatedAt status statusDisplay chargeStatus authorizeStatus origin isPaid isShippingRequired
    actions customerNote displayGrossPrices voucherCode languageCodeEnum userEmail
    metadata { key value } privateMetadata { key value }
    channel { id name slug currencyCode isActive defaultCountry { code } }
    user { id email firstName lastName addresses { ...Address } }
    billingAddress { ...Address } shippingAddress { ...Address }
    discounts { id name type amount { ...Money } }
    lines { ...Line }
    fulfillments {
      id fulfillmentOrder status statusDisplay trackingNumber created metadata { key value }
      warehouse { id name }
      lines { id quantity orderLine { ...Line } }
      shipments { id status trackingNumber trackingUrl }
    }
    events {
      id date type email emailType message quantity amount orderNumber
      user { id email firstName lastName }
      lines { quantity itemName orderLine { id productName } }
    }
    transactions {
      id name message pspReference createdAt modifiedAt actions externalUrl
      authorizedAmount { ...Money } chargedAmount { ...Money } refundedAmount { ...Money } canceledAmount { ...Money }
      events { id type message pspReference createdAt externalUrl amount { ...Money } }
    }
    subtotal { ...Price } shippingPrice { ...Price } total { ...Price } undiscountedTotal { ...Price }
    totalAuthorized { ...Money } totalCaptured { ...Money } totalCharged { ...Money } totalRefunded { ...Money }
    totalBalance { ...Money }
  }
}
"""
)

PRODUCT = """
query Product($id: ID!, $channel: String) {
  product(id: $id, channel: $channel) {
    id name slug description seoTitle seoDescription rating created updatedAt externalReference hsCode originCountry
    metadata { key value } privateMetadata { key value }
    productType {
      id name slug hasVariants isShippingRequired kind
      productAttributes {
        id name slug inputType valueRequired unit choices(first: 100) { edges { node { id name slug } } }
      }
      variantAttributes {
        id name slug inputType valueRequired unit choices(first: 100) { edges { node { id name slug } } }
      }
    }
    category { id name ancestors(first: 10) { edges { node { id name } } } }
    collections { id name }
    channelListings {
      id isPublished publishedAt isAvailableForPurchase availableForPurchaseAt visibleInListings
      channel { id name slug currencyCode }
    }
    media { id alt sortOrder type url(size: 1024) }
    attributes {
      attribute { id name slug inputType choices(first: 100) { edges { node { id name slug value } } } }
      values { id name slug value boolean date dateTime plainText richText reference file { url contentType } }
    }
    weight { unit value } taxClass { id name }
    productVariants(first: 100) {
      totalCount
      edges { node {
        id name sku trackInventory quantityLimitPerCustomer weight { unit value }
        media { id url(size: 200) type alt }
        stocks { id quantity quantityAllocated warehouse { id name } }
        channelListings { id channel { id name currencyCode } price { amount currency } costPrice { amount } }
        attributes { attribute { id slug } values { id name slug } }
      } }
    }
  }
}
"""

SHIPPING = """
query Shipping {
  shippingZones(first: 100) {
    totalCount
    edges { node {
      id name description countries { code country } channels { id name } warehouses { id name slug }
      shippingMethods {
        id name active minimumDeliveryDays maximumDeliveryDays carrierId serviceCode
        channelListings { channel { id slug } rates { minimumSubtotal { amount } price { amount currency } } }
      }
    } }
  }
}
"""

DASHBOARD = {
    "products": (PRODUCTS, {"first": 100}),
    "stocks": (STOCK_SYNC, {"first": 100}),
    "orders": (ORDERS, {"last": 100}),
    "order": (ORDER, {"id": "T3JkZXI6"}),
    "product": (PRODUCT, {"id": "UHJvZHVjdDox"}),
    "shipping": (SHIPPING, {}),
}
