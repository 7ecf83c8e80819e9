// node introspect.mjs API: builds the schema from introspection, as clients with graphql-js 16.8 do; prints the SDL.
import { buildClientSchema, getIntrospectionQuery, printSchema, version } from "graphql";

if (!version.startsWith("16.8.")) throw new Error(`graphql-js ${version}`);
// As generators ask by default: without deprecated arguments and input fields.
const query = getIntrospectionQuery({ descriptions: false });
const response = await fetch(process.argv[2], {
  method: "POST",
  headers: {
    "content-type": "application/json",
    accept: "application/graphql-response+json, application/json, multipart/mixed",
  },
  body: JSON.stringify({ query }),
});
const type = response.headers.get("content-type") ?? "";
if (response.status !== 200 || !type.startsWith("application/json")) throw new Error(`${response.status} ${type}`);
console.log(printSchema(buildClientSchema((await response.json()).data)));
