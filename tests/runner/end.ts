import { after } from "node:test";
import { endOfFile } from "../support/end-of-file.ts";

/** How long a process may go on after its last test. */
const patienceMs = 10_000;

after(endOfFile);

// Something that was left open would keep the process, and with it the whole run, for ever. So it is a fault of the
// file, which fails, and the run goes on.
after(() => {
  const late = () => {
    const open = process.getActiveResourcesInfo().join(", ");
    process.stderr.write(`The tests are over, but this keeps their process open after ${patienceMs} ms: ${open}\n`);
    process.exit(1);
  };
  setTimeout(late, patienceMs).unref();
});
