// The explorer's own few lines: a key typed into the page becomes the header of every request GraphiQL makes.
"use strict";

const address = location.origin + "/graphql";
const form = document.getElementById("access");
const told = document.getElementById("told");
const explorer = document.getElementById("explorer");
const asked = new URLSearchParams(location.search);
let shown = 0;

const FIRST = `# Shift-Ctrl-Enter formats, Ctrl-Space completes, Ctrl-Enter runs.
{
  quotes(first: 5) {
    nodes {
      number
      status
      total
      currency
      client { name }
      parts(first: 3) { nodes { description quantity unitPrice } }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`;

function tell(text, refused) {
  told.textContent = text;
  told.classList.toggle("refused", Boolean(refused));
}

async function myAccess(headers) {
  const query = "{ myAccess { name environment scopes } }";
  const answer = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json", ...headers },
    body: JSON.stringify({ query }),
  });
  const body = await answer.json();
  if (!body.data) throw new Error(body.errors[0].message);
  return body.data.myAccess;
}

function withKey(headers) {
  return GraphiQL.createFetcher({
    url: address,
    headers,
    wsClient: graphqlWs.createClient({ url: address.replace(/^http/, "ws"), connectionParams: headers }),
  });
}

async function withoutKey() {
  form.elements.key.focus();
  return { errors: [{ message: "Paste an API key above, then run this again." }] };
}

// Without headers nothing is sent: there is no schema to ask for before a key is known to be good.
function show(headers) {
  const properties = {
    key: shown++, // a new key is a new explorer; what was typed is in its tabs
    fetcher: headers ? withKey(headers) : withoutKey,
    defaultQuery: FIRST,
    shouldPersistHeaders: false,
  };
  if (!headers) properties.schema = null;
  if (asked.has("query")) properties.query = asked.get("query");
  if (asked.has("variables")) properties.variables = asked.get("variables");
  if (asked.has("operationName")) properties.operationName = asked.get("operationName");
  ReactDOM.render(React.createElement(GraphiQL, properties), explorer);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const headers = { Authorization: "Bearer " + form.elements.key.value.trim() };
  try {
    const access = await myAccess(headers);
    tell(`${access.name} · ${access.environment} · ${access.scopes.length} scopes`);
    show(headers);
  } catch (error) {
    tell(error.message, true);
  }
});

show(null);
