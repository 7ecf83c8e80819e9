"""Values that plugin contracts share."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Amount:
    """`minor` counts the currency's smallest unit: 1250 with EUR is €12.50, with JPY ¥1250."""

    minor: int
    currency: str


@dataclass(frozen=True)
class Address:
    """As the customer typed it; `country` is ISO 3166-1 alpha-2, `phone` E.164 or empty."""

    country: str
    first_name: str = ""
    last_name: str = ""
    company_name: str = ""
    street_address_1: str = ""
    street_address_2: str = ""
    city: str = ""
    city_area: str = ""
    postal_code: str = ""
    country_area: str = ""
    phone: str = ""
