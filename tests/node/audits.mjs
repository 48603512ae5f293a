// The GraphQL over HTTP audits of graphql-http against a server: node audits.mjs <url> <key>; a line of JSON for each.
import { serverAudits } from "graphql-http";

const [url, key] = process.argv.slice(2);
const fetchFn = (where, how = {}) => {
  const headers = new Headers(how.headers);
  headers.set("authorization", `Bearer ${key}`);
  return fetch(where, { ...how, headers });
};
for (const audit of serverAudits({ url, fetchFn })) {
  const { id, name, status, reason } = await audit.fn();
  console.log(JSON.stringify({ id, name, status, reason }));
}
