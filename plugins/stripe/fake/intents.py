"""The PaymentIntents endpoints: create, retrieve, update, confirm, capture, cancel."""

from plugins.stripe.currencies import MAX_AMOUNT, CurrencyRule, currency_rule, supported_currencies
from plugins.stripe.fake.attempts import attempt, resolve_method
from plugins.stripe.fake.charges import capture_charge
from plugins.stripe.fake.errors import ApiError, InvalidParameter, unexpected_state
from plugins.stripe.fake.forms import Params, merge_metadata
from plugins.stripe.fake.state import FakeStripe
from plugins.stripe.fake.store import Object
from plugins.stripe.fake.webhooks import emit

CAPTURE_METHODS = ("automatic", "automatic_async", "manual")
CANCELLATION_REASONS = ("abandoned", "duplicate", "fraudulent", "requested_by_customer")
CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
CANCELABLE = ("requires_payment_method", "requires_capture", "requires_confirmation", "requires_action")
EDITABLE = ("requires_payment_method", "requires_confirmation")
CONFIRMATION = ("payment_method", "return_url", "use_stripe_sdk", "off_session", "expand")
DETAILS = ("description", "receipt_email", "statement_descriptor", "statement_descriptor_suffix")
PUBLIC_FIELDS = (
    "id", "object", "amount", "automatic_payment_methods", "canceled_at", "cancellation_reason", "capture_method",
    "client_secret", "confirmation_method", "created", "currency", "description", "last_payment_error", "livemode",
    "next_action", "payment_method", "payment_method_types", "receipt_email", "shipping", "status",
)  # fmt: skip


def create(fake: FakeStripe, params: Params, wanted: str = "") -> Object:
    params.allow(
        *DETAILS, *CONFIRMATION, "amount", "currency", "capture_method", "confirm", "metadata",
        "automatic_payment_methods", "payment_method_types", "transfer_group",
    )  # fmt: skip
    amount = params.integer("amount", minimum=1)
    if amount is None:
        raise params.missing("amount")
    currency = _currency(params)
    if currency is None:
        raise params.missing("currency")
    _check_amount(fake, amount, currency)
    confirm = params.boolean("confirm") or False
    for name in ("return_url", "off_session"):
        if name in params and not confirm:
            message = f"The parameter `{name}` cannot be passed when creating a PaymentIntent unless `confirm` is set."
            raise InvalidParameter(message, param=name)
    types = params.strings("payment_method_types")
    automatic = _automatic_methods(params, types)
    intent = fake.new(
        "payment_intent",
        "pi",
        amount=amount,
        amount_capturable=0,
        amount_received=0,
        automatic_payment_methods=automatic,
        canceled_at=None,
        cancellation_reason=None,
        capture_method=params.choice("capture_method", CAPTURE_METHODS) or "automatic_async",
        confirmation_method="automatic",
        currency=currency,
        customer=None,
        last_payment_error=None,
        latest_charge=None,
        metadata=merge_metadata({}, params),
        next_action=None,
        payment_method=None,
        payment_method_types=types or ["card", "us_bank_account"],
        processing=None,
        shipping=None,
        status="requires_payment_method",
        transfer_group=params.text("transfer_group"),
        **{name: params.text(name) for name in DETAILS},
    )
    intent["client_secret"] = f"{intent['id']}_secret_{fake.token()}"
    _attach(fake, intent, params)
    if confirm:
        _check_confirmation(intent, params)
    fake.save(intent)
    emit(fake, "payment_intent.created", intent)
    return _attempt(fake, intent, params) if confirm else intent


def retrieve(fake: FakeStripe, params: Params, wanted: str) -> Object:
    params.allow("expand", "client_secret")
    return fake.load("payment_intent", wanted)


