import { post } from "./post.js";

const KEY = "argosy-playground-session";
const REFRESH_AHEAD_MS = 30_000;
const SIGNED_OUT = { email: null, token: null, refreshToken: null, refreshAt: 0, notice: null };

const SIGN_IN = `mutation SignIn($email: String!, $password: String!) {
  tokenCreate(email: $email, password: $password) { token refreshToken errors { field message code } }
}`;
const REFRESH = `mutation Refresh($refreshToken: String!) {
  tokenRefresh(refreshToken: $refreshToken) { token errors { field message code } }
}`;

/** The server understood and said no; any other failure may pass by itself. */
class TokenRefused extends Error {}

/** Run one token mutation: its payload, or an error that says in the server's words why not. */
async function tokenMutation(query, variables, field) {
  const answer = await post({ query, variables });
  const payload = answer.data?.[field];
  const words = (errors) => errors.map((error) => error.message).join(" ");
  if (payload?.errors?.length) throw new TokenRefused(words(payload.errors));
  if (!payload?.token) throw new Error(words(answer.errors ?? []) || "The server gave no token.");
  return payload;
}

/**
 * When to refresh, in this browser's own time: the token's lifetime counts from now, so a clock that
 * is wrong here does no harm. A token that says nothing of its lifetime is used until refused.
 */
function refreshTime(token) {
  try {
    const claims = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
    const lifetime = (claims.exp - claims.iat) * 1000;
    if (lifetime > 0) return Date.now() + Math.max(lifetime - REFRESH_AHEAD_MS, lifetime / 2);
  } catch {
    // Not a JWT.
  }
  return Number.POSITIVE_INFINITY;
}

/**
 * Who is signed in. Tokens live in this object and in sessionStorage, which ends with the browser tab;
 * localStorage would keep them on disk for whoever comes next.
 */
export class Session {
  #state = SIGNED_OUT;
  #listeners = new Set();
  #refreshing = null;

  constructor() {
    try {
      const stored = JSON.parse(sessionStorage.getItem(KEY));
      // JSON has no Infinity: it is stored as null.
      if (stored?.token) this.#state = { ...SIGNED_OUT, ...stored, refreshAt: stored.refreshAt ?? Infinity };
    } catch {
      sessionStorage.removeItem(KEY);
    }
  }

  snapshot = () => this.#state;

  subscribe = (listener) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  async signIn(email, password) {
    const { token, refreshToken } = await tokenMutation(SIGN_IN, { email, password }, "tokenCreate");
    this.#set({ ...SIGNED_OUT, email, token, refreshToken, refreshAt: refreshTime(token) });
  }

  signOut(notice = null) {
    this.#set({ ...SIGNED_OUT, notice });
  }

  /** Headers for the next request, with a fresh token if somebody is signed in. */
  async headers() {
    if (this.#state.token && Date.now() >= this.#state.refreshAt) {
      this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = null));
      await this.#refreshing;
    }
    return this.#state.token ? { Authorization: `Bearer ${this.#state.token}` } : {};
  }

  /** The server no longer takes this token: refresh before the next request. */
  tokenRefused() {
    if (this.#state.token) this.#set({ ...this.#state, refreshAt: 0 });
  }

  async #refresh() {
    const { refreshToken } = this.#state;
    try {
      const { token } = await tokenMutation(REFRESH, { refreshToken }, "tokenRefresh");
      // A sign-out or another sign-in that happened meanwhile wins.
      if (this.#state.refreshToken === refreshToken) {
        this.#set({ ...this.#state, token, refreshAt: refreshTime(token) });
      }
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error;
      if (this.#state.refreshToken === refreshToken) this.signOut("Your session has ended. Sign in again.");
    }
  }

  #set(state) {
    this.#state = state;
    if (state.token) {
      const { email, token, refreshToken, refreshAt } = state;
      sessionStorage.setItem(KEY, JSON.stringify({ email, token, refreshToken, refreshAt }));
    } else {
      sessionStorage.removeItem(KEY);
    }
    for (const listener of this.#listeners) listener();
  }
}
