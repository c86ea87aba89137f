import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { DialectRequest, DialectResponse, Route as GuestRoute } from "../dialects/dialect.ts";
import { judgePreconditions } from "../wire/precondition.ts";
import type { Route } from "./route.ts";
import { prefix, tagOf } from "./serve.ts";

/** The routes that ask for no token: the document of the API, and the page that shows it. */
export function docsRoutes(routes: () => readonly Route[]): readonly GuestRoute[] {
  const files: Readonly<Record<string, File>> = {
    "/openapi.json": { type: "application/json", read: () => documentText(routes()) },
    "/docs": { type: "text/html; charset=utf-8", read: async () => page },
    "/docs/start.js": { type: "text/javascript; charset=utf-8", read: () => ours("docs-page.js") },
    "/docs/page.css": { type: "text/css; charset=utf-8", read: () => ours("docs-page.css") },
    "/docs/swagger-ui.js": { type: "text/javascript; charset=utf-8", read: () => theirs("swagger-ui-bundle.js") },
    "/docs/swagger-ui.css": { type: "text/css; charset=utf-8", read: () => theirs("swagger-ui.css") },
  };
  return Object.entries(files).map(([path, file]) => {
    let made: Promise<Content> | undefined;
    return {
      method: "GET",
      path: prefix + path,
      clause: "the page of the API",
      async handle(request) {
        made ??= contentOf(file).catch((error) => {
          made = undefined;
          throw error;
        });
        return answer(file, await made, request);
      },
    };
  });
}

interface File {
  readonly type: string;
  read(): Promise<string>;
}

interface Content {
  readonly text: string;
  readonly etag: string;
}

/** Read or made when it is first asked for, and kept: the document takes time to make, and the files are never changed. */
async function contentOf({ read }: File): Promise<Content> {
  const text = await read();
  return { text, etag: tagOf(text) };
}

/** Nothing from elsewhere, and no script or style in the page itself. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

function answer({ type }: File, { text, etag }: Content, request: DialectRequest): DialectResponse {
  const headers = {
    "content-type": type,
    etag,
    "cache-control": "no-cache",
    "content-security-policy": policy,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  };
  const conditions = { "if-none-match": request.header("if-none-match") };
  if (judgePreconditions(conditions, { etag, lastModified: undefined }) === "unchanged") {
    return { status: 304, headers, body: "", compressible: false };
  }
  return { status: 200, headers, body: text, compressible: true };
}

/** The document of these routes, as it is served and checked in. */
export async function documentText(routes: readonly Route[]): Promise<string> {
  const { documentOf } = await import("./openapi.ts");
  return `${JSON.stringify(documentOf(routes), null, 2)}\n`;
}

function ours(name: string): Promise<string> {
  return readFile(new URL(name, import.meta.url), "utf8");
}

function theirs(name: string): Promise<string> {
  return readFile(fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`)), "utf8");
}

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Counterfoil API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${prefix}/docs/swagger-ui.css">
<link rel="stylesheet" href="${prefix}/docs/page.css">
<script src="${prefix}/docs/swagger-ui.js" defer></script>
<script src="${prefix}/docs/start.js" defer></script>
</head>
<body>
<div id="api"></div>
<noscript><p>This page shows <a href="${prefix}/openapi.json">the document of the API</a> with a script.</p></noscript>
</body>
</html>
`;
