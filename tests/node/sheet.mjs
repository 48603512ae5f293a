// Runs examples/clients/spreadsheet/Code.gs as Google Sheets would: its services are stand-ins, its requests are real.
// Usage: node sheet.mjs <file>; it reads FORGE_URL and FORGE_KEY, and prints the rows of the sheet as JSON.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createContext, runInContext } from "node:vm";

const answers = [process.env.FORGE_URL, process.env.FORGE_KEY];
const kept = {};
const sheet = { rows: null, clearContents() {}, getRange: (...where) => ({ setValues: (rows) => (sheet.rows = { where, rows }) }) };

// UrlFetchApp is synchronous, so the request is made by a process that is waited for.
const CHILD = `
  const { url, headers } = JSON.parse(require("fs").readFileSync(0, "utf8"));
  fetch(url, { headers }).then(async (answer) => {
    const found = { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() };
    process.stdout.write(JSON.stringify(found));
  });`;

function request(url, { headers }) {
  if (url.includes(process.env.FORGE_KEY)) throw new Error("the key is in the URL");
  const done = spawnSync(process.execPath, ["-e", CHILD], { input: JSON.stringify({ url, headers }), encoding: "utf8" });
  if (done.status !== 0) throw new Error(done.stderr);
  const { status, headers: got, text } = JSON.parse(done.stdout);
  return { getResponseCode: () => status, getHeaders: () => got, getContentText: () => text };
}

const context = createContext({
  PropertiesService: {
    getUserProperties: () => ({ setProperties: (given) => Object.assign(kept, given), getProperty: (name) => kept[name] }),
  },
  SpreadsheetApp: {
    getUi: () => ({ prompt: () => ({ getResponseText: () => ` ${answers.shift()} ` }) }),
    getActive: () => ({ getSheetByName: () => null, insertSheet: () => sheet }),
  },
  UrlFetchApp: { fetch: request },
  Utilities: { sleep: (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms) },
});
runInContext(readFileSync(process.argv[2], "utf8"), context);
runInContext("setUp(); refreshQuotes()", context);
console.log(JSON.stringify(sheet.rows));
