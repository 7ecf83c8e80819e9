// node sign_in.mjs API EMAIL PASSWORD: what Saleor's storefronts sign in with, unmodified. Prints what it saw as JSON.
import { createSaleorAuthClient } from "@saleor/auth-sdk";

const [api, email, password] = process.argv.slice(2);

function storage() {
  const kept = new Map();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
    clear: () => kept.clear(),
  };
}

const access = storage();
const client = createSaleorAuthClient({
  saleorApiUrl: api,
  accessTokenStorage: access,
  refreshTokenStorage: storage(),
});

async function whoAmI() {
  const response = await client.fetchWithAuth(api, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: "{ me { email } }" }),
  });
  return (await response.json()).data.me?.email ?? null;
}

const before = await whoAmI();
const refused = (await client.signIn({ email, password: `${password}?` })).data.tokenCreate.errors[0].code;
await client.signIn({ email, password });
const signedIn = await whoAmI();
access.clear();
const refreshed = await whoAmI();
client.signOut();
console.log(JSON.stringify({ before, refused, signedIn, refreshed, after: await whoAmI() }));
