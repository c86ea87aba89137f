import type { Command } from "commander";
import type { CommandSet, Tools } from "../../../cli/tools.ts";

/** For a person who sells charts: packages of editions that were added before there were any. */
export const commands: readonly CommandSet[] = [{ after: "operator", define: definePack }];

function definePack(program: Command, tools: Tools): void {
  const edition = program.commands.find((command) => command.name() === "edition") ?? program.command("edition");
  edition
    .command("pack")
    .description("have the server make the packages that editions lack, and show how far it is; may be broken off")
    .option("--product <number>", "one chart only")
    .addHelpText("after", "\nExample:\n  counterfoil edition pack --product 15")
    .action(async (options: { product?: string }) => {
      // Loaded here: it brings the reader of lists, which no other command needs.
      const { packEditions } = await import("./pack.ts");
      await packEditions(tools, options);
    });
}
