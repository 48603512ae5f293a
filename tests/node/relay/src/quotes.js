import { graphql } from "relay-runtime";

export const row = graphql`
  fragment quotes_row on Quote {
    number
    total
    client {
      id
      name
    }
  }
`;

export const list = graphql`
  fragment quotes_list on Query
  @argumentDefinitions(
    first: { type: "Int" }
    after: { type: "String" }
    last: { type: "Int" }
    before: { type: "String" }
    filter: { type: "QuoteFilter" }
    orderBy: { type: "[QuoteOrder!]" }
  )
  @refetchable(queryName: "quotesListQuery") {
    quotes(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy)
      @connection(key: "list_quotes", filters: ["filter", "orderBy"]) {
      edges {
        node {
          id
          ...quotes_row
        }
      }
    }
  }
`;

export const page = graphql`
  query quotesPageQuery(
    $first: Int
    $after: String
    $last: Int
    $before: String
    $filter: QuoteFilter
    $orderBy: [QuoteOrder!]
  ) {
    ...quotes_list
      @arguments(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy)
  }
`;
