// REST with types: makes a client, whose id a retry finds again, and prints the quotes that were sent.
//
//   npm ci
//   export FORGE_URL=https://forge.example.com FORGE_KEY=…
//   npm run types && npm run build && npm start

import { randomUUID } from "node:crypto";
import createClient from "openapi-fetch";
import type { paths } from "./forge.js";

const forge = createClient<paths>({
  baseUrl: `${process.env["FORGE_URL"]}/api/v1`,
  headers: { Authorization: `Bearer ${process.env["FORGE_KEY"]}` },
});

const made = await forge.POST("/clients", {
  params: { header: { "Idempotency-Key": randomUUID() } },
  body: { name: "Acme", tags: ["typescript"] },
});
if (made.error) throw new Error(`${made.error.error.code}: ${made.error.error.message}`);
console.log(made.data.data.name, made.data.data.currency);

let cursor: string | undefined;
do {
  const page = await forge.GET("/quotes", {
    params: { query: { status: { eq: "sent" }, include: ["client"], limit: 100, cursor } },
  });
  if (page.error) throw new Error(`${page.error.error.code}: ${page.error.error.message}`);
  for (const quote of page.data.data) {
    console.log(quote.number, quote.total, quote.currency, quote.client?.name);
  }
  cursor = page.data.next_cursor ?? undefined;
} while (cursor);
