import "graphiql/setup-workers/vite";
// Not "graphiql/style.css": that one carries web fonts and a second copy of the editor's styles.
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-explorer/style.css";
import "graphiql/graphiql.css";
import "./page.css";

import { explorerPlugin } from "@graphiql/plugin-explorer";
import { GraphiQL } from "graphiql";
import { createRoot } from "react-dom/client";

import { Bar } from "./bar.jsx";
import { createFetcher } from "./fetcher.js";
import { jobs } from "./jobs.js";
import { Session } from "./session.js";
import { createStorage } from "./storage.js";

const session = new Session();
const storage = createStorage();
const fetcher = createFetcher(session);
// The history plugin stays out: it writes each request's headers, tokens included, to localStorage.
const plugins = [explorerPlugin()];

function resetTabs() {
  storage.clear();
  location.reload();
}

createRoot(document.getElementById("root")).render(
  <>
    <Bar session={session} onResetTabs={resetTabs} />
    <GraphiQL
      fetcher={fetcher}
      storage={storage}
      plugins={plugins}
      defaultTabs={jobs}
      defaultQuery=""
      defaultEditorToolsVisibility="variables"
      shouldPersistHeaders={false}
    >
      <GraphiQL.Logo>
        <span />
      </GraphiQL.Logo>
    </GraphiQL>
  </>,
);
