"""Invoices: asked for by staff or an app, made by a worker, sent by mail."""

import asyncio
import secrets
import uuid
from typing import Any
from urllib.parse import urlsplit

from engine.accounts import queries as accounts
from engine.channels import queries as channels
from engine.core import mail
from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.errors import Refusal
from engine.core.storage import open_storage
from engine.flows.media import file_url
from engine.invoices import queries, rules, service
from engine.invoices.document import render
from engine.invoices.errors import NoBillingAddress, NotReady, UnknownInvoice, WrongStatus
from engine.invoices.rules import Document, DocumentLine, Taxed
from engine.orders import queries as order_queries
from engine.orders import service as orders
from engine.orders.errors import UnknownOrder
from engine.shop import mail as shop_mail

RENDER_JOB = "invoices.render"
MAIL_JOB = "invoices.mail"
FOLDER = "invoices"
URL_LENGTH = 2_048
REASON_LENGTH = 500


def url_of(ctx: Ctx, invoice: Row) -> str | None:
    """Where the document is; absolute, and not to be guessed. None until there is one."""
    if invoice["external_url"]:
        return str(invoice["external_url"])
    return file_url(ctx, invoice["storage_key"]) if invoice["storage_key"] else None


async def request_invoice(tx: WriteCtx, order_id: uuid.UUID, number: str | None) -> tuple[Row, Row]:
    """The order and its new invoice, whose document a job makes. Raises UnknownOrder, WrongStatus, NoBillingAddress,
    NumberTaken, Refusal."""
    order = await _invoiced(tx, order_id)
    wanted = None if number is None else _number(number)
    invoice = await service.request(tx, order_id, wanted)
    await orders.note(tx, order_id, "INVOICE_REQUESTED", invoice_number=invoice["number"])
    tx.emit("invoice.requested", "Invoice", invoice["id"], order_id=str(order_id))
    tx.enqueue(RENDER_JOB, invoice_id=invoice["id"])
    return order, invoice


async def create_invoice(
    tx: WriteCtx, order_id: uuid.UUID, *, number: str, url: str, meta: dict[str, str], private_meta: dict[str, str]
) -> Row:
    """An invoice that was made elsewhere. Raises as `request_invoice`."""
    await _invoiced(tx, order_id)
    invoice = await service.create(
        tx, order_id, number=_number(number), url=_url(url), meta=meta, private_meta=private_meta
    )
    await orders.note(tx, order_id, "INVOICE_GENERATED", invoice_number=invoice["number"])
    return invoice


async def update_invoice(
    tx: WriteCtx,
    invoice_id: int,
    *,
    number: str | None,
    url: str | None,
    meta: dict[str, str] | None,
    private_meta: dict[str, str] | None,
) -> Row:
    """None: left as it is. Raises UnknownInvoice, NumberTaken, Refusal."""
    invoice, order = await _locked(tx, invoice_id)
    values: dict[str, Any] = {"status": "SUCCESS"}
    if number is not None:
        values["number"] = _number(number)
    if url is not None:
        values["external_url"] = _url(url)
    if not (values.get("number") or invoice["number"]):
        raise Refusal("Number need to be set after update operation.", field="number", code="NUMBER_NOT_SET")
    if not (values.get("external_url") or invoice["external_url"] or invoice["storage_key"]):
        raise Refusal("URL need to be set after update operation.", field="url", code="URL_NOT_SET")
    for name, pairs in (("meta", meta), ("private_meta", private_meta)):
        if pairs is not None:
            values[name] = {**invoice[name], **pairs}
    updated = await service.update(tx, invoice_id, **values)
    await orders.note(tx, order["id"], "INVOICE_UPDATED", invoice_number=updated["number"])
    return updated