def update(fake: FakeStripe, params: Params, wanted: str) -> Object:
    params.allow(*DETAILS, "amount", "currency", "metadata", "payment_method", "capture_method", "expand")
    intent = fake.load("payment_intent", wanted)
    amount, currency = params.integer("amount", minimum=1), _currency(params)
    capture_method = params.choice("capture_method", CAPTURE_METHODS)
    for name in ("amount", "currency", "payment_method", "capture_method"):
        if name in params and intent["status"] not in EDITABLE:
            message = (
                f"This PaymentIntent's {name} could not be updated because it has a status of {intent['status']}. "
                f"You may only update the {name} of a PaymentIntent with one of the following statuses: "
                f"{', '.join(EDITABLE)}."
            )
            raise unexpected_state(message, intent)
    if amount is not None or currency is not None:
        intent |= {"amount": amount or intent["amount"], "currency": currency or intent["currency"]}
        _check_amount(fake, intent["amount"], intent["currency"])
    intent["capture_method"] = capture_method or intent["capture_method"]
    intent["metadata"] = merge_metadata(intent["metadata"], params)
    for name in DETAILS:
        if (text := params.text(name, unset=True)) is not None:
            intent[name] = text or None
    _attach(fake, intent, params)
    return fake.save(intent)


def confirm(fake: FakeStripe, params: Params, wanted: str) -> Object:
    params.allow(*CONFIRMATION, "client_secret", "receipt_email", "capture_method")
    intent = fake.load("payment_intent", wanted)
    status = intent["status"]
    if status == "succeeded":
        message = (
            "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed."
        )
        raise unexpected_state(message, intent)
    if status not in CONFIRMABLE:
        raise _wrong_state("You cannot confirm this PaymentIntent", "confirmed", CONFIRMABLE, intent)
    intent["receipt_email"] = params.text("receipt_email") or intent["receipt_email"]
    intent["capture_method"] = params.choice("capture_method", CAPTURE_METHODS) or intent["capture_method"]
    _attach(fake, intent, params)
    _check_confirmation(intent, params)
    return _attempt(fake, intent, params)


def capture(fake: FakeStripe, params: Params, wanted: str) -> Object:
    params.allow("amount_to_capture", "metadata", "statement_descriptor", "expand")
    intent = fake.load("payment_intent", wanted)
    amount = params.integer("amount_to_capture", minimum=1)
    if intent["status"] == "succeeded":
        message = "This PaymentIntent could not be captured because it has already been captured."
        raise unexpected_state(message, intent)
    if intent["status"] != "requires_capture":
        message = "This PaymentIntent could not be captured"
        raise _wrong_state(message, "captured", ("requires_capture",), intent)
    amount = intent["amount_capturable"] if amount is None else amount
    if amount > intent["amount_capturable"]:
        message = (
            "The payment could not be captured because the requested capture amount is greater than the amount you "
            "can capture for this charge."
        )
        raise ApiError(message, code="amount_too_large", param="amount_to_capture")
    _check_step(_rule(fake, intent["currency"]), amount, "amount_to_capture")
    charge = capture_charge(fake, fake.load("charge", intent["latest_charge"]), amount)
    intent["metadata"] = merge_metadata(intent["metadata"], params)
    intent |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
    fake.save(intent)
    emit(fake, "charge.captured", charge)
    emit(fake, "payment_intent.succeeded", intent)
    return intent


def cancel(fake: FakeStripe, params: Params, wanted: str) -> Object:
    params.allow("cancellation_reason", "expand")
    intent = fake.load("payment_intent", wanted)
    reason = params.choice("cancellation_reason", CANCELLATION_REASONS)
    if intent["status"] not in CANCELABLE:
        raise _wrong_state("You cannot cancel this PaymentIntent", "canceled", CANCELABLE, intent)
    canceled = {"status": "canceled", "canceled_at": fake.now(), "cancellation_reason": reason}
    intent |= canceled | {"next_action": None, "amount_capturable": 0}
    fake.save(intent)
    emit(fake, "payment_intent.canceled", intent)
    return intent


