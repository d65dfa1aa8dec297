const PRODUCTS = ["widget", "gadget", "gizmo"];

/** What a customer sends. */
export function orderNumbered(number: number): object {
  return {
    customerName: `customer ${number}`,
    productId: PRODUCTS[number % PRODUCTS.length],
    amount: 1 + (number % 5),
  };
}
