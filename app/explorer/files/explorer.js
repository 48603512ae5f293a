// The explorer's own few lines: a key typed into the page becomes the header of every request GraphiQL makes.
"use strict";

const address = location.origin + "/graphql";
const form = document.getElementById("access");
const told = document.getElementById("told");
const explorer = document.getElementById("explorer");
const asked = new URLSearchParams(location.search);

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

function show(headers) {
  const fetcher = GraphiQL.createFetcher({
    url: address,
    headers,
    wsClient: graphqlWs.createClient({ url: address.replace(/^http/, "ws"), connectionParams: headers }),
  });
  const properties = {
    fetcher,
    defaultQuery: FIRST,
    shouldPersistHeaders: false,
  };
  if (asked.has("query")) properties.query = asked.get("query");
  if (asked.has("variables")) properties.variables = asked.get("variables");
  if (asked.has("operationName")) properties.operationName = asked.get("operationName");
  ReactDOM.unmountComponentAtNode(explorer);
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
