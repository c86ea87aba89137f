import { after } from "node:test";
import { endOfFile } from "../support/end-of-file.ts";

/** How long a process may run after its last test. */
const graceMs = 10_000;

after(endOfFile);

// An open resource would keep the process, and with it the whole run, for ever. So the file fails, and the run goes on.
after(() => {
  const late = () => {
    const open = process.getActiveResourcesInfo().join(", ");
    process.stderr.write(`The tests are over, but this keeps their process open after ${graceMs} ms: ${open}\n`);
    process.exit(1);
  };
  setTimeout(late, graceMs).unref();
});
