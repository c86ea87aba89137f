import { operatorPrincipal } from "../access/principals.ts";
import { operatorRoles } from "../core/operator.ts";
import { may } from "../core/principal.ts";
import type { Route } from "./route.ts";
import { prefix } from "./serve.ts";

/** Which role may use which route, as a page for people: `docs/api-roles.md`, which a test compares. */
export function roleTable(routes: readonly Route[]): string {
  const columns = ["operation", "scope", ...operatorRoles];
  const rows = routes.map(({ method, path, scope }) => [
    `\`${method} ${prefix}${path}\``,
    `\`${scope}\``,
    ...operatorRoles.map((role) => (may(operatorPrincipal({ id: 0, login: "", role }), scope) ? "yes" : "")),
  ]);
  const lines = [columns, columns.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return `# Who may use which operation of the API

A token has the permissions of its operator's role, or those of its scopes that are among them. \`npm run schema\` makes
this page of the routes.

${lines.join("\n")}
`;
}
