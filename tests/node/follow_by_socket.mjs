// Follows changes with the npm client graphql-ws and prints each as a line of JSON; after a drop it resumes by its cursor.
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [url, key, query, after] = process.argv.slice(2);
const variables = { after: after || null };
let opened = 0;
const client = createClient({
  url: url.replace("http", "ws") + "/graphql",
  webSocketImpl: WebSocket,
  connectionParams: { Authorization: `Bearer ${key}` },
  retryAttempts: 1000,
  retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)),
  shouldRetry: () => true,
  on: {
    connected: () => console.log(JSON.stringify({ connected: ++opened })),
    closed: (event) => console.log(JSON.stringify({ closed: event.code ?? 0, reason: event.reason ?? "" })),
  },
});
client.subscribe(
  { query, variables },
  {
    next: (result) => {
      if (result.data?.changes) variables.after = result.data.changes.cursor;
      console.log(JSON.stringify(result));
    },
    error: (error) => {
      console.log(JSON.stringify({ error: Array.isArray(error) ? error : (error.code ?? String(error)) }));
      process.exit(0);
    },
    complete: () => {
      console.log(JSON.stringify({ complete: true }));
      process.exit(0);
    },
  },
);
