// Google Sheets: the quotes that were sent or approved, in the sheet "Quotes" (Extensions > Apps Script).
//
// Run setUp once: it asks for the address of Forge and for a key, and keeps both for you alone, outside of the sheet.
// Whoever else may edit the sheet sees its rows but not the key. Then run refreshQuotes, or give it a trigger.
// IMPORTDATA and its like cannot be used: they send no header, and Forge takes no key in a URL.

const COLUMNS = ["number", "status", "title", "total", "currency", "due_on", "client"];
const FIELDS = ["number", "status", "title", "total", "currency", "due_on", "client.name"];

function setUp() {
  const ask = (what) => SpreadsheetApp.getUi().prompt(what).getResponseText().trim();
  const kept = { FORGE_URL: ask("https://forge.example.com"), FORGE_KEY: ask("An API key with quotes.view, clients.view") };
  PropertiesService.getUserProperties().setProperties(kept);
}

function refreshQuotes() {
  const rows = [];
  let cursor = null;
  do {
    const page = ask("/api/v1/quotes", { "status[in]": "sent,approved", fields: FIELDS.join(","), limit: 250, cursor });
    for (const quote of page.data) {
      const client = quote.client ? quote.client.name : null; // without the scope clients.view it is left out
      rows.push([quote.number, quote.status, quote.title, Number(quote.total), quote.currency, quote.due_on, client]);
    }
    cursor = page.next_cursor;
  } while (cursor);
  const sheet = SpreadsheetApp.getActive().getSheetByName("Quotes") || SpreadsheetApp.getActive().insertSheet("Quotes");
  sheet.clearContents();
  sheet.getRange(1, 1, rows.length + 1, COLUMNS.length).setValues([COLUMNS, ...rows]);
}

function ask(path, query) {
  const kept = PropertiesService.getUserProperties();
  const given = Object.entries(query).filter(([, value]) => value !== null);
  const text = given.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");
  const request = { headers: { Authorization: `Bearer ${kept.getProperty("FORGE_KEY")}` }, muteHttpExceptions: true };
  for (let tries = 0; ; tries++) {
    const answer = UrlFetchApp.fetch(`${kept.getProperty("FORGE_URL")}${path}?${text}`, request);
    const headers = answer.getHeaders();
    const wait = headers["Retry-After"] || headers["retry-after"];
    if (answer.getResponseCode() === 200) return JSON.parse(answer.getContentText());
    if (!wait || tries === 4) throw new Error(answer.getContentText());
    Utilities.sleep(Number(wait) * 1000);
  }
}
