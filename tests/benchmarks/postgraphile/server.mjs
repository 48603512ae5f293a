// PostGraphile over the benchmark's database: node server.mjs <port>; PGHOST and the rest of libpq's say where.
import { createServer } from "node:http";
import pg from "pg";
import { postgraphile } from "postgraphile";
import { grafserv } from "postgraphile/grafserv/node";
import { makePgService } from "postgraphile/adaptors/pg";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const preset = {
  extends: [PostGraphileAmberPreset],
  pgServices: [
    makePgService({ schemas: ["public"], pool: new pg.Pool({ max: 4 }) }),
  ],
  // As its documentation has it for row-level security: the role and the workspace, set for each request.
  grafast: {
    context: () => ({ pgSettings: { role: "forge_api", "app.workspace_id": process.env.BENCH_WORKSPACE } }),
  },
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false },
};
const made = postgraphile(preset);
const serve = made.createServ(grafserv);
const server = createServer({ keepAliveTimeout: 900_000 });
await serve.addTo(server);
server.listen(Number(process.argv[2]), "127.0.0.1");
