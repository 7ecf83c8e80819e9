// One tab per file in jobs/, in the order of their names; a .json beside it holds the variables to fill in.
const queries = import.meta.glob("./jobs/*.graphql", { query: "?raw", import: "default", eager: true });
const variables = import.meta.glob("./jobs/*.json", { query: "?raw", import: "default", eager: true });

export const jobs = Object.keys(queries)
  .sort()
  .map((path) => ({ query: queries[path], variables: variables[path.replace(/graphql$/, "json")] ?? null }));
