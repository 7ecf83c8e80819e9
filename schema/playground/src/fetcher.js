import { post } from "./post.js";

const REFUSED = new Set(["ExpiredSignatureError", "InvalidTokenError", "InvalidSignatureError"]);

/** The UTC date in which this browser's day began: no order of today is ever before it. */
function today() {
  const midnight = new Date();
  midnight.setHours(0, 0, 0, 0);
  return midnight.toISOString().slice(0, 10);
}

/**
 * What GraphiQL sends its requests through: the session's token goes with each of them, unless the tab
 * has an Authorization header of its own (to try an app's token). A request that uses `$today` without
 * giving it gets today's date: a date kept in a tab would be yesterday's tomorrow.
 */
export function createFetcher(session) {
  return async (request, options) => {
    const own = options?.headers ?? {};
    const named = Object.keys(own).some((name) => /^authorization(-bearer)?$/i.test(name));
    const headers = named ? own : { ...(await session.headers()), ...own };
    // Just after a change of tab GraphiQL still names the last tab's operation.
    const { query, operationName } = request;
    const stale = operationName && !new RegExp(`\\b${operationName}\\b`).test(query);
    const variables = /\$today\b/.test(query) ? { today: today(), ...request.variables } : request.variables;
    const answer = await post({ query, variables, operationName: stale ? undefined : operationName }, headers);
    if (!named && answer.errors?.some((error) => REFUSED.has(error.extensions?.exception?.code))) {
      session.tokenRefused();
    }
    return answer;
  };
}
