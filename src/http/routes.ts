import type { FastifyRequest } from "fastify";
import type { Dialect, Route } from "../dialects/dialect.ts";

/**
 * The path of a URL, undecoded, without the query. Several slashes in a row count as one: programs that join addresses
 * leave them.
 */
export function pathOf(url: string): string {
  return url.replace(/[?#].*$/s, "").replace(/\/{2,}/g, "/");
}

/** The dialect that owns a path, whether it has a route or not. */
export function dialectAt(dialects: readonly Dialect[], url: string): Dialect | undefined {
  const path = pathOf(url).toLowerCase();
  return dialects.find(({ prefixes }) =>
    prefixes.some((prefix) => path.startsWith(prefix) && /^(?:\/|$)/.test(path.slice(prefix.length))),
  );
}

/** The dialect of a request: by its route, or without a route by its path. */
export function dialectOf(dialects: readonly Dialect[], request: FastifyRequest): Dialect | undefined {
  return request.routeOptions.config?.dialect ?? dialectAt(dialects, request.url);
}

/** The methods of a route. A GET that changes nothing has HEAD, too (RFC 9110, section 9.3.2). */
export function methodsOf({ method, changes }: Route): readonly string[] {
  return method === "GET" && changes !== true ? [method, "HEAD"] : [method];
}

/** The methods of each path. Like the router, it ignores upper and lower case. */
export function methodsByPath(routes: readonly Route[]): ReadonlyMap<string, readonly string[]> {
  const methods = new Map<string, string[]>();
  for (const route of routes) {
    const pattern = route.path.replace(/(^|\/)([^:/]+)/g, (fixed) => fixed.toLowerCase());
    methods.set(pattern, [...(methods.get(pattern) ?? []), ...methodsOf(route)]);
  }
  return methods;
}

/**
 * The methods of the path in a URL, for input that the router never sees. If several patterns fit, the one with the
 * fewest variable parts counts.
 */
export function methodsAt(dialect: Dialect, url: string): readonly string[] | undefined {
  const path = pathOf(url).toLowerCase();
  const fitting = [...methodsByPath(dialect.routes)].filter(([pattern]) => shapeOf(pattern).test(path));
  const variables = (pattern: string) => pattern.split(":").length;
  return fitting.sort(([a], [b]) => variables(a) - variables(b))[0]?.[1];
}

function shapeOf(pattern: string): RegExp {
  const escaped = pattern.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replace(/:[^/]+/g, "[^/]+")}/?$`);
}
