import type { IncomingHttpHeaders } from "node:http";

const requestIdShape = /^[\w.:-]{1,100}$/;

/**
 * Makes the function that gives requests their ids: the caller's `X-Request-Id` if it is plain, else an id that no
 * other request of any process has.
 */
export function requestIds(): (headers: IncomingHttpHeaders) => string {
  const prefix = `${Date.now().toString(36)}-${process.pid.toString(36)}`;
  let count = 0;
  return (headers) => {
    const given = headers["x-request-id"];
    if (typeof given === "string" && requestIdShape.test(given)) return given;
    return `${prefix}-${(count++).toString(36)}`;
  };
}