async def delete_invoice(tx: WriteCtx, invoice_id: int) -> Row:
    """Its number stays taken; the document itself goes once this is committed. Raises UnknownInvoice."""
    invoice, order = await _locked(tx, invoice_id)
    deleted = await service.update(tx, invoice_id, status="DELETED", storage_key=None, external_url=None)
    tx.emit("invoice.deleted", "Invoice", invoice_id, order_id=str(order["id"]))
    if invoice["storage_key"]:
        tx.enqueue(RENDER_JOB, invoice_id=invoice_id, drop=invoice["storage_key"])
    return deleted


async def send_invoice(tx: WriteCtx, invoice_id: int) -> Row:
    """Mail its address to the customer. Raises UnknownInvoice, NotReady."""
    invoice, order = await _locked(tx, invoice_id)
    if invoice["status"] != "SUCCESS":
        raise NotReady("NOT_READY", "Provided invoice is not ready to be sent.")
    if url_of(tx, invoice) is None:
        raise NotReady("URL_NOT_SET", "Provided invoice needs to have an URL.", "url")
    if not invoice["number"]:
        raise NotReady("NUMBER_NOT_SET", "Provided invoice needs to have an invoice number.", "number")
    if not order["user_email"]:
        raise NotReady("EMAIL_NOT_SET", "Provided invoice order needs an email address.", "order")
    await orders.note(tx, order["id"], "INVOICE_SENT", invoice_number=invoice["number"], email=order["user_email"])
    tx.emit("invoice.sent", "Invoice", invoice_id, order_id=str(order["id"]))
    tx.enqueue(MAIL_JOB, invoice_id=invoice_id, url=url_of(tx, invoice))
    return invoice


async def mail_job(ctx: Ctx, payload: dict[str, Any]) -> None:
    (invoice,) = await queries.by_ids(ctx, [payload["invoice_id"]])
    if invoice is None:
        return
    (order,) = await order_queries.by_ids(ctx, [invoice["order_id"]])
    if order is None or not order["user_email"]:
        return
    values = {"number": invoice["number"], "order_number": order["number"], "url": payload["url"]}
    await shop_mail.send(ctx, mail.render("engine.invoices", "invoice", order["user_email"], **values))


async def render_job(ctx: Ctx, payload: dict[str, Any]) -> None:
    """Make and store the document of an invoice; run again, it changes nothing. Or drop one that was deleted."""
    storage = open_storage(ctx.settings)
    if "drop" in payload:
        await storage.delete(payload["drop"])
        return
    (invoice,) = await queries.by_ids(ctx, [payload["invoice_id"]])
    if invoice is None or invoice["status"] not in ("PENDING", "FAILED"):
        return
    document = await _document(ctx, invoice)
    try:
        data = await asyncio.to_thread(render, document)
    except Exception as fault:
        await transact(ctx, _failed, invoice["id"], repr(fault))
        raise
    key = f"{FOLDER}/{secrets.token_urlsafe(24)}/{document.number.replace('/', '-')}.pdf"
    await storage.put(key, data)
    if not await transact(ctx, _made, invoice["id"], key):
        await storage.delete(key)


async def _failed(tx: WriteCtx, invoice_id: int, reason: str) -> None:
    await service.update(tx, invoice_id, status="FAILED", message=reason[:REASON_LENGTH])


async def _made(tx: WriteCtx, invoice_id: int, key: str) -> bool:
    """False when it was made, or deleted, meanwhile."""
    invoice, order = await _locked(tx, invoice_id, deleted=True)
    if invoice["status"] not in ("PENDING", "FAILED"):
        return False
    await service.update(tx, invoice_id, status="SUCCESS", storage_key=key, message=None)
    await orders.note(tx, order["id"], "INVOICE_GENERATED", invoice_number=invoice["number"])
    tx.emit("order.updated", "Order", order["id"])
    return True


