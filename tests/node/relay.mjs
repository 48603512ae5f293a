// Pages through a list with Relay's runtime and the artifacts its compiler made, as an app would:
// node relay.mjs <artifacts> <url> <key> <forward|backward|client|refused> <JSON of the variables>
// Prints one line of JSON: the ids that the store's connection holds in the end, and how many pages were fetched.
import { createRequire } from "node:module";
import { Environment, Network, RecordSource, Store, createOperationDescriptor, fetchQuery } from "relay-runtime";
import { getPaginationMetadata, getPaginationVariables, getSelector } from "relay-runtime";

const [artifacts, url, key, direction, text] = process.argv.slice(2);
const artifact = (name) => createRequire(import.meta.url)(`${artifacts}/${name}.graphql.js`);
const variables = JSON.parse(text);

const network = Network.create(async (request, given) => {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const body = JSON.stringify({ query: request.text, operationName: request.name, variables: given });
  const answer = await (await fetch(url, { method: "POST", headers, body })).json();
  if (answer.errors) throw Object.assign(new Error(answer.errors[0].message), { answer });
  return answer;
});
const environment = new Environment({ network, store: new Store(new RecordSource()) });

async function run(request, given) {
  await fetchQuery(environment, request, given, { fetchPolicy: "network-only" }).toPromise();
  const operation = createOperationDescriptor(request, given);
  environment.retain(operation);
  return environment.lookup(operation.fragment).data;
}

const client = direction === "client";
const fragment = artifact(client ? "client_quotes" : "quotes_list");
const whole = await run(artifact(client ? "clientPageQuery" : "quotesPageQuery"), variables);
const reference = client ? whole.node.client : whole;
const selector = getSelector(fragment, reference);
const metadata = getPaginationMetadata(fragment, "here");
const size = variables.first ?? variables.last ?? 2;
const way = direction === "backward" ? "backward" : "forward";

let pages = 1;
for (;;) {
  const { quotes } = environment.lookup(selector).data;
  const more = way === "forward" ? quotes.pageInfo.hasNextPage : quotes.pageInfo.hasPreviousPage;
  if (!more || pages >= 1000) {
    console.log(JSON.stringify({ ids: quotes.edges.map((edge) => edge.node.id), pages }));
    break;
  }
  const cursor = way === "forward" ? quotes.pageInfo.endCursor : quotes.pageInfo.startCursor;
  const extra = client ? { id: variables.id } : {};
  const next = getPaginationVariables(way, size, cursor, { ...selector.variables }, extra, metadata.paginationMetadata);
  await run(metadata.paginationRequest, next);
  pages += 1;
}
