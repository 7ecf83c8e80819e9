// What the server wrote into the page. An unbuilt page has an empty object, hence the fallback.
const element = document.getElementById("argosy-playground");

export const { endpoint = "/graphql/" } = JSON.parse(element?.textContent ?? "{}");
