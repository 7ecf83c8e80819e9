import { endpoint } from "./config.js";

/**
 * POST one GraphQL request. Resolves to the parsed answer, also when it carries `errors`;
 * rejects when the server cannot be reached or answers something other than JSON.
 */
export async function post(body, headers = {}) {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: { ...headers, "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`The server answered ${response.status} without JSON: ${text.slice(0, 200)}`);
  }
}
