// Reads examples/clients/spreadsheet/quotes.pq with Microsoft's parser, and sends what it tells Web.Contents to send.
// Usage: node power_query.mjs <file>; it reads FORGE_URL and FORGE_KEY, and prints the rows of all pages as JSON.

import { readFileSync } from "node:fs";
import parser from "@microsoft/powerquery-parser";

const { DefaultSettings, TaskUtils } = parser;
const done = await TaskUtils.tryLexParse(DefaultSettings, readFileSync(process.argv[2], "utf8"));
if (done.resultKind !== "Ok") throw new Error(done.error.message);
const root = done.ast;

function* nodes(node) {
  if (node === null || typeof node !== "object") return;
  if (Array.isArray(node)) {
    for (const each of node) yield* nodes(each);
    return;
  }
  if (node.kind) yield node;
  for (const [name, each] of Object.entries(node)) if (name !== "tokenRange") yield* nodes(each);
}

const all = [...nodes(root)];
const named = (name) => all.find((each) => each.kind === "IdentifierPairedExpression" && each.key.literal === name).value;
const items = (node) => node.content.elements.map((each) => each.node);

// The words of the language that the request is written in; another one is an error.
function value(node, scope) {
  switch (node.kind) {
    case "LiteralExpression":
      return node.literalKind === "Null" ? null : JSON.parse(node.literal);
    case "IdentifierExpression":
      return node.identifier.literal in scope ? scope[node.identifier.literal] : value(named(node.identifier.literal), scope);
    case "ParenthesizedExpression":
      return value(node.content, scope);
    case "ListExpression":
      return items(node).map((each) => value(each, scope));
    case "RecordExpression":
    case "RecordLiteral":
      return Object.fromEntries(items(node).map((each) => [each.key.literal.replace(/^#"(.*)"$/, "$1"), value(each.value, scope)]));
    case "ArithmeticExpression": {
      const [left, right] = [value(node.left, scope), value(node.right, scope)];
      return typeof left === "string" ? left + right : { ...left, ...right };
    }
    case "EqualityExpression":
      return value(node.left, scope) === value(node.right, scope);
    case "IfExpression":
      return value(value(node.condition, scope) ? node.trueExpression : node.falseExpression, scope);
    case "RecursivePrimaryExpression": {
      if (node.head.identifier.literal !== "Text.Combine") throw new Error(node.head.identifier.literal);
      const [texts, between] = items(node.recursiveExpressions.elements[0]).map((each) => value(each, scope));
      return texts.join(between);
    }
    default:
      throw new Error(`${node.kind} is not known here`);
  }
}

const call = all.find((each) => each.kind === "RecursivePrimaryExpression" && each.head.identifier?.literal === "Web.Contents");
const [address, options] = items(call.recursiveExpressions.elements[0]);
const rows = [];
let cursor = null;
do {
  const scope = { ForgeUrl: process.env.FORGE_URL, ForgeKey: process.env.FORGE_KEY, cursor };
  const { RelativePath, Query, Headers } = value(options, scope);
  const url = `${value(address, scope)}/${RelativePath}?${new URLSearchParams(Query)}`;
  if (url.includes(process.env.FORGE_KEY)) throw new Error("the key is in the URL");
  const answer = await fetch(url, { headers: Headers });
  const page = await answer.json();
  if (answer.status !== 200) throw new Error(JSON.stringify(page));
  rows.push(...page.data);
  cursor = page.next_cursor;
} while (cursor !== null);
console.log(JSON.stringify(rows));
