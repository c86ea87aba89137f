import assert from "node:assert/strict";
import type { Plugin, PluginChart } from "./ocharts.ts";
import { filesInZip } from "./zip-files.ts";

/** Where a plugin unpacks its charts: the folder that a person has picked. */
export interface ChartDisk {
  /** By path, as text. */
  readonly files: ReadonlyMap<string, string>;
  /** The folder of each unit, by `chartid-quantityId-order`, as the plugin notes it. */
  readonly folders: ReadonlyMap<string, string>;
  /**
   * Downloads what a chart of the list links to and unpacks it as the plugin does: the first folder of the zip is noted
   * as the chart's, and the folder that the unit had before is removed.
   */
  install(plugin: Plugin, chart: PluginChart): Promise<void>;
}

/** An empty disk. */
export function openChartDisk(): ChartDisk {
  const files = new Map<string, string>();
  const folders = new Map<string, string>();
  return {
    files,
    folders,
    async install(plugin, { link = "", chartid, quantityId, order }) {
      const { headers, body } = await plugin.download(link);
      // It looks at nothing else: not at the status, nor at the digests.
      assert.equal(headers["content-length"], String(body.length), "Chart set download error, missing file.");
      const unpacked = await filesInZip(body);
      const [folder = ""] = [...unpacked.keys()][0]?.split("/") ?? [];
      const unit = `${chartid}-${quantityId}-${order}`;
      const before = folders.get(unit);
      for (const path of files.keys()) if (before !== undefined && path.startsWith(`${before}/`)) files.delete(path);
      for (const [path, content] of unpacked) if (!path.endsWith("/")) files.set(path, content.toString());
      folders.set(unit, folder);
    },
  };
}
