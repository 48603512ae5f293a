import { graphql } from "relay-runtime";

export const quotes = graphql`
  fragment client_quotes on Client
  @argumentDefinitions(first: { type: "Int", defaultValue: 2 }, after: { type: "String" })
  @refetchable(queryName: "clientQuotesQuery") {
    name
    quotes(first: $first, after: $after) @connection(key: "client_quotes") {
      edges {
        node {
          id
          number
        }
      }
    }
  }
`;

export const one = graphql`
  query clientPageQuery($id: ID!) {
    node(id: $id) {
      id
      ...client_quotes @alias(as: "client")
    }
  }
`;
