// node built/buy.js API CHANNEL: one purchase through the generated documents; prints the order as JSON.
import {
  ChooseDeliveryDocument,
  DeliverDocument,
  FinishDocument,
  OpenCartDocument,
  PayDocument,
  ProductPageDocument,
  ReceiptDocument,
  ShelfDocument,
  type AddressInput,
  type TypedDocumentString,
} from "./shop.js";

const [api, channel] = process.argv.slice(2) as [string, string];

async function send<Result, Variables>(document: TypedDocumentString<Result, Variables>, variables: Variables): Promise<Result> {
  const response = await fetch(api, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: document.toString(), variables }),
  });
  const body = (await response.json()) as { data?: Result; errors?: unknown };
  if (body.errors || !body.data) throw new Error(JSON.stringify(body));
  return body.data;
}

function accepted<Payload extends { errors: readonly unknown[] }>(payload: Payload | null | undefined): Payload {
  if (!payload || payload.errors.length > 0) throw new Error(JSON.stringify(payload));
  return payload;
}

function there<Value>(value: Value | null | undefined, what: string): Value {
  if (value === null || value === undefined) throw new Error(`no ${what}`);
  return value;
}

const shelf = await send(ShelfDocument, { channel, collection: "featured-products", first: 3, language: "DE" });
// @ts-expect-error: a field that the document does not ask for has no place in its type
void shelf.products;
const cards = there(shelf.collection?.products, "products").edges.map((edge) => edge.node);
const slug = there(cards[0], "card").slug;
const product = there((await send(ProductPageDocument, { slug, channel })).product, "product");
const variant = there(
  product.productVariants?.edges.map((edge) => edge.node).find((each) => (each.quantityAvailable ?? 0) >= 2),
  "variant in stock",
);
const price: number = there(variant.pricing?.price, "price").gross.amount;

const opened = accepted(
  (
    await send(OpenCartDocument, {
      input: { channel, email: "typed@example.com", lines: [{ variantId: variant.id, quantity: 2 }] },
    })
  ).checkoutCreate,
);
const checkout = there(opened.checkout, "checkout").id;

const address: AddressInput = {
  firstName: "Ines",
  lastName: "Roth",
  streetAddress1: "Torstraße 1",
  city: "Berlin",
  postalCode: "10119",
  country: "DE",
};
const delivered = await send(DeliverDocument, { checkout, address });
accepted(delivered.checkoutShippingAddressUpdate);
accepted(delivered.checkoutBillingAddressUpdate);
const [first] = accepted(delivered.deliveryOptionsCalculate).deliveries;
const chosen = accepted(
  (await send(ChooseDeliveryDocument, { checkout, delivery: there(first, "delivery").id })).checkoutDeliveryMethodUpdate,
);
const cart = there(chosen.checkout, "checkout");
const stale = cart.problems?.map((problem) => problem.__typename) ?? [];

accepted(
  (
    await send(PayDocument, {
      checkout,
      amount: cart.totalPrice.gross.amount,
      gateway: "mirumee.payments.dummy",
      data: { event: { type: "CHARGE_SUCCESS", includePspReference: true } },
    })
  ).transactionInitialize,
);
const finished = accepted((await send(FinishDocument, { checkout })).checkoutComplete);
const { order } = await send(ReceiptDocument, { id: there(finished.order, "order").id });
console.log(JSON.stringify({ order, price, problems: stale, paid: cart.totalPrice.gross.amount, cards }));
