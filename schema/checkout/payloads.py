"""What cart mutations answer."""

import strawberry

from schema.checkout.errors import CheckoutError, DeliveryOptionsCalculateError
from schema.checkout.types import Checkout, Delivery


@strawberry.type
class CheckoutPayload:
    """Common to most: the cart as it is after the change, null beside errors."""

    checkout: Checkout | None
    errors: list[CheckoutError]


@strawberry.type
class CheckoutCreate(CheckoutPayload):
    created: bool | None


@strawberry.type
class CheckoutLinesAdd(CheckoutPayload):
    pass


@strawberry.type
class CheckoutLinesUpdate(CheckoutPayload):
    pass


@strawberry.type
class CheckoutLinesDelete(CheckoutPayload):
    pass


@strawberry.type
class CheckoutLineDelete(CheckoutPayload):
    pass


@strawberry.type
class CheckoutEmailUpdate(CheckoutPayload):
    pass


@strawberry.type
class CheckoutShippingAddressUpdate(CheckoutPayload):
    pass


@strawberry.type
class CheckoutBillingAddressUpdate(CheckoutPayload):
    pass


@strawberry.type
class CheckoutLanguageCodeUpdate(CheckoutPayload):
    pass


@strawberry.type
class CheckoutCustomerNoteUpdate(CheckoutPayload):
    pass


@strawberry.type
class CheckoutCustomerAttach(CheckoutPayload):
    pass


@strawberry.type
class CheckoutCustomerDetach(CheckoutPayload):
    pass


@strawberry.type
class CheckoutDeliveryMethodUpdate(CheckoutPayload):
    pass


@strawberry.type
class CheckoutShippingMethodUpdate(CheckoutPayload):
    pass


@strawberry.type
class CheckoutAddPromoCode(CheckoutPayload):
    pass


@strawberry.type
class CheckoutRemovePromoCode(CheckoutPayload):
    pass


@strawberry.type
class DeliveryOptionsCalculate:
    deliveries: list[Delivery]
    warnings: list[str] = strawberry.field(description="Carriers that could not be asked; the others were.")
    errors: list[DeliveryOptionsCalculateError]
