// Persisted queries as Apollo Client and urql send them: node persisted.mjs <url> <key> <apollo|urql> <POST|GET>
// Asks twice for the names of clients; prints what was sent, what was answered, and the data, a line of JSON for each.
import { createHash } from "node:crypto";

const [url, key, library, method] = process.argv.slice(2);
const authorization = `Bearer ${key}`;
const text = "query Names($first: Int) { clients(first: $first) { nodes { name } } }";
const sha256 = async (query) => createHash("sha256").update(query).digest("hex");

const watched = async (where, how = {}) => {
  const asked = new URL(String(where)).searchParams;
  const body = how.body ? JSON.parse(how.body) : Object.fromEntries(asked);
  const answer = await fetch(where, how);
  const errors = (await answer.clone().json()).errors ?? [];
  const codes = errors.map((each) => each.extensions.code);
  console.log(JSON.stringify({ method: how.method ?? "GET", text: "query" in body, status: answer.status, codes }));
  return answer;
};

async function apollo() {
  const { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } = await import("@apollo/client");
  const { PersistedQueryLink } = await import("@apollo/client/link/persisted-queries");
  const http = new HttpLink({ uri: url, headers: { authorization }, fetch: watched });
  const persisted = new PersistedQueryLink({ sha256, useGETForHashedQueries: method === "GET" });
  const client = new ApolloClient({ link: ApolloLink.from([persisted, http]), cache: new InMemoryCache() });
  return async () =>
    (await client.query({ query: gql(text), variables: { first: 5 }, fetchPolicy: "network-only" })).data;
}

async function urql() {
  const { Client, fetchExchange } = await import("@urql/core");
  const { persistedExchange } = await import("@urql/exchange-persisted");
  const client = new Client({
    url,
    fetch: watched,
    fetchOptions: { headers: { authorization } },
    exchanges: [persistedExchange({ preferGetForPersistedQueries: method === "GET", generateHash: sha256 }), fetchExchange],
    preferGetMethod: false,
  });
  return async () => {
    const { data, error } = await client.query(text, { first: 5 }, { requestPolicy: "network-only" }).toPromise();
    if (error) throw error;
    return data;
  };
}

const ask = await { apollo, urql }[library]();
for (let time = 0; time < 2; time += 1) console.log(JSON.stringify({ data: await ask() }));
