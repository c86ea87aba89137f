import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Dialect, Route } from "../dialects/dialect.ts";

/**
 * The path of a URL, undecoded, without the query. Several slashes in a row count as one: programs that join addresses
 * leave them.
 */
export function pathOf(url: string): string {
  return url.replace(/[?#].*$/s, "").replace(/\/{2,}/g, "/");
}

/** A path of a dialect as it is written: the path itself, and the parameter in the query that it asks for. */
export interface WrittenPath {
  readonly path: string;
  /** `name=value`; `undefined` for a path that takes any query. */
  readonly parameter: string | undefined;
}

export function readPath(written: string): WrittenPath {
  const [path = "", parameter] = written.split("?", 2);
  return { path, parameter };
}

/** Whether the query of a URL has a parameter with its value. Of a repeated name the first counts. */
export function hasParameter(url: string, parameter: string): boolean {
  const [name = "", value] = parameter.split("=", 2);
  const [, query = ""] = /^[^?#]*\?([^#]*)/s.exec(url) ?? [];
  return new URLSearchParams(query).get(name) === value;
}

/** The dialect that owns a path, whether it has a route or not. A prefix with a parameter goes before one without. */
export function dialectAt(dialects: readonly Dialect[], url: string): Dialect | undefined {
  const path = pathOf(url).toLowerCase();
  const owns = (isNarrow: boolean) => (dialect: Dialect) =>
    dialect.prefixes.map(readPath).some(({ path: prefix, parameter }) => {
      const isBelow = path.startsWith(prefix) && /^(?:\/|$)/.test(path.slice(prefix.length));
      return isBelow && (parameter === undefined ? !isNarrow : isNarrow && hasParameter(url, parameter));
    });
  return dialects.find(owns(true)) ?? dialects.find(owns(false));
}

type Constraint = Parameters<FastifyInstance["addConstraintStrategy"]>[0];
type RoutedHandler = Parameters<ReturnType<Constraint["storage"]>["set"]>[1];

/** The name of the constraint by which the router tells protocols at one path apart. */
export const parameterConstraint = "parameter";

/**
 * The constraint: a request has the parameter of the first written path that it fits. A request that has none is for
 * the route without a parameter.
 */
export function constraintOf(dialects: readonly Dialect[]): Constraint {
  const narrow = dialects
    .flatMap(({ routes }) => routes.map((route) => readPath(route.path)))
    .filter((written): written is Required<WrittenPath> & { parameter: string } => written.parameter !== undefined);
  const byPath = Map.groupBy(narrow, ({ path }) => path.toLowerCase());
  return {
    name: parameterConstraint,
    storage() {
      const handlers = new Map<unknown, RoutedHandler>();
      return {
        get: (parameter) => handlers.get(parameter) ?? null,
        set: (parameter, handler) => void handlers.set(parameter, handler),
      };
    },
    deriveConstraint({ url = "" }) {
      const found = byPath.get(
        pathOf(url)
          .toLowerCase()
          .replace(/(?<=.)\/$/, ""),
      );
      return found?.find(({ parameter }) => hasParameter(url, parameter))?.parameter;
    },
  };
}

/** The dialect of a request: by its route, or without a route by its path. */
export function dialectOf(dialects: readonly Dialect[], request: FastifyRequest): Dialect | undefined {
  return request.routeOptions.config?.dialect ?? dialectAt(dialects, request.url);
}

/** Every method that a route may have. A path refuses the others itself, since a wider pattern may take them. */
export const routedMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const;

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
 * The methods of the path in a URL, for input to which the router has no route. If several patterns fit, the one with
 * the fewest variable parts counts.
 */
export function methodsAt(dialect: Dialect, url: string): readonly string[] | undefined {
  const path = pathOf(url).toLowerCase();
  const fitting = [...methodsByPath(dialect.routes)].filter(([pattern]) => shapeOf(pattern).test(path));
  const variables = (pattern: string) => pattern.split(":").length;
  return fitting.sort(([a], [b]) => variables(a) - variables(b))[0]?.[1];
}

function shapeOf(pattern: string): RegExp {
  const escaped = readPath(pattern).path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replace(/:[^/]+/g, "[^/]+")}/?$`);
}