def public_view(intent: Object) -> Object:
    """What a publishable key with the client secret gets to see."""
    return {name: intent[name] for name in PUBLIC_FIELDS}


def _attempt(fake: FakeStripe, intent: Object, params: Params) -> Object:
    return attempt(
        fake,
        intent,
        return_url=params.text("return_url"),
        use_stripe_sdk=params.boolean("use_stripe_sdk") or False,
        off_session=params.boolean("off_session") or False,
    )


def _attach(fake: FakeStripe, intent: Object, params: Params) -> None:
    wanted = params.text("payment_method")
    if wanted is None:
        return
    method = resolve_method(fake, wanted)
    if method["type"] not in intent["payment_method_types"]:
        message = f"The PaymentMethod provided ({method['type']}) is not allowed for this PaymentIntent."
        raise InvalidParameter(message, param="payment_method")
    intent |= {"payment_method": method["id"], "status": "requires_confirmation"}


def _check_confirmation(intent: Object, params: Params) -> None:
    if intent["payment_method"] is None:
        message = (
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update "
            "the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with "
            "a payment method or ConfirmationToken."
        )
        raise unexpected_state(message, intent)
    automatic = intent["automatic_payment_methods"] or {}
    redirects = automatic.get("enabled") and automatic.get("allow_redirects") == "always"
    if redirects and not (params.text("return_url") or params.boolean("use_stripe_sdk")):
        message = (
            "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of "
            "these payment methods might redirect your customer off of your page, you must provide a `return_url`. "
            "If you don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to "
            "`true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and "
            "Payment Intents."
        )
        raise InvalidParameter(message)


def _automatic_methods(params: Params, types: list[str] | None) -> Object | None:
    asked = params.nested("automatic_payment_methods")
    asked.allow("enabled", "allow_redirects")
    enabled = asked.boolean("enabled")
    redirects = asked.choice("allow_redirects", ("always", "never")) or "always"
    if enabled and types:
        message = "You may only specify one of these parameters: automatic_payment_methods, payment_method_types."
        raise InvalidParameter(message, code="parameters_exclusive")
    if types or enabled is False:
        return None
    return {"allow_redirects": redirects, "enabled": True}


def _currency(params: Params) -> str | None:
    currency = params.text("currency")
    if currency is not None and currency.upper() not in supported_currencies():
        raise InvalidParameter(f"Invalid currency: {currency[:10]}.", param="currency")
    return currency.lower() if currency else None


def _rule(fake: FakeStripe, currency: str) -> CurrencyRule:
    return currency_rule(currency.upper(), fake.today())


def _check_amount(fake: FakeStripe, amount: int, currency: str) -> None:
    rule = _rule(fake, currency)
    if amount > MAX_AMOUNT:
        message = f"Amount must be no more than {MAX_AMOUNT} in the smallest unit of {currency}"
        raise InvalidParameter(message, code="amount_too_large", param="amount")
    if amount < rule.minimum:
        message = f"Amount must be at least {rule.minimum} in the smallest unit of {currency}"
        raise InvalidParameter(message, code="amount_too_small", param="amount")
    _check_step(rule, amount, "amount")


def _check_step(rule: CurrencyRule, amount: int, param: str) -> None:
    if amount % rule.step:
        message = (
            f"Invalid amount. Currency {rule.currency} has become effectively zero-decimal and charged amounts "
            f"must be evenly divisible by {rule.step}."
            if rule.step == 100
            else f"Invalid amount. The last digit of an amount in {rule.currency} must be 0."
        )
        raise InvalidParameter(message, code="invalid_charge_amount_no_decimal_compatible", param=param)


def _wrong_state(start: str, done: str, allowed: tuple[str, ...], intent: Object) -> ApiError:
    message = (
        f"{start} because it has a status of {intent['status']}. Only a PaymentIntent with one of the following "
        f"statuses may be {done}: {', '.join(allowed)}."
    )
    return unexpected_state(message, intent)
