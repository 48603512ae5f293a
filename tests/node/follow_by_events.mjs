// Follows changes with the npm client graphql-sse and prints each as a line of JSON; a retry says `Last-Event-ID`.
import { createClient } from "graphql-sse";

const [url, key, query, after] = process.argv.slice(2);
let last = "";
const client = createClient({
  url: url + "/graphql",
  headers: () => ({ Authorization: `Bearer ${key}`, ...(last ? { "Last-Event-ID": last } : {}) }),
  retryAttempts: 1000,
  retry: () => new Promise((resolve) => setTimeout(resolve, 50)),
});
client.subscribe(
  { query, variables: { after: after || null } },
  {
    next: (result) => {
      if (result.data?.changes) last = result.data.changes.cursor; // the event's `id`, which this client does not show
      console.log(JSON.stringify(result));
    },
    error: (error) => {
      console.log(JSON.stringify({ error: String(error) }));
      process.exit(0);
    },
    complete: () => {
      console.log(JSON.stringify({ complete: true }));
      process.exit(0);
    },
  },
);