async def _document(ctx: Ctx, invoice: Row) -> Document:
    (order,) = await order_queries.by_ids(ctx, [invoice["order_id"]])
    assert order is not None
    (lines,) = await order_queries.lines_of(ctx, [order["id"]])
    (channel,) = await channels.by_ids(ctx, [order["channel_id"]])
    assert channel is not None
    name, own_address_id = await queries.seller(ctx)
    wanted = [order["billing_address_id"], order["shipping_address_id"], own_address_id]
    found = {row["id"]: row for row in await accounts.addresses_by_ids(ctx, [id for id in wanted if id]) if row}
    billing, shipping, own = (_address(found.get(id)) for id in wanted)
    return Document(
        number=invoice["number"],
        issued=invoice["created_at"].date(),
        order_number=str(order["number"]),
        ordered=order["created_at"].date(),
        seller=(*(own or (name or channel["name"],)), ctx.settings.mail_from),
        buyer=billing,
        shipped_to=shipping if shipping != billing else (),
        lines=tuple(
            DocumentLine(
                name=_name(line),
                sku=line["product_sku"] or "",
                quantity=line["quantity"],
                unit_gross=line["unit_gross"],
                total=Taxed(line["tax_rate"], line["total_net"], line["total_gross"]),
            )
            for line in lines
        ),
        delivery_name=order["shipping_method_name"],
        delivery=Taxed(order["shipping_tax_rate"], order["shipping_net"], order["shipping_gross"]),
        total_gross=order["total_gross"],
        currency=order["currency"],
        gift_cards=order["gift_cards_gross"],
    )


def _name(line: Row) -> str:
    product = line["translated_product_name"] or line["product_name"]
    variant = line["translated_variant_name"] or line["variant_name"]
    return f"{product} ({variant})" if variant and variant != product else str(product)


def _address(row: Row | None) -> tuple[str, ...]:
    if row is None:
        return ()
    lines = (
        row["company_name"],
        f"{row['first_name']} {row['last_name']}",
        row["street_address_1"],
        row["street_address_2"],
        f"{row['postal_code']} {row['city']}",
        f"{row['country_area']} {row['country']}",
    )
    return tuple(line.strip() for line in lines if line and line.strip())


async def _invoiced(tx: WriteCtx, order_id: uuid.UUID) -> Row:
    """The locked order, which may be invoiced."""
    try:
        order = await orders.lock(tx, order_id)
    except UnknownOrder as unknown:
        raise UnknownOrder(field="orderId") from unknown
    if order["status"] in rules.UNINVOICED:
        raise WrongStatus
    if order["billing_address_id"] is None:
        raise NoBillingAddress
    return order


async def _locked(tx: WriteCtx, invoice_id: int, *, deleted: bool = False) -> tuple[Row, Row]:
    """The invoice, read under its order's lock, and the order. Raises UnknownInvoice."""
    (found,) = await queries.by_ids(tx, [invoice_id])
    if found is None:
        raise UnknownInvoice
    try:
        order = await orders.lock(tx, found["order_id"])
    except UnknownOrder as unknown:
        raise UnknownInvoice from unknown
    (invoice,) = await queries.by_ids(tx, [invoice_id])
    if invoice is None or (invoice["status"] == "DELETED" and not deleted):
        raise UnknownInvoice
    return invoice, order


def _number(number: str) -> str:
    cleaned = number.strip()
    if not cleaned:
        raise Refusal("Number cannot be empty.", field="number", code="REQUIRED")
    if len(cleaned) > rules.NUMBER_LENGTH or "\x00" in cleaned:
        raise Refusal(f"A number has at most {rules.NUMBER_LENGTH} characters.", field="number", code="REQUIRED")
    return cleaned


def _url(url: str) -> str:
    cleaned = url.strip()
    if not cleaned:
        raise Refusal("URL cannot be empty.", field="url", code="REQUIRED")
    if urlsplit(cleaned).scheme not in ("http", "https") or len(cleaned) > URL_LENGTH:
        raise Refusal("Enter a valid URL.", field="url", code="REQUIRED")
    return cleaned
