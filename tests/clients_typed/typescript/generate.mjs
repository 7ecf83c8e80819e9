// node generate.mjs SCHEMA DOCUMENTS OUTPUT: types and typed documents for every operation of a folder.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { codegen } from "@graphql-codegen/core";
import * as typedDocuments from "@graphql-codegen/typed-document-node";
import * as operations from "@graphql-codegen/typescript-operations";
import { parse } from "graphql";

const [schema, folder, filename] = process.argv.slice(2);
const documents = readdirSync(folder)
  .filter((name) => name.endsWith(".graphql"))
  .sort()
  .map((name) => ({ location: name, document: parse(readFileSync(join(folder, name), "utf8")) }));
// How the API writes its own scalars.
const scalars = {
  DateTime: "string",
  Decimal: "number",
  PositiveDecimal: "number",
  JSON: "unknown",
  JSONString: "string",
};
const config = { scalars, enumsAsTypes: true, documentMode: "string", useTypeImports: true, defaultScalarType: "unknown" };
const written = await codegen({
  filename,
  schema: parse(readFileSync(schema, "utf8")),
  documents,
  config,
  plugins: [{ operations: {} }, { typedDocuments: {} }],
  pluginMap: { operations, typedDocuments },
});
writeFileSync(filename, written);
